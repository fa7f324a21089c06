import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clockChanges,
  dateOfDay,
  dayMs,
  dayOfDate,
  nextEdgeMs,
  openings,
  type Schedule,
  underWay,
  type WeeklyWindow,
  weekdays,
} from '../../src/operations/schedule.ts';

const brussels = 'Europe/Brussels';
const utc = (text: string): number => Date.parse(text);
const minute = (utcMs: number): string => `${new Date(utcMs).toISOString().slice(0, 16)}Z`;
const schedule = (parts: Partial<Schedule>): Schedule => {
  return { timezone: brussels, weekly: [], dates: [], except: [], ...parts };
};
const first = (plan: Schedule, text: string): readonly string[] | undefined => {
  const [opening] = openings(plan, utc(text), utc(text) + 366 * dayMs);
  return opening && [minute(opening.fromUtcMs), minute(opening.toUtcMs)];
};
const weekly = (window: WeeklyWindow): Schedule => schedule({ weekly: [window] });

describe('a weekly window', () => {
  const friday: WeeklyWindow = { days: ['fri'], from: '20:00', to: '04:00' };

  it('opens and closes by the clocks of the place, over midnight', () => {
    const evening = ['2026-01-16T19:00Z', '2026-01-17T03:00Z'];
    expect(first(weekly(friday), '2026-01-14T12:00:00Z')).toEqual(evening);
    expect(first(weekly(friday), '2026-01-17T02:59:59Z')).toEqual(evening);
    expect(first(weekly(friday), '2026-01-17T03:00:00Z')).toEqual(['2026-01-23T19:00Z', '2026-01-24T03:00Z']);
    expect(first(weekly(friday), '2026-07-15T12:00:00Z')?.[0]).toBe('2026-07-17T18:00Z');
  });

  it('lasts an hour less on the night in spring, an hour more in autumn', () => {
    const saturday = weekly({ days: ['sat'], from: '22:00', to: '06:00' });
    expect(first(saturday, '2026-03-28T12:00:00Z')).toEqual(['2026-03-28T21:00Z', '2026-03-29T04:00Z']);
    expect(first(saturday, '2026-10-24T12:00:00Z')).toEqual(['2026-10-24T20:00Z', '2026-10-25T05:00Z']);
  });

  it('that begins or ends in the hour that is left out moves with the clocks', () => {
    const begins = weekly({ days: ['sun'], from: '02:30', to: '05:00' });
    expect(first(begins, '2026-03-28T12:00:00Z')).toEqual(['2026-03-29T01:30Z', '2026-03-29T03:00Z']);
    const ends = weekly({ days: ['sun'], from: '01:00', to: '02:30' });
    expect(first(ends, '2026-03-28T12:00:00Z')).toEqual(['2026-03-29T00:00Z', '2026-03-29T01:30Z']);
  });

  it('that would begin after its end on the night in spring is left out with the hour', () => {
    const night = weekly({ days: ['sun'], from: '02:30', to: '03:15' });
    expect(first(night, '2026-03-28T12:00:00Z')?.[0]).toBe('2026-04-05T00:30Z');
  });

  it('in the hour that comes twice is as long as it can be', () => {
    const night = weekly({ days: ['sun'], from: '02:15', to: '02:45' });
    expect(first(night, '2026-10-24T12:00:00Z')).toEqual(['2026-10-25T00:15Z', '2026-10-25T01:45Z']);
  });

  it('from an hour to the same hour is a whole day', () => {
    const monday = weekly({ days: ['mon'], from: '06:00', to: '06:00' });
    expect(first(monday, '2026-01-12T05:00:00Z')).toEqual(['2026-01-12T05:00Z', '2026-01-13T05:00Z']);
  });

  it('does not begin on days that are excepted, and goes on into them', () => {
    const plan = { ...weekly(friday), except: ['2026-01-23', '2026-01-17'] };
    expect(first(plan, '2026-01-14T12:00:00Z')).toEqual(['2026-01-16T19:00Z', '2026-01-17T03:00Z']);
    expect(first(plan, '2026-01-18T12:00:00Z')?.[0]).toBe('2026-01-30T19:00Z');
  });
});

describe('a dated window', () => {
  it('opens once, also months ahead', () => {
    const plan = schedule({ dates: [{ date: '2026-12-31', from: '18:00', to: '05:00' }] });
    expect(first(plan, '2026-02-01T00:00:00Z')).toEqual(['2026-12-31T17:00Z', '2027-01-01T04:00Z']);
    expect(first(plan, '2027-01-01T04:00:00Z')).toBeUndefined();
  });

  it('on no day of the calendar never opens', () => {
    expect(dayOfDate('2026-02-29')).toBeUndefined();
    expect(
      first(schedule({ dates: [{ date: '2026-02-29', from: '18:00', to: '05:00' }] }), '2026-02-01T00:00:00Z'),
    ).toBe(undefined);
  });
});

