/**
 * Two gateways that are joined by MCPTT, one with the floor control server and one as its participant, and a simulated
 * network behind each:
 *
 *   units ─ inpt ─(sip)─ there: participant ─(mcptt)─ here: server ─(sip)─ rubis ─ units
 *
 * What passes is captured, and tshark reads it.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { FarEnd } from '../../src/simulator/far-end.ts';
import { VoicePorts } from '../../src/simulator/voice-ports.ts';
import { readAlawWav } from '../../src/simulator/wav.ts';
import { Capture } from './support/capture.ts';
import { show } from './support/figures.ts';
import { Gateway, type GatewayPorts, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { playing, until } from './support/until.ts';

const reading = readAlawWav(readFileSync(new URL('../../config/demo-speech/s1-08.wav', import.meta.url)));
if (!reading.ok) throw new Error(reading.malformed);
/** 1.4 s. */
const speech = reading.alaw;
const speechMs = speech.length / 8;
const mcx = '5300110';

let there: Gateway;
let here: Gateway;
let inpt: FarEnd;
let rubis: FarEnd;
let capture: Capture;
let ports: { there: GatewayPorts; here: GatewayPorts };

beforeAll(async () => {
  ports = { there: await gatewayPorts(), here: await gatewayPorts() };
  const [block, clock] = [await freeBlock(80), new SystemClock()];
  const voice = new VoicePorts({ from: block + 4, to: block + 79 });
  const farEnd = async (network: string, port: number, number: string) => {
    const quiet = { setUpMs: 0, jitterMs: 0, lossPercent: 0, seed: 1, index: 0 };
    const made = new FarEnd({ network, host: loopback, port, numbers: [number], ...quiet }, clock, voice);
    await made.open();
    return made;
  };
  inpt = await farEnd('inpt', block, '590-911');
  rubis = await farEnd('rubis', block + 2, '59-900');
  capture = await Capture.start([
    { from: ports.there.sip, to: ports.there.mediaTo },
    { from: ports.here.sip, to: ports.here.mediaTo },
  ]);
  const peer = (port: number) => `sip:${loopback}:${port}`;
  const server = { peer: peer(ports.there.sip), mode: 'accept', home: 'here', wantsAck: true };
  const participant = { peer: peer(ports.here.sip), mode: 'call', home: 'there', mcpttInfo: true };
  here = await Gateway.start(ports.here, world('rubis', '59-900', block + 2, server));
  there = await Gateway.start(ports.there, world('inpt', '590-911', block, participant));
  const bothUp = (gateway: Gateway, network: string) =>
    gateway.legState('g/mcx').state === 'up' && gateway.legState(`g/${network}`).state === 'up';
  await until('all legs up', () => bothUp(there, 'inpt') && bothUp(here, 'rubis'), 10_000);
}, 60_000);

afterAll(async () => {
  await there?.kill();
  await here?.kill();
  await inpt?.close();
  await rubis?.close();
  await capture?.close();
}, 20_000);

function world(network: string, number: string, port: number, mcptt: object): Record<string, unknown> {
  return {
    networks: [
      { id: network, name: network, technology: 'tetrapol', country: 'FR' },
      { id: 'mcx', name: 'MCX', technology: 'mcx', country: 'BE' },
    ],
    attachments: [
      { id: 'radio', network, kind: 'sip', sip: { peer: `sip:${loopback}:${port}` } },
      { id: 'mcx', network: 'mcx', kind: 'mcptt', mcptt },
    ],
    talkgroups: [
      { id: network, network, number, short: network },
      { id: 'mcx', network: 'mcx', number: mcx, short: 'mcx' },
    ],
    sharedGroups: [
      {
        id: 'g',
        short: 'G',
        name: { fr: 'G', nl: 'G', en: 'G' },
        legs: [{ talkgroup: network }, { talkgroup: 'mcx' }],
      },
    ],
  };
}

/** Names of the floor control messages on the wire, in order; tshark takes the ports for RTCP. */
async function messages(): Promise<{ readonly name: string; readonly malformed: string }[]> {
  const ends = Object.values(ports);
  const decode = ends.map(({ mediaFrom, mediaTo }) => `udp.port==${mediaFrom}-${mediaTo},rtcp`);
  const rows = await capture.read('rtcp.app.name == "MCPT"', ['rtcp.app.subtype', '_ws.malformed'], decode);
  return rows.map(([subtype = '', malformed = '']) => ({
    name: subtypes[Number(subtype) & 0x0f] ?? subtype,
    malformed,
  }));
}

const subtypes: Readonly<Record<number, string>> = {
  0: 'request',
  1: 'granted',
  2: 'taken',
  3: 'deny',
  4: 'release',
  5: 'idle',
  6: 'revoke',
  9: 'queue position',
  10: 'ack',
};

describe('two gateways that are joined by MCPTT floor control', () => {
  it('a unit behind the participant is granted the floor and heard behind the server, from the first word on', async () => {
    const from = here.lines.length;
    inpt.speak('590-911', '590192102', speech);
    await playing(speechMs + 2500);
    await until('it is heard', () => rubis.heard.carriedMs > 0.95 * speechMs);
    show('heard behind the server', { carriedMs: rubis.heard.carriedMs, cutMs: rubis.heard.cutMs, saidMs: speechMs });
    // What is caught up of the set-up makes speech shorter by as much, and a late packet more by one.
    expect(rubis.heard.cutMs).toBe(0);
    await until('the over', () => here.linesOf('over.ended', from).length > 0);
    const [over] = here.linesOf('over.ended', from);
    expect(over).toMatchObject({ party: 'g/mcx', end: 'released' });
  }, 20_000);

  it('a unit behind the server is announced to the participant and heard there', async () => {
    rubis.speak('59-900', '059111204', speech);
    await playing(speechMs + 2500);
    // Catching up the 40 ms of lead makes speech shorter by as much.
    await until('it is heard', () => inpt.heard.carriedMs > 0.95 * speechMs);
    show('heard behind the participant', { carriedMs: inpt.heard.carriedMs, saidMs: speechMs });
  }, 20_000);

  it('of two who key at once one is heard, and the other is not', async () => {
    const before = { inpt: inpt.heard.carriedMs, rubis: rubis.heard.carriedMs };
    rubis.speak('59-900', '059111204', speech);
    await playing(300);
    inpt.speak('590-911', '590192102', speech);
    await playing(speechMs + 3500);
    expect(inpt.heard.carriedMs - before.inpt).toBeGreaterThan(0);
    expect(rubis.heard.carriedMs - before.rubis).toBeLessThan(speechMs);
  }, 20_000);

  it('tshark reads all of it without anything malformed', async () => {
    await capture.stop();
    const seen = await messages();
    const counts: Record<string, number> = {};
    for (const { name } of seen) counts[name] = (counts[name] ?? 0) + 1;
    show('floor control on the wire', counts);
    expect(seen.filter(({ malformed }) => malformed !== '')).toEqual([]);
    expect(Object.keys(counts)).toEqual(
      expect.arrayContaining(['request', 'granted', 'taken', 'idle', 'release', 'ack']),
    );
    const sip = await capture.read('sip && _ws.malformed', ['frame.number']);
    expect(sip).toEqual([]);
    const invites = await capture.read('sip.Method == "INVITE" && sdp.media contains "MCPTT"', ['sdp.media']);
    expect(invites.length).toBeGreaterThan(0);
  }, 30_000);
});
