/**
 * The timeline of what happened on the gateway: who talked, what units said, what persons did. Pure: no clock, no disk.
 *
 * Entries stand in the order in which they became known, each with a number that never falls; nothing in them is ever
 * changed. Words of persons and units stand as they were said; whatever else an entry says is a code, of which each reader
 * makes words in his own language.
 *
 * What is at hand is bounded in number; what is kept, in time alone, by retention (operations/retention.ts). Of too many, the oldest of the most frequent kind
 * makes room, and is kept elsewhere: talk that fills the timeline pushes out talk, not what persons did. How much is not at hand, and up to when, is known.
 *
 * Driven by: gateway/operations/timeline.ts.
 */
import type { Words } from './announcement-text.ts';
import type { GroupId } from './terms.ts';

export const entryKinds = [
  'over',
  'status',
  'text',
  'crossing',
  'emergency',
  'group',
  'announcement',
  'plan',
  'hit',
  'leg',
  'permission',
  'hand-over',
  'intercom',
  'line',
  'gateway',
] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Who did it: a person at a console, a unit, or nobody but the gateway (no actor at all). */
export interface Actor {
  /** Call sign, display name, or the address that the network gave; empty: it gave none. */
  readonly name: string;
  /** A unit's organisation, a person's control room. */
  readonly of: string;
  /** ISO 3166-1 alpha-2; empty: not known. */
  readonly country: string;
  readonly isPerson: boolean;
  /** The network did not say who he is, or it cannot be told that it was that network. */
  readonly unverified?: boolean;
}

export interface EntryFacts {
  readonly kind: EntryKind;
  /** UTC, ms since 1970: when it began. */
  readonly utcMs: number;
  /** Empty: it is about no group. */
  readonly group: GroupId;
  /** What happened, a word of docs/timeline.md. */
  readonly what: string;
  readonly who?: Actor;
  /** What it is about: talkgroup, leg, plan, record, emergency, place, person. */
  readonly about?: string;
  /** As a person or unit said it; of a leg that moved the attachment. */
  readonly words?: string;
  /** Why a leg was lost, a word of docs/operations.md, and the number of the far end's answer. */
  readonly fault?: string;
  readonly answer?: number;
  /** Why it was not done, a word of proto/console.proto. */
  readonly refusal?: string;
  /** It belongs to an exercise: nothing of it is real. */
  readonly exercise?: boolean;
  /** Of an over. */
  readonly over?: {
    readonly over: number;
    readonly durationMs: number;
    /** What the leg that got least did not get. */
    readonly lostMs: number;
    readonly emergency: boolean;
  };
  /** Of a status, and of a plan's level. */
  readonly code?: number;
  /** Of a status that the configuration knows. */
  readonly meaning?: Words;
}

export interface TimelineEntry extends EntryFacts {
  readonly id: number;
}

/** Times in ms. */
export interface TimelineRules {
  readonly entriesMax: number;
  /** A refusal that is like one before within so long is counted and not told again. */
  readonly repeatMs: number;
  /** Characters of a text; what is longer is cut. */
  readonly textMax: number;
}

export const timelineRules: TimelineRules = {
  entriesMax: 5000,
  repeatMs: 60_000,
  textMax: 400,
};

export interface Timeline {
  readonly rules: TimelineRules;
  /** By number. */
  readonly entries: readonly TimelineEntry[];
  readonly lastId: number;
  /** How many are at hand no more, and the latest of them, by its `utcMs`; 0: none. */
  readonly crowdedOut: number;
  readonly crowdedUtcMs: number;
  /** Refusals that were like one before. */
  readonly repeated: number;
}

export interface TimelineWish {
  /** Groups whose entries may be seen; what is about no group may be seen by all. */
  readonly hears: ReadonlySet<GroupId>;
  /** Older than this one; 0: the newest. */
  readonly beforeId: number;
  /** Empty: of all groups, and of none. */
  readonly group: GroupId;
  /** None: of all kinds. */
  readonly kinds: readonly EntryKind[];
  readonly limit: number;
}

export interface TimelinePage {
  /** By number, the newest that are wished for. */
  readonly entries: readonly TimelineEntry[];
  /** Older ones that are wished for are there. */
  readonly more: boolean;
}

export function emptyTimeline(rules: TimelineRules = timelineRules): Timeline {
  return { rules, entries: [], lastId: 0, crowdedOut: 0, crowdedUtcMs: 0, repeated: 0 };
}

