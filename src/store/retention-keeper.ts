/**
 * What auditors ask of retention: what is kept how long by which rule, what is held, what the last reports say, and what goes
 * next; holds are set and lifted here as well. Who may is decided before (operations/retention.ts). Reads folders and
 * databases, so it lives in the thread that sweeps, beside the sweeps: a hold does not wait for one.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { recordingFolderOf } from '../base/recording-folder.ts';
import {
  judgeKept,
  type Kept,
  type KeptKind,
  keptFrom,
  keptKinds,
  type RetentionValues,
  ruleOf,
  shortestOf,
  shortestOfVoice,
  type Verdict,
} from '../operations/retention.ts';
import type { AuditStore } from './audit-store.ts';
import { type KeptReport, reportFault } from './deletion-report.ts';
import { type ItemKind, itemKinds, itemsIn, type KeptItem, kindsOf } from './kept-items.ts';
import { daysIn, recordingsOf } from './kept-recordings.ts';
import { laidAsideIn } from './laid-aside.ts';
import { byFolders, dayOf, firstOf, groupAt, isRecorded, type RetentionGroups, voiceOf } from './retention-kept.ts';
import type { LegalHold, RemovalPlan, RetentionStore } from './retention-store.ts';
import { reportDays, reportsFolder } from './retention-sweep.ts';

/** What somebody may ask while sweeps go on. */
export interface RetentionDesk {
  /** @throws Error of the database or the system */
  look(nowUtcMs: number): Promise<RetentionSeen>;
  /** What would go with the first sweep if that rule were so, and does not yet. */
  preview(rule: string, days: number, nowUtcMs: number): Promise<RetentionPreview>;
  /** Those that stand. */
  holds(): Promise<readonly LegalHold[]>;
  /** Its number; undefined: one of its groups is neither configured nor recorded, so that it would hold nothing. */
  addHold(hold: Omit<LegalHold, 'hold'>): Promise<number | undefined>;
  /** False: there is none, or it has been lifted. */
  liftHold(hold: number, utcMs: number): Promise<boolean>;
}

export interface RetentionSeen {
  readonly rules: readonly SeenRule[];
  /** What is recorded of each group of the configuration is kept so long, by the shortest of all rules that apply. */
  readonly groups: readonly SeenGroup[];
  readonly holds: readonly LegalHold[];
  /** The newest first. */
  readonly reports: readonly SeenReport[];
  /** What is not whole of these reports, in words; undefined: all are signed, and none is missing. */
  readonly reportFault: string | undefined;
  /** What goes, or would but for a hold, within a week; in order. */
  readonly next: readonly NextRemoval[];
  /** So many more lines of it. */
  readonly nextMore: number;
  /** Begun, and not all gone. */
  readonly pending: readonly Pick<RemovalPlan, 'kind' | 'day' | 'group'>[];
}

export interface RetentionPreview {
  /** Undefined: there is no such rule yet. */
  readonly daysBefore: number | undefined;
  readonly goes: readonly Omit<NextRemoval, 'goes'>[];
  /** So many more lines of it. */
  readonly more: number;
  /** Recordings of each group, by the shortest of all rules, then and now. */
  readonly groups: readonly (SeenGroup & { readonly daysBefore: number })[];
}

export interface SeenRule {
  readonly rule: string;
  readonly days: number;
  /** Persons have set it; undefined: the configuration. */
  readonly set: { readonly by: string; readonly utcMs: number } | undefined;
}

export interface SeenGroup {
  readonly group: string;
  readonly countries: readonly string[];
  readonly rule: string;
  readonly days: number;
}

export interface SeenReport {
  readonly day: string;
  readonly madeUtcMs: number;
  readonly removed: readonly RemovedLine[];
  /** So many more lines of it. */
  readonly more: number;
  /** What a hold or the disk has kept. */
  readonly spared: number;
}

export interface RemovedLine {
  readonly kind: KeptKind;
  /** Of the timeline: the kind of entry, e.g. `emergency`. */
  readonly part?: string | undefined;
  readonly day: string;
  readonly group: string;
  readonly rule: string;
  readonly days: number;
  readonly count: number;
  readonly octets: number;
}

