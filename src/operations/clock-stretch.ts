/**
 * Stretches of time in which the wall clock ran on without being set, held against the clock that counts from the
 * machine's boot, which nobody sets. One that proves to have been behind names recordings of minutes ago as if they were
 * of last year: what was recorded in it is to be held. Pure.
 *
 *   goes on ─▶ set, or another boot ─▶ was it vouched for? else: set forward, behind the mark, or long ago ─▶ hold it
 */

export interface ClockStretch {
  /** Of the machine. */
  readonly boot: string;
  readonly fromUtcMs: number;
  /** When it was last looked at. */
  readonly toUtcMs: number;
  /** Wall clock minus time since boot. */
  readonly gapMs: number;
  /** Time servers have said that it is right. */
  readonly isVouched: boolean;
}

export interface ClockLook {
  readonly boot: string;
  readonly utcMs: number;
  /** Monotonic, of all processes of this boot. */
  readonly sinceBootMs: number;
  /** Time servers say now that the clock is right. */
  readonly isVouched: boolean;
  /** Newest time that was believed or recorded; undefined: there is none. UTC, ms */
  readonly markUtcMs: number | undefined;
}

export interface StretchVerdict {
  readonly stretch: ClockStretch;
  /** UTC as it was wrong. */
  readonly behind?: { readonly fromUtcMs: number; readonly toUtcMs: number };
}

/** Less makes nothing old: rules count in days. */
const setMsMin = 3_600_000;
/** A stretch that nobody vouched for, of a boot so long ago, was rather behind than the machine off. */
const longAgoMsMin = 31 * 24 * 3_600_000;
/** Between looks, however busy the thread was. */
const unseenMs = 3_600_000;

export function judgeStretch(before: ClockStretch | undefined, look: ClockLook): StretchVerdict {
  const { boot, utcMs, sinceBootMs, isVouched, markUtcMs } = look;
  const gapMs = utcMs - sinceBootMs;
  if (before === undefined) return { stretch: { boot, fromUtcMs: utcMs - unseenMs, toUtcMs: utcMs, gapMs, isVouched } };
  const isSameBoot = before.boot === boot;
  const lastSinceBootMs = before.toUtcMs - before.gapMs;
  if (isSameBoot && sinceBootMs <= lastSinceBootMs) return { stretch: before }; // told late
  const setMs = gapMs - before.gapMs;
  if (isSameBoot && Math.abs(setMs) <= setMsMin) {
    return { stretch: { ...before, toUtcMs: utcMs, gapMs, isVouched: isVouched || before.isVouched } };
  }
  // Where it was set is not seen, but it was after the last look.
  const unlookedMs = isSameBoot ? sinceBootMs - lastSinceBootMs : unseenMs;
  const stretch = { boot, fromUtcMs: utcMs - unlookedMs, toUtcMs: utcMs, gapMs, isVouched };
  const isForward = isSameBoot ? setMs > 0 : isVouched && utcMs - before.toUtcMs > longAgoMsMin;
  const isBehindMark = markUtcMs !== undefined && before.toUtcMs < markUtcMs - setMsMin;
  if (before.isVouched || !(isForward || isBehindMark)) return { stretch };
  return { stretch, behind: { fromUtcMs: before.fromUtcMs, toUtcMs: before.toUtcMs + unlookedMs } };
}
