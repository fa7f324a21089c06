/**
 * Recordings that retention has removed, out of the log: when, and where the deletion reports have it. The log counts what
 * went of a day and group; where more is gone than that, something else took a part, and none is said to be removed. Pure.
 */
import { dirname } from 'node:path/posix';
import { type LogEntry, numberOf, textOf } from './log-entry.ts';

/** Events that tell of it. */
export const removalEvents = ['retention.removed', 'retention.reported'] as const;

export interface RemovedBy {
  readonly utcMs: number;
  /** Number under which reports have it; 0: it was removed by a version that did not log that. */
  readonly removal: number;
  /** Day of the report; '': it stands in none yet. */
  readonly report: string;
}

/** Of a day and group. */
export interface PlaceRemoval extends RemovedBy {
  readonly count: number;
}

/** Undefined: it is about something else. `place`: `<day>/[exercise/]<group>`, as files have it. */
export function placeRemovalIn(entry: LogEntry): (PlaceRemoval & { readonly place: string }) | undefined {
  if (entry.event !== 'retention.removed' || textOf(entry, 'kind') !== 'voice') return undefined;
  const place = `${textOf(entry, 'day')}/${textOf(entry, 'group')}`;
  const [count, removal] = ['count', 'removal'].map((name) => numberOf(entry, name) ?? 0);
  return { place, utcMs: entry.utcMs, count: count ?? 0, removal: removal ?? 0, report: '' };
}

/** By place, the last at the end. `entries`: of `removalEvents`, as the log has them. */
export function placeRemovals(entries: readonly LogEntry[]): ReadonlyMap<string, readonly PlaceRemoval[]> {
  let unreported: { -readonly [Key in keyof PlaceRemoval]: PlaceRemoval[Key] }[] = [];
  const places = new Map<string, PlaceRemoval[]>();
  for (const entry of entries) {
    const removed = placeRemovalIn(entry);
    if (removed !== undefined) {
      const { place, ...removal } = removed;
      unreported.push(removal);
      places.set(place, [...(places.get(place) ?? []), removal]);
    } else if (entry.event === 'retention.reported') {
      for (const removal of unreported) removal.report = textOf(entry, 'day');
      unreported = [];
    }
  }
  return places;
}

/** `gone`: how many files of that place the log names and the disk has not. Undefined: not by retention alone. */
export function removedBy(removals: readonly PlaceRemoval[], gone: number): RemovedBy | undefined {
  const last = removals.at(-1);
  if (last === undefined || removals.reduce((sum, { count }) => sum + count, 0) < gone) return undefined;
  const { utcMs, removal, report } = last;
  return { utcMs, removal, report };
}

/** Folder of the day and group of a recording. */
export function placeOf(file: string): string {
  return dirname(file);
}
