/**
 * `escaut export`: an incident out of a gateway's log, recordings and border records as a signed package; the gateway may
 * run. Who exported what for which reason stands in the audit log before there is a package, and binds it: a package
 * that no line names was not exported here.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from './base/errors.ts';
import type { Command } from './command-line.ts';
import { CommandProblem, hearerOf, openLog, pages, personOf, spanOfIncidents } from './command-log.ts';
import { type PlacesConfig, placesOf } from './config/recorded-places.ts';
import { recordingMasters } from './config/recording-schema.ts';
import type { Config } from './config/schema.ts';
import { isOfGroup } from './evidence/gaps.ts';
import {
  choose,
  type ExportOrder,
  type Incident,
  incidentOf,
  type KeptRecord,
  manifestName,
  manifestOf,
  recordingsFolder,
  signatureName,
  signManifest,
  zipEntryOf,
} from './evidence/incident-package.ts';
import { groupsOf, type LogEntry, readEntry, textOf } from './evidence/log-entry.ts';
import { type FoundFile, oggDurationMs, type Period, readFileName } from './evidence/recorded.ts';
import { hasRecording, readRecording } from './evidence/recording-files.ts';
import { placeOf, placeRemovals, type RemovedBy, removalEvents, removedBy } from './evidence/removed.ts';
import { directory, localHeader, type ZipEntry, zipFilesMax, zipOctetsMax } from './evidence/zip.ts';
import { type ExportFault, faultOfRefusal } from './operations/export-fault.ts';
import type { MadePackage } from './operations/export-order.ts';
import { defaultPermissions, refusalOf } from './operations/permissions.ts';
import { exportOutsideLaw, type Hearer, type RecordedPlace } from './operations/recording-access.ts';
import type { Person } from './operations/terms.ts';
import type { ChainedEntry } from './store/audit-chain.ts';
import type { AuditStore } from './store/audit-store.ts';
import { type PackageWriter, plainWriter } from './store/kept-package.ts';
import { olderIn } from './store/older-items.ts';
import { dayOf } from './store/retention-kept.ts';
import type { SigningKey } from './store/signing-key.ts';
import { KeyMissing, type MasterKeys } from './voice/recording-keys.ts';

type ExportCommand = Extract<Command, { name: 'export' }>;
type Place = PlacesConfig & Pick<Config, 'gateway' | 'people' | 'recording'>;

export interface ExportResult {
  readonly isDone: boolean;
  readonly words: string;
  /** Why it was not done. */
  readonly fault?: ExportFault;
  /** What was made, where it was. */
  readonly made?: MadePackage;
}

export interface ExportPorts {
  /** Recordings that are in it, of so many. */
  onProgress(done: number, all: number): void;
  /** How it is written to its open file. */
  writer(descriptor: number): PackageWriter;
}

/** More in one package are neither read nor verified with comfort. */
const entriesMax = 500_000;
/** An over that began so long before a time does not reach into it. */
const overMsMax = 3_600_000;
const dayMs = 24 * 3_600_000;

