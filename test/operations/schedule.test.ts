import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, nextChange, type Window, weekdays } from '../../src/operations/schedule.ts';

const brussels = 'Europe/Brussels';
const utc = (text: string): number => Date.parse(text);
const change = (window: Window, text: string): string | undefined => {
  const next = nextChange([window], brussels, utc(text));
  return next && `${next.open ? 'opens' : 'closes'} ${new Date(next.atUtcMs).toISOString().slice(0, 16)}Z`;
};

describe('a window', () => {
  const friday: Window = { days: ['fri'], from: '20:00', to: '04:00' };

  it('opens and closes by the clocks of the place, over midnight', () => {
    expect(change(friday, '2026-01-14T12:00:00Z')).toBe('opens 2026-01-16T19:00Z');
    expect(change(friday, '2026-01-16T19:00:00Z')).toBe('closes 2026-01-17T03:00Z');
    expect(change(friday, '2026-01-17T03:00:00Z')).toBe('opens 2026-01-23T19:00Z');
    expect(change(friday, '2026-07-15T12:00:00Z')).toBe('opens 2026-07-17T18:00Z');
  });

  it('lasts an hour less on the night in spring, an hour more in autumn', () => {
    const saturday: Window = { days: ['sat'], from: '22:00', to: '06:00' };
    expect(change(saturday, '2026-03-28T21:00:00Z')).toBe('closes 2026-03-29T04:00Z');
    expect(change(saturday, '2026-10-24T20:00:00Z')).toBe('closes 2026-10-25T05:00Z');
  });

  it('that begins or ends in the hour that is left out moves with the clocks', () => {
    expect(change({ days: ['sun'], from: '02:30', to: '05:00' }, '2026-03-28T12:00:00Z')).toBe(
      'opens 2026-03-29T01:30Z',
    );
    expect(change({ days: ['sun'], from: '01:00', to: '02:30' }, '2026-03-29T00:30:00Z')).toBe(
      'closes 2026-03-29T01:30Z',
    );
  });

  it('in the hour that comes twice is as long as it can be', () => {
    const night: Window = { days: ['sun'], from: '02:15', to: '02:45' };
    expect(change(night, '2026-10-24T12:00:00Z')).toBe('opens 2026-10-25T00:15Z');
    expect(change(night, '2026-10-25T00:15:00Z')).toBe('closes 2026-10-25T01:45Z');
  });

  it('from an hour to the same hour is a whole day', () => {
    expect(change({ days: ['mon'], from: '06:00', to: '06:00' }, '2026-01-12T05:00:00Z')).toBe(
      'closes 2026-01-13T05:00Z',
    );
  });
});

describe('several windows', () => {
  it('that touch are one', () => {
    const windows: Window[] = [
      { days: ['mon'], from: '08:00', to: '12:00' },
      { days: ['mon'], from: '12:00', to: '16:00' },
      { days: ['mon'], from: '15:00', to: '17:00' },
    ];
    expect(nextChange(windows, brussels, utc('2026-01-12T08:00:00Z'))).toEqual({
      atUtcMs: utc('2026-01-12T16:00:00Z'),
      open: false,
    });
  });

  it('on all days all day never change, and none never opens', () => {
    const always: Window[] = [{ days: weekdays, from: '00:00', to: '00:00' }];
    expect(isWithin(always, brussels, utc('2026-03-29T01:30:00Z'))).toBe(true);
    expect(nextChange([], brussels, 0)).toBeUndefined();
  });
});

it('says of every instant when it changes next, and nothing changes before', () => {
  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const window = fc.record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: clock, to: clock });
  // The fortnights of both changes of clocks, and any other time.
  const instant = fc.oneof(
    fc.integer({ min: utc('2026-03-22T00:00:00Z'), max: utc('2026-04-05T00:00:00Z') }),
    fc.integer({ min: utc('2026-10-18T00:00:00Z'), max: utc('2026-11-01T00:00:00Z') }),
    fc.integer({ min: utc('2020-01-01T00:00:00Z'), max: utc('2040-01-01T00:00:00Z') }),
  );
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), instant, (windows, atMs) => {
      const now = isWithin(windows, brussels, atMs);
      const next = nextChange(windows, brussels, atMs);
      const untilMs = next?.atUtcMs ?? atMs + 7 * 86_400_000;
      if (next !== undefined) {
        expect(next.open).toBe(!now);
        expect(isWithin(windows, brussels, next.atUtcMs)).toBe(next.open);
        expect(isWithin(windows, brussels, next.atUtcMs - 1)).toBe(now);
      }
      for (let share = 1; share < 8; share += 1) {
        expect(isWithin(windows, brussels, atMs + Math.floor(((untilMs - atMs) * share) / 8))).toBe(now);
      }
    }),
    { numRuns: 200 },
  );
});
