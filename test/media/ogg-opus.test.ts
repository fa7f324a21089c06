import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TimedPacket, writeOggOpus } from '../../src/media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { framesOf, levelAt, tone } from './signals.ts';

interface Page {
  readonly flags: number;
  readonly granule: number;
  readonly sequence: number;
  readonly checked: boolean;
  readonly packets: readonly Uint8Array[];
}

/** An independent reader: RFC 3533 §6, bit by bit. */
function readPages(file: Uint8Array): readonly Page[] {
  const pages: Page[] = [];
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.toString('latin1', at, at + 4)).toBe('OggS');
    const table = [...bytes.subarray(at + 27, at + 27 + bytes[at + 26]!)];
    const begin = at + 27 + table.length;
    const end = begin + table.reduce((sum, length) => sum + length, 0);
    const packets: Uint8Array[] = [];
    let packet = begin;
    let to = begin;
    for (const length of table) {
      to += length;
      if (length === 255) continue;
      packets.push(bytes.subarray(packet, to));
      packet = to;
    }
    expect(packet).toBe(end); // no packet runs over into another page
    const page = Buffer.from(bytes.subarray(at, end));
    page.writeUInt32LE(0, 22);
    pages.push({
      flags: bytes[at + 5]!,
      granule: Number(bytes.readBigUInt64LE(at + 6)),
      sequence: bytes.readUInt32LE(at + 18),
      checked: crc(page) === bytes.readUInt32LE(at + 22),
      packets,
    });
    at = end;
  }
  return pages;
}

function crc(bytes: Uint8Array): number {
  let value = 0n;
  for (const byte of bytes) {
    value ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++)
      value = value & 0x8000_0000n ? ((value << 1n) ^ 0x04c1_1db7n) & 0xffff_ffffn : value << 1n;
  }
  return Number(value);
}

const encoded = (pcm: Float32Array, fromMs = 0): readonly TimedPacket[] => {
  const encoder = new OpusSpeechEncoder();
  return framesOf(pcm).map((frame, index) => ({ atMs: fromMs + 20 * index, bytes: encoder.encode(frame) }));
};
const tone1k = (seconds: number): Float32Array => tone(1000, -20, 16_000 * seconds);

describe('Ogg Opus', () => {
  it('writes pages that a strict reader takes, whatever the packets', () => {
    // Code 0 packets of any size and of 10, 20, 40 or 60 ms, with pauses between them.
    const packet = fc.record({
      config: fc.integer({ min: 0, max: 11 }),
      length: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(254, 509, 510, 1275)),
      pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 120 }), (wished) => {
        let atMs = 0;
        const packets = wished.map(({ config, length, pauseMs }) => {
          const bytes = new Uint8Array(1 + length).fill(7);
          bytes[0] = config << 3;
          const timed = { atMs: atMs + pauseMs, bytes };
          atMs += pauseMs + [10, 20, 40, 60][config & 3]!;
          return timed;
        });
        const pages = readPages(writeOggOpus(packets));
        expect(pages.every(({ checked }) => checked)).toBe(true);
        expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, index) => index));
        expect(pages.map(({ flags }) => flags)).toEqual(
          pages.map((_, index) => (index === 0 ? 2 : index === pages.length - 1 ? 4 : 0)),
        );
        const audio = pages.slice(2);
        const written = audio.flatMap((page) => page.packets).filter(([toc]) => toc !== 0xf8);
        expect(written).toEqual(packets.map(({ bytes }) => Buffer.from(bytes)));
        // Pauses are filled to less than one frame of silence, and what is written is never too long.
        const shortMs = atMs - (audio.at(-1)?.granule ?? 0) / 48;
        expect(shortMs).toBeGreaterThanOrEqual(0);
        expect(shortMs).toBeLessThan(20 * Math.max(1, wished.length));
        for (const [index, { granule }] of audio.entries()) {
          expect(granule - (audio[index - 1]?.granule ?? 0)).toBeLessThanOrEqual(48_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out what is no Opus', () => {
    const [first, second] = encoded(tone1k(0.04));
    const file = writeOggOpus([first!, { atMs: 20, bytes: new Uint8Array(0) }, second!]);
    expect(readPages(file)[2]?.packets).toHaveLength(2);
  });

  it('is what ffmpeg plays: its length, its tone, its pause', () => {
    const folder = mkdtempSync(join(tmpdir(), 'escaut-ogg-'));
    const path = join(folder, 'over.ogg');
    try {
      writeFileSync(path, writeOggOpus([...encoded(tone1k(2)), ...encoded(tone1k(1), 5000)], ['EXERCISE=1']));
      const probe = spawnSync('ffprobe', ['-v', 'warning', '-of', 'json', '-show_format', '-show_streams', path]);
      expect(probe.stderr.toString()).toBe('');
      const { format, streams } = JSON.parse(probe.stdout.toString());
      expect(streams).toMatchObject([{ codec_name: 'opus', channels: 1, tags: { EXERCISE: '1' } }]);
      expect(Number(format.duration)).toBeCloseTo(6, 1);
      const decode = ['-v', 'warning', '-i', path, '-f', 'f32le', '-ar', '16000', '-ac', '1', '-'];
      const { stdout, stderr } = spawnSync('ffmpeg', decode, { maxBuffer: 1e7 });
      expect(stderr.toString()).toBe('');
      const pcm = new Float32Array(stdout.buffer, stdout.byteOffset, stdout.length / 4);
      const level = (fromS: number, toS: number) => levelAt(pcm.subarray(16_000 * fromS, 16_000 * toS), 1000, 16_000);
      expect(level(0.2, 1.9)).toBeCloseTo(-20, 0);
      expect(level(2.2, 4.8)).toBeLessThan(-60);
      expect(level(5.1, 5.9)).toBeCloseTo(-20, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
