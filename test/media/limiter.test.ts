import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter } from '../../src/media/limiter.ts';
import { framesOf, joined, levelAt, noise, scaled, speech, tone } from './signals.ts';

function limited(pcm: Float32Array, limiter = new Limiter()): Float32Array {
  const frames = framesOf(pcm);
  for (const frame of frames) limiter.process(frame);
  return joined(...frames);
}

const peak = (pcm: Float32Array) => pcm.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
/** A sine whose peak is so many dB against full scale. */
const sine = (hz: number, peakDbfs: number) => tone(hz, peakDbfs - 3.0103, 32_000);
/** All harmonics up to the 8th against the fundamental, dB. */
function distortionDb(pcm: Float32Array, hz: number): number {
  const steady = pcm.subarray(16_000);
  const harmonics = [2, 3, 4, 5, 6, 7, 8].filter((n) => n * hz < 8000).map((n) => levelAt(steady, n * hz, 16_000));
  return 10 * Math.log10(harmonics.reduce((sum, db) => sum + 10 ** (db / 10), 0)) - levelAt(steady, hz, 16_000);
}

describe('limiter', () => {
  it('passes everything below −3 dBFS bit for bit', () => {
    for (const pcm of [sine(1000, -3.05), scaled(speech('fr'), -3.1), noise(-12, 32_000)]) {
      expect(peak(pcm)).toBeLessThan(10 ** (-3 / 20));
      expect(limited(pcm)).toEqual(pcm.subarray(0, 320 * Math.floor(pcm.length / 320)));
    }
  });

  it('lets nothing above −0.3 dBFS out, for speech driven 12 dB over', () => {
    expect(peak(limited(scaled(speech('fr'), 16)))).toBeLessThanOrEqual(10 ** (-0.3 / 20) + 1e-6);
  });

  it('distorts tones of 300 to 1000 Hz, 6 dB over full scale, by less than 1 % (−40 dB)', () => {
    for (const hz of [300, 440, 1000]) expect(distortionDb(limited(sine(hz, 6)), hz)).toBeLessThan(-40);
  });

  it('turns a tone at full scale down by less than 2 dB', () => {
    const out = limited(sine(1000, 0)).subarray(16_000);
    expect(levelAt(out, 1000, 16_000)).toBeGreaterThan(-3.01 - 2);
  });

  it('is back at unity 600 ms after a burst of 6 dB over, and then exact again', () => {
    const limiter = new Limiter();
    limited(sine(500, 6).subarray(0, 3200), limiter);
    expect(limiter.gain).toBeLessThan(0.6);
    limited(sine(500, -10).subarray(0, 9600), limiter);
    expect(limiter.gain).toBe(1);
    const after = sine(500, -10);
    expect(limited(after, limiter)).toEqual(after);
  });

  it('makes no click where a loud passage begins in the midst of a frame', () => {
    const pcm = joined(tone(400, -20, 1000), tone(400, 2, 7000));
    const out = limited(pcm);
    // A sine of 400 Hz at the ceiling moves by 0.152 a sample at most; the entry may bend it by little more.
    let jump = 0;
    for (let i = 1010; i < out.length; i++) jump = Math.max(jump, Math.abs(out[i]! - out[i - 1]!));
    expect(jump).toBeLessThan(0.25);
  });

  it('never exceeds full scale, whatever comes in', () => {
    const value = fc.double({ min: -16, max: 16, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.integer({ min: 0, max: 319 })), { maxLength: 60 }), (impulses) => {
        const limiter = new Limiter();
        for (const [amplitude, at] of impulses) {
          const frame = new Float32Array(320).fill(amplitude / 20);
          frame[at] = amplitude;
          limiter.process(frame);
          expect(peak(frame)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
