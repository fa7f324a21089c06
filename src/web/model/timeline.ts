/** What happened, as the gateway tells it: read from the wire, in the order of its numbers, bounded. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import { readName, readWide } from './read-wire.ts';
import type { LocalisedName } from './terms.ts';

export const entryKinds = [
  'over',
  'emergency',
  'group',
  'status',
  'text',
  'crossing',
  'plan',
  'hit',
  'announcement',
  'leg',
  'permission',
  'hand-over',
  'intercom',
  'line',
  'gateway',
] as const;
export type EntryKind = (typeof entryKinds)[number];

export interface EntryModel {
  readonly id: number;
  readonly atUtcMs: number;
  /** Empty: it is about no group. */
  readonly groupId: string;
  readonly kind: EntryKind;
  /** A word of docs/timeline.md. */
  readonly what: string;
  readonly who: ActorModel | undefined;
  readonly about: string;
  readonly words: string;
  /** Why a leg was lost; empty: not said. */
  readonly fault: string;
  readonly faultAnswer: number;
  /** Why it was not done; empty: it was. */
  readonly refusal: string;
  readonly over: EntryOver | undefined;
  readonly code: number | undefined;
  readonly meaning: LocalisedName | undefined;
  /** It was not real. */
  readonly exercise: boolean;
}

export interface EntryOver {
  readonly over: number;
  readonly durationMs: number;
  readonly lostMs: number;
  readonly emergency: boolean;
}

export interface ActorModel {
  readonly name: string;
  readonly of: string;
  readonly country: string;
  readonly isPerson: boolean;
  readonly unverified: boolean;
}

/** A stretch of it without holes. */
export interface TimelineModel {
  /** Oldest first. */
  readonly entries: readonly EntryModel[];
  /** Older ones can be asked for. */
  readonly more: boolean;
  /** How many made room before their time, and until when the gateway's list has gaps. */
  readonly crowdedOut: number;
  readonly crowdedUtcMs: number;
}

/** Empty: all groups, all kinds. */
export interface TimelineFilter {
  readonly groupId: string;
  readonly kind: EntryKind | '';
}

export const emptyTimeline: TimelineModel = { entries: [], more: false, crowdedOut: 0, crowdedUtcMs: 0 };
export const shownMax = 2000;
const pageMax = 200;
const textMax = 400;

export function readTimeline(wire: escaut.console.v1.Timeline.$Properties | null | undefined): TimelineModel {
  const entries = (wire?.entries ?? []).slice(-pageMax).flatMap((entry) => readEntry(entry) ?? []);
  return {
    entries: inOrder(entries),
    more: wire?.more ?? false,
    crowdedOut: wire?.crowdedOut ?? 0,
    crowdedUtcMs: readWide(wire?.crowdedUtcMs),
  };
}

/** Undefined for what a later gateway tells in a kind that this page does not know. */
export function readEntry(wire: escaut.console.v1.TimelineEntry.$Properties): EntryModel | undefined {
  const kind = entryKinds.find((each) => each === wire.kind);
  if (kind === undefined) return undefined;
  const { who, over, code, meaning } = wire;
  return {
    id: wire.id ?? 0,
    atUtcMs: readWide(wire.atUtcMs),
    groupId: wire.groupId ?? '',
    kind,
    what: wire.what ?? '',
    who: who
      ? {
          name: cleanText(who.name),
          of: cleanText(who.of),
          country: /^[A-Z]{2}$/.test(who.country ?? '') ? (who.country ?? '') : '',
          isPerson: who.isPerson ?? false,
          unverified: who.unverified ?? false,
        }
      : undefined,
    about: cleanText(wire.about, textMax),
    words: cleanText(wire.words, textMax),
    fault: wire.fault ?? '',
    faultAnswer: wire.faultAnswer ?? 0,
    refusal: wire.refusal ?? '',
    over: over
      ? {
          over: over.over ?? 0,
          durationMs: over.durationMs ?? 0,
          lostMs: over.lostMs ?? 0,
          emergency: over.emergency ?? false,
        }
      : undefined,
    code: code ?? undefined,
    meaning: meaning ? readName(meaning, String(code ?? '')) : undefined,
    exercise: wire.exercise ?? false,
  };
}

export function isShown({ groupId, kind }: EntryModel, filter: TimelineFilter): boolean {
  return (filter.groupId === '' || groupId === filter.groupId) && (filter.kind === '' || kind === filter.kind);
}

/** News at the end; of too many the oldest can be asked for again. */
export function addEntry(timeline: TimelineModel, entry: EntryModel): TimelineModel {
  const entries = inOrder([...timeline.entries, entry]);
  return { ...timeline, entries: entries.slice(-shownMax), more: timeline.more || entries.length > shownMax };
}

/** Kept as long as they may be. */
export function withoutEntries(timeline: TimelineModel, ids: ReadonlySet<number>): TimelineModel {
  return { ...timeline, entries: timeline.entries.filter(({ id }) => !ids.has(id)) };
}

/** What was asked for, before what is there. */
export function addOlder(timeline: TimelineModel, older: TimelineModel): TimelineModel {
  return { ...older, entries: inOrder([...older.entries, ...timeline.entries]) };
}

function inOrder(entries: readonly EntryModel[]): EntryModel[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((one, other) => one.id - other.id);
}

/** An over is told when its slowest leg has had it: so much later than its end at the most. */
const toldLateMs = 60_000;

/**
 * As they are read: by when each began, what began together by its number. None began after a later one was told: one
 * that says so was told before the gateway's clock was put back, and stands where it was told.
 */
export function byTime(entries: readonly EntryModel[]): EntryModel[] {
  let toldUtcMs = Infinity;
  const begun = inOrder(entries)
    .reverse()
    .map((entry) => {
      toldUtcMs = Math.min(toldUtcMs, entry.atUtcMs + (entry.over?.durationMs ?? 0));
      return { entry, utcMs: entry.atUtcMs > toldUtcMs + toldLateMs ? toldUtcMs : entry.atUtcMs };
    });
  return begun.sort((one, other) => one.utcMs - other.utcMs || one.entry.id - other.entry.id).map(({ entry }) => entry);
}
