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
    const guard = new MediaGuard({ send: key(1), receive: key(2) });
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
    const guard = new MediaGuard({ send: key(1), receive: key(2) });
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
    const guard = new MediaGuard({ send: key(1), receive: key(2) });
    const far = new MediaGuard({ send: key(2), receive: key(4) });
    expect(far.openRtp(packet(guard.sender, 1))).toBe(0);
    guard.rekey({ send: key(4), receive: key(2) });
    expect(far.openRtp(packet(guard.sender, 2))).toBe(52);
  });
});
