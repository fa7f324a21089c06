/**
 * Removes what has been kept as long as it may be, and reports it. Whatever it is cut off in, the next sweep finishes:
 *
 *   look ─▶ plan (on the disk, with hashes) ─▶ files go ─▶ gone (on the disk) ─▶ report of the day, signed
 *
 * A hold that is set meanwhile, also while a sweep is under way, keeps what is still there. Nothing is removed while the
 * clock is doubted, and a sweep goes by the time at which it was believed.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../base/errors.ts';
import { isSealed } from '../media/sealed-file.ts';
import {
  type Hold,
  holdOf,
  judgeKept,
  type Kept,
  type KeptKind,
  keptFrom,
  type RetentionValues,
  ruleOf,
  shortestOf,
  shortestOfVoice,
} from '../operations/retention.ts';
import {
  destroyKeys,
  KeyMissing,
  lockedKeys,
  type MasterKeys,
  openRecording,
  rewrapKeys,
} from '../voice/recording-keys.ts';
import type { AuditStore } from './audit-store.ts';
import { reportSha256, reportText, type Spared, signReport } from './deletion-report.ts';
import { writeWhole } from './kept-file.ts';
import { type ItemKind, itemKinds, itemsIn, type KeptItem, kindsOf, plannedOf } from './kept-items.ts';
import {
  daysIn,
  foreignIn,
  headOf,
  type KeptRecording,
  recordingNamed,
  recordingsOf,
  removeDay,
  removeFiles,
} from './kept-recordings.ts';
import { laidAsideIn, plannedLaidAside, removeLaidAside } from './laid-aside.ts';
import { olderName } from './older-items.ts';
import { backupWith, copiesIn, packageWith, type RemovedPart } from './retention-copies.ts';
import { byFolders, dayOf, firstOf, groupAt, type RetentionGroups, voiceOf } from './retention-kept.ts';
import type { Removal, RemovalPlan, RemovedFile, RetentionStore } from './retention-store.ts';

export interface SweepSettings {
  readonly gateway: string;
  /** Folder of recordings. */
  readonly recordings: string;
  /** That unwrap the keys of recordings; the first wraps them. */
  readonly masters: MasterKeys;
  /** Of this gateway. */
  readonly stateFolder: string;
  /** Of the configuration. */
  readonly values: RetentionValues;
  readonly groups: RetentionGroups;
}

export interface SweepPorts {
  readonly store: RetentionStore;
  readonly audit: AuditStore;
  readonly key: KeyObject;
  utcMs(): number;
  /** A line of the audit log; it is there when this resolves. */
  log(event: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the gateway is to let go of, by its names; `forgotten` then says that it has. */
  forget(kind: ItemKind, names: readonly string[]): void;
  /** Told once for each. */
  failed(what: { readonly kind: KeptKind; readonly day: string; readonly reason: string }): void;
}

export const reportsFolder = 'deletion-reports';

export class RetentionSweep {
  #settings: SweepSettings;
  readonly #ports: SweepPorts;
  /** Removals that could not be done, which has been said; bounded by the days that there are. */
  readonly #failed = new Set<string>();
  #spared: Spared[] = [];
  /** Of the sweep. */
  #nowUtcMs = 0;

