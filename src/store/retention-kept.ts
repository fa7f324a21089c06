/** What is kept, as the rules judge it: recordings by their names, holds by folders as well. Documents: kept-items.ts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recordingFolderOf } from '../base/recording-folder.ts';
import type { Hold, Kept } from '../operations/retention.ts';
import { daysIn, type KeptRecording } from './kept-recordings.ts';

/** A group of the configuration, by its folder. */
export interface RetentionGroup {
  readonly group: string;
  readonly countries: readonly string[];
}

export type RetentionGroups = Readonly<Record<string, RetentionGroup>>;

/** Of one that is no longer configured its folder alone is known. */
export function groupAt(
  groups: RetentionGroups,
  folder: string,
): { readonly group: string; readonly countries: readonly string[] | undefined } {
  const name = folder.replace(/^exercise\//, '');
  return groups[name] ?? { group: name, countries: undefined };
}

export function voiceOf(groups: RetentionGroups, { group: folder, startUtcMs }: KeptRecording): Kept {
  return { kind: 'voice', ...groupAt(groups, folder), fromUtcMs: startUtcMs, toUtcMs: startUtcMs };
}

/** Groups by their folders as well: of a group that is no longer configured only that is known. */
export function byFolders<Each extends Hold>(holds: readonly Each[]): readonly Each[] {
  return holds.map((hold) => ({
    ...hold,
    groups: hold.groups?.flatMap((group) => [group, recordingFolderOf(group)]),
  }));
}

/** From when on anything is held; Infinity: nothing is. */
export function firstOf(holds: readonly Hold[]): number {
  return holds.reduce((least, { fromUtcMs }) => Math.min(least, fromUtcMs), Infinity);
}

/** Something is recorded of it. A name that was mistyped would hold nothing, and nobody would know. */
export function isRecorded(folder: string, group: string): boolean {
  const name = recordingFolderOf(group);
  return daysIn(folder).some((day) => ['', 'exercise'].some((of) => existsSync(join(folder, day, of, name))));
}

/** UTC, e.g. 2026-11-29. */
export function dayOf(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}
