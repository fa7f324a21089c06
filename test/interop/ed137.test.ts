/**
 * The gateway as the control room of a simulated ground radio station, and a simulated network on SIP beside it:
 *
 *   units ─ inpt, radio ─(ed137)─ gateway ─(sip)─ rubis ─ units
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

let gateway: Gateway;
let inpt: FarEnd;
let rubis: FarEnd;
let capture: Capture;
let ports: GatewayPorts;

beforeAll(async () => {
  ports = await gatewayPorts();
  const [block, clock] = [await freeBlock(80), new SystemClock()];
  const voice = new VoicePorts({ from: block + 4, to: block + 79 });
  const farEnd = async (network: string, port: number, number: string, changes: object) => {
    const quiet = { setUpMs: 0, jitterMs: 0, lossPercent: 0, seed: 1, index: 0, ...changes };
    const made = new FarEnd({ network, host: loopback, port, numbers: [number], ...quiet }, clock, voice);
    await made.open();
    return made;
  };
  inpt = await farEnd('inpt', block, '590-911', { groundRadio: true, setUpMs: 450 });
  rubis = await farEnd('rubis', block + 2, '59-900', {});
  capture = await Capture.start([{ from: ports.sip, to: ports.mediaTo }]);
  const peer = (port: number) => `sip:${loopback}:${port}`;
  gateway = await Gateway.start(ports, {
    networks: [
      { id: 'inpt', name: 'inpt', technology: 'tetrapol', country: 'FR' },
      { id: 'rubis', name: 'rubis', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: [
      { id: 'radio', network: 'inpt', kind: 'ed137', ed137: { peer: peer(block), delayEveryS: 1 } },
      { id: 'box', network: 'rubis', kind: 'sip', sip: { peer: peer(block + 2) } },
    ],
    talkgroups: [
      { id: 'inpt', network: 'inpt', number: '590-911', short: 'inpt' },
      { id: 'rubis', network: 'rubis', number: '59-900', short: 'rubis' },
    ],
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
}, 60_000);

afterAll(async () => {
  await gateway?.kill();
  await inpt?.close();
  await rubis?.close();
  await capture?.close();
}, 20_000);

const ended = (from: number) => until('the over', () => gateway.linesOf('over.ended', from).length === 1, 10_000);

describe('the gateway as the control room of a radio', () => {
  it('is heard on the air from the first word on, though that takes 450 ms', async () => {
    const from = gateway.lines.length;
    rubis.speak('59-900', '059111204', speech);
    await ended(from);
    const [over] = gateway.linesOf('over.ended', from);
    expect(over).toMatchObject({ party: 'g/rubis', end: 'released', lostMs: 0 });
    // Catching up 450 ms makes speech shorter by as much.
    await until('it is heard', () => inpt.heard.carriedMs > 0.5 * speechMs);
    show('on the air of the radio', { ...inpt.heard, saidMs: speechMs });
    expect(inpt.heard.cutMs).toBe(0);
  }, 20_000);

  it('hears a unit while the squelch is open', async () => {
    await playing(1000); // our own voice has been played out, and its guard is over
    const from = gateway.lines.length;
    inpt.speak('590-911', '590192102', speech);
    await ended(from);
    expect(gateway.linesOf('over.ended', from)).toMatchObject([{ party: 'g/inpt', end: 'released' }]);
    await until('it is heard', () => rubis.heard.carriedMs > 0.8 * speechMs);
  }, 20_000);

  it('tshark reads all of it without anything malformed', async () => {
    await capture.stop();
    const decode = [`udp.port==${ports.mediaFrom}-${ports.mediaTo},rtp`];
    const radio = 'rtp.ext.profile == 0x0167';
    const fields = [
      'rtp.ext.ed137a.ptt_type',
      'rtp.ext.ed137a.squ',
      'rtp.p_type',
      '_ws.malformed',
      '_ws.expert.severity',
    ];
    const rows = await capture.read(radio, fields, decode);
    show('packets of the radio session', { packets: rows.length });
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(([, , , malformed, expert]) => malformed || expert)).toEqual([]);
    const types = new Set(rows.map(([, , type]) => type));
    expect(types).toEqual(new Set(['8', '123']));
    expect(await capture.read('_ws.malformed', ['frame.number'], decode)).toEqual([]);
    const versions = await capture.read('sip.CSeq.method == "INVITE" && sdp', ['sip.Status-Code', 'sip.msg_hdr']);
    const ours = versions.filter(([, headers]) => headers?.includes('WG67-Version: radio.01'));
    // One of each, or more where the machine was so slow that one was sent again.
    expect(new Set(ours.map(([status]) => status))).toEqual(new Set(['', '200']));
  }, 30_000);
});
