"""The sample agent, whose unit talks when a line comes in, and which says what it has heard of each talk, in ms."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "docs/link-agent"))
import asyncio  # noqa: E402
import agent  # noqa: E402

heard_ms = 0


def hear(self, samples):
    global heard_ms
    heard_ms += 1000 * len(samples) // 8000


def unkey(self):
    print("heard", heard_ms, flush=True)


async def main(sample):
    def told():
        if sys.stdin.readline() == "":
            asyncio.get_running_loop().remove_reader(sys.stdin)
        for talkgroup in sample.talkgroups.values():
            asyncio.ensure_future(talkgroup.say())

    asyncio.get_running_loop().add_reader(sys.stdin, told)
    await agent.main(sample)

agent.Radio.hear, agent.Radio.unkey = hear, unkey
options = agent.read_options()
options.say_after = 1e6
asyncio.run(main(agent.Agent(options)))
