/**
 * What the gateway keeps in documents of its own, as the rules of retention judge it: border records, hits, hand-overs of
 * shifts, and the timeline. The gateway alone writes them, so it is asked to let go of what is due.
 *
 *   border-records.json   hits.json   hand-overs.json, hand-over-sheet-N.json   timeline.jsonl   older/ (older-items.ts)
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { recordingFolderOf } from '../base/recording-folder.ts';
import type { Kept, KeptKind } from '../operations/retention.ts';
import { writeWhole } from './kept-file.ts';
import { KeptLines, linesIn } from './kept-lines.ts';
import { forgetOlder, type OlderList, olderDays, olderName, olderOn } from './older-items.ts';
import { dayOf, type RetentionGroups } from './retention-kept.ts';
import type { RemovedFile } from './retention-store.ts';

export const itemKinds = ['borderRecord', 'hit', 'handOver', 'timeline'] as const;
/** What the gateway is asked to let go of. */
export type ItemKind = (typeof itemKinds)[number];

export interface KeptItem {
  /** By which the gateway knows it: its own in a document, with its day before it where it is an older one. */
  readonly name: string;
  readonly kept: Kept;
  /** Of the timeline: the kind of entry, e.g. `emergency`. */
  readonly part?: string;
  readonly text: string;
}

const recordSchema = z.looseObject({
  record: z.string(),
  group: z.string(),
  noticeUtcMs: z.number(),
  closedUtcMs: z.number().optional(),
});
const hitSchema = z.looseObject({ hit: z.int(), sinceUtcMs: z.number() });
const handOverSchema = z.looseObject({ id: z.int(), offeredUtcMs: z.number(), endedUtcMs: z.number().optional() });
const sheetSchema = z.looseObject({ handOver: z.int() });
const entrySchema = z.looseObject({ id: z.int(), kind: z.string(), group: z.string(), utcMs: z.number() });

/** What an entry of the timeline tells of. */
const aboutOf: Readonly<Record<string, KeptKind>> = { crossing: 'borderRecord', hit: 'hit', 'hand-over': 'handOver' };

/** By whose rules it may have to go. */
export function kindsOf(kind: ItemKind): readonly KeptKind[] {
  return kind === 'timeline' ? [kind, ...Object.values(aboutOf)] : [kind];
}

const timelineFile = 'timeline.jsonl';

/** As many places for sheets as hand-overs are kept (gateway/operations/hand-overs.ts); more are read than there are. */
const sheetsMax = 100;

/**
 * Those that are over, and are meant: what is open is kept. `isOf`: of which days older ones are looked at, all others are at
 * hand; by when they ended. Of those that are not meant no more than a day is in memory. @throws Error of the system, or of
 * what cannot be read
 */
export function itemsIn(
  stateFolder: string,
  kind: ItemKind,
  groups: RetentionGroups,
  isOf: (day: string) => boolean,
  isMeant: (kept: Kept) => boolean = () => true,
): readonly KeptItem[] {
  // Before the older ones: what goes there meanwhile is in both, not in none.
  const atHand = atHandIn(stateFolder, kind, groups);
  const known = new Set(atHand.map(({ name, kept }) => olderName(dayOf(kept.toUtcMs), name)));
  const items = atHand.filter(({ kept }) => isMeant(kept));
  for (const day of olderDays(stateFolder, olderOf[kind]).filter(isOf)) {
    for (const { name, item } of olderOn(stateFolder, olderOf[kind], day)) {
      const [read] = readOlder[kind](item, groups);
      const named = olderName(day, name);
      if (read !== undefined && !known.has(named) && isMeant(read.kept)) items.push({ ...read, name: named });
    }
  }
  return items;
}

const olderOf: Readonly<Record<ItemKind, OlderList>> = {
  borderRecord: 'border-records',
  hit: 'hits',
  handOver: 'hand-overs',
  timeline: 'timeline',
};

type ReadOne = (item: unknown, groups: RetentionGroups) => readonly KeptItem[];

function atHandIn(stateFolder: string, kind: ItemKind, groups: RetentionGroups): readonly KeptItem[] {
  switch (kind) {
    case 'borderRecord':
      return recordsIn(stateFolder, groups);
    case 'hit':
      return hitsIn(stateFolder);
    case 'handOver':
      return handOversIn(stateFolder);
    case 'timeline':
      return entriesIn(stateFolder, groups);
  }
}

