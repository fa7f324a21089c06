/**
 * Windows in local time in which a scheduled group is open, such as a joint patrol's Friday evening. Pure: the instant
 * comes in, openings go out; daylight-saving changes fall where the clocks of the place have them.
 *
 * A local time that occurs twice opens at its first and closes at its second occurrence; one that is left out counts as
 * so much later as the clocks jump (as RFC 5545 §3.3.5 has it). So no window is cut short by a change of clocks; one that
 * would then begin after its end, within the hour that is left out, is left out with it.
 */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Local times are `HH:MM`; an end that is not later than the beginning is on the next day. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface WeeklyWindow extends Span {
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
}

export interface DatedWindow extends Span {
  /** Day on which it begins, `YYYY-MM-DD`. */
  readonly date: string;
}

export interface Schedule {
  /** IANA name. */
  readonly timezone: string;
  readonly weekly: readonly WeeklyWindow[];
  readonly dates: readonly DatedWindow[];
  /** Days on which no weekly window begins, `YYYY-MM-DD`. */
  readonly except: readonly string[];
}

/** From the first instant up to the last, itself not included; ms since 1970. */
export interface Opening {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

/** Clocks that are put forward or back at an instant: local times in ms as if the zone were UTC. */
export interface ClockChange {
  readonly atUtcMs: number;
  readonly localBeforeMs: number;
  readonly localAfterMs: number;
}

export const dayMs = 86_400_000;
export const minuteMs = 60_000;

/** Weekly windows that touch are followed so far back and on; none is longer than a day. */
const followedDays = 8;

/**
 * Openings that are under way or begin before the given end, in order. Windows that touch or overlap are one opening.
 * A year ahead is the most that is looked at.
 */
export function openings(schedule: Schedule, utcMs: number, untilUtcMs: number): readonly Opening[] {
  const aheadUtcMs = Math.min(untilUtcMs, utcMs + 366 * dayMs);
  const first = dayOf(schedule.timezone, utcMs) - followedDays;
  const last = dayOf(schedule.timezone, aheadUtcMs) + followedDays;
  const all = [...weeklySpans(schedule, first, last), ...datedSpans(schedule)].sort(
    (a, b) => a.fromUtcMs - b.fromUtcMs,
  );
  const merged: Opening[] = [];
  for (const span of all) {
    const before = merged.at(-1);
    if (before === undefined || before.toUtcMs < span.fromUtcMs) merged.push(span);
    else if (before.toUtcMs < span.toUtcMs) merged.splice(-1, 1, { ...before, toUtcMs: span.toUtcMs });
  }
  return merged.filter(({ fromUtcMs, toUtcMs }) => utcMs < toUtcMs && fromUtcMs < aheadUtcMs);
}

/** The opening that is under way at an instant. */
export function underWay(all: readonly Opening[], utcMs: number): Opening | undefined {
  return all.find(({ fromUtcMs, toUtcMs }) => fromUtcMs <= utcMs && utcMs < toUtcMs);
}

/** The first instant after the given one at which an opening begins or ends; Infinity for none. */
export function nextEdgeMs(all: readonly Opening[], utcMs: number): number {
  return Math.min(...all.flatMap(({ fromUtcMs, toUtcMs }) => [fromUtcMs, toUtcMs]).filter((edge) => edge > utcMs));
}

/** Changes of clocks between two instants, to the minute. */
export function clockChanges(timezone: string, fromUtcMs: number, toUtcMs: number): readonly ClockChange[] {
  const found: ClockChange[] = [];
  let beforeMs = offsetMs(timezone, fromUtcMs);
  for (let at = fromUtcMs; at < toUtcMs; at += dayMs) {
    const afterMs = offsetMs(timezone, at + dayMs);
    if (afterMs !== beforeMs) {
      const atUtcMs = changeBetween(timezone, at, at + dayMs);
      found.push({ atUtcMs, localBeforeMs: atUtcMs + beforeMs, localAfterMs: atUtcMs + afterMs });
    }
    beforeMs = afterMs;
  }
  return found;
}

/** Local days are counted from 1 January 1970, which was a Thursday. */
export function weekdayOf(day: number): Weekday {
  return weekdays[(((day + 3) % 7) + 7) % 7] ?? 'mon';
}

/** Undefined where the calendar has no such day. */
export function dayOfDate(date: string): number | undefined {
  const utcMs = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(utcMs) || dateOfDay(utcMs / dayMs) !== date ? undefined : utcMs / dayMs;
}

export function dateOfDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** Minutes from the beginning of the local day on which it begins: from, and to, which may lie on the next. */
export function minutesOf({ from, to }: Span): readonly [number, number] {
  const begins = clockMinutes(from);
  const ends = clockMinutes(to);
  return [begins, ends <= begins ? ends + 24 * 60 : ends];
}

function weeklySpans(schedule: Schedule, first: number, last: number): readonly Opening[] {
  const found: Opening[] = [];
  for (let day = first; schedule.weekly.length > 0 && day <= last; day += 1) {
    if (schedule.except.includes(dateOfDay(day))) continue;
    for (const window of schedule.weekly) {
      if (window.days.includes(weekdayOf(day))) found.push(...spanOn(schedule.timezone, day, window));
    }
  }
  return found;
}

function datedSpans({ timezone, dates }: Schedule): readonly Opening[] {
  return dates.flatMap((window) => {
    const day = dayOfDate(window.date);
    return day === undefined ? [] : spanOn(timezone, day, window);
  });
}

function spanOn(timezone: string, day: number, window: Span): readonly Opening[] {
  const [begins, ends] = minutesOf(window);
  const [fromUtcMs] = instants(timezone, day * dayMs + begins * minuteMs);
  const [, toUtcMs] = instants(timezone, day * dayMs + ends * minuteMs);
  return fromUtcMs < toUtcMs ? [{ fromUtcMs, toUtcMs }] : [];
}

function clockMinutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

function dayOf(timezone: string, utcMs: number): number {
  return Math.floor((utcMs + offsetMs(timezone, utcMs)) / dayMs);
}

/** First and last instant at which clocks of the zone show a local time, both the same on all but one night a year. */
function instants(timezone: string, localMs: number): readonly [number, number] {
  const before = offsetMs(timezone, localMs - dayMs);
  const after = offsetMs(timezone, localMs + dayMs);
  if (before === after) return [localMs - before, localMs - before];
  const shown = [localMs - before, localMs - after].filter((utcMs) => utcMs + offsetMs(timezone, utcMs) === localMs);
  if (shown.length === 0) return [localMs - before, localMs - before];
  return [Math.min(...shown), Math.max(...shown)];
}

/** Between two instants with different offsets: the first minute with the later one's. */
function changeBetween(timezone: string, fromUtcMs: number, toUtcMs: number): number {
  const afterMs = offsetMs(timezone, toUtcMs);
  let [low, high] = [Math.floor(fromUtcMs / minuteMs), Math.ceil(toUtcMs / minuteMs)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(timezone, middle * minuteMs) === afterMs) high = middle;
    else low = middle;
  }
  return high * minuteMs;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local time less UTC, at an instant. */
function offsetMs(timezone: string, utcMs: number): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const wholeSeconds = Math.floor(utcMs / 1000) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSeconds;
}