describe('several windows', () => {
  it('that touch or overlap are one', () => {
    const plan = schedule({
      weekly: [
        { days: ['mon'], from: '08:00', to: '12:00' },
        { days: ['mon'], from: '12:00', to: '16:00' },
      ],
      dates: [{ date: '2026-01-12', from: '15:00', to: '17:00' }],
    });
    expect(first(plan, '2026-01-12T08:00:00Z')).toEqual(['2026-01-12T07:00Z', '2026-01-12T16:00Z']);
  });

  it('that touch over days are followed from their first to their last', () => {
    const plan = weekly({ days: ['mon', 'tue', 'wed', 'thu'], from: '06:00', to: '06:00' });
    expect(first(plan, '2026-01-15T20:00:00Z')).toEqual(['2026-01-12T05:00Z', '2026-01-16T05:00Z']);
  });

  it('come in order, up to an end', () => {
    const plan = weekly({ days: ['fri', 'sat'], from: '20:00', to: '04:00' });
    const all = openings(plan, utc('2026-01-16T20:00:00Z'), utc('2026-01-23T20:00:00Z'));
    expect(all.map(({ fromUtcMs }) => minute(fromUtcMs))).toEqual([
      '2026-01-16T19:00Z',
      '2026-01-17T19:00Z',
      '2026-01-23T19:00Z',
    ]);
    expect(nextEdgeMs(all, utc('2026-01-16T20:00:00Z'))).toBe(utc('2026-01-17T03:00:00Z'));
    expect(nextEdgeMs([], 0)).toBe(Infinity);
  });
});

it('finds when clocks are changed, to the minute', () => {
  const changes = clockChanges(brussels, utc('2026-01-01T00:00:00Z'), utc('2027-01-01T00:00:00Z'));
  const local = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  expect(
    changes.map(({ atUtcMs, localBeforeMs, localAfterMs }) => {
      return [minute(atUtcMs), local(localBeforeMs), local(localAfterMs)];
    }),
  ).toEqual([
    ['2026-03-29T01:00Z', '02:00', '03:00'],
    ['2026-10-25T01:00Z', '03:00', '02:00'],
  ]);
});

it('opens exactly while clocks of the place show a time within a window', () => {
  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, min]) => `${String(hour).padStart(2, '0')}:${String(min).padStart(2, '0')}`);
  const window = fc.record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: clock, to: clock });
  const date = fc.integer({ min: dayOfDate('2026-03-22')!, max: dayOfDate('2026-11-01')! }).map(dateOfDay);
  const plan = fc.record({
    timezone: fc.constantFrom(brussels, 'UTC', 'Australia/Lord_Howe'),
    weekly: fc.array(window, { maxLength: 3 }),
    dates: fc.array(fc.record({ date, from: clock, to: clock }), { maxLength: 2 }),
    except: fc.array(date, { maxLength: 2 }),
  });
  // The fortnights of both changes of clocks, and any other time of that year.
  const instant = fc.oneof(
    fc.integer({ min: utc('2026-03-22T00:00:00Z'), max: utc('2026-04-05T00:00:00Z') }),
    fc.integer({ min: utc('2026-10-18T00:00:00Z'), max: utc('2026-11-01T00:00:00Z') }),
    fc.integer({ min: utc('2026-01-01T00:00:00Z'), max: utc('2027-01-01T00:00:00Z') }),
  );
  const local = new Map<string, Intl.DateTimeFormat>();
  /** Local date and time of day, by the calendar alone. */
  const shown = (timezone: string, atMs: number): readonly [string, string] => {
    const style = { timeZone: timezone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' } as const;
    const format = local.get(timezone) ?? new Intl.DateTimeFormat('sv-SE', style);
    local.set(timezone, format);
    const [day = '', time = ''] = format.format(atMs).split(' ');
    return [day, time];
  };
  const isChangeNear = ({ timezone }: Schedule, atMs: number) => {
    return clockChanges(timezone, atMs - 2 * dayMs, atMs + 2 * dayMs).length > 0;
  };
  fc.assert(
    fc.property(plan, instant, (which, atMs) => {
      const all = openings(which, atMs, atMs + 9 * dayMs);
      for (const [index, { fromUtcMs, toUtcMs }] of all.entries()) {
        expect(fromUtcMs).toBeLessThan(toUtcMs);
        expect(toUtcMs).toBeGreaterThan(atMs);
        if (index > 0) expect(fromUtcMs).toBeGreaterThan(all[index - 1]!.toUtcMs);
      }
      // The next edge is where something changes, and asking later gives the same answer.
      const edge = nextEdgeMs(all, atMs);
      if (edge !== Infinity && edge < atMs + 9 * dayMs) {
        const later = openings(which, edge, atMs + 9 * dayMs);
        expect(underWay(later, edge) === undefined).toBe(underWay(all, atMs) !== undefined);
        expect(later).toEqual(all.filter(({ toUtcMs }) => toUtcMs > edge));
      }
      if (isChangeNear(which, atMs)) return;
      const [day, time] = shown(which.timezone, atMs);
      const number = dayOfDate(day)!;
      const covers = ({ from, to }: { from: string; to: string }, begins: number) => {
        if (from < to) return begins === number && from <= time && time < to;
        return (begins === number && from <= time) || (begins === number - 1 && time < to);
      };
      const byWeek = which.weekly.some((each) =>
        [number - 1, number].some((begins) => {
          const weekday = weekdays[(begins + 3) % 7]!;
          return each.days.includes(weekday) && !which.except.includes(dateOfDay(begins)) && covers(each, begins);
        }),
      );
      const byDate = which.dates.some((each) => covers(each, dayOfDate(each.date)!));
      expect(underWay(all, atMs) !== undefined).toBe(byWeek || byDate);
    }),
    { numRuns: 200 },
  );
});