/** As a plan of removal has it. */
export function plannedOf({ name, text }: KeptItem): RemovedFile {
  const bytes = Buffer.from(text);
  return { file: name, octets: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** As the gateway does, where none runs. @throws Error of the system, or of what cannot be read or written */
export function forgetItems(stateFolder: string, kind: ItemKind, names: readonly string[]): void {
  const older = forgetOlder(stateFolder, olderOf[kind], names);
  if (older !== undefined) throw new Error(older);
  if (kind === 'timeline') {
    const lines = timelineIn(stateFolder);
    const fault = new KeptLines(join(stateFolder, timelineFile)).replace(
      lines.filter((line) => !names.includes(`${entrySchema.safeParse(line).data?.id}`)),
    );
    if (fault !== undefined) throw new Error(fault);
    return;
  }
  const [document, list, by] = listOf[kind];
  const listSchema = z.looseObject({ [list]: z.array(z.looseObject({ [by]: z.union([z.string(), z.number()]) })) });
  const file = join(stateFolder, `${document}.json`);
  if (!existsSync(file)) return;
  const known = listSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) as Record<string, Record<string, unknown>[]>;
  const left = known[list]?.filter((each) => !names.includes(`${each[by]}`));
  const fault = writeWhole(file, `${JSON.stringify({ ...known, [list]: left })}\n`);
  if (fault !== undefined) throw new Error(fault);
  if (kind !== 'handOver') return;
  for (let at = 0; at < sheetsMax; at++) {
    const name = `hand-over-sheet-${at}`;
    const { handOver } = documentIn(stateFolder, name, sheetSchema, { handOver: 0 });
    if (names.includes(`${handOver}`)) rmSync(join(stateFolder, `${name}.json`));
  }
}

/** Its document, the list in it, and by what each is known. */
const listOf = {
  borderRecord: ['border-records', 'records', 'record'],
  hit: ['hits', 'hits', 'hit'],
  handOver: ['hand-overs', 'all', 'id'],
} as const;

const recordOf: ReadOne = (item, groups) => {
  const record = recordSchema.parse(item);
  const { group, noticeUtcMs: fromUtcMs, closedUtcMs: toUtcMs } = record;
  if (toUtcMs === undefined) return [];
  const kept = { kind: 'borderRecord', ...ofGroup(group, groups), fromUtcMs, toUtcMs } as const;
  return [{ name: record.record, kept, text: JSON.stringify(record) }];
};

/** Consoles of all countries are shown each. */
const hitOf: ReadOne = (item) => {
  const hit = hitSchema.parse(item);
  const { sinceUtcMs: fromUtcMs } = hit;
  const kept = { kind: 'hit', ...ofAll, fromUtcMs, toUtcMs: fromUtcMs } as const;
  return [{ name: `${hit.hit}`, kept, text: JSON.stringify(hit) }];
};

/** A sheet says what was open on groups of all countries. */
const handOverOf: ReadOne = (item) => {
  const handOver = handOverSchema.parse(item);
  const { id, offeredUtcMs: fromUtcMs, endedUtcMs: toUtcMs } = handOver;
  if (toUtcMs === undefined) return [];
  const kept = { kind: 'handOver', ...ofAll, fromUtcMs, toUtcMs } as const;
  return [{ name: `${id}`, kept, text: JSON.stringify(handOver) }];
};

const entryOf: ReadOne = (item, groups) => {
  const entry = entrySchema.safeParse(item).data;
  if (entry === undefined) return [];
  const { id, kind: part, group, utcMs } = entry;
  const about = aboutOf[part];
  const where = group === '' ? ofAll : ofGroup(group, groups);
  const kept = { kind: 'timeline', ...where, fromUtcMs: utcMs, toUtcMs: utcMs, ...(about && { about }) } as const;
  return [{ name: `${id}`, kept, part, text: JSON.stringify(item) }];
};

/** Of a hand-over its sheet goes along. */
const readOlder: Readonly<Record<ItemKind, ReadOne>> = {
  borderRecord: recordOf,
  hit: hitOf,
  handOver: handOverOf,
  timeline: entryOf,
};

function recordsIn(stateFolder: string, groups: RetentionGroups): readonly KeptItem[] {
  const schema = z.object({ records: z.array(recordSchema) });
  const { records } = documentIn(stateFolder, 'border-records', schema, { records: [] });
  return records.flatMap((record) => recordOf(record, groups));
}

function hitsIn(stateFolder: string): readonly KeptItem[] {
  const { hits } = documentIn(stateFolder, 'hits', z.object({ hits: z.array(hitSchema) }), { hits: [] });
  return hits.flatMap((hit) => hitOf(hit, {}));
}

function handOversIn(stateFolder: string): readonly KeptItem[] {
  const { all } = documentIn(stateFolder, 'hand-overs', z.object({ all: z.array(handOverSchema) }), { all: [] });
  const sheets = new Map<string, string>();
  for (let at = 0; at < sheetsMax && all.length > 0; at++) {
    const sheet = documentIn(stateFolder, `hand-over-sheet-${at}`, sheetSchema, { handOver: 0 });
    if (sheet.handOver !== 0) sheets.set(`${sheet.handOver}`, JSON.stringify(sheet));
  }
  return all
    .flatMap((handOver) => handOverOf(handOver, {}))
    .map((item) => ({ ...item, text: `${item.text}${sheets.get(item.name) ?? ''}` }));
}

function entriesIn(stateFolder: string, groups: RetentionGroups): readonly KeptItem[] {
  return timelineIn(stateFolder).flatMap((line) => entryOf(line, groups));
}

/** Not as KeptLines reads it: what cannot be read is not gone. @throws Error of the system */
function timelineIn(stateFolder: string): readonly unknown[] {
  const file = join(stateFolder, timelineFile);
  return existsSync(file) ? linesIn(readFileSync(file, 'utf8')) : [];
}

const ofAll = { group: undefined, countries: undefined } as const;

function ofGroup(group: string, groups: RetentionGroups): Pick<Kept, 'group' | 'countries'> {
  return { group, countries: groups[recordingFolderOf(group)]?.countries };
}

function documentIn<Document>(folder: string, name: string, schema: z.ZodType<Document>, none: Document): Document {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : none;
}
