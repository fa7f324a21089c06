import { describe, expect, it } from 'vitest';
import { type ClockQuality, isToRecord, judgeClock, type Measured } from '../../src/operations/clock-quality.ts';

const measured = (offsetMs: number, boundMs: number): Measured => ({ is: 'agreed', server: 'ntp1', offsetMs, boundMs });

describe('the quality of the clock (A-27)', () => {
  it.each([
    [0.4, 3, 'agreed'],
    [-45, 5, 'agreed'],
    [46, 5, 'unknown'],
    [10, 45, 'unknown'],
    [60, 15, 'unknown'],
    [60, 5, 'off'],
    [-3600_000, 10, 'off'],
  ])('of %d ± %d ms is %s: only what the bound proves is said', (offsetMs, boundMs, state) => {
    expect(judgeClock(undefined, measured(offsetMs, boundMs), 0)).toMatchObject({ state, offsetMs, boundMs });
  });

  it('is not known while nobody answers or servers contradict each other', () => {
    expect(judgeClock(undefined, { is: 'silent' }, 5)).toEqual({ state: 'unknown', reason: 'silent', sinceUtcMs: 5 });
    expect(judgeClock(undefined, { is: 'disagreeing' }, 5)).toMatchObject({ state: 'unknown', reason: 'disagreeing' });
  });

  it('says since when, and keeps that while nothing changes but figures', () => {
    const first = judgeClock(undefined, measured(1, 3), 1000);
    const second = judgeClock(first, measured(12, 4), 2000);
    expect(second).toMatchObject({ state: 'agreed', offsetMs: 12, sinceUtcMs: 1000 });
    expect(judgeClock(second, measured(120, 4), 3000)).toMatchObject({ state: 'off', sinceUtcMs: 3000 });
  });

  it('does not go to and fro at the limit: what was left is entered 5 ms inside', () => {
    let quality: ClockQuality | undefined;
    const states = [46, 47, 46, 47, 43, 42, 41, 46, 47].map((offsetMs) => {
      quality = judgeClock(quality, measured(offsetMs, 3.5), 0);
      return quality.state;
    });
    expect(states).toEqual([
      ...['agreed', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'agreed', 'agreed', 'unknown'],
    ]);
    let off: ClockQuality | undefined;
    const other = [54, 53, 52, 51, 48].map((offsetMs) => {
      off = judgeClock(off, measured(offsetMs, 3), 0);
      return off.state;
    });
    expect(other).toEqual(['off', 'off', 'off', 'off', 'unknown']);
  });

  it('goes into the record when its state changes, when it moved by 10 ms, and once an hour', () => {
    const quality = judgeClock(undefined, measured(1, 3), 0);
    const last = { quality, atMs: 0 };
    expect(isToRecord(undefined, quality, 0)).toBe(true);
    expect(isToRecord(last, judgeClock(quality, measured(10.9, 3), 0), 1000)).toBe(false);
    expect(isToRecord(last, judgeClock(quality, measured(11.1, 3), 0), 1000)).toBe(true);
    expect(isToRecord(last, judgeClock(quality, measured(80, 3), 0), 1000)).toBe(true);
    expect(isToRecord(last, judgeClock(quality, { is: 'disagreeing' }, 0), 1000)).toBe(true);
    expect(isToRecord(last, quality, 3_599_999)).toBe(false);
    expect(isToRecord(last, quality, 3_600_000)).toBe(true);
  });

  it('says once that nothing is measured', () => {
    const quality = { state: 'unmeasured' } as const;
    expect(isToRecord(undefined, quality, 0)).toBe(true);
    expect(isToRecord({ quality, atMs: 0 }, quality, 1e9)).toBe(false);
  });
});
