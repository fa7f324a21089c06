/**
 * An incident as a package of files: what belongs to it out of the log, the recordings and the border records, said in
 * files that anybody can read, with the list that is signed. Pure: the same facts give the same octets.
 *
 *   log, recordings on the disk, border records ─▶ choose ─▶ files ─▶ SHA256SUMS ─▶ signature (the shell's)
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Person } from '../operations/terms.ts';
import type { ChainedEntry, Checkpoint } from '../store/audit-chain.ts';
import { clockSaid } from './clock-said.ts';
import { type Gap, gapsOf, isOfGroup } from './gaps.ts';
import { type TimelineLine, timelineOf } from './incident-timeline.ts';
import { groupOf, type LogEntry, readEntry, textOf } from './log-entry.ts';
import { packagePage } from './package-page.ts';
import { type FoundFile, isWithin, type Period, type Recorded, readFileName, recordedIn } from './recorded.ts';
import type { RemovedBy } from './removed.ts';
import type { ZipEntry } from './zip.ts';

/** A border record as it was kept; what else stands in it goes into the package as it is. */
export interface KeptRecord {
  readonly record: string;
  readonly group: string;
  readonly noticeUtcMs: number;
  readonly closedUtcMs?: number | undefined;
  readonly [name: string]: unknown;
}

export interface ExportOrder {
  readonly period: Period;
  /** Undefined: all. */
  readonly groups?: ReadonlySet<string>;
  /** By which the period was found. */
  readonly incident?: string;
  readonly reason: string;
  readonly by: Person;
  readonly second: Person;
}

export interface IncidentFacts {
  readonly gateway: string;
  /** Of the gateway, for those who read. */
  readonly timezone: string;
  readonly order: ExportOrder;
  readonly exportedUtcMs: number;
  /** The hash before the first of `entries`. */
  readonly hashBefore: string;
  /** Without gaps; from behind a checkpoint, or the first of all, to one. */
  readonly entries: readonly ChainedEntry[];
  /** Of `clock.quality`, also from before `entries`. */
  readonly clock: readonly LogEntry[];
  /** In their order: the one before `entries` if there is one, and those within. */
  readonly checkpoints: readonly Checkpoint[];
  /** All files of recordings that could belong to it. */
  readonly found: readonly FoundFile[];
  /** Recordings that retention has removed, by their files. */
  readonly removed: ReadonlyMap<string, RemovedBy>;
  readonly records: readonly KeptRecord[];
  /** The verifier's source, as it goes into each package. */
  readonly verifier: string;
  /** PEM, of the key that signs. */
  readonly publicKey: string;
}

export interface TextFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Incident {
  readonly recordings: readonly FoundFile[];
  readonly timeline: readonly TimelineLine[];
  readonly gaps: readonly Gap[];
  readonly records: readonly KeptRecord[];
  readonly texts: readonly TextFile[];
}

/** Where recordings stand in a package. */
export const recordingsFolder = 'recordings/';
export const manifestName = 'SHA256SUMS';
export const signatureName = 'SHA256SUMS.sig';

export function incidentOf(facts: IncidentFacts): Incident {
  const { order, gateway, timezone, exportedUtcMs } = facts;
  const entries = facts.entries.map(({ entry }) => readEntry(entry));
  const chosen = choose(entries, order);
  const named = new Set(chosen.recorded.map(({ file }) => file));
  const logged = new Set(entries.flatMap((entry) => recordedIn(entry)?.file ?? []));
  const recordings = facts.found
    .filter((found) => named.has(found.file) || isUnnamed(found, logged, order))
    .sort((one, other) => (one.file < other.file ? -1 : 1));
  const recordsNamed = chosen.told.filter(({ event }) => event === 'border.changed');
  const records = facts.records.filter((record) => isRecordOf(record, recordsNamed, order));
  const timeline = timelineOf(chosen.told, chosen.recorded);
  const gaps = gapsOf({
    period: order.period,
    entries,
    recorded: chosen.recorded,
    overs: chosen.told.filter(({ event }) => event === 'over.ended'),
    found: recordings,
    removed: facts.removed,
    recordsKept: new Set(facts.records.map(({ record }) => record)),
    recordsNamed: recordsNamed.filter((entry) => textOf(entry, 'refusal') === ''),
  });
  const about = {
    form: 1,
    gateway,
    timezone,
    exportedUtc: utcText(exportedUtcMs),
    fromUtc: utcText(order.period.fromUtcMs),
    toUtc: utcText(order.period.toUtcMs),
    ...(order.incident !== undefined && { incident: order.incident }),
    groups: order.groups === undefined ? 'all' : [...order.groups].sort(),
    reason: order.reason,
    by: order.by,
    second: order.second,
    clock: clockSaid(facts.clock, order.period),
  };
  const { hashBefore, checkpoints } = facts;
  const chain = { gateway, firstSeq: facts.entries[0]?.seq ?? 1, hashBefore, checkpoints };
  const texts: TextFile[] = [
    { name: 'README.txt', bytes: Buffer.from(readMe) },
    json('border-records.json', records),
    json('gaps.json', gaps),
    json('incident.json', about),
    { name: 'index.html', bytes: Buffer.from(packagePage({ about, timeline, gaps, records, recordings })) },
    json('log/chain.json', chain),
    { name: 'log/entries.jsonl', bytes: lines(facts.entries.map(({ entry }) => entry)) },
    { name: 'log/hashes.txt', bytes: lines(facts.entries.map(({ hash }) => hash)) },
    { name: 'signing-key.pub', bytes: Buffer.from(facts.publicKey) },
    json('timeline.json', timeline),
    { name: 'verify.mjs', bytes: Buffer.from(facts.verifier) },
  ];
  return { recordings, timeline, gaps, records, texts };
}

