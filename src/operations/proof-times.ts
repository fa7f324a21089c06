/** When the morning proof is due, and what became of it. Pure: the wall clock comes in, what is to be done goes out. */
import { dayMs, minuteMs, openings, type Schedule, type Weekday } from './schedule.ts';

export interface ProofTime {
  /** IANA name. */
  readonly timezone: string;
  /** `HH:MM`. */
  readonly at: string;
  readonly days: readonly Weekday[];
}

export interface ProofDue {
  /** The last that has come, of the last week. */
  readonly lastUtcMs?: number;
  /** The next, within a week. */
  readonly nextUtcMs?: number;
}

/** A proof that cannot begin so soon after its time has not taken place: the gateway stood still, or was not there. */
export const proofLateMs = 30 * minuteMs;
/** Of a window, so that a time which clocks leave out falls into it: one that ends within that hour would be left out. */
const windowMin = 180;

export function proofDue({ timezone, at, days }: ProofTime, utcMs: number): ProofDue {
  const weekly = [{ days, from: at, to: later(at) }];
  const schedule: Schedule = { timezone, weekly, dates: [], except: [] };
  const all = openings(schedule, utcMs - 8 * dayMs, utcMs + 8 * dayMs).map(({ fromUtcMs }) => fromUtcMs);
  const lastUtcMs = all.filter((each) => each <= utcMs).at(-1);
  const nextUtcMs = all.find((each) => each > utcMs);
  return { ...(lastUtcMs !== undefined && { lastUtcMs }), ...(nextUtcMs !== undefined && { nextUtcMs }) };
}

/** `settledUtcMs`: up to then all that was due has run, or been told. */
export function proofOwed(
  { lastUtcMs }: ProofDue,
  settledUtcMs: number,
  utcMs: number,
): { readonly what: 'nothing' } | { readonly what: 'run' | 'missed'; readonly dueUtcMs: number } {
  if (lastUtcMs === undefined || lastUtcMs <= settledUtcMs) return { what: 'nothing' };
  return { what: utcMs - lastUtcMs <= proofLateMs ? 'run' : 'missed', dueUtcMs: lastUtcMs };
}

function later(at: string): string {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const total = (60 * hours + minutes + windowMin) % (24 * 60);
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
}