/** @throws CommandProblem where there is nothing to export, or it cannot be, and errors of the system */
export async function exportIncident(
  config: Place,
  command: ExportCommand,
  utcMs: () => number,
  { onProgress = () => undefined, writer = plainWriter }: Partial<ExportPorts> = {},
): Promise<ExportResult> {
  const [by, second] = [hearerOf(config, command.by), hearerOf(config, command.second)];
  for (const group of command.groups ?? []) {
    const isKnown = config.sharedGroups.some(({ id }) => id === group);
    const isLine = config.directLines.some(({ id }) => `line:${id}` === group);
    if (!isKnown && !isLine) throw new CommandProblem(`there is no shared group ${group}`, 'unknown-group');
  }
  if (existsSync(command.out)) {
    throw new CommandProblem(`${command.out} is there already: nothing is written over`, 'file-there');
  }
  const log = await openLog(config);
  const { store, key } = log;
  try {
    const said = {
      operator: by.display,
      role: by.role,
      controlRoom: by.controlRoom,
      second: second.display,
      secondRole: second.role,
      secondControlRoom: second.controlRoom,
      reason: command.reason,
    };
    const refuse = async (refusal: Parameters<typeof faultOfRefusal>[0], group = ''): Promise<ExportResult> => {
      const about = { permission: 'export_recordings', ...said, ...(group !== '' && { group }), refusal };
      await log.write(utcMs(), 'warn', 'permission.refused', about);
      return { isDone: false, fault: faultOfRefusal(refusal), words: refusalWords(refusal, by, second, group) };
    };
    const refusal = refusalOf(defaultPermissions, by, 'export_recordings', { second });
    if (refusal !== undefined) return await refuse(refusal);
    const order = await orderOf(store, command, personOf(config, by.person), personOf(config, second.person), utcMs());
    const places = new Map(placesOf(config).map((place) => [place.id, place]));
    const chosen = order.groups === undefined ? [...places.keys()] : [...order.groups];
    const outside = exportOutsideLaw(
      by,
      second,
      chosen.flatMap((group) => places.get(group) ?? []),
    );
    if (outside !== undefined) return await refuse(outside);
    const { incident, fingerprint, entries } = await gather(config, order, store, key, utcMs());
    for (const { entry } of entries) {
      const groups = groupsOf(readEntry(entry));
      const isForeign = groups.length > 0 && groups.every((group) => isOfNeither(places.get(group), by, second));
      if (isForeign) return await refuse('log-of-another-law', groups[0]);
    }
    const part = `${command.out}.part`;
    const manifest = manifestOf(incident);
    const manifestSha256 = createHash('sha256').update(manifest).digest('hex');
    try {
      const octets = writePackage(part, config.recording, incident, manifest, signManifest(manifest, key.privateKey), {
        onProgress,
        writer,
      });
      await log.write(utcMs(), 'info', 'evidence.exported', {
        ...said,
        fromUtc: new Date(order.period.fromUtcMs).toISOString(),
        toUtc: new Date(order.period.toUtcMs).toISOString(),
        groups: order.groups === undefined ? 'all' : [...order.groups].sort(),
        ...(order.incident !== undefined && { incident: order.incident }),
        recordings: incident.recordings.length,
        octets,
        manifestSha256,
      });
      renameSync(part, command.out);
      const made = {
        octets,
        recordings: incident.recordings.length,
        gaps: incident.gaps.length,
        manifestSha256,
        fingerprint,
      };
      return { isDone: true, words: doneWords(command.out, incident, fingerprint), made };
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof KeyMissing) throw new CommandProblem(error.message, 'recording-key-missing');
    throw error;
  } finally {
    await store.close();
  }
}

async function orderOf(
  store: AuditStore,
  { fromUtcMs, toUtcMs, groups, incident, reason }: ExportCommand,
  by: Person,
  second: Person,
  nowUtcMs: number,
): Promise<ExportOrder> {
  const people = { reason, by, second };
  if (incident === undefined) {
    const period = { fromUtcMs: fromUtcMs ?? 0, toUtcMs: toUtcMs ?? nowUtcMs };
    return { ...people, period, ...(groups !== undefined && { groups: new Set(groups) }) };
  }
  const span = await spanOfIncidents(store, incident, nowUtcMs);
  const period = { fromUtcMs: fromUtcMs ?? span.fromUtcMs, toUtcMs: toUtcMs ?? span.toUtcMs };
  const chosen = groups === undefined ? span.groups : new Set(groups);
  return { ...people, period, incident, ...(chosen.size > 0 && { groups: chosen }) };
}

