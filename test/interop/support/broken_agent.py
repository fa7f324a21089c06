"""The sample agent with one fault, named by the first argument: what the conformance test has to find."""
import asyncio
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "docs/link-agent"))
import agent  # noqa: E402
from agent import Agent, Talkgroup  # noqa: E402

obey, send, begin, hello, answered, play = (
    Agent.obey, Agent.send, Agent.begin, Agent.hello, Talkgroup.answered, Talkgroup.play)
asked, opened = Talkgroup.asked, Talkgroup.open


def without(name):
    """An agent that never says this."""
    def broken(self, seq=0, **body):
        if name not in body:
            send(self, seq, **body)
    Agent.send = broken


def no_acknowledgement():
    def broken(self, frame):
        obey(self, {**frame, "seq": 0})
    Agent.obey = broken


def deaf_to_answers():
    """Talks as soon as it has asked."""
    def broken(self, answer):
        answered(self, {**answer, "result": agent.GRANTED})
    Talkgroup.answered = broken


def deaf_to_revoke():
    def broken(self, answer):
        if answer.get("result") != agent.REVOKED:
            answered(self, answer)
    Talkgroup.answered = broken


def forgetful():
    def broken(self):
        return {**hello(self), "resume_token": ""}
    Agent.hello = broken


def greedy():
    """Sends events whatever the credit."""
    def broken(self):
        for number, name, values in self.kept:
            if self.welcomed and number > self.sent:
                self.send(seq=number, **{name: values})
                self.sent = number
    Agent.send_events = broken


def careless():
    """Forgets events once they are sent."""
    send_events = Agent.send_events

    def broken(self):
        send_events(self)
        self.kept = [event for event in self.kept if event[0] > self.sent]
    Agent.send_events = broken


def strict():
    """Ends the connection at what it does not know."""
    read = agent.decode

    def broken(kind, data):
        if kind == "Frame" and data[:1] == b"\x10" and b"\x9a\x06" in data:
            raise ValueError("a field that is not known")
        return read(kind, data)
    agent.decode = broken


def patient():
    """Waits for a dead gateway."""
    wait_for = asyncio.wait_for

    class Patient:
        def __getattr__(self, name):
            return getattr(asyncio, name)

        @staticmethod
        async def wait_for(awaitable, timeout):
            return await wait_for(awaitable, 60 if timeout == 2.0 else timeout)
    agent.asyncio = Patient()


def hasty():
    """Comes back at once."""
    class Hasty:
        @staticmethod
        def uniform(*_):
            return 0.0

        def __getattr__(self, name):
            return getattr(agent_random, name)
    agent_random = agent.random
    agent.random = Hasty()


def wrong_number():
    async def broken(self, request):
        await asked(self, {**request, "talk": request.get("talk", 0) + 1})
    Talkgroup.asked = broken


def odd_port():
    def broken(self, seq=0, **body):
        if "affiliation" in body:
            body["affiliation"] = {**body["affiliation"], "rtp_port": body["affiliation"]["rtp_port"] + 1}
        send(self, seq, **body)
    Agent.send = broken


def other_version():
    def broken(self):
        return {**hello(self), "version_min": 7, "version_max": 9}
    Agent.hello = broken


def no_credit():
    """Lets the gateway send no event."""
    encode = agent.encode

    def broken(kind, values):
        return encode(kind, {name: value for name, value in values.items() if kind != "Frame" or name != "credit"})
    agent.encode = broken


def untold():
    """Promises receipts and gives none."""
    report = Agent.report

    def broken(self, name, values):
        if name != "receipt":
            report(self, name, values)
    Agent.report = broken


FAULTS = {
    "none": lambda: None,
    "other-version": other_version,
    "hasty": hasty,
    "no-affiliation": lambda: without("affiliation"),
    "odd-port": odd_port,
    "no-pong": lambda: without("pong"),
    "no-ping": lambda: without("ping"),
    "no-acknowledgement": no_acknowledgement,
    "wrong-number": wrong_number,
    "deaf-to-answers": deaf_to_answers,
    "deaf-to-revoke": deaf_to_revoke,
    "strict": strict,
    "greedy": greedy,
    "forgetful": forgetful,
    "careless": careless,
    "patient": patient,
    "no-credit": no_credit,
    "untold": untold,
}

FAULTS[sys.argv[1]]()
asyncio.run(agent.main(Agent(agent.read_options(sys.argv[2:]))))
