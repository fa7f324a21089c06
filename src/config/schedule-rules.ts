/** Rules about when scheduled groups are open; called by rules.ts, and by load.ts where the day of today counts. Pure. */
import {
  type ClockChange,
  clockChanges,
  type DatedWindow,
  dateOfDay,
  dayMs,
  dayOfDate,
  minuteMs,
  minutesOf,
  type Opening,
  openings,
  type Schedule,
  type Span,
  type WeeklyWindow,
  weekdayOf,
  weekdays,
} from '../operations/schedule.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { PathProblem } from './problems.ts';
import type { Config, SharedGroup } from './schema.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

type GroupSchedule = NonNullable<SharedGroup['schedule']>;

const dayMin = 24 * 60;
const weekMin = 7 * dayMin;

export function* schedulesAreWhole(world: World): Iterable<PathProblem> {
  for (const { value, path } of world.sharedGroups) {
    const { mode, schedule } = value;
    const at = [...path, 'schedule'];
    if (mode !== 'scheduled') {
      if (schedule !== undefined)
        yield error(at, `opens nothing: the mode is ${mode}. Set mode to scheduled`, 'schedule-mode');
      continue;
    }
    if (schedule === undefined) {
      yield error([...path, 'mode'], 'needs a schedule: the windows in which the group is open', 'schedule-missing');
      continue;
    }
    if (schedule.weekly.length + schedule.dates.length === 0) {
      yield error(
        at,
        'has no window, so that the group never opens: name one in `weekly` or `dates`',
        'schedule-empty',
      );
    }
    yield* windowsDoNotOverlap(schedule, at);
  }
}

/** Of each week in minutes from Monday 00:00; of single days in minutes since 1970. */
interface Taken {
  readonly path: Path;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Of weekly windows: the day on which it begins, from 0. */
  readonly weekday?: number;
}

function* windowsDoNotOverlap({ weekly, dates, except }: GroupSchedule, at: Path): Iterable<PathProblem> {
  const weeks: Taken[] = [];
  for (const [index, window] of weekly.entries()) {
    const path = [...at, 'weekly', index];
    if (new Set(window.days).size < window.days.length) yield error([...path, 'days'], 'names a day twice');
    for (const taken of takenOf(window, path, `weekly[${index}]`)) {
      const other = weeks.find((each) => [-weekMin, 0, weekMin].some((shift) => overlap(each, taken, shift)));
      if (other !== undefined) {
        yield error(
          path,
          `${onDay(taken)} overlaps ${other.name}: let one end when the other begins, or make them one`,
          'schedule-overlap',
        );
        break;
      }
      weeks.push(taken);
    }
  }
  if (weeks.reduce((sum, { from, to }) => sum + to - from, 0) >= weekMin && except.length === 0) {
    yield error([...at, 'weekly'], 'never closes the group: set its mode to permanent');
  }
  const single: Taken[] = [];
  for (const [index, window] of dates.entries()) {
    const path = [...at, 'dates', index];
    const taken = datedOf(window, path, `dates[${index}]`);
    const other = single.find((each) => overlap(each, taken, 0)) ?? weekOver(weeks, except, taken);
    single.push(taken);
    if (other === undefined) continue;
    const remedy = other.weekday === undefined ? 'or make them one' : 'or name that day in `except`';
    yield error(path, `overlaps ${other.name}: let one end when the other begins, ${remedy}`, 'schedule-overlap');
  }
  for (const [index, day] of except.entries()) {
    const weekday = weekdays.indexOf(weekdayOf(dayOfDate(day) ?? 0));
    if (weeks.some((each) => each.weekday === weekday)) continue;
    yield warning([...at, 'except', index], `is a ${weekdayNames[weekday]}, and no window of \`weekly\` opens then`);
  }
}

function takenOf(window: WeeklyWindow, path: Path, name: string): readonly Taken[] {
  const [from, to] = minutesOf(window);
  return [...new Set(window.days)].map((day) => {
    const weekday = weekdays.indexOf(day);
    return { path, name, weekday, from: weekday * dayMin + from, to: weekday * dayMin + to };
  });
}

function datedOf(window: DatedWindow, path: Path, name: string): Taken {
  const day = dayOfDate(window.date) ?? 0;
  const [from, to] = minutesOf(window);
  return { path, name, from: day * dayMin + from, to: day * dayMin + to };
}

/** The weekly window that is open on one of the days around, unless that day is excepted. */
function weekOver(weeks: readonly Taken[], except: readonly string[], taken: Taken): Taken | undefined {
  const day = Math.floor(taken.from / dayMin);
  for (const begins of [day - 1, day, day + 1]) {
    if (except.includes(dateOfDay(begins))) continue;
    const weekday = weekdays.indexOf(weekdayOf(begins));
    const shift = (begins - weekday) * dayMin;
    const found = weeks.find((each) => each.weekday === weekday && overlap(each, taken, shift));
    if (found !== undefined) return found;
  }
  return undefined;
}

function overlap(a: Taken, b: Taken, shift: number): boolean {
  return a.from + shift < b.to && b.from < a.to + shift;
}

const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

function onDay({ weekday = 0 }: Taken): string {
  return `on ${weekdayNames[weekday]}`;
}

// ── What the next year brings ────────────────────────────────────────────────────────────────────────────────────────

const yearMs = 366 * dayMs;