/** All that the package says, out of the log, the folder of recordings and the border records. */
async function gather(
  config: Place,
  order: ExportOrder,
  store: AuditStore,
  key: SigningKey,
  exportedUtcMs: number,
): Promise<{ incident: Incident; fingerprint: string; entries: readonly ChainedEntry[] }> {
  const { id: gateway, stateFolder, timezone } = config.gateway;
  const { entries, recorded, before } = await stretchOf(store, order, exportedUtcMs);
  const first = entries[0]?.seq ?? 1;
  const checkpoints = await store.checkpointsBetween(
    before === undefined ? first : before.seq,
    entries.at(-1)?.seq ?? 0,
  );
  const found = findFiles(config.recording.folder, recordingMasters(config.recording), order, recorded);
  const incident = incidentOf({
    gateway,
    timezone,
    order,
    exportedUtcMs,
    hashBefore: before?.hash ?? store.firstHash,
    entries,
    clock: await clockEntries(store, order.period),
    checkpoints,
    found,
    removed: await removedOf(store, config.recording.folder, recorded, found),
    records: recordsOf(join(stateFolder, gateway), order.period),
    verifier: readFileSync(new URL('./evidence/verify.mjs', import.meta.url), 'utf8'),
    publicKey: String(key.publicKey.export({ format: 'pem', type: 'spki' })),
  });
  const fingerprint = createHash('sha256')
    .update(key.publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex');
  return { incident, fingerprint, entries };
}

/** What the log says of the clock: the last word before the time, however long before, and all within. */
async function clockEntries(store: AuditStore, { fromUtcMs, toUtcMs }: Period): Promise<readonly LogEntry[]> {
  let before: LogEntry | undefined;
  const within: LogEntry[] = [];
  for await (const { entry } of pages(store, { event: 'clock.quality', toUtcMs })) {
    const said = readEntry(entry);
    if (said.utcMs < fromUtcMs) before = said;
    else within.push(said);
  }
  return before === undefined ? within : [before, ...within];
}

/** The log from a signed checkpoint before the time to one behind all that belongs to it, without a gap. */
async function stretchOf(store: AuditStore, order: ExportOrder, nowUtcMs: number) {
  const { fromUtcMs, toUtcMs } = order.period;
  // What began in the time may have ended, and been logged, behind it.
  const recorded = new Set<string>();
  const late: LogEntry[] = [];
  for (const event of ['recording.kept', 'over.ended']) {
    for await (const { entry } of pages(store, { event, fromUtcMs, toUtcMs: toUtcMs + overMsMax })) {
      late.push(readEntry(entry));
    }
  }
  const chosen = choose(late, order);
  for (const { file } of chosen.recorded) if (file !== '') recorded.add(file);
  const span = await store.spanOf(fromUtcMs, toUtcMs);
  const seqs = [...chosen.recorded, ...chosen.told].map(({ seq }) => seq);
  if (span !== undefined) seqs.push(span.first, span.last);
  if (seqs.length === 0) {
    throw new CommandProblem('the log says nothing of that time: there is nothing to export', 'nothing-there');
  }
  const first = seqs.reduce((one, other) => Math.min(one, other));
  const last = seqs.reduce((one, other) => Math.max(one, other));
  if ((await store.checkpointsAbout(last)).after === undefined) await store.checkpoint(nowUtcMs);
  const end = (await store.checkpointsAbout(last)).after?.seq ?? last;
  const { before } = await store.checkpointsAbout(first - 1);
  const entries: ChainedEntry[] = [];
  for await (const entry of pages(store, { lastSeq: end }, before?.seq ?? 0)) {
    if (entries.length === entriesMax) {
      throw new CommandProblem(`more than ${entriesMax} entries of the log`, 'too-many-entries');
    }
    entries.push(entry);
  }
  return { entries, recorded, before };
}

/** Of the recordings that the log names and that are not there: which ones retention has removed. */
async function removedOf(
  store: AuditStore,
  folder: string,
  recorded: ReadonlySet<string>,
  found: readonly FoundFile[],
): Promise<ReadonlyMap<string, RemovedBy>> {
  const there = new Set(found.map(({ file }) => file));
  const gone = Map.groupBy(
    [...recorded].filter((file) => !there.has(file)),
    placeOf,
  );
  if (gone.size === 0) return new Map();
  const entries: LogEntry[] = [];
  for (const event of removalEvents) {
    for await (const { entry } of pages(store, { event })) entries.push(readEntry(entry));
  }
  const removals = placeRemovals(entries.sort((one, other) => one.seq - other.seq));
  const removed = new Map<string, RemovedBy>();
  for (const [place, files] of gone) {
    const of = removals.get(place) ?? [];
    const by = of.length === 0 ? undefined : removedBy(of, await goneFrom(store, folder, place));
    if (by !== undefined) for (const file of files) removed.set(file, by);
  }
  return removed;
}

/** How many recordings of that day and group the log names and the disk has not. */
async function goneFrom(store: AuditStore, folder: string, place: string): Promise<number> {
  const fromUtcMs = Date.parse(`${place.slice(0, 10)}T00:00:00Z`);
  const span = { fromUtcMs, toUtcMs: fromUtcMs + dayMs + overMsMax };
  const gone = new Set<string>();
  for await (const { entry } of pages(store, { event: 'recording.kept', ...span })) {
    const file = textOf(readEntry(entry), 'file');
    if (placeOf(file) === place && !hasRecording(folder, file)) gone.add(file);
  }
  return gone.size;
}

/** Recordings that the log names, and those of the time that it may not name. */
function findFiles(
  folder: string,
  masters: MasterKeys,
  { period, groups }: ExportOrder,
  recorded: ReadonlySet<string>,
): FoundFile[] {
  const names = new Set(recorded);
  for (const day of daysOf(period)) {
    for (const file of namesIn(folder, day)) {
      const name = readFileName(file);
      if (name === undefined || !isOfGroup(name.folder, groups)) continue;
      if (name.startUtcMs < period.toUtcMs && name.startUtcMs >= period.fromUtcMs - overMsMax) names.add(file);
    }
  }
  return [...names].sort().flatMap((file) => {
    const bytes = readRecording(folder, file, masters);
    if (bytes === undefined) return [];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return [{ file, octets: bytes.length, sha256, durationMs: oggDurationMs(bytes) }];
  });
}

function daysOf({ fromUtcMs, toUtcMs }: Period): readonly string[] {
  const days: string[] = [];
  for (let utcMs = fromUtcMs - overMsMax; ; utcMs += dayMs) {
    const day = new Date(Math.min(utcMs, toUtcMs)).toISOString().slice(0, 10);
    if (day !== days.at(-1)) days.push(day);
    if (utcMs >= toUtcMs) return days;
  }
}

function namesIn(folder: string, day: string): readonly string[] {
  try {
    return readdirSync(join(folder, day), { recursive: true }).map((name) => `${day}/${String(name)}`);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

const recordSchema = z.looseObject({
  record: z.string(),
  group: z.string(),
  noticeUtcMs: z.number(),
  closedUtcMs: z.number().optional(),
});
const recordsSchema = z.object({ records: z.array(recordSchema) });

/** Those at hand, and older ones that were not closed before the time; one that is moved meanwhile is in both. */
function recordsOf(stateFolder: string, { fromUtcMs }: Period): readonly KeptRecord[] {
  const atHand = readRecords(join(stateFolder, 'border-records.json'));
  try {
    return [...olderRecords(stateFolder, fromUtcMs, atHand), ...atHand];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandProblem(`older border records cannot be read: ${reason}`, 'records-unreadable');
  }
}

function olderRecords(stateFolder: string, fromUtcMs: number, atHand: readonly KeptRecord[]): readonly KeptRecord[] {
  const fromDay = dayOf(Math.max(0, fromUtcMs - dayMs));
  const keyOf = ({ record, noticeUtcMs }: KeptRecord) => `${record} ${noticeUtcMs}`;
  const known = new Set(atHand.map(keyOf));
  return olderIn(stateFolder, 'border-records', (day) => day >= fromDay)
    .map(({ item }) => recordSchema.parse(item))
    .filter((each) => !known.has(keyOf(each)));
}

function readRecords(file: string): readonly KeptRecord[] {
  try {
    return recordsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).records;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandProblem(`${file} cannot be read: ${reason}`, 'records-unreadable');
  }
}

/** Its octets. */
function writePackage(
  path: string,
  recording: Config['recording'],
  incident: Incident,
  manifest: Buffer,
  signature: Buffer,
  { onProgress, writer }: ExportPorts,
): number {
  const { folder } = recording;
  const masters = recordingMasters(recording);
  const { recordings, texts } = incident;
  const rest = [...texts, { name: manifestName, bytes: manifest }, { name: signatureName, bytes: signature }];
  const sum = recordings.reduce((octets, each) => octets + each.octets, 0);
  const isTooLarge =
    sum + rest.reduce((octets, { bytes }) => octets + bytes.length, 0) > zipOctetsMax - 64 * 1024 * 1024;
  if (isTooLarge || recordings.length + rest.length > zipFilesMax) {
    throw new CommandProblem('more than a package holds', 'too-large');
  }
  const entries: ZipEntry[] = [];
  let octets = 0;
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    const written = writer(descriptor);
    const put = (bytes: Uint8Array): void => {
      written.put(bytes);
      octets += bytes.length;
    };
    const add = (name: string, bytes: Uint8Array): void => {
      const entry = zipEntryOf(name, bytes);
      entries.push(entry);
      put(localHeader(entry));
      put(bytes);
    };
    for (const [index, { file, octets, sha256 }] of recordings.entries()) {
      onProgress(index, recordings.length);
      // One that is still being made has grown since: what was there before is what was hashed.
      const bytes = readRecording(folder, file, masters)?.subarray(0, octets) ?? Buffer.alloc(0);
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new CommandProblem(`${file} has changed meanwhile`, 'recording-changed');
      add(`${recordingsFolder}${file}`, bytes);
    }
    for (const { name, bytes } of rest) add(name, bytes);
    put(directory(entries));
    written.end();
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return octets;
}

/** Of what an export threw. */
export function faultOf(error: unknown): ExportFault {
  if (error instanceof CommandProblem) return error.fault ?? 'other';
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk-full';
    case 'STORE_AWAY':
      return 'store-away';
    default:
      return 'other';
  }
}

function refusalWords(refusal: string, by: Person, second: Person, group: string): string {
  switch (refusal) {
    case 'second-person-is-the-first':
      return 'refused: --by and --second must be two persons';
    case 'second-person-may-not':
      return `refused: ${second.display} (${second.role}) may not export these recordings, so cannot stand by`;
    case 'second-person-same-country':
      return 'refused: groups of several countries need two persons of two of them';
    case 'not-own-country':
      return `refused: the law of ${by.display}'s country does not give him all these groups; --group chooses`;
    case 'log-of-another-law':
      return `refused: the log goes along whole, and names ${group} then, which is under the law of neither: one of the two has to be of its country`;
    default:
      return `refused: ${by.display} (${by.role}) may not export recordings`;
  }
}

/** The log of a time is given whole: what it says of a group concerns the countries of that. */
function isOfNeither(place: RecordedPlace | undefined, by: Hearer, second: Hearer): boolean {
  const countries = place?.countries ?? new Set();
  return countries.size > 0 && !countries.has(by.country) && !countries.has(second.country);
}

function doneWords(out: string, { recordings, timeline, gaps, records }: Incident, fingerprint: string): string {
  const counts = `${recordings.length} recordings, ${timeline.length} lines of the timeline, ${records.length} border records`;
  const missing = gaps.length === 0 ? 'nothing is missing' : `${gaps.length} gaps, which gaps.json lists`;
  const groups = fingerprint.replaceAll(/(.{4})(?=.)/g, '$1 ');
  return `${out}: ${counts}; ${missing}\nfingerprint of the key, to be handed over by another way: ${groups}`;
}
