import { describe, expect, it } from 'vitest';
import { levelDbfs } from '../../src/web/audio/level.ts';
import { faster, peaksOf, withoutSilence } from '../../src/web/audio/replay-sound.ts';
import { joined, levelAt, speech, tone } from '../media/signals.ts';

const rateHz = 16_000;
const silence = (seconds: number) => new Float32Array(rateHz * seconds);
const seconds = (pcm: Float32Array) => pcm.length / rateHz;

describe('faster speech', () => {
  it('takes two thirds of the time at 1.5 times the speed, and keeps pitch and level', () => {
    for (const frequencyHz of [150, 440, 1000]) {
      const fast = faster(tone(frequencyHz, -20, 3 * rateHz), rateHz, 1.5);
      expect(seconds(fast)).toBeCloseTo(2, 1);
      const middle = fast.subarray(rateHz / 2, 1.5 * rateHz);
      expect(levelAt(middle, frequencyHz, rateHz)).toBeCloseTo(-20, 0);
      expect(levelAt(middle, 1.5 * frequencyHz, rateHz)).toBeLessThan(-35);
    }
  });

  it('keeps the level of speech', () => {
    const french = speech('fr');
    const fast = faster(french, rateHz, 1.5);
    expect(seconds(fast) / seconds(french)).toBeCloseTo(1 / 1.5, 1);
    expect(levelDbfs(fast)).toBeCloseTo(levelDbfs(french), 0);
  });

  it('leaves alone what is too short', () => {
    const short = tone(440, -20, 300);
    expect([...faster(short, rateHz, 1.5)]).toEqual([...short]);
    expect(faster(new Float32Array(0), rateHz, 1.5)).toHaveLength(0);
  });
});

describe('speech without pauses', () => {
  it('loses a long pause but for its edges, and no word', () => {
    const word = tone(440, -20, rateHz);
    const out = withoutSilence(joined(silence(2), word, silence(3), word, silence(2)), rateHz);
    expect(seconds(out)).toBeCloseTo(2 + 4 * 0.1, 1);
    expect(out.filter((sample) => Math.abs(sample) > 0.01).length).toBeCloseTo(
      joined(word, word).filter((sample) => Math.abs(sample) > 0.01).length,
      -3,
    );
  });

  it('keeps a short pause, and what holds no speech at all', () => {
    const word = tone(440, -20, rateHz);
    const breath = joined(word, silence(0.16), word);
    expect(withoutSilence(breath, rateHz)).toHaveLength(breath.length);
    expect(withoutSilence(silence(1), rateHz)).toHaveLength(rateHz);
  });
});

describe('picture', () => {
  it('is the loudest sample of each part', () => {
    expect(peaksOf(Float32Array.of(0, 0.5, -1, 0.25, 2, 0), 3)).toEqual([0.5, 1, 1]);
    expect(peaksOf(new Float32Array(0), 2)).toEqual([0, 0]);
  });
});