export interface NextRemoval extends Omit<RemovedLine, 'octets'> {
  /** With the first sweep of this UTC day, the first that is believed. */
  readonly goes: string;
  /** By which it stays. */
  readonly hold: number | undefined;
}

export interface KeeperSettings {
  /** Folder of recordings. */
  readonly recordings: string;
  readonly stateFolder: string;
  /** Of the configuration. */
  readonly values: RetentionValues;
}

export interface KeeperPorts {
  readonly store: Pick<RetentionStore, 'values' | 'changes' | 'holds' | 'addHold' | 'liftHold' | 'pending'>;
  readonly audit: Pick<AuditStore, 'search' | 'oldUntil' | 'sizeUntil'>;
  /** Private. */
  readonly key: KeyObject;
  /** By their folders, as they are now. */
  groups(): RetentionGroups;
}

interface JudgedItem {
  readonly kind: ItemKind;
  readonly part: string | undefined;
  readonly verdict: Verdict;
  readonly utcMs: number;
  readonly group: string;
}

const dayMs = 24 * 3_600_000;
const aheadDays = 7;
const reportsMax = 14;
/** Of one report, and of what goes next. */
const linesMax = 100;

const reportSchema = z.object({
  day: z.string(),
  made: z.string(),
  removed: z.array(
    z.object({
      kind: z.enum(keptKinds),
      part: z.string().exactOptional(),
      ...{ day: z.string(), group: z.string(), rule: z.string() },
      ...{ days: z.number(), count: z.number(), octets: z.number() },
    }),
  ),
  spared: z.array(z.unknown()),
});
const reportedSchema = z.object({ about: z.object({ day: z.string(), sha256: z.string() }) });

export class RetentionKeeper implements RetentionDesk {
  readonly #settings: KeeperSettings;
  readonly #ports: KeeperPorts;

