import { describe, expect, it } from 'vitest';
import { type ClockLook, type ClockStretch, judgeStretch } from '../../src/operations/clock-stretch.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const rightUtcMs = Date.UTC(2026, 10, 29, 14);
const behindUtcMs = rightUtcMs - 365 * dayMs;

/** What is held of it, as looks come in. */
function held(looks: readonly Partial<ClockLook>[]) {
  let stretch: ClockStretch | undefined;
  return looks.flatMap((look) => {
    const verdict = judgeStretch(stretch, {
      ...{ boot: 'a', utcMs: rightUtcMs, sinceBootMs: 0, isVouched: false, markUtcMs: undefined },
      ...look,
    });
    stretch = verdict.stretch;
    return verdict.behind ?? [];
  });
}

/** Until the clock is set, ten minutes after. */
const recorded = { fromUtcMs: behindUtcMs, toUtcMs: behindUtcMs + 600_000 };
const wrong = [{ utcMs: behindUtcMs }, { utcMs: behindUtcMs + 590_000, sinceBootMs: 590_000 }];
const covers = (stretches: ReturnType<typeof held>) =>
  stretches.some((each) => each.fromUtcMs <= recorded.fromUtcMs && each.toUtcMs >= recorded.toUtcMs);

describe('what was recorded while the clock was behind', () => {
  it('is held once the clock is set forward, up to the moment in which it was', () => {
    const found = held([...wrong, { utcMs: rightUtcMs, sinceBootMs: 600_000, isVouched: true }]);
    expect(found).toHaveLength(1);
    expect(covers(found)).toBe(true);
    expect(found[0]?.toUtcMs).toBe(recorded.toUtcMs);
  });

  it('is held also where the machine was booted anew before the clock was right', () => {
    const after = { boot: 'b', utcMs: rightUtcMs, sinceBootMs: 1000 };
    expect(covers(held([...wrong, { ...after, markUtcMs: rightUtcMs - dayMs }]))).toBe(true);
    expect(covers(held([...wrong, { ...after, isVouched: true }]))).toBe(true);
  });

  it('is held where the clock was set back and forward again, once', () => {
    const right = { utcMs: rightUtcMs, isVouched: true };
    const back = { utcMs: behindUtcMs + 10_000, sinceBootMs: 10_000 };
    const found = held([right, back, { utcMs: rightUtcMs + 600_000, sinceBootMs: 600_000, isVouched: true }]);
    expect(covers(found)).toBe(true);
    expect(found).toHaveLength(1);
  });
});

describe('nothing is held', () => {
  it.each([
    ['the clock is set by less than an hour', [{}, { utcMs: rightUtcMs + hourMs - 1 }]],
    ['servers had said that it was right', [{ isVouched: true }, { utcMs: rightUtcMs + dayMs, sinceBootMs: 1000 }]],
    ['the clock is set back', [{}, { utcMs: behindUtcMs, sinceBootMs: 1000 }]],
    ['the machine was off for a month', [{}, { boot: 'b', utcMs: rightUtcMs + 30 * dayMs, isVouched: true }]],
    [
      'a look comes late',
      [{ utcMs: rightUtcMs, sinceBootMs: 2000 }, { utcMs: behindUtcMs, sinceBootMs: 1000 }, { sinceBootMs: 3000 }],
    ],
  ] as const)('where %s', (_, looks) => {
    expect(held(looks)).toEqual([]);
  });
});
