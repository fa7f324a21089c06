import { describe, expect, it } from 'vitest';
import { FloorSecrecy } from '../../../src/bridges/mcptt/floor-secrecy.ts';
import { ackOf, type FloorMessage, writeFloorMessage } from '../../../src/protocols/mcptt/floor-message.ts';
import type { SrtpKey } from '../../../src/protocols/srtp/srtp.ts';

const key: SrtpKey = { suite: 'AES_CM_128_HMAC_SHA1_80', keySalt: Buffer.alloc(30, 7) };
const startUtcMs = Date.UTC(2026, 10, 29, 3);
const message = (ssrc: number): FloorMessage => ({ name: 'request', ackWanted: false, ssrc, fields: [] });
const request = (ssrc = 1): Uint8Array => writeFloorMessage(message(ssrc));
const secrecyAt = (utcMs: number): FloorSecrecy => new FloorSecrecy(key, utcMs);

/** Index of a sealed message: behind its body and before a tag of 10 octets, the E flag left out. */
function indexOf(sealed: Uint8Array | undefined): number {
  if (sealed === undefined) throw new Error('not sealed');
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  return view.getUint32(sealed.length - 14) & 0x7fff_ffff;
}

describe('secrecy of floor control (RFC 3711 §9.1)', () => {
  it('gives no index twice under its key: each start goes on beyond what was sent before, up to four a second', () => {
    const indices: number[] = [];
    let atMs = startUtcMs;
    for (const upMs of [500, 10_000, 3_600_000]) {
      const secrecy = secrecyAt(atMs);
      for (let sent = 0; sent < Math.min(2000, (4 * upMs) / 1000); sent++)
        indices.push(indexOf(secrecy.seal(request())));
      atMs += upMs;
    }
    expect(new Set(indices).size).toBe(indices.length);
    expect(indices.toSorted((a, b) => a - b)).toEqual(indices);
  });

  it('seals the same message differently before and after a restart of a second', () => {
    const sealed = [startUtcMs, startUtcMs + 1000].map((utcMs) => Buffer.from(secrecyAt(utcMs).seal(request()) ?? []));
    expect(sealed[0]?.subarray(8, 12)).not.toEqual(sealed[1]?.subarray(8, 12));
  });

  it('begins at 1 before 2026, and seals nothing once the indices are used up', () => {
    expect(indexOf(secrecyAt(0).seal(request()))).toBe(1);
    expect(secrecyAt(Date.UTC(2044, 0, 1)).seal(request())).toBeUndefined();
  });

  it('opens what the far end sealed, once, and again in another call', () => {
    const [ours, theirs] = [secrecyAt(startUtcMs), secrecyAt(startUtcMs)];
    const sealed = theirs.seal(request(2)) ?? new Uint8Array(0);
    expect(ours.open(sealed)).toEqual(request(2));
    expect(ours.open(sealed)).toBeUndefined();
    ours.beginCall();
    expect(ours.open(sealed)).toEqual(request(2));
  });

  it('takes none of our own messages for the far end’s, under a key that is both sides’', () => {
    const ours = secrecyAt(startUtcMs);
    const sealed = ours.seal(writeFloorMessage(ackOf(message(1), 9, 0))) ?? new Uint8Array(0);
    expect(ours.open(sealed)).toBeUndefined();
    expect(secrecyAt(startUtcMs).open(sealed)).toBeDefined();
  });
});
