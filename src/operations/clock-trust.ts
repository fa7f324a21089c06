/**
 * Whether the clock may be believed as to what is old: what is deleted by mistake is gone for good, what is kept too long
 * is late. Pure.
 *
 *   a time server has the last word; without one, the clock must run on from where it was last believed
 */
import type { ClockQuality } from './clock-quality.ts';

export type ClockDoubt =
  /** Farther than a minute from the time servers, for certain, or nobody can say by how much. */
  | 'off'
  | 'uncertain'
  /** The time servers contradict each other. */
  | 'disagreeing'
  /** It was set by more than a minute within the last hour. */
  | 'set'
  /** It is before the time at which it was last believed, or more than a month after that. */
  | 'behind'
  | 'ahead';

export interface ClockFacts {
  readonly utcMs: number;
  /** Since it was last set by more than a minute; Infinity: not in this run. ms */
  readonly steadyMs: number;
  /** As time servers have it; undefined: nothing has been said yet. */
  readonly quality: ClockQuality | undefined;
  /** By how much the clock was set since they were heard: positive, ahead. ms */
  readonly movedMs: number;
  /** When it was last believed, or what was recorded last; undefined: there is nothing. UTC, ms */
  readonly markUtcMs: number | undefined;
}

/** What is kept is counted in days. */
export const clockOffMsMax = 60_000;
const steadyMsMin = 3_600_000;
/** A gateway that was off for longer is asked about: docs/evidence.md. */
const awayMsMax = 31 * 24 * 3_600_000;

/** Undefined: it may be believed. */
export function doubtOf({ utcMs, steadyMs, quality, movedMs, markUtcMs }: ClockFacts): ClockDoubt | undefined {
  if (quality !== undefined && 'offsetMs' in quality) {
    const away = Math.abs(quality.offsetMs + movedMs);
    if (away + quality.boundMs <= clockOffMsMax) return undefined;
    return away - quality.boundMs > clockOffMsMax ? 'off' : 'uncertain';
  }
  if (quality?.state === 'unknown' && quality.reason === 'disagreeing') return 'disagreeing';
  if (steadyMs < steadyMsMin) return 'set';
  if (markUtcMs === undefined) return undefined;
  if (utcMs < markUtcMs - clockOffMsMax) return 'behind';
  return utcMs - markUtcMs > awayMsMax ? 'ahead' : undefined;
}
