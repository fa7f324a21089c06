/**
 * Windows in local time in which a scheduled group is open, such as a joint patrol's Friday evening. Pure: the instant
 * comes in, the next change goes out; daylight-saving changes fall where the clocks of the place have them.
 *
 * A local time that occurs twice opens at its first and closes at its second occurrence; one that is left out counts as
 * so much later as the clocks jump (as RFC 5545 §3.3.5 has it). So no window is cut short by a change of clocks.
 */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

export interface Window {
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
  /** `HH:MM`, local time. */
  readonly from: string;
  /** `HH:MM`, local time; not later than `from`: on the next day. */
  readonly to: string;
}

export interface ScheduledChange {
  /** ms since 1970. */
  readonly atUtcMs: number;
  readonly open: boolean;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Whether one of the windows is open at the instant. */
export function isWithin(windows: readonly Window[], timezone: string, utcMs: number): boolean {
  return spans(windows, timezone, utcMs).some(([from, to]) => from <= utcMs && utcMs < to);
}

/** The first instant after the given one at which that changes; undefined without windows. */
export function nextChange(windows: readonly Window[], timezone: string, utcMs: number): ScheduledChange | undefined {
  const all = spans(windows, timezone, utcMs);
  const open = all.some(([from, to]) => from <= utcMs && utcMs < to);
  // Windows that touch or overlap are one: an edge counts only where nothing else is open.
  // What does not change within a week and a clock's jump never does; beyond it begin windows that are not in the list.
  const edges = all.flat().filter((edge) => edge > utcMs && edge <= utcMs + 7 * dayMs + 120 * minuteMs);
  const changes = edges.filter((edge) => all.some(([from, to]) => from <= edge && edge < to) !== open);
  return changes.length === 0 ? undefined : { atUtcMs: Math.min(...changes), open: !open };
}

/** Every window that begins from the day before yesterday to a week and a day ahead, as [from, to) in UTC. */
function spans(windows: readonly Window[], timezone: string, utcMs: number): readonly (readonly [number, number])[] {
  const today = Math.floor((utcMs + offsetMs(timezone, utcMs)) / dayMs);
  const found: (readonly [number, number])[] = [];
  for (let day = today - 2; day <= today + 8; day += 1) {
    // Day 0 of 1970 was a Thursday.
    const weekday = weekdays[(((day + 3) % 7) + 7) % 7];
    for (const { days, from, to } of windows) {
      if (weekday === undefined || !days.includes(weekday)) continue;
      const begins = minutesOf(from);
      const ends = minutesOf(to);
      const lastDay = ends <= begins ? day + 1 : day;
      const [first] = instants(timezone, day * dayMs + begins * minuteMs);
      const [, last] = instants(timezone, lastDay * dayMs + ends * minuteMs);
      if (first < last) found.push([first, last]);
    }
  }
  return found;
}

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** First and last instant at which clocks of the zone show a local time, both the same on all but one night a year. */
function instants(timezone: string, localMs: number): readonly [number, number] {
  const before = offsetMs(timezone, localMs - dayMs);
  const after = offsetMs(timezone, localMs + dayMs);
  const shown = [localMs - before, localMs - after].filter((utcMs) => utcMs + offsetMs(timezone, utcMs) === localMs);
  if (shown.length === 0) return [localMs - before, localMs - before];
  return [Math.min(...shown), Math.max(...shown)];
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
