import { describe, expect, it } from 'vitest';
import { SrtpSender } from '../../src/protocols/srtp/srtp.ts';
import type { SrtpKeyText } from '../../src/voice/contract.ts';
import { MediaGuard } from '../../src/voice/media-guard.ts';

const key = (fill: number): SrtpKeyText => ({
  suite: 'AES_CM_128_HMAC_SHA1_80',
  keySalt: Buffer.alloc(30, fill).toString('base64'),
});
const sender = (fill: number) => new SrtpSender({ suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: Buffer.alloc(30, fill) });

function packet(by: SrtpSender, sequence: number, kind: 'Rtp' | 'Rtcp' = 'Rtp'): Uint8Array {
  const plain = Buffer.alloc(52, 0xd5);
  plain.writeUInt16BE(kind === 'Rtp' ? 0x8008 : 0x80c8, 0);
  plain.writeUInt16BE(sequence, 2);
  const out = Buffer.alloc(1500);
  return out.subarray(0, by[`protect${kind}`](plain, plain.length, out));
}

describe('keys of a call (RFC 4568 §7.1.4)', () => {
  it('that stay the same go on counting: nothing is taken twice over a re-INVITE, no index comes back', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, false);
    const theirs = sender(2);
    const first = packet(theirs, 7);
    expect(guard.openRtp(Buffer.from(first))).toBe(52);
    const before = packet(guard.sender, 1, 'Rtcp');
    guard.rekey({ send: key(1), receive: key(2) });
    expect(guard.openRtp(Buffer.from(first))).toBe(0);
    expect(guard.replayed).toBe(1);
    expect(Buffer.compare(packet(guard.sender, 1, 'Rtcp'), before)).not.toBe(0);
  });

  it('that change are both taken until the first voice under the new one, then the new one alone', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, false);
    const [old, fresh] = [sender(2), sender(3)];
    expect(guard.openRtp(packet(old, 1))).toBe(52);
    guard.rekey({ send: key(1), receive: key(3) });
    expect(guard.openRtcp(packet(fresh, 1, 'Rtcp'))).toBe(52);
    expect(guard.openRtp(packet(old, 2))).toBe(52);
    expect(guard.forged).toBe(0);
    expect(guard.openRtp(packet(fresh, 3))).toBe(52);
    expect(guard.openRtp(packet(old, 4))).toBe(0);
    expect(guard.forged).toBe(1);
  });

  it('of ours are used from the moment they are said', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, false);
    const far = new MediaGuard({ send: key(2), receive: key(4) }, false);
    expect(far.openRtp(packet(guard.sender, 1))).toBe(0);
    guard.rekey({ send: key(4), receive: key(2) });
    expect(far.openRtp(packet(guard.sender, 2))).toBe(52);
  });
});

describe('voice that cannot be read (RFC 3711 §3.3.1: the roll-over counter is not on the wire)', () => {
  /** Sends one packet every 20 ms; how many were dropped before the call was held unreadable, −1 if never. */
  function dropped(guard: MediaGuard, packets: Iterable<Uint8Array>): number {
    let nowMs = 0;
    let count = 0;
    for (const each of packets) {
      nowMs += 20;
      if (guard.openRtp(each) > 0) continue;
      count += 1;
      if (guard.isUnreadable(each, nowMs)) return count;
    }
    return -1;
  }

  /** `count` packets of a stream whose sequence number has passed 0 `rollovers` times. */
  function* old(rollovers: number, count = 500): Generator<Uint8Array> {
    const far = sender(2);
    for (let i = 1; i <= 4 * rollovers; i++) packet(far, (0x4000 * i) % 0x1_0000);
    for (let i = 1; i <= count; i++) yield packet(far, i);
  }

  it('in a call older than the process is known within 2 s of talk', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, true);
    expect(dropped(guard, old(64))).toBe(101);
  });

  it('is none while the counter can be found', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, true);
    expect(dropped(guard, old(63))).toBe(-1);
    expect(guard.forged).toBe(0);
  });

  it('is told from a call of this process, where only somebody else can send what fits no key', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, false);
    expect(dropped(guard, old(64))).toBe(-1);
    expect(guard.forged).toBe(500);
  });

  it('is none once a single packet was genuine, however many are forged', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(2) }, true);
    const [genuine, forged] = [sender(2), sender(9)];
    const mixed = function* (): Generator<Uint8Array> {
      for (let i = 0; i < 5000; i++) yield packet(i === 99 ? genuine : forged, i);
    };
    expect(dropped(guard, mixed())).toBe(-1);
    expect(guard.forged).toBe(4999);
  });

  it('is known under new keys of the same call, too', () => {
    const guard = new MediaGuard({ send: key(1), receive: key(3) }, false);
    expect(guard.openRtp(packet(sender(3), 1))).toBe(52);
    guard.rekey({ send: key(1), receive: key(2) });
    expect(guard.openRtp(packet(sender(3), 2))).toBe(52); // was under way
    expect(dropped(guard, old(64))).toBe(101);
  });
});