  constructor(settings: KeeperSettings, ports: KeeperPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  async look(nowUtcMs: number): Promise<RetentionSeen> {
    const { store } = this.#ports;
    const set = await store.changes();
    const values = { ...this.#settings.values, ...(await store.values()) };
    const holds = await store.holds();
    const next = await this.#next(values, holds, nowUtcMs, nowUtcMs + aheadDays * dayMs);
    return {
      rules: Object.entries(values)
        .map(([rule, days]) => ({ rule, days, set: set[rule] }))
        .sort((one, other) => placeOf(one.rule) - placeOf(other.rule) || (one.rule < other.rule ? -1 : 1)),
      groups: this.#groups(values, nowUtcMs),
      holds,
      ...(await this.#reports()),
      next: next.slice(0, linesMax),
      nextMore: Math.max(0, next.length - linesMax),
      pending: (await store.pending()).map(({ kind, day, group }) => ({ kind, day, group })),
    };
  }

  async preview(rule: string, days: number, nowUtcMs: number): Promise<RetentionPreview> {
    const { store } = this.#ports;
    const values = { ...this.#settings.values, ...(await store.values()) };
    const then = { ...values, [rule]: days };
    const holds = await store.holds();
    const goes = await this.#next(then, holds, nowUtcMs, nowUtcMs, values);
    const before = new Map(this.#groups(values, nowUtcMs).map((each) => [each.group, each.days]));
    const groups = this.#groups(then, nowUtcMs).map((each) => ({
      ...each,
      daysBefore: before.get(each.group) ?? each.days,
    }));
    return {
      daysBefore: values[rule],
      goes: goes.slice(0, linesMax).map(({ goes: _, ...each }) => each),
      more: Math.max(0, goes.length - linesMax),
      groups,
    };
  }

  holds(): Promise<readonly LegalHold[]> {
    return this.#ports.store.holds();
  }

  async addHold(hold: Omit<LegalHold, 'hold'>): Promise<number | undefined> {
    const known = this.#ports.groups();
    const isKnown = (group: string) =>
      known[recordingFolderOf(group)]?.group === group || isRecorded(this.#settings.recordings, group);
    if (hold.groups?.every(isKnown) === false) return undefined;
    return this.#ports.store.addHold(hold);
  }

  liftHold(hold: number, utcMs: number): Promise<boolean> {
    return this.#ports.store.liftHold(hold, utcMs);
  }

  #groups(values: RetentionValues, nowUtcMs: number): readonly SeenGroup[] {
    const times = { fromUtcMs: nowUtcMs, toUtcMs: nowUtcMs };
    return Object.values(this.#ports.groups()).map(({ group, countries }) => {
      const { rule, days } = judgeKept({ kind: 'voice', group, countries, ...times }, values, [], nowUtcMs);
      return { group, countries, rule, days };
    });
  }

  // ── What goes next ───────────────────────────────────────────────────────────────────────────────────────────────

  /** `before`: without what goes, or is held, by these rules already. */
  async #next(
    values: RetentionValues,
    standing: readonly LegalHold[],
    nowUtcMs: number,
    laterUtcMs: number,
    before: RetentionValues = {},
  ): Promise<readonly NextRemoval[]> {
    const holds = byFolders(standing);
    const isNew = (kept: Kept) => judgeKept(kept, before, [], laterUtcMs).is === 'kept';
    const goes = (utcMs: number, days: number) =>
      dayOf(Math.max(nowUtcMs, (Math.floor(utcMs / dayMs) + days + 1) * dayMs));
    const lines: NextRemoval[] = [];
    const tally = (
      of: Pick<NextRemoval, 'kind' | 'group' | 'part'>,
      utcMs: number,
      verdict: Verdict,
      count = 1,
    ): void => {
      const { is, rule, days, hold } = verdict;
      if (is !== 'kept') lines.push({ ...of, day: dayOf(utcMs), rule, days, hold, count, goes: goes(utcMs, days) });
    };
    for (const { group, day, verdict, count } of this.#voice(values, holds, laterUtcMs, isNew))
      tally({ kind: 'voice', group }, Date.parse(`${day}T00:00:00Z`), verdict, count);
    for (const [{ part, verdict, utcMs, group, kind }, ...others] of this.#sameItems(values, holds, laterUtcMs, isNew))
      tally({ kind, group, ...(part !== undefined && { part }) }, utcMs, verdict, others.length + 1);
    for (const { kept } of laidAsideIn(this.#settings.stateFolder))
      tally({ kind: 'laidAside', group: '' }, kept.toUtcMs, judgeKept(kept, values, holds, laterUtcMs));
    const { rule, days } = ruleOf({ kind: 'actionLog', countries: undefined }, values);
    const first = firstOf(holds);
    const untilUtcMs = keptFrom(days, laterUtcMs);
    const beforeUtcMs = keptFrom(ruleOf({ kind: 'actionLog', countries: undefined }, before).days, laterUtcMs);
    const old = await this.#ports.audit.oldUntil(Math.min(untilUtcMs, first));
    const gone = await this.#ports.audit.oldUntil(Math.min(beforeUtcMs, first));
    const ofLog = { kind: 'actionLog', group: '' } as const;
    if (old !== undefined && old.seq !== gone?.seq) {
      const { first: firstSeq } = await this.#ports.audit.sizeUntil(old.seq);
      tally(ofLog, old.utcMs, { is: 'due', rule, days }, old.seq - (gone?.seq ?? firstSeq - 1));
    }
    const holding = holds.find(({ fromUtcMs }) => fromUtcMs === first && first < untilUtcMs && first >= beforeUtcMs);
    if (holding !== undefined) tally(ofLog, first, { is: 'held', rule, days, hold: holding.hold });
    return lines.sort((one, other) => (one.goes === other.goes ? 0 : one.goes < other.goes ? -1 : 1));
  }

  /** Recordings of one day and group, by what becomes of them. */
  *#voice(
    values: RetentionValues,
    holds: readonly LegalHold[],
    laterUtcMs: number,
    isNew: (kept: Kept) => boolean,
  ): Generator<{ readonly day: string; readonly group: string; readonly verdict: Verdict; readonly count: number }> {
    const { recordings: folder } = this.#settings;
    const groups = this.#ports.groups();
    const shortest = shortestOfVoice(values);
    for (const day of daysIn(folder)) {
      if (!(Date.parse(`${day}T00:00:00Z`) < keptFrom(shortest, laterUtcMs))) return; // the oldest come first
      const judged = recordingsOf(folder, day)
        .filter((file) => isNew(voiceOf(groups, file)))
        .map((file) => ({
          group: groupAt(groups, file.group).group,
          verdict: judgeKept(voiceOf(groups, file), values, holds, laterUtcMs),
        }));
      const same = Map.groupBy(judged, ({ group, verdict: { is, hold } }) => `${group} ${is} ${hold}`);
      for (const [first, ...others] of same.values())
        if (first !== undefined) yield { day, ...first, count: others.length + 1 };
    }
  }

  /** What the gateway keeps in documents of its own: what goes the same day by the same rule together. */
  *#sameItems(
    values: RetentionValues,
    holds: readonly LegalHold[],
    laterUtcMs: number,
    isNew: (kept: Kept) => boolean,
  ): Generator<[JudgedItem, ...JudgedItem[]]> {
    for (const kind of itemKinds) {
      const untilUtcMs = keptFrom(shortestOf(kindsOf(kind), values), laterUtcMs);
      const isOf = (day: string) => Date.parse(`${day}T00:00:00Z`) < untilUtcMs;
      const goes = (kept: Kept) => isNew(kept) && judgeKept(kept, values, [], laterUtcMs).is === 'due';
      const items = this.#items(kind, isOf, goes);
      const judged = items.map(({ kept, part }): JudgedItem => {
        const verdict = judgeKept(kept, values, holds, laterUtcMs);
        const group = kind === 'borderRecord' ? (kept.group ?? '') : '';
        return { kind, part, verdict, utcMs: kept.toUtcMs, group };
      });
      const same = ({ part, utcMs, group, verdict: { is, rule, hold } }: JudgedItem) =>
        [dayOf(utcMs), part, group, is, rule, hold].join(' ');
      for (const each of Map.groupBy(judged, same).values()) yield each as [JudgedItem, ...JudgedItem[]];
    }
  }

  #items(kind: ItemKind, isOf: (day: string) => boolean, isMeant: (kept: Kept) => boolean): readonly KeptItem[] {
    try {
      return itemsIn(this.#settings.stateFolder, kind, this.#ports.groups(), isOf, isMeant);
    } catch {
      return []; // the sweep takes none either, and says why where there should be some
    }
  }

  // ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #reports(): Promise<Pick<RetentionSeen, 'reports' | 'reportFault'>> {
    const folder = join(this.#settings.stateFolder, reportsFolder);
    const kept = reportDays(folder)
      .slice(-reportsMax)
      .map((day): KeptReport => {
        const signature = join(folder, `${day}.sig`);
        const bytes = existsSync(signature) ? readFileSync(signature) : undefined;
        return { day, text: readFileSync(join(folder, `${day}.json`), 'utf8'), signature: bytes };
      });
    const fault = reportFault(kept, createPublicKey(this.#ports.key), await this.#logged(kept[0]?.day));
    return { reports: kept.flatMap(seenReport).reverse(), reportFault: fault };
  }

  /** SHA-256 by day, as the log names them; of the days from that one on. */
  async #logged(fromDay: string | undefined): Promise<ReadonlyMap<string, string>> {
    const from = fromDay === undefined ? {} : { fromUtcMs: Date.parse(`${fromDay}T00:00:00Z`) };
    const entries = await this.#ports.audit.search({ event: 'retention.reported', limit: 1000, ...from });
    const said = entries.flatMap(({ entry }) => reportedSchema.safeParse(JSON.parse(entry)).data?.about ?? []);
    return new Map(said.filter(({ day }) => day >= (fromDay ?? '')).map(({ day, sha256 }) => [day, sha256]));
  }
}

/** Laws of the same kind of data stand together, whoever has set them. */
function placeOf(rule: string): number {
  return ['voiceSharedGroup', 'voiceNationalLeg', ...keptKinds].indexOf(rule.split('.')[0] ?? '');
}

/** Nothing of one that cannot be read: `reportFault` names it. */
function seenReport({ text }: KeptReport): readonly SeenReport[] {
  const said = reportSchema.safeParse(jsonOf(text)).data;
  if (said === undefined) return [];
  const { day, made, removed, spared } = said;
  const more = Math.max(0, removed.length - linesMax);
  return [{ day, madeUtcMs: Date.parse(made), removed: removed.slice(0, linesMax), more, spared: spared.length }];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
