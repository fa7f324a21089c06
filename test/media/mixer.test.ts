import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrame } from '../../src/media/frame.ts';
import { Limiter } from '../../src/media/limiter.ts';
import { Mixer } from '../../src/media/mixer.ts';
import { levelAt, tone } from './signals.ts';

const constant = (value: number) => createFrame().fill(value);

describe('mixer (mix-minus)', () => {
  it('gives each listener the sum of the others, with their gains, and never himself', () => {
    const mixer = new Mixer(4);
    mixer.add('a', constant(0.1));
    mixer.add('b', constant(0.2), 0.5);
    mixer.add('c', constant(0.3));
    const out = createFrame();
    const heard = (listener: string) => [
      mixer.minus(listener, out, new Limiter()),
      Math.round(out[160]! * 1000) / 1000,
    ];
    expect(heard('a')).toEqual([2, 0.4]);
    expect(heard('b')).toEqual([2, 0.4]);
    expect(heard('c')).toEqual([2, 0.2]);
    expect(heard('nobody')).toEqual([3, 0.5]);
  });

  it('passes a lone source bit for bit, and gives silence to it alone', () => {
    const mixer = new Mixer(4);
    const frame = tone(700, -12, 320);
    mixer.add('a', frame);
    const out = constant(1);
    expect(mixer.minus('b', out, new Limiter())).toBe(1);
    expect(out).toEqual(frame);
    expect(mixer.minus('a', out, new Limiter())).toBe(0);
    expect(out).toEqual(createFrame());
  });

  it('forgets its sources on clear and refuses one too many', () => {
    const mixer = new Mixer(2);
    expect([mixer.add('a', constant(0.1)), mixer.add('b', constant(0.1)), mixer.add('c', constant(0.1))]).toEqual([
      true,
      true,
      false,
    ]);
    mixer.clear();
    expect(mixer.sources).toBe(0);
    expect(mixer.minus('x', createFrame(), new Limiter())).toBe(0);
  });

  it('holds four talkers at −6 dBFS peak below full scale without breaking them up', () => {
    const mixer = new Mixer(4);
    const limiter = new Limiter();
    const voices = [310, 470, 730, 1130].map((hz) => tone(hz, -9, 32_000));
    const mixed = new Float32Array(32_000);
    for (let at = 0; at < 32_000; at += 320) {
      mixer.clear();
      for (const [n, voice] of voices.entries()) mixer.add(`${n}`, voice.subarray(at, at + 320));
      mixer.minus('', mixed.subarray(at, at + 320), limiter);
    }
    expect(mixed.every((x) => Math.abs(x) < 1)).toBe(true);
    const levels = [310, 470, 730, 1130].map((hz) => levelAt(mixed.subarray(16_000), hz, 16_000));
    for (const level of levels) expect(level).toBeGreaterThan(-9 - 7);
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(1);
  });

  it('is the whole minus the own, for any sources', () => {
    const source = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.double({ min: -0.1, max: 0.1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(source, { maxLength: 4 }), (sources) => {
        const mixer = new Mixer(4);
        for (const [id, value] of sources) mixer.add(id, constant(value));
        const out = createFrame();
        for (const listener of ['a', 'b', 'c']) {
          const expected = sources.reduce((sum, [id, value]) => sum + (id === listener ? 0 : value), 0);
          mixer.minus(listener, out, new Limiter());
          expect(out[7]!).toBeCloseTo(expected, 5);
        }
      }),
    );
  });
});