/** Hours that clocks leave out, and groups that would want the same talkgroup at once, in the year to come. */
export function checkSchedules(config: Config, utcMs: number): PathProblem[] {
  const scheduled = config.sharedGroups.flatMap((group, index) => {
    const schedule = scheduleOf(group, config);
    return schedule === undefined ? [] : [{ group, schedule, path: ['sharedGroups', index] as Path }];
  });
  const found: PathProblem[] = [];
  for (const { schedule, path } of scheduled) {
    const at = [...path, 'schedule'];
    const jumps = clockChanges(schedule.timezone, utcMs, utcMs + yearMs).filter(isJump);
    for (const [index, window] of schedule.weekly.entries()) {
      found.push(...jumps.flatMap((jump) => [...weeklyInJump(window, schedule, jump, [...at, 'weekly', index])]));
    }
    for (const [index, window] of schedule.dates.entries()) {
      found.push(...jumps.flatMap((jump) => [...datedInJump(window, schedule, jump, [...at, 'dates', index])]));
    }
  }
  return [...found, ...sharedTalkgroups(scheduled, utcMs)];
}

/** The schedule of a group that has one; undefined for groups of other modes. */
export function scheduleOf(group: SharedGroup, { gateway }: Pick<Config, 'gateway'>): Schedule | undefined {
  if (group.mode !== 'scheduled' || group.schedule === undefined) return undefined;
  const { timezone = gateway.timezone, weekly, dates, except } = group.schedule;
  return { timezone, weekly, dates, except };
}

function isJump({ localBeforeMs, localAfterMs }: ClockChange): boolean {
  return localAfterMs > localBeforeMs;
}

function* weeklyInJump(window: WeeklyWindow, schedule: Schedule, jump: ClockChange, at: Path): Iterable<PathProblem> {
  const lastDay = Math.floor(jump.localBeforeMs / dayMs);
  for (const day of [lastDay - 1, lastDay]) {
    if (!window.days.includes(weekdayOf(day)) || schedule.except.includes(dateOfDay(day))) continue;
    for (const [key, localMs] of edgesOn(window, day)) {
      if (!isLeftOut(localMs, jump)) continue;
      const alone = { ...schedule, weekly: [], dates: [{ ...window, date: dateOfDay(day) }] };
      const then =
        openings(alone, (day - 1) * dayMs, (day + 3) * dayMs).length === 0
          ? 'the window is left out then'
          : `the group ${key === 'from' ? 'opens' : 'closes'} at ${clockOf(localMs + jump.localAfterMs - jump.localBeforeMs)} then`;
      yield warning([...at, key], `does not exist on ${dateOf(localMs)}, ${wordsOf(jump, schedule)}: ${then}`);
    }
  }
}

function* datedInJump(window: DatedWindow, schedule: Schedule, jump: ClockChange, at: Path): Iterable<PathProblem> {
  for (const [key, localMs] of edgesOn(window, dayOfDate(window.date) ?? 0)) {
    if (!isLeftOut(localMs, jump)) continue;
    yield error(
      [...at, key],
      `does not exist on ${dateOf(localMs)}, ${wordsOf(jump, schedule)}: write a time up to ${clockOf(jump.localBeforeMs)}, or from ${clockOf(jump.localAfterMs)} on`,
    );
  }
}

function edgesOn(window: Span, day: number): readonly (readonly ['from' | 'to', number])[] {
  const [from, to] = minutesOf(window);
  return [
    ['from', day * dayMs + from * minuteMs],
    ['to', day * dayMs + to * minuteMs],
  ];
}

/** The instant of the change itself is both times: whoever names it is understood. */
function isLeftOut(localMs: number, { localBeforeMs, localAfterMs }: ClockChange): boolean {
  return localBeforeMs < localMs && localMs < localAfterMs;
}

function wordsOf({ localBeforeMs, localAfterMs }: ClockChange, { timezone }: Schedule): string {
  return `when clocks in ${timezone} go from ${clockOf(localBeforeMs)} to ${clockOf(localAfterMs)}`;
}

function clockOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(11, 16);
}

function dateOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10);
}

interface Scheduled {
  readonly group: SharedGroup;
  readonly schedule: Schedule;
  readonly path: Path;
}

/** Rule R4, ahead: the second of two groups would open without that side. */
function* sharedTalkgroups(scheduled: readonly Scheduled[], utcMs: number): Iterable<PathProblem> {
  const known = new Map<Scheduled, readonly Opening[]>();
  const openingsOf = (each: Scheduled): readonly Opening[] => {
    const all = known.get(each) ?? openings(each.schedule, utcMs, utcMs + yearMs);
    known.set(each, all);
    return all;
  };
  for (const [index, second] of scheduled.entries()) {
    for (const [leg, { talkgroup }] of second.group.legs.entries()) {
      const first = scheduled
        .slice(0, index)
        .find(({ group }) => group.legs.some((each) => each.talkgroup === talkgroup));
      if (first === undefined) continue;
      const others = openingsOf(first);
      const both = openingsOf(second).find(({ fromUtcMs, toUtcMs }) => {
        return others.some((other) => fromUtcMs < other.toUtcMs && other.fromUtcMs < toUtcMs);
      });
      if (both === undefined) continue;
      yield warning(
        [...second.path, 'legs', leg, 'talkgroup'],
        `is in the scheduled group "${first.group.id}" as well, and both are open on ${new Date(both.fromUtcMs).toISOString().slice(0, 10)}: whichever opens first has it (rule R4)`,
      );
    }
  }
}

function error(path: Path, message: string, code: ProblemCode = 'schedule'): PathProblem {
  return { severity: 'error', path, part: 'value', message, code };
}

function warning(path: Path, message: string): PathProblem {
  return { severity: 'warning', path, part: 'value', message, code: 'schedule' };
}
