import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAlawWav } from '../../src/simulator/wav.ts';

const folder = join(import.meta.dirname, '../../config/demo-speech');
const names = globSync('*.wav', { cwd: folder }).sort();
const shipped = names.map((name) => readFileSync(join(folder, name)));
const first = shipped[0] as Buffer;

const changed = (at: number, bytes: readonly number[]): Buffer => {
  const copy = Buffer.from(first);
  copy.set(bytes, at);
  return copy;
};

describe('A-law WAV reader', () => {
  it('reads every shipped file: all but its 58 bytes of head are speech of 1 to 12 s', () => {
    expect(names).toHaveLength(13);
    for (const [index, file] of shipped.entries()) {
      const reading = readAlawWav(file);
      if (!reading.ok) throw new Error(`${names[index]}: ${reading.malformed}`);
      expect(file.length - reading.alaw.length).toBeLessThan(64);
      expect(reading.alaw.length / 8).toBeGreaterThan(1000);
      expect(reading.alaw.length / 8).toBeLessThan(12_000);
    }
  });

  it('says what is wrong with files of another kind', () => {
    expect(readAlawWav(changed(0, [0x4f, 0x67, 0x67, 0x53]))).toEqual({ ok: false, malformed: 'not-riff' });
    expect(readAlawWav(new Uint8Array(0))).toEqual({ ok: false, malformed: 'not-riff' });
    for (const [at, octet] of [
      [20, 7], // µ-law
      [22, 2], // stereo
      [25, 0x3e], // 16 kHz
      [34, 16], // 16 bits
    ] as const) {
      expect(readAlawWav(changed(at, [octet]))).toEqual({ ok: false, malformed: 'not-alaw-8k-mono' });
    }
    expect(readAlawWav(first.subarray(0, 1000))).toEqual({ ok: false, malformed: 'truncated' });
    expect(readAlawWav(first.subarray(0, 12))).toEqual({ ok: false, malformed: 'truncated' });
  });

  it('takes any bytes without a throw, and never gives samples that are not in the file', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record({
          length: fc.nat(400),
          damage: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        })
        .map(({ length, damage }) => {
          const copy = Uint8Array.from(first.subarray(0, length));
          for (const [at, octet] of damage) if (at < copy.length) copy[at] = octet;
          return copy;
        }),
    );
    fc.assert(
      fc.property(bytes, (file) => {
        const reading = readAlawWav(file);
        if (reading.ok) expect(reading.alaw.length).toBeLessThanOrEqual(file.length - 44);
      }),
      { numRuns: 5000 },
    );
  });
});
