import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { readWav, resample } from '../../src/media/wav.ts';

const wav = (rateHz: number, samples: Float32Array, more: { channels?: number; lengthSaid?: number } = {}): Buffer => {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(more.channels ?? 1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(more.lengthSaid ?? 2 * samples.length, 40);
  for (const [index, sample] of samples.entries()) bytes.writeInt16LE(Math.round(sample * 32_767), 44 + 2 * index);
  return bytes;
};
const tone = (rateHz: number, hz: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rateHz * seconds }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / rateHz));
const middle = (samples: Float32Array): Float32Array => samples.subarray(1000, samples.length - 1000);

describe('a WAV file', () => {
  it.each([8000, 16_000, 22_050, 44_100, 48_000])('of %i Hz comes out at 16 kHz, its tone unharmed', (rateHz) => {
    const reading = readWav(wav(rateHz, tone(rateHz, 1000)));
    if (!reading.ok) throw new Error(reading.malformed);
    expect(reading.samples.length).toBe(8000);
    const wanted = middle(tone(16_000, 1000));
    const got = middle(reading.samples);
    const error = wanted.map((sample, index) => sample - got[index]!);
    expect(levelDbov(error)).toBeLessThan(-60);
  });

  it('of a pipe, whose length was not known, is read to its end', () => {
    const reading = readWav(wav(16_000, tone(16_000, 1000), { lengthSaid: 0x7fff_ffff }));
    expect(reading.ok && reading.samples.length).toBe(8000);
  });

  it('that cannot be used is named', () => {
    expect(readWav(Buffer.from('OggS'))).toEqual({ ok: false, malformed: 'not-riff' });
    expect(readWav(wav(16_000, tone(16_000, 1000), { channels: 2 }))).toEqual({ ok: false, malformed: 'not-mono' });
    expect(readWav(wav(96_000, new Float32Array(8)))).toEqual({ ok: false, malformed: 'rate' });
    expect(readWav(wav(16_000, new Float32Array(8)).subarray(0, 36))).toEqual({ ok: false, malformed: 'truncated' });
  });

  it('of any bytes throws nothing', () => {
    const start = wav(22_050, tone(22_050, 500, 0.01));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(start);
        for (const [at, byte] of changes) bytes[at] = byte;
        readWav(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

it('a tone above the new Nyquist frequency does not fold into speech', () => {
  expect(levelDbov(middle(resample(tone(48_000, 10_000), 48_000, 16_000)))).toBeLessThan(-70);
});
