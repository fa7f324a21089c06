/**
 * What a package cannot show, and why: a recording that lacks a part, an over without one, a log that has a hole. What is
 * missing says so, so that nothing is taken for silence. Pure.
 */
import { recordingFolderOf } from '../base/recording-folder.ts';
import { commandRun } from '../store/audit-chain.ts';
import { groupOf, type LogEntry, numberOf, textOf } from './log-entry.ts';
import { type FoundFile, type Period, type Recorded, readFileName } from './recorded.ts';
import type { RemovedBy } from './removed.ts';

export const gapKinds = [
  /** A recording lacks a part, or could not be made; `words`: why. */
  'part-missing',
  /** An over of which no recording is known. */
  'not-recorded',
  /** A recording that the log names and that is not on the disk any more. */
  'file-gone',
  /** Such a one that was kept as long as it may be; `words`: when it went, and by which deletion report. */
  'removed',
  /** A recording that is not what the log says it was. */
  'file-changed',
  /** A recording of which the log says nothing: the gateway was killed while it was made. */
  'not-in-log',
  /** A border record that the log names and that is not kept any more. */
  'record-gone',
  /** Lines that a process wrote and that are not in the log. */
  'log-lines-lost',
  /** The log could not be written for a time; what was put aside meanwhile is in it. */
  'log-away',
  /** Nothing could be recorded from then on, or hardly anything soon. */
  'recording-away',
  /** No gateway ran. `durationMs`. */
  'not-running',
  /** The wall clock was set. `durationMs`: by how much. */
  'clock-set',
] as const;
export type GapKind = (typeof gapKinds)[number];

export interface Gap {
  readonly kind: GapKind;
  readonly utcMs: number;
  /** '': it is about none. */
  readonly group: string;
  /** Entry of the log that says so; absent: none does. */
  readonly seq?: number;
  readonly file?: string;
  readonly words?: string;
  readonly durationMs?: number;
}

export interface GapFacts {
  readonly period: Period;
  /** Without gaps in their numbers, and some before and after the period. */
  readonly entries: readonly LogEntry[];
  /** Lines `recording.kept` that belong to it, and lines `over.ended`. */
  readonly recorded: readonly Recorded[];
  readonly overs: readonly LogEntry[];
  readonly found: readonly FoundFile[];
  /** By their files. */
  readonly removed: ReadonlyMap<string, RemovedBy>;
  /** Border records that are kept, and those that the log names. */
  readonly recordsKept: ReadonlySet<string>;
  readonly recordsNamed: readonly LogEntry[];
}

/** Set by less is what time servers do. */
const clockSetMsMin = 1000;

/** By time. */
export function gapsOf(facts: GapFacts): readonly Gap[] {
  return [...recordingGaps(facts), ...recordGaps(facts), ...logGaps(facts)].sort(
    (one, other) => one.utcMs - other.utcMs,
  );
}

function recordingGaps({ recorded, overs, found, removed }: GapFacts): readonly Gap[] {
  const gaps: Gap[] = [];
  const files = new Map(found.map((each) => [each.file, each]));
  const named = new Set<string>();
  const known = new Set<string>();
  for (const { seq, group, over, file, startUtcMs: utcMs, sha256, missing } of recorded) {
    named.add(file);
    known.add(`${group} ${over}`);
    const at = { utcMs, group, seq, ...(file !== '' && { file }) };
    if (missing !== undefined) gaps.push({ kind: 'part-missing', ...at, words: missing });
    const there = files.get(file);
    const by = removed.get(file);
    if (file !== '' && there === undefined) {
      gaps.push(by === undefined ? { kind: 'file-gone', ...at } : { kind: 'removed', ...at, words: removedWords(by) });
    }
    if (there !== undefined && there.sha256 !== sha256) gaps.push({ kind: 'file-changed', ...at });
  }
  for (const { file } of found) {
    const name = readFileName(file);
    if (named.has(file) || name === undefined) continue;
    gaps.push({ kind: 'not-in-log', utcMs: name.startUtcMs, group: name.folder, file });
  }
  for (const over of overs) {
    const group = groupOf(over);
    if (known.has(`${group} ${numberOf(over, 'over')}`)) continue;
    const utcMs = over.utcMs - (numberOf(over, 'durationMs') ?? 0);
    gaps.push({ kind: 'not-recorded', utcMs, group, seq: over.seq });
  }
  return gaps;
}

/** For whoever looks it up: day of the report, and number in it. */
function removedWords({ utcMs, report, removal }: RemovedBy): string {
  return `${new Date(utcMs).toISOString()}, report ${report === '' ? '–' : report}${removal === 0 ? '' : ` no. ${removal}`}`;
}

function recordGaps({ recordsKept, recordsNamed }: GapFacts): readonly Gap[] {
  const first = new Map<string, LogEntry>();
  for (const entry of recordsNamed) {
    const record = textOf(entry, 'record');
    if (record !== '' && !recordsKept.has(record) && !first.has(record)) first.set(record, entry);
  }
  return [...first].map(([words, entry]) => {
    return { kind: 'record-gone', utcMs: entry.utcMs, group: groupOf(entry), seq: entry.seq, words };
  });
}

function logGaps({ entries, period }: GapFacts): readonly Gap[] {
  const gaps: Gap[] = [];
  const lastOf = new Map<string, LogEntry>();
  let gatewayRun: LogEntry | undefined;
  for (const entry of entries) {
    const { seq, utcMs, run, line, upMs, event } = entry;
    const before = lastOf.get(run);
    lastOf.set(run, entry);
    const at = { utcMs, group: '', seq };
    if (before !== undefined && line !== before.line + 1) {
      gaps.push({ kind: 'log-lines-lost', ...at, words: `${line - before.line - 1}` });
    }
    const setMs = before === undefined ? 0 : utcMs - before.utcMs - (upMs - before.upMs);
    if (Math.abs(setMs) >= clockSetMsMin) gaps.push({ kind: 'clock-set', ...at, durationMs: Math.round(setMs) });
    if (event === 'gateway.starting' && gatewayRun !== undefined && gatewayRun.run !== run) {
      const durationMs = Math.max(0, utcMs - gatewayRun.utcMs);
      gaps.push({ kind: 'not-running', ...at, utcMs: gatewayRun.utcMs, durationMs });
    }
    if (!run.startsWith(commandRun)) gatewayRun = entry;
    if (event === 'audit.away') gaps.push({ kind: 'log-away', ...at, words: textOf(entry, 'reason') });
    if (event === 'recording.away') gaps.push({ kind: 'recording-away', ...at, words: textOf(entry, 'reason') });
  }
  return gaps.filter(({ utcMs, durationMs = 0 }) => {
    return utcMs < period.toUtcMs && utcMs + Math.abs(durationMs) >= period.fromUtcMs;
  });
}

/** The folder of a group is not always its name. */
export function isOfGroup(group: string, groups: ReadonlySet<string> | undefined): boolean {
  return (
    groups === undefined ||
    group === '' ||
    [...groups].some((each) => each === group || recordingFolderOf(each) === group)
  );
}
