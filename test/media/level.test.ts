import { describe, expect, it } from 'vitest';
import { amplitudeOfDb, dbovOf, levelDbov, meanSquare, silenceDbov } from '../../src/media/level.ts';
import { tone } from './signals.ts';

describe('levels (ITU-T G.100.1)', () => {
  it('measures a full-scale sine as −3.01 dBov and a full-scale square as 0 dBov', () => {
    expect(levelDbov(tone(1000, -3.0103, 320))).toBeCloseTo(-3.01, 2);
    expect(Math.max(...tone(1000, -3.0103, 320))).toBeCloseTo(1, 4);
    expect(levelDbov(new Float32Array(320).fill(-1))).toBe(0);
  });

  it('says −127 dBov for silence, however long', () => {
    expect(levelDbov(new Float32Array(320))).toBe(silenceDbov);
    expect(levelDbov(new Float32Array(0))).toBe(silenceDbov);
    expect(dbovOf(1e-30)).toBe(-127);
  });

  it('measures only the samples it is given', () => {
    expect(meanSquare(Float32Array.of(0.5, 0.5, 0, 0), 2)).toBe(0.25);
  });

  it('doubles amplitude with 6.02 dB', () => {
    expect(amplitudeOfDb(6.0206)).toBeCloseTo(2, 4);
  });
});
