import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClockQuality } from '../../src/operations/clock-quality.ts';
import { type ClockFacts, doubtOf } from '../../src/operations/clock-trust.ts';

const utcMs = Date.UTC(2026, 10, 29, 2);
const dayMs = 24 * 3_600_000;
const unmeasured = { quality: undefined, movedMs: 0 };
const sound: ClockFacts = { utcMs, steadyMs: Infinity, ...unmeasured, markUtcMs: utcMs - 600_000 };
const measured = (state: 'agreed' | 'off', offsetMs: number, boundMs = 5): ClockQuality => {
  return { state, offsetMs, boundMs, source: 'ntp1', sinceUtcMs: utcMs };
};

describe('a clock that nobody measures', () => {
  it('is believed where it runs on from where it was', () => {
    expect(doubtOf(sound)).toBeUndefined();
    expect(doubtOf({ ...sound, markUtcMs: utcMs - 30 * dayMs })).toBeUndefined(); // off for a while
    expect(doubtOf({ ...sound, markUtcMs: undefined })).toBeUndefined(); // a new machine
  });

  it.each([
    ['a year ahead, also after a restart', { markUtcMs: utcMs - 365 * dayMs }, 'ahead'],
    ['behind itself', { markUtcMs: utcMs + 120_000 }, 'behind'],
    ['set half an hour ago', { steadyMs: 1_800_000 }, 'set'],
    [
      'measured by servers that contradict each other',
      { quality: { state: 'unknown', reason: 'disagreeing', sinceUtcMs: utcMs } as const },
      'disagreeing',
    ],
  ] as const)('is not believed when it is %s', (_, facts, doubt) => {
    expect(doubtOf({ ...sound, ...facts })).toBe(doubt);
  });

  it('is not believed a year ahead, however long it runs on so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 * dayMs }), (steadyMs) => {
        expect(doubtOf({ ...sound, steadyMs, markUtcMs: utcMs - 365 * dayMs })).toBeDefined();
      }),
    );
  });
});

describe('a clock that is measured', () => {
  it('is believed where servers agree with it, whatever was before', () => {
    const facts = { ...sound, steadyMs: 0, markUtcMs: utcMs - 365 * dayMs };
    expect(doubtOf({ ...facts, quality: measured('agreed', 0.4) })).toBeUndefined();
    // Off by the record's measure of 50 ms, and of no matter for days.
    expect(doubtOf({ ...facts, quality: measured('off', -800) })).toBeUndefined();
  });

  it('is not believed where they say that it is wrong, or cannot tell', () => {
    expect(doubtOf({ ...sound, quality: measured('off', 365 * dayMs) })).toBe('off');
    expect(doubtOf({ ...sound, quality: measured('off', 50_000, 20_000) })).toBe('uncertain');
  });

  it('is not believed when it was set since, until it is measured again', () => {
    const agreed = { ...sound, quality: measured('agreed', 0.4) };
    expect(doubtOf({ ...agreed, movedMs: 365 * dayMs })).toBe('off');
    expect(doubtOf({ ...agreed, movedMs: -365 * dayMs })).toBe('off');
    expect(doubtOf({ ...sound, quality: measured('off', 365 * dayMs), movedMs: -365 * dayMs })).toBeUndefined();
  });

  it('is as good as not measured where no server answers', () => {
    const quality: ClockQuality = { state: 'unknown', reason: 'silent', sinceUtcMs: utcMs };
    expect(doubtOf({ ...sound, quality })).toBeUndefined();
    expect(doubtOf({ ...sound, quality, markUtcMs: utcMs - 365 * dayMs })).toBe('ahead');
  });
});
