import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { Impairment } from '../../src/simulator/impairment.ts';

function delays(settings: { jitterMs: number; lossPercent: number }, seed: number, count: number) {
  const impairment = new Impairment(settings, new SeededRandom(seed));
  return Array.from({ length: count }, () => impairment.nextDelayMs());
}

const packets = 50_000;

describe('impairment of a simulated network', () => {
  it('is the same for the same seed and another for another', () => {
    const settings = { jitterMs: 12, lossPercent: 5 };
    expect(delays(settings, 7, 1000)).toEqual(delays(settings, 7, 1000));
    expect(delays(settings, 7, 1000)).not.toEqual(delays(settings, 8, 1000));
  });

  it.each([3, 12, 40])(
    'of %d ms spreads delays by that around three times that, within 0 and six times',
    (jitterMs) => {
      const taken = delays({ jitterMs, lossPercent: 0 }, 1, packets) as number[];
      const mean = taken.reduce((sum, delay) => sum + delay, 0) / packets;
      const deviation = Math.sqrt(taken.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / packets);
      // The mean of 50,000 draws is known to σ/224; the tails cut at 3σ take 1.3 % off the deviation.
      expect(Math.abs(mean - 3 * jitterMs)).toBeLessThan(0.02 * jitterMs);
      expect(deviation / jitterMs).toBeGreaterThan(0.97);
      expect(deviation / jitterMs).toBeLessThan(1.01);
      expect(Math.min(...taken)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...taken)).toBeLessThanOrEqual(6 * jitterMs);
    },
  );

  it.each([0, 0.5, 5, 20])('loses %d %% of the packets', (lossPercent) => {
    const lost = delays({ jitterMs: 0, lossPercent }, 2, packets).filter((delay) => delay === undefined).length;
    const deviation = Math.sqrt(packets * (lossPercent / 100) * (1 - lossPercent / 100));
    expect(Math.abs(lost - (packets * lossPercent) / 100)).toBeLessThanOrEqual(4 * deviation);
  });

  it('without jitter delays nothing', () => {
    expect(new Set(delays({ jitterMs: 0, lossPercent: 0 }, 3, 100))).toEqual(new Set([0]));
  });
});
