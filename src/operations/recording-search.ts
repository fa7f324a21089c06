/** What somebody looks for among permanent recordings, and what he finds. Pure. */
import type { GroupId } from './terms.ts';

/** All that is said must hold. */
export interface RecordingWish {
  /** Something of it was said from, and before; ms since 1970. */
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  readonly groups: readonly GroupId[];
  /** Part of a unit's call sign or address, in lower case; empty: any. */
  readonly unit: string;
  /** Part of an operator's name, in lower case; empty: any. */
  readonly operator: string;
  /** 0–15; 0: any. */
  readonly priorityMin: number;
  readonly emergencyOnly: boolean;
  /** Older than this one; undefined: the newest. */
  readonly before?: RecordingPlace | undefined;
}

/** Where a recording stands among all, by time. */
export interface RecordingPlace {
  readonly startUtcMs: number;
  readonly id: number;
}

/** A recording, or an over of which there is none; a text that is empty is not known. */
export interface FoundRecording extends RecordingPlace {
  readonly group: GroupId;
  readonly over: number;
  readonly party: string;
  readonly callSign: string;
  readonly address: string;
  readonly durationMs: number;
  /** How the over ended, as listeners heard it. */
  readonly end: string;
  readonly priority: number;
  readonly emergency: boolean;
  readonly exercise: boolean;
  /** What the legs did not get, together. */
  readonly lostMs: number;
  readonly packetsLost: number;
  /** Why a part, or all, is not recorded. */
  readonly missing: string;
  /** Its file can be heard. */
  readonly isKept: boolean;
  /** Where retention has removed it: when, UTC, ms since 1970; 0: it has not, or not alone. */
  readonly removedUtcMs: number;
  /** Day of the deletion report, and number in it, such as "2026-11-29 no. 3"; empty: it stands in none yet. */
  readonly removedReport: string;
}

export interface FoundPage {
  /** Newest first. */
  readonly found: readonly FoundRecording[];
  /** Older ones match too. */
  readonly more: boolean;
  /** Not all of the log has been read for this yet: newer ones may be missing. */
  readonly isBehind: boolean;
}

/** The time and the groups of an incident that has a name; no groups: it names none, so all count. */
export interface IncidentTime {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  readonly groups: readonly GroupId[];
}

/** Longest time that is looked through at once: all that any rule of retention keeps. */
const spanMsMax = 3 * 366 * 24 * 3_600_000;

/** Undefined: that is a time. */
export function timeFault(fromUtcMs: number, toUtcMs: number): 'no-time' | undefined {
  const isSpan = fromUtcMs >= 0 && fromUtcMs < toUtcMs && toUtcMs - fromUtcMs <= spanMsMax;
  return isSpan ? undefined : 'no-time';
}
