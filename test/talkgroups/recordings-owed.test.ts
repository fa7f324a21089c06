import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndedOver, RecordingsOwed } from '../../src/talkgroups/recordings-owed.ts';

const over = (number: number): EndedOver => ({
  group: 'xb',
  over: number,
  party: 'xb/as:1',
  talker: '5317031',
  startUtcMs: 0,
  durationMs: 2500,
});

describe('an over that has ended', () => {
  it('and is recorded whole, before or after it is told to end, is no gap', () => {
    const owed = new RecordingsOwed();
    expect(owed.recorded(1)).toEqual([]);
    expect(owed.ended(over(1), 0)).toEqual([]);
    expect(owed.ended(over(2), 0)).toEqual([]);
    expect(owed.recorded(2)).toEqual([]);
    expect(owed.dueMs).toBe(Infinity);
    expect(owed.takeAll('stopped')).toEqual([]);
  });

  it('and lacks a part is a gap, once, that says who talked and why', () => {
    const owed = new RecordingsOwed();
    expect(owed.recorded(1, 'ENOSPC')).toEqual([]);
    expect(owed.recorded(1)).toEqual([]); // what followed is whole
    expect(owed.ended(over(1), 0)).toEqual([{ ...over(1), reason: 'ENOSPC' }]);
    owed.ended(over(2), 0);
    expect(owed.recorded(2, 'ENOSPC')).toEqual([{ ...over(2), reason: 'ENOSPC' }]);
    expect(owed.dueMs).toBe(Infinity);
  });

  it('and of whose recording nothing is told for 30 s is a gap', () => {
    const owed = new RecordingsOwed();
    owed.ended(over(1), 1000);
    owed.ended(over(2), 2000);
    expect(owed.dueMs).toBe(31_000);
    expect(owed.takeLate(30_999)).toEqual([]);
    expect(owed.takeLate(31_000)).toMatchObject([{ over: 1, reason: 'nothing was told of its recording' }]);
    expect(owed.dueMs).toBe(32_000);
  });

  it('is a gap when whoever records it is gone', () => {
    const owed = new RecordingsOwed();
    owed.ended(over(1), 0);
    expect(owed.takeAll('the voice process died')).toMatchObject([{ over: 1, reason: 'the voice process died' }]);
    expect(owed.takeAll('the voice process died')).toEqual([]);
  });

  it('is in any history either recorded whole or listed, exactly once', () => {
    const step = fc.record({
      over: fc.integer({ min: 1, max: 6 }),
      what: fc.constantFrom('ended', 'recorded', 'missing', 'late'),
    });
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const owed = new RecordingsOwed();
      const ended = new Set<number>();
      const whole = new Set<number>();
      const told = new Set<number>();
      const gaps: number[] = [];
      for (const [at, { over: number, what }] of steps.entries()) {
        const nowMs = at * 10_000;
        if (what === 'late') gaps.push(...owed.takeLate(nowMs).map((gap) => gap.over));
        else if (what === 'ended') {
          if (ended.has(number)) continue; // no two overs have one number
          ended.add(number);
          gaps.push(...owed.ended(over(number), nowMs).map((gap) => gap.over));
        } else {
          if (told.has(number) || gaps.includes(number)) continue;
          told.add(number);
          if (what === 'recorded') whole.add(number);
          gaps.push(...owed.recorded(number, what === 'missing' ? 'ENOSPC' : undefined).map((gap) => gap.over));
        }
      }
      gaps.push(...owed.takeAll('stopped').map((gap) => gap.over));
      expect(gaps.sort()).toEqual([...ended].filter((number) => !whole.has(number)).sort());
    });
    fc.assert(property);
  });
});
