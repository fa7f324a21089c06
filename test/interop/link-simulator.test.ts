/** The gateway between two simulated networks whose agents speak the link: voice by RTP, grants, and what is said beside voice. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { LinkFarEnd } from '../../src/simulator/link-far-end.ts';
import { VoicePorts } from '../../src/simulator/voice-ports.ts';
import { readAlawWav } from '../../src/simulator/wav.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { until } from './support/until.ts';

const reading = readAlawWav(readFileSync(new URL('../../config/demo-speech/s1-08.wav', import.meta.url)));
if (!reading.ok) throw new Error(reading.malformed);
/** 1.4 s. */
const speech = reading.alaw;
const ids = ['inpt', 'rubis'] as const;

let gateway: Gateway;
let farEnds: readonly [LinkFarEnd, LinkFarEnd];

beforeAll(async () => {
  const [ports, from] = [await gatewayPorts(), await freeBlock(20)];
  const [clock, voicePorts] = [new SystemClock(), new VoicePorts({ from, to: from + 19 })];
  const listen = (index: number) => ({ host: loopback, port: ports.sip + 4 + index });
  gateway = await Gateway.start(
    ports,
    {
      networks: ids.map((id) => ({ id, name: id, technology: 'tetrapol', country: 'FR' })),
      attachments: ids.map((id, index) => ({
        ...{ id, network: id, kind: 'link' },
        link: { listen: listen(index), agent: id, token: { env: 'LINK_TOKEN' } },
      })),
      talkgroups: ids.map((id) => ({ id, network: id, number: '1', short: id })),
      sharedGroups: [
        { id: 'g', short: 'G', name: { fr: 'G', nl: 'G', en: 'G' }, legs: ids.map((talkgroup) => ({ talkgroup })) },
      ],
    },
    { LINK_TOKEN: 'a shared secret' },
  );
  const farEnd = (index: 0 | 1): LinkFarEnd => {
    const manners = { setUpMs: 400 * index, jitterMs: 0, lossPercent: 0, numbers: ['1'], seed: 1, index };
    const agent = new LinkFarEnd(
      { ...manners, ...listen(index), agent: ids[index], token: 'a shared secret' },
      clock,
      voicePorts,
    );
    agent.open();
    return agent;
  };
  farEnds = [farEnd(0), farEnd(1)];
  await until('both legs up', () => ids.every((leg) => gateway.legState(`g/${leg}`).state === 'up'), 10_000);
}, 60_000);

afterAll(async () => {
  for (const farEnd of farEnds ?? []) await farEnd.close();
  await gateway?.kill();
}, 20_000);

describe('the gateway between simulated agents of the link', () => {
  it('carries a first word into a network that grants after 400 ms', async () => {
    const [inpt, rubis] = farEnds;
    inpt.speak('1', '590 1', speech);
    await until('the over', () => gateway.linesOf('over.ended').length === 1, 20_000);
    expect(gateway.linesOf('over.ended')).toMatchObject([{ party: 'g/inpt', end: 'released', lostMs: 0 }]);
    await until('its words at the far end', () => rubis.heard.carriedMs > 0, 10_000);
    expect(rubis.heard.cutMs).toBe(0);
  }, 40_000);

  it('hands on what a radio says beside voice, and is told that it arrived', async () => {
    const [inpt] = farEnds;
    inpt.tell('1', '590 1', { name: 'text', text: 'A27 vers Rekkem' });
    inpt.tell('1', '590 1', { name: 'status', code: 16 });
    inpt.tell('1', '590 1', { name: 'alarm' });
    await until('its receipts', async () => (await gateway.metric('escaut_data_passed_total')) === 3, 20_000);
    const received = () => gateway.linesOf('data.received').map(({ data }) => data);
    await expect.poll(received).toEqual(['text', 'status', 'alarm']);
  }, 30_000);
});
