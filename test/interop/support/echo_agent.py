"""The sample agent, of a network in which one unit says at once what it hears."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "docs/link-agent"))
import asyncio  # noqa: E402
import agent  # noqa: E402
from agent import Agent, Talkgroup  # noqa: E402

asked, released, answered = Talkgroup.asked, Talkgroup.released, Talkgroup.answered


async def asked_and_asks(self, request):
    is_new = request.get("talk", 0) != self.theirs
    await asked(self, request)
    if is_new:
        self.talk += 1
        self.agent.send(talk_request={"talkgroup": self.number, "talk": self.talk,
                                      "talker": {"address": self.agent.options.talker, "display": ""}})


def answered_and_talks(self, answer):
    answered(self, answer)
    if answer.get("talk") == self.talk:
        self.talking = answer.get("result") == agent.GRANTED


def released_and_releases(self, release):
    released(self, release)
    if self.talking:
        self.talking = False
        self.agent.send(talk_release={"talkgroup": self.number, "talk": self.talk})


def heard(self, octets):
    if not self.talking:
        return
    self.timestamp = self.timestamp + len(octets) & 0xFFFFFFFF
    self.send_voice(octets, False)


Talkgroup.asked, Talkgroup.answered, Talkgroup.released, Talkgroup.heard = (
    asked_and_asks, answered_and_talks, released_and_releases, heard)
asyncio.run(agent.main(Agent(agent.read_options())))
