import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711, type G711Codec, g711Silence } from '../../src/media/g711.ts';

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
const all16Bit = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

function decoded(codec: G711Codec): Int16Array {
  const pcm = new Float32Array(256);
  expect(decodeG711(codec, codes, 0, 256, pcm)).toBe(256);
  return Int16Array.from(pcm, (x) => x * 32_768);
}

function encoded(codec: G711Codec, linear: Int16Array | Float32Array): Uint8Array {
  const pcm = linear instanceof Int16Array ? Float32Array.from(linear, (x) => x / 32_768) : linear;
  const out = new Uint8Array(pcm.length);
  expect(encodeG711(codec, pcm, pcm.length, out, 0)).toBe(pcm.length);
  return out;
}

describe('G.711', () => {
  // Digests of what both ffmpeg 5.1 and sox 14.4 make of the 256 codes, as 16-bit little-endian.
  it.each([
    ['PCMA', 'e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174'],
    ['PCMU', '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827'],
  ] as const)('decodes all codes of %s as two other programs do', (codec, digest) => {
    expect(
      createHash('sha256')
        .update(Buffer.from(decoded(codec).buffer))
        .digest('hex'),
    ).toBe(digest);
  });

  it.each(['PCMA', 'PCMU'] as const)('encodes all 65,536 linear values of %s within half a step', (codec) => {
    const levels = decoded(codec);
    const sorted = [...new Set(levels)].sort((a, b) => a - b);
    const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
    const octets = encoded(codec, all16Bit);
    let beyond = 0;
    for (const [i, linear] of all16Bit.entries()) {
      const level = levels[octets[i]!]!;
      const at = sorted.indexOf(level);
      const gap = Math.max(level - (sorted[at - 1] ?? level), (sorted[at + 1] ?? level) - level);
      const inRange = Math.max(lowest, Math.min(highest, linear));
      if (Math.abs(inRange - level) > gap / 2 + 4) beyond += 1;
    }
    expect(beyond).toBe(0);
  });

  it.each(['PCMA', 'PCMU'] as const)('gives each code of %s back unchanged', (codec) => {
    const back = encoded(codec, decoded(codec));
    for (const code of codes) {
      // µ-law has two zeros; the negative one comes back as the positive one.
      expect(back[code]).toBe(codec === 'PCMU' && code === 0x7f ? 0xff : code);
    }
  });

  it('follows the decision values of the reference (G.191) where other programs round', () => {
    expect([...encoded('PCMA', Int16Array.of(-31_744, -31_745, 31_743, 31_744, 15, 16, -16, -17))]).toEqual([
      0x2b, 0x2a, 0xab, 0xaa, 0xd5, 0xd4, 0x55, 0x54,
    ]);
    expect([...encoded('PCMU', Int16Array.of(0, 3, 4, -1, -4, -5, 32_767, -32_768))]).toEqual([
      0xff, 0xff, 0xfe, 0x7f, 0x7f, 0x7e, 0x80, 0x00,
    ]);
  });

  it('clips beyond full scale, to the largest code of the same sign', () => {
    expect([...encoded('PCMA', Float32Array.of(1, 7, -1, -7))]).toEqual([0xaa, 0xaa, 0x2a, 0x2a]);
    expect([...encoded('PCMU', Float32Array.of(1, 7, -1, -7))]).toEqual([0x80, 0x80, 0x00, 0x00]);
  });

  it('takes NaN for some code rather than failing', () => {
    expect(encoded('PCMA', Float32Array.of(Number.NaN))).toHaveLength(1);
  });

  it('decodes no more than the payload and the buffer hold', () => {
    const pcm = new Float32Array(4);
    expect(decodeG711('PCMA', codes, 250, 100, pcm)).toBe(4);
    expect(decodeG711('PCMA', codes, 254, 100, pcm)).toBe(2);
    expect(decodeG711('PCMA', codes, 300, 1, pcm)).toBe(0);
  });

  it('has a silence that decodes below −70 dBov', () => {
    const pcm = new Float32Array(2);
    decodeG711('PCMA', Uint8Array.of(g711Silence('PCMA')), 0, 1, pcm);
    expect(Math.abs(pcm[0]!)).toBeLessThan(10 ** (-70 / 20));
    decodeG711('PCMU', Uint8Array.of(g711Silence('PCMU')), 0, 1, pcm);
    expect(pcm[0]).toBe(0);
  });
});