  constructor(settings: SweepSettings, ports: SweepPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  setGroups(groups: SweepSettings['groups']): void {
    this.#settings = { ...this.#settings, groups };
  }

  /** By a time that is believed: the clock may be set while it goes on. @throws Error of the database */
  async sweep(nowUtcMs: number): Promise<void> {
    const { store } = this.#ports;
    const values = { ...this.#settings.values, ...(await store.values()) };
    this.#spared = [];
    this.#nowUtcMs = nowUtcMs;
    await this.#settleReport();
    for (const removal of await store.pending()) await this.#finish(removal);
    await this.#rewrap();
    // What could not be finished is not planned once more: it would be in the report twice.
    const waiting = await store.pending();
    const holds = await this.#holds();
    await this.#sweepVoice(values, holds, new Set(waiting.flatMap(({ files }) => files.map(({ file }) => file))));
    if (!waiting.some(({ kind }) => kind === 'actionLog')) await this.#sweepLog(values, holds);
    await this.#ports.audit.emptyWal(); // also of a sweep before, while which somebody read
    for (const kind of itemKinds) await this.#sweepItems(kind, values, holds);
    await this.#sweepLaidAside(values, holds, waiting);
    await this.#report(values, await store.holds());
  }

  /** As they stand now. */
  async #holds(): Promise<readonly Hold[]> {
    return byFolders(await this.#ports.store.holds());
  }

  /** The gateway has let go of what it was asked to. */
  async forgotten(): Promise<void> {
    for (const removal of await this.#ports.store.pending()) {
      if (isOfGateway(removal.kind)) await this.#finish(removal);
    }
  }

  async #sweepVoice(values: RetentionValues, holds: readonly Hold[], waiting: ReadonlySet<string>): Promise<void> {
    const { recordings: folder } = this.#settings;
    for (const day of daysIn(folder)) {
      const dayUtcMs = Date.parse(`${day}T00:00:00Z`);
      // Nothing is kept for less than a day, and today is being written.
      if (Number.isNaN(dayUtcMs) || dayUtcMs >= keptFrom(1, this.#nowUtcMs)) continue;
      try {
        await this.#sweepDay(day, values, holds, waiting);
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
        this.#fail('voice', day, error);
      }
    }
  }

  async #sweepDay(
    day: string,
    values: RetentionValues,
    holds: readonly Hold[],
    waiting: ReadonlySet<string>,
  ): Promise<void> {
    const { recordings: folder } = this.#settings;
    const nowUtcMs = this.#nowUtcMs;
    for (const [group, files] of Map.groupBy(recordingsOf(folder, day), (each) => each.group)) {
      const judged = files.map((file) => ({ file, ...judgeKept(this.#voiceOf(file), values, holds, nowUtcMs) }));
      const due = judged.filter(({ is, file }) => is === 'due' && !waiting.has(file.file)).map(({ file }) => file);
      const held = Map.groupBy(
        judged.filter(({ is }) => is === 'held'),
        ({ hold = 0 }) => hold,
      );
      for (const [hold, { length: count }] of held) this.#spared.push({ kind: 'voice', day, group, count, hold });
      const [first] = judged;
      if (due.length > 0 && first !== undefined) {
        const { rule, days } = first;
        const listed = due.map(({ file }) => this.#fileOf(file));
        await this.#remove({ kind: 'voice', day, group, rule, days, files: listed });
      }
    }
    const isOld = Date.parse(`${day}T00:00:00Z`) < keptFrom(shortestOfVoice(values), nowUtcMs);
    if (isOld && recordingsOf(folder, day).length === 0) await this.#removeDay(day);
  }

  #voiceOf(recording: KeptRecording): Kept {
    return voiceOf(this.#settings.groups, recording);
  }

  #fileOf(file: string): RemovedFile {
    const { recordings: folder, masters } = this.#settings;
    const bytes = this.#opened(file, readFileSync(join(folder, file)), masters);
    return { file, octets: bytes.length, sha256: sha256Of(bytes) };
  }

  /** As it plays, which the audit log has the sum of; where its key is not there as it lies on the disk. */
  #opened(file: string, bytes: Buffer, masters: MasterKeys): Buffer {
    try {
      return openRecording(this.#settings.recordings, file, bytes, masters).bytes;
    } catch (error) {
      if (!(error instanceof KeyMissing)) throw error;
      return bytes;
    }
  }

  /** After the master key was changed. */
  async #rewrap(): Promise<void> {
    const { recordings: folder, masters } = this.#settings;
    let keys = 0;
    for (const day of daysIn(folder)) {
      try {
        keys += rewrapKeys(folder, day, masters);
        if (lockedKeys(folder, day, masters).length > 0)
          this.#fail('voice', day, new Error('no master key opens its key'));
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
        this.#fail('voice', day, error);
      }
    }
    if (keys > 0) await this.#ports.log('recording.keys-rewrapped', { keys });
  }

  /** What copies there are of its encrypted files is worth nothing from now on. What nobody knows stays, and is told. */
  async #removeDay(day: string): Promise<void> {
    const { recordings: folder } = this.#settings;
    const foreign = foreignIn(folder, day);
    // It may be a recording under another name, and then needs the key.
    const keys = foreign.some((file) => isSealed(headOf(folder, file))) ? 0 : destroyKeys(folder, day);
    removeDay(folder, day);
    if (keys > 0) await this.#ports.log('recording.keys-destroyed', { day, keys });
    const [first] = foreign;
    if (first === undefined) return;
    const more = foreign.length === 1 ? '' : ` and ${foreign.length - 1} more`;
    this.#fail('voice', day, new Error(`no recording by its name, so it stays: ${first}${more}`));
  }

  async #sweepLog(values: RetentionValues, holds: readonly Hold[]): Promise<void> {
    const { audit } = this.#ports;
    const { rule, days } = ruleOf({ kind: 'actionLog', countries: undefined }, values);
    const untilUtcMs = keptFrom(days, this.#nowUtcMs);
    const first = firstOf(holds);
    const old = await audit.oldUntil(Math.min(untilUtcMs, first));
    if (first < untilUtcMs) {
      const hold = holds.find(({ fromUtcMs }) => fromUtcMs === first)?.hold ?? 0;
      this.#spared.push({ kind: 'actionLog', day: dayOf(first), group: '', count: 1, hold });
    }
    if (old === undefined) return;
    const { first: firstSeq, octets } = await audit.sizeUntil(old.seq);
    const files = [{ file: `${firstSeq}-${old.seq}`, octets, sha256: old.hash }];
    await this.#remove({ kind: 'actionLog', day: dayOf(old.utcMs), group: '', rule, days, files });
  }

  async #sweepItems(kind: ItemKind, values: RetentionValues, holds: readonly Hold[]): Promise<void> {
    const pending = (await this.#ports.store.pending()).filter((each) => each.kind === kind);
    const waiting = new Set(pending.flatMap(({ day, files }) => files.flatMap(({ file }) => namesOf(day, file))));
    const untilUtcMs = keptFrom(shortestOf(kindsOf(kind), values), this.#nowUtcMs);
    const isOf = (day: string) => Date.parse(`${day}T00:00:00Z`) < untilUtcMs;
    const isOld = (kept: Kept) => judgeKept(kept, values, [], this.#nowUtcMs).is === 'due';
    const judged = (this.#items(kind, isOf, isOld) ?? [])
      .filter(({ name }) => !waiting.has(name))
      .map((item) => {
        const { group, toUtcMs } = item.kept;
        const verdict = judgeKept(item.kept, values, holds, this.#nowUtcMs);
        return { item, ...verdict, day: dayOf(toUtcMs), group: kind === 'borderRecord' ? (group ?? '') : '' };
      });
    const held = judged.filter(({ is }) => is === 'held');
    for (const same of Map.groupBy(held, ({ day, group, hold }) => `${day} ${group} ${hold}`).values()) {
      const [{ day, group, hold = 0 }] = same as [(typeof same)[number]];
      this.#spared.push({ kind, day, group, count: same.length, hold });
    }
    const due = judged.filter(({ is }) => is === 'due');
    // Of a border record the report has the sum of its own text.
    const oneBy = ({ item: { name, part }, day, rule }: (typeof due)[number]) =>
      kind === 'borderRecord' ? name : `${day} ${part} ${rule}`;
    for (const same of Map.groupBy(due, oneBy).values()) {
      const [{ item, day, group, rule, days }] = same as [(typeof same)[number]];
      const files = same.map((each) => plannedOf(each.item));
      const part = item.part === undefined ? {} : { part: item.part };
      await this.#remove({ kind, ...part, day, group, rule, days, files });
    }
  }

  /** Each by itself: one that the disk does not give holds up no other. */
  async #sweepLaidAside(values: RetentionValues, holds: readonly Hold[], waiting: readonly Removal[]): Promise<void> {
    const { stateFolder } = this.#settings;
    const planned = new Set(waiting.flatMap(({ kind, files }) => files.map(({ file }) => `${kind} ${file}`)));
    for (const { file, kept } of laidAsideIn(stateFolder)) {
      const { is, rule, days, hold = 0 } = judgeKept(kept, values, holds, this.#nowUtcMs);
      const about = { kind: 'laidAside', day: dayOf(kept.toUtcMs), group: '' } as const;
      if (is === 'held') this.#spared.push({ ...about, count: 1, hold });
      if (is !== 'due' || planned.has(`laidAside ${file}`)) continue;
      try {
        await this.#remove({ ...about, rule, days, files: [plannedLaidAside(stateFolder, file)] });
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
        this.#fail('laidAside', about.day, error);
      }
    }
  }

  /** `isOf`, `isMeant`: as of `itemsIn`. Undefined: nobody knows what is there. */
  #items(
    kind: ItemKind,
    isOf: (day: string) => boolean,
    isMeant?: (kept: Kept) => boolean,
  ): readonly KeptItem[] | undefined {
    try {
      return itemsIn(this.#settings.stateFolder, kind, this.#settings.groups, isOf, isMeant);
    } catch (error) {
      this.#fail(kind, '', error);
      return undefined;
    }
  }

  async #remove(plan: RemovalPlan): Promise<void> {
    await this.#finish(await this.#ports.store.plan(plan));
  }

  /** Also one that was begun before; what a hold keeps that was set since, or what the gateway has to let go, stays. */
  async #finish(removal: Removal): Promise<void> {
    const { id, kind, day, files } = removal;
    try {
      const holds = await this.#holds();
      const stays = kind === 'voice' ? this.#finishVoice(removal, holds) : await this.#finishOther(removal, holds);
      if (stays === undefined) return;
      const gone = files.filter(({ file }) => !stays.has(file));
      if (gone.length === 0) return await this.#ports.store.forget(id);
      const removedUtcMs = this.#ports.utcMs();
      const sum = { count: countOf(kind, gone), octets: octetsOf(gone), sha256: listSha256(kind, gone) };
      await this.#ports.store.removed(id, { ...sum, removedUtcMs });
      const { part, group, rule, days } = removal;
      const what = part === undefined ? { kind } : { kind, part };
      await this.#ports.log('retention.removed', { removal: id, ...what, day, group, rule, days, ...sum });
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      this.#fail(kind, day, error);
    }
  }

  /** Undefined: not yet. */
  #finishVoice({ day, files }: Removal, holds: readonly Hold[]): ReadonlySet<string> | undefined {
    const { recordings: folder } = this.#settings;
    // It goes last: without it the disk is another, and whether its files are gone nobody knows.
    if (!existsSync(join(folder, day))) {
      this.#fail('voice', day, new Error('the folder of that day is not there, and files of it were to be removed'));
      return undefined;
    }
    const held = new Set<string>();
    for (const { file } of files) {
      const known = recordingNamed(file);
      if (known === undefined || !existsSync(join(folder, file))) continue;
      if (holdOf(this.#voiceOf(known), holds) !== undefined) held.add(file);
    }
    removeFiles(
      folder,
      files.flatMap(({ file }) => (held.has(file) ? [] : [file])),
    );
    return held;
  }

  /** Undefined: not yet. */
  async #finishOther({ kind, day, files }: Removal, holds: readonly Hold[]): Promise<ReadonlySet<string> | undefined> {
    if (kind === 'laidAside') return removeLaidAside(this.#settings.stateFolder, files, holds);
    if (isOfGateway(kind)) {
      const names = new Map(files.flatMap(({ file }) => namesOf(day, file).map((name) => [name, file])));
      const there = this.#items(kind, (each) => each === day)?.filter(({ name }) => names.has(name));
      if (there === undefined) return undefined;
      // One of another day was not planned: a document was lost, and its numbers began anew.
      const left = there.filter(({ kept }) => dayOf(kept.toUtcMs) === day && holdOf(kept, holds) === undefined);
      if (left.length === 0) return new Set(there.map(({ name }) => names.get(name) ?? name));
      this.#ports.forget(
        kind,
        left.map(({ name }) => name),
      );
      return undefined;
    }
    for (const { file, sha256: hash } of files) {
      const toSeq = Number(file.split('-')[1]);
      const isThere = (await this.#ports.audit.search({ lastSeq: toSeq, limit: 1 })).length > 0;
      const free = await this.#ports.audit.oldUntil(firstOf(holds));
      if (isThere && (free === undefined || free.seq < toSeq)) return new Set([file]);
      await this.#ports.log('audit.shortened', { toSeq, hash });
      await this.#ports.audit.shorten(toSeq);
    }
    return new Set();
  }

  #fail(kind: KeptKind, day: string, error: unknown): void {
    const reason = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
    const isSaid = this.#spared.some((each) => each.kind === kind && each.day === day && each.reason === reason);
    if (!isSaid) this.#spared.push({ kind, day, group: '', count: 0, reason });
    const what = `${kind} ${day} ${reason}`;
    if (this.#failed.has(what)) return;
    this.#failed.add(what);
    this.#ports.failed({ kind, day, reason });
  }

  // ── The report ───────────────────────────────────────────────────────────────────────────────────────────────────

  get #reports(): string {
    return join(this.#settings.stateFolder, reportsFolder);
  }

  /** A report that was made just before a kill has what it lists. */
  async #settleReport(): Promise<void> {
    const last = reportDays(this.#reports).at(-1);
    if (last === undefined) return;
    const said = reportedSchema.parse(JSON.parse(this.#textOf(last)));
    // By time as well: where retention.db was lost the numbers begin anew.
    const listed = new Set(said.removed.map(({ id, at }) => `${id} ${Date.parse(at)}`));
    const unreported = await this.#ports.store.unreported();
    const settled = unreported.filter(({ id, removedUtcMs }) => listed.has(`${id} ${removedUtcMs}`));
    await this.#ports.store.reported(
      last,
      settled.map(({ id }) => id),
    );
  }

  #textOf(day: string): string {
    return readFileSync(join(this.#reports, `${day}.json`), 'utf8');
  }

  /** Once a UTC day, of all since the one before; also when that is nothing. */
  async #report(values: RetentionValues, holds: Awaited<ReturnType<RetentionStore['holds']>>): Promise<void> {
    const { store, key, utcMs } = this.#ports;
    const madeUtcMs = utcMs();
    const day = dayOf(madeUtcMs);
    const days = reportDays(this.#reports);
    const last = days.at(-1);
    if (last !== undefined && last >= day) return;
    const removed = await store.unreported();
    const before = last === undefined ? undefined : reportSha256(this.#textOf(last));
    const copies = await this.#copiesOf(removed);
    const { gateway } = this.#settings;
    const facts = { gateway, day, madeUtcMs, before, values, removed, spared: this.#spared, holds, copies };
    const text = reportText(facts);
    // The signature first: where the text is, there is both.
    const fault =
      writeWhole(join(this.#reports, `${day}.sig`), signReport(text, key)) ??
      writeWhole(join(this.#reports, `${day}.json`), text);
    if (fault !== undefined) {
      this.#fail('actionLog', day, new Error(fault));
      return;
    }
    await store.reported(
      day,
      removed.map(({ id }) => id),
    );
    const count = removed.reduce((sum, each) => sum + each.count, 0);
    await this.#ports.log('retention.reported', { day, sha256: reportSha256(text), removed: count });
  }

  /** Packages that were handed out, and backups: what is in them is removed by whoever has them. */
  async #copiesOf(removed: readonly RemovedPart[]): Promise<readonly string[]> {
    const { audit } = this.#ports;
    const groupOf = (folder: string) => groupAt(this.#settings.groups, folder).group;
    return [
      ...(await copiesIn(audit, 'evidence.exported', (entry) => packageWith(entry, removed, groupOf))),
      ...(await copiesIn(audit, 'backup.made', (entry) => backupWith(entry, removed))),
    ];
  }
}

/** By which what was planned is known: at hand then, it may be an older one by now. */
function namesOf(day: string, file: string): readonly string[] {
  return [file, olderName(day, file)];
}

function isOfGateway(kind: KeptKind): kind is ItemKind {
  return itemKinds.some((each) => each === kind);
}

/** One that was made by the version before has no numbers. */
const reportedSchema = z.object({
  removed: z.array(z.object({ id: z.number().optional(), at: z.string() })),
});

/** Days of the reports that are there, in order. */
export function reportDays(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^(\d{4}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * Of voice: SHA-256 of a line a file as `sha256sum` writes it, in order of their names, which `recording.kept` of the audit
 * log has too; of hits, hand-overs and the timeline likewise, by their numbers. Of the log: the hash of its last entry that is
 * gone. Of a border record: of its text.
 */
function listSha256(kind: KeptKind, files: readonly RemovedFile[]): string {
  const [first] = files;
  const isAlone = kind === 'borderRecord' || kind === 'actionLog';
  if (isAlone && first !== undefined) return first.sha256;
  return sha256Of(Buffer.from(files.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('')));
}

function countOf(kind: KeptKind, files: readonly RemovedFile[]): number {
  if (kind !== 'actionLog') return files.length;
  const [first = 0, last = 0] = (files[0]?.file ?? '').split('-').map(Number);
  return last - first + 1;
}

function octetsOf(files: readonly RemovedFile[]): number {
  return files.reduce((sum, { octets }) => sum + octets, 0);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