interface Listed {
  readonly name: string;
  readonly sha256: string;
}

/** What is signed, as `sha256sum -c` reads it: a line a file, by name. The first line says what is signed. */
export function manifestOf({ recordings, texts }: Pick<Incident, 'recordings' | 'texts'>): Buffer {
  const listed: Listed[] = [
    ...recordings.map(({ file, sha256 }) => ({ name: `${recordingsFolder}${file}`, sha256 })),
    ...texts.map(({ name, bytes }) => ({ name, sha256: createHash('sha256').update(bytes).digest('hex') })),
  ];
  listed.sort((one, other) => (one.name < other.name ? -1 : 1));
  return lines(['# escaut package 1', ...listed.map(({ name, sha256 }) => `${sha256}  ${name}`)]);
}

export function signManifest(manifest: Buffer, key: KeyObject): Buffer {
  return sign(null, manifest, key);
}

export function zipEntryOf(name: string, bytes: Uint8Array): ZipEntry {
  return { name, octets: bytes.length, crc32: crc32(bytes) };
}

interface Chosen {
  /** Lines of the log that are told, and those of overs that began in the period. */
  readonly told: readonly LogEntry[];
  readonly recorded: readonly Recorded[];
}

/** What belongs to an order among entries that may begin before its period and end after it. */
export function choose(
  entries: readonly LogEntry[],
  { period, groups }: Pick<ExportOrder, 'period' | 'groups'>,
): Chosen {
  const told: LogEntry[] = [];
  const recorded: Recorded[] = [];
  for (const entry of entries) {
    if (!isOfGroup(groupOf(entry), groups)) continue;
    const kept = recordedIn(entry);
    if (kept !== undefined) {
      if (isWithin(kept, period)) recorded.push(kept);
      continue;
    }
    const durationMs = entry.event === 'over.ended' ? Number(entry.about.durationMs ?? 0) : 0;
    if (isWithin({ startUtcMs: entry.utcMs - durationMs, durationMs }, period)) told.push(entry);
  }
  return { told, recorded: lastOfEach(recorded) };
}

/** A file that was amended is named again, with its new sum: what was said last of it holds. */
function lastOfEach(recorded: readonly Recorded[]): readonly Recorded[] {
  const last = new Map(recorded.map((each) => [each.file, each]));
  return recorded.filter((each) => each.file === '' || last.get(each.file) === each);
}

/** A file that no line of the log names. */
function isUnnamed(found: FoundFile, logged: ReadonlySet<string>, { period, groups }: ExportOrder): boolean {
  const name = readFileName(found.file);
  if (name === undefined || !isOfGroup(name.folder, groups)) return false;
  return !logged.has(found.file) && isWithin({ startUtcMs: name.startUtcMs, durationMs: found.durationMs }, period);
}

/** Named in the time, or open then. */
function isRecordOf(
  { record, group, noticeUtcMs, closedUtcMs }: KeptRecord,
  named: readonly LogEntry[],
  { period, groups }: ExportOrder,
): boolean {
  if (!isOfGroup(group, groups)) return false;
  const isOpen = noticeUtcMs < period.toUtcMs && (closedUtcMs ?? Infinity) >= period.fromUtcMs;
  return isOpen || named.some((entry) => textOf(entry, 'record') === record);
}

function json(name: string, value: unknown): TextFile {
  return { name, bytes: Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`) };
}

function lines(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\n`).join(''));
}

function utcText(utcMs: number): string {
  return new Date(utcMs).toISOString();
}

const readMe = `A package of evidence, written by the gateway Escaut.

Unpack it and open index.html: it needs no network. Nothing of it has to be installed.

To verify it, with the verifier and the fingerprint of the key that you had from elsewhere:

  node verify.mjs PACKAGE.zip --fingerprint FINGERPRINT

Without it, in the unpacked folder:

  sha256sum -c SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey signing-key.pub -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  openssl pkey -pubin -in signing-key.pub -outform DER | sha256sum

The last one is the fingerprint of the key. Whoever changed a package and signed it anew has another key:
compare the fingerprint with the one that the gateway's operator gave you.

gaps.json, and the list on the page, say what is missing and why. log/ is the audit log of that time, whole, whatever
groups were chosen: hash(n) = SHA-256 of the 32 octets of hash(n - 1) followed by the octets of line n.
`;