/** `entry` is undefined where it is only counted. */
export function add(
  timeline: Timeline,
  facts: EntryFacts,
): {
  readonly timeline: Timeline;
  readonly entry: TimelineEntry | undefined;
  /** Made room. */
  readonly gone?: TimelineEntry | undefined;
} {
  if (isRepeated(timeline, facts)) {
    return { timeline: { ...timeline, repeated: timeline.repeated + 1 }, entry: undefined };
  }
  const entry = { ...bounded(facts, timeline.rules.textMax), id: timeline.lastId + 1 };
  return { ...put(timeline, entry), entry };
}

/** What made room. */
export type Crowding = Pick<Timeline, 'crowdedOut' | 'crowdedUtcMs'>;

/** The timeline of entries that were kept, in their order, and what makes room; numbers that are out of order are skipped. */
export function restored(
  entries: readonly TimelineEntry[],
  crowding: Crowding,
  rules = timelineRules,
): { readonly timeline: Timeline; readonly gone: readonly TimelineEntry[] } {
  let timeline: Timeline = { ...emptyTimeline(rules), ...crowding };
  const gone: TimelineEntry[] = [];
  for (const entry of entries) {
    if (entry.id <= timeline.lastId) continue;
    const next = put(timeline, entry);
    timeline = next.timeline;
    if (next.gone !== undefined) gone.push(next.gone);
  }
  return { timeline, gone };
}

/** They have been kept as long as they may be. */
export function forget(timeline: Timeline, ids: ReadonlySet<number>): Timeline {
  return { ...timeline, entries: timeline.entries.filter(({ id }) => !ids.has(id)) };
}

export function pageOf({ entries }: Timeline, wish: TimelineWish): TimelinePage {
  const page: TimelineEntry[] = [];
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index]!;
    if (!isWished(entry, wish)) continue;
    if (page.length === wish.limit) return { entries: page.reverse(), more: true };
    page.push(entry);
  }
  return { entries: page.reverse(), more: false };
}

function isWished({ id, group, kind }: TimelineEntry, { hears, beforeId, group: only, kinds }: TimelineWish): boolean {
  if (beforeId !== 0 && id >= beforeId) return false;
  if (group !== '' && !hears.has(group)) return false;
  return (only === '' || group === only) && (kinds.length === 0 || kinds.includes(kind));
}

function put(
  timeline: Timeline,
  entry: TimelineEntry,
): { readonly timeline: Timeline; readonly gone?: TimelineEntry | undefined } {
  const { rules } = timeline;
  const entries = [...timeline.entries, entry];
  const next = { ...timeline, entries, lastId: entry.id };
  if (entries.length <= rules.entriesMax) return { timeline: next };
  const [gone] = entries.splice(oldestOfMost(entries), 1);
  const crowdedUtcMs = Math.max(timeline.crowdedUtcMs, gone?.utcMs ?? 0);
  return { timeline: { ...next, crowdedOut: timeline.crowdedOut + 1, crowdedUtcMs }, gone };
}

/** Where the oldest entry of the most frequent kind stands. */
function oldestOfMost(entries: readonly TimelineEntry[]): number {
  const counts = new Map<EntryKind, number>();
  for (const { kind } of entries) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const [most] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
  return entries.findIndex(({ kind }) => kind === most);
}

function isRepeated({ entries, rules }: Timeline, facts: EntryFacts): boolean {
  if (facts.refusal === undefined) return false;
  const { kind, group, what, refusal, who } = facts;
  const last = entries.findLast((entry) => {
    const isAlike = entry.kind === kind && entry.refusal === refusal && entry.what === what;
    return isAlike && entry.group === group && entry.who?.name === who?.name;
  });
  return last !== undefined && Math.abs(facts.utcMs - last.utcMs) < rules.repeatMs;
}

function bounded(facts: EntryFacts, textMax: number): EntryFacts {
  const { about, words, who } = facts;
  return {
    ...facts,
    ...(about === undefined ? {} : { about: about.slice(0, textMax) }),
    ...(words === undefined ? {} : { words: words.slice(0, textMax) }),
    ...(who === undefined ? {} : { who: { ...who, name: who.name.slice(0, textMax), of: who.of.slice(0, textMax) } }),
  };
}
