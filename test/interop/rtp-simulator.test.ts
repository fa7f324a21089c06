/**
 * The gateway between two simulated networks that speak RTP without signalling:
 *
 *   units ─ inpt ─(multicast, one source)─ gateway ─(unicast)─ rubis ─ units
 *
 * What passes is captured, the joining of the group with it, and tshark reads it.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { StaticFarEnd, type StaticFarEndLine } from '../../src/simulator/static-far-end.ts';
import { readAlawWav } from '../../src/simulator/wav.ts';
import { Capture } from './support/capture.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { playing, until } from './support/until.ts';

const reading = readAlawWav(readFileSync(new URL('../../config/demo-speech/s1-08.wav', import.meta.url)));
if (!reading.ok) throw new Error(reading.malformed);
/** 1.4 s. */
const speech = reading.alaw;
const speechMs = speech.length / 8;
const group = '239.192.59.17';

let gateway: Gateway;
let inpt: StaticFarEnd;
let rubis: StaticFarEnd;
let capture: Capture;
let port: number;

beforeAll(async () => {
  const [ports, clock] = [await gatewayPorts(), new SystemClock()];
  port = await freeBlock(8);
  const farEnd = (setUpMs: number, line: Omit<StaticFarEndLine, 'number'>) => {
    const manners = { setUpMs, jitterMs: 0, lossPercent: 0, numbers: ['1'], seed: 1, index: setUpMs };
    const lines = [{ number: '1', ...line }];
    return StaticFarEnd.open({ ...manners, host: loopback, lines, payloadType: 8, digits: {} }, clock);
  };
  const at = (address: string, offset: number) => ({ address, port: port + offset });
  capture = await Capture.start([{ from: port, to: port + 7 }], ['igmp']);
  rubis = await farEnd(0, { ours: at(loopback, 2), gateway: at(loopback, 4), multicast: false });
  const network = (id: string) => ({ id, name: id, technology: 'tetrapol', country: 'FR' });
  const talkgroup = (id: string) => ({ id, network: id, number: '1', short: id });
  gateway = await Gateway.start(ports, {
    networks: [network('inpt'), network('rubis')],
    attachments: [
      {
        id: 'group',
        network: 'inpt',
        kind: 'rtp',
        rtp: {
          remote: `${group}:${port}`,
          sources: [loopback],
          interface: loopback,
          loopback: true,
          keyIn: { mode: 'marker' },
          grant: { mode: 'delay', delayMs: 450 },
        },
      },
      {
        id: 'box',
        network: 'rubis',
        kind: 'rtp',
        rtp: { remote: `${loopback}:${port + 2}`, listenPort: port + 4 },
      },
    ],
    talkgroups: [talkgroup('inpt'), talkgroup('rubis')],
    sharedGroups: [
      {
        id: 'g',
        short: 'G',
        name: { fr: 'G', nl: 'G', en: 'G' },
        legs: [{ talkgroup: 'inpt' }, { talkgroup: 'rubis' }],
      },
    ],
  });
  const bothUp = () => ['inpt', 'rubis'].every((leg) => gateway.legState(`g/${leg}`).state === 'up');
  await until('both legs up', bothUp, 10_000);
  // It joins for any source: before the gateway, that would be all that the system tells its routers.
  inpt = await farEnd(400, { ours: at(group, 0), gateway: at(group, 0), multicast: true });
}, 60_000);

afterAll(async () => {
  await gateway?.kill();
  await inpt?.close();
  await rubis?.close();
  await capture?.close();
}, 20_000);

const ended = (from: number) => until('the over', () => gateway.linesOf('over.ended', from).length === 1, 10_000);

describe('the gateway between simulated networks without signalling', () => {
  it('carries a first word into a network that needs 400 ms', async () => {
    const from = gateway.lines.length;
    rubis.speak('1', '', speech);
    await ended(from);
    expect(gateway.linesOf('over.ended', from)).toMatchObject([{ party: 'g/rubis', end: 'released', lostMs: 0 }]);
    // Catching up 450 ms makes speech shorter by as much.
    await until('it is heard', () => inpt.heard.carriedMs > 0.5 * speechMs);
    show('carried by the group', { ...inpt.heard, saidMs: speechMs });
    expect(inpt.heard.cutMs).toBe(0);
  }, 20_000);

  it('hears a unit of the multicast group by its marker', async () => {
    await playing(1000); // our own voice has been played out, and its guard is over
    const from = gateway.lines.length;
    inpt.speak('1', '', speech);
    await ended(from);
    expect(gateway.linesOf('over.ended', from)).toMatchObject([{ party: 'g/inpt', end: 'released' }]);
    await until('it is heard', () => rubis.heard.carriedMs > 0.8 * speechMs);
  }, 20_000);

  it('tshark sees the group joined for its one source, and nothing malformed', async () => {
    const joins = ['igmp.maddr', 'igmp.saddr'];
    await capture.stop();
    const reports = await capture.read(`igmp.maddr == ${group}`, joins);
    show('reports of membership', { reports: reports.length });
    expect(reports.filter(([, sources]) => sources?.includes(loopback))).not.toEqual([]);
    const decode = [`udp.port==${port}-${port + 7},rtp`];
    const rows = await capture.read('rtp', ['ip.dst', 'rtp.p_type', 'rtp.ssrc', '_ws.malformed'], decode);
    expect(rows.length).toBeGreaterThan(100);
    expect(new Set(rows.map(([to]) => to))).toEqual(new Set([group, loopback]));
    expect(rows.filter(([, type, , malformed]) => type !== '8' || malformed)).toEqual([]);
    expect(new Set(rows.map(([, , ssrc]) => ssrc)).size).toBe(4);
    expect(await capture.read('_ws.malformed', ['frame.number'], decode)).toEqual([]);
  }, 20_000);
});
