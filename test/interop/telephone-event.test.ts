/**
 * Keys as telephone-events (RFC 4733) with a radio box of another make: baresip keys us by its digits and hears ours;
 * tshark reads what we sent.
 *
 *   p   keyed by * and #, both ways        q   keyed by its voice
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boxPortBlock, boxPorts, RadioBox } from './support/baresip.ts';
import { Capture } from './support/capture.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { loopback } from './support/ports.ts';
import { resampled } from './support/sound.ts';
import { compareSpeech } from './support/speech-compare.ts';
import { playing, until } from './support/until.ts';
import { readWav, type Sound } from './support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const short: Sound = { rateHz: 8000, samples: french.samples.slice(0, 8000 * 2) };

let p: RadioBox;
let q: RadioBox;
let capture: Capture;
let gateway: Gateway;

beforeAll(async () => {
  const ports = await gatewayPorts();
  const first = await boxPortBlock();
  p = await RadioBox.start({ name: 'p', user: '101', firstPort: first, account: ';regint=0' });
  const second = await boxPortBlock();
  q = await RadioBox.start({ name: 'q', user: '102', firstPort: second, account: ';regint=0' });
  const blocks = [first, second].map((from) => ({ from, to: from + boxPorts - 1 }));
  capture = await Capture.start([{ from: ports.sip, to: ports.mediaTo }, ...blocks]);
  gateway = await Gateway.start(ports, world());
  await gateway.legsUp(['xb/astrid:p', 'xb/inpt:q']);
}, 60_000);

afterAll(async () => {
  await gateway?.kill();
  await Promise.all([p?.close(), q?.close(), capture?.close()]);
}, 20_000);

function world(): Record<string, unknown> {
  const keys = { mode: 'telephone-event', on: '*', off: '#' };
  const attachment = (network: string, box: RadioBox, keying: object) => ({
    id: `box-${box.settings.name}`,
    network,
    kind: 'sip',
    sip: { peer: `sip:${loopback}:${box.sipPort}`, talkerIdentity: 'none', ...keying },
  });
  const talkgroup = (network: string, name: string, number: string) => ({
    id: `${network}:${name}`,
    network,
    number,
    short: name.toUpperCase(),
  });
  return {
    networks: [
      { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
      { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: [
      attachment('astrid', p, { keyIn: { ...keys, releaseAfterMs: 3000 }, keyOut: keys }),
      attachment('inpt', q, { keyIn: { mode: 'vox' }, keyOut: { mode: 'continuous' } }),
    ],
    talkgroups: [talkgroup('astrid', 'p', '101'), talkgroup('inpt', 'q', '102')],
    sharedGroups: [
      {
        id: 'xb',
        short: 'XB',
        name: { fr: 'XB', nl: 'XB', en: 'XB' },
        legs: [
          { talkgroup: 'astrid:p', attachment: 'box-p' },
          { talkgroup: 'inpt:q', attachment: 'box-q' },
        ],
      },
    ],
  };
}

const linesOf = (event: string, party: string, from: number) =>
  gateway.linesOf(event, from).filter((line) => line.party === party);

describe('a box that is keyed by telephone-events', () => {
  it('takes the floor with its digit, is heard, and releases it with the other', async () => {
    const from = gateway.lines.length;
    p.say(short); // without its key: nobody listens
    await playing(2500);
    expect(gateway.linesOf('floor.answered', from)).toEqual([]);
    const before = q.heard().samples.length;
    p.command('sndcode', '*');
    await until('the floor is granted', () => linesOf('floor.answered', 'xb/astrid:p', from).length === 1);
    p.say(short);
    await playing(2500);
    expect(gateway.linesOf('over.ended', from)).toEqual([]);
    p.command('sndcode', '#');
    const releasedMs = await until('the over has ended', () => linesOf('over.ended', 'xb/astrid:p', from).length === 1);
    expect(releasedMs).toBeLessThan(500);
    expect(linesOf('floor.answered', 'xb/astrid:p', from)).toMatchObject([{ result: 'granted' }]);
    const heard: Sound = { rateHz: 8000, samples: q.heard().samples.slice(before) };
    expect(compareSpeech(short, heard).cover).toBeGreaterThanOrEqual(0.97);
  }, 30_000);

  it('gets our key before the voice of others', async () => {
    const from = gateway.lines.length;
    const digits = () => p.events.filter(({ type }) => type === 'CALL_DTMF_START').map(({ param }) => param);
    q.say(short);
    await until('the over has ended', () => linesOf('over.ended', 'xb/inpt:q', from).length === 1, 10_000);
    q.hush();
    // baresip 1.0.0 reports the first key only, for a reason unknown: our release is read on the wire below.
    await expect.poll(() => digits()[0]).toBe('*');
  }, 30_000);

  it('on the wire each key is one event: 60 ms, its end said three times, nothing malformed', async () => {
    const { mediaFrom, mediaTo } = gateway.ports;
    const endsOnWire = () =>
      capture
        .rtp({ from: mediaFrom, to: mediaTo }, p.rtpPorts)
        .filter(({ payloadType, payload }) => payloadType === 101 && (payload.readUInt8(1) & 0x80) !== 0);
    await until('both keys have ended on the wire', () => endsOnWire().length >= 6);
    await playing(100); // for an end said once too often
    await capture.stop();
    const rules = Array.from(
      { length: (mediaTo - mediaFrom + 1) / 2 },
      (_, each) => `udp.port==${mediaFrom + 2 * each},rtp`,
    );
    const fields = [
      'rtp.timestamp',
      'rtpevent.event_id',
      'rtpevent.end_of_event',
      'rtpevent.duration',
      '_ws.malformed',
    ];
    const filter = `udp.srcport >= ${mediaFrom} && udp.srcport <= ${mediaTo} && rtpevent`;
    const rows = await capture.read(filter, fields, [...rules, 'rtp.pt==101,rtpevent']);
    const ends = rows.filter(([, , end]) => end === '1' || end === 'True');
    expect(rows.map(([, , , , malformed]) => malformed ?? '').join('')).toBe('');
    expect(new Set(rows.map(([timestamp, id]) => `${timestamp} ${id}`)).size).toBe(2);
    expect(ends.map(([, id, , duration]) => `${id} ${duration}`)).toEqual([
      ...Array(3).fill('10 480'),
      ...Array(3).fill('11 480'),
    ]);
  });
});
