import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';
import { countTetraBlocks } from '../../../src/protocols/rtp/tetra-speech.ts';

/** Built by the operators' reference from draft-ietf-payload-tetra-03, RTP dissected by tshark. */
function vector(name: string): Uint8Array {
  const hex = readFileSync(new URL(`../../vectors/${name}.hex`, import.meta.url), 'utf8');
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

function blocksIn(datagram: Uint8Array): number {
  const packet = new RtpPacket();
  expect(packet.read(datagram)).toBeUndefined();
  return countTetraBlocks(packet.bytes, packet.payloadOffset, packet.payloadBytes);
}

describe('native TETRA speech (draft-ietf-payload-tetra-03)', () => {
  it('is recognised in r04, two blocks, and in r05, one of them stolen', () => {
    expect(blocksIn(vector('r04-tetra-60ms'))).toBe(2);
    expect(blocksIn(vector('r05-tetra-30ms-stolen'))).toBe(1);
  });

  it('is nothing of another length, with spare bits, a frame number past 18 or a relevance that is none', () => {
    const block = vector('r05-tetra-30ms-stolen').slice(12);
    const changed = (at: number, octet: number) => {
      const copy = block.slice();
      copy[at] = octet;
      return countTetraBlocks(copy, 0, copy.length);
    };
    expect(countTetraBlocks(block, 0, 20)).toBe(1);
    expect(countTetraBlocks(block, 0, 19)).toBe(0);
    expect(countTetraBlocks(block, 0, 0)).toBe(0);
    expect(changed(19, 1)).toBe(0);
    expect(changed(1, 19 << 3)).toBe(0);
    expect(changed(1, 2)).toBe(0);
    expect(changed(1, (18 << 3) | 7)).toBe(1);
  });

  it('is not what PCMA of 20 ms is, and takes any octets', () => {
    expect(countTetraBlocks(new Uint8Array(160).fill(0xd5), 0, 160)).toBe(0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 250 }), (bytes, length) => {
        expect(countTetraBlocks(bytes, 0, length)).toBeLessThanOrEqual(length / 20);
      }),
    );
  });
});
