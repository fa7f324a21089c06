/**
 * A backup put back where there is nothing: every file by its sum, the audit log along its whole chain, and recordings
 * by what the log says of them. What retention has removed since is removed again before it is done: by rules and time,
 * and by deletion reports that are given along (docs/backup.md). Where it fails nothing is left of it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { MasterKeys } from '../voice/recording-keys.ts';
import { commandRun } from './audit-chain.ts';
import { AuditStore, type AuditTables } from './audit-store.ts';
import { copyFile, keptIn, playedSha256, settle, settleAll } from './backup.ts';
import {
  type BackupAbout,
  BackupProblem,
  backupNames,
  isSignedSums,
  readAbout,
  readSums,
  type SummedFile,
  sealedEnd,
  sha256Of,
  unsealKey,
} from './backup-form.ts';
import { longWaitMs, openDatabase } from './database.ts';
import { fileAt } from './database-place.ts';
import { type KeptReport, reportFault } from './deletion-report.ts';
import { writeWhole } from './kept-file.ts';
import { forgetItems } from './kept-items.ts';
import { recordingsOf } from './kept-recordings.ts';
import { restorePlaces } from './restore-places.ts';
import { RetentionStore, type RetentionTables } from './retention-store.ts';
import { RetentionSweep, reportDays, reportsFolder, type SweepSettings } from './retention-sweep.ts';
import { dropServer, dumpName, restoreServer, type ServerTables, seeNoTables } from './server-backup.ts';
import { signingKey } from './signing-key.ts';
import { unpack } from './tar.ts';

export interface RestorePlace {
  readonly gateway: string;
  /** Of this gateway. */
  readonly stateFolder: string;
  readonly recordings: string;
  readonly masters: MasterKeys;
  /** Where its tables are to be; undefined: in files of the state folder. */
  readonly server?: ServerTables | undefined;
  /** Deletion reports of after the backup, with their signatures; undefined: there are none. */
  readonly reports: string | undefined;
  /** Of the key that has to have signed the backup, hexadecimal; undefined: it is not known. */
  readonly fingerprint: string | undefined;
}

export interface RestorePorts {
  utcMs(): number;
  progress(done: number, all: number): void;
  /** Rules and groups as the configuration has them with this fleet data. */
  retention(fleet: string | undefined): Pick<SweepSettings, 'values' | 'groups'>;
}

export interface Restored {
  readonly about: BackupAbout;
  readonly isSigned: boolean;
  readonly files: number;
  readonly recordings: number;
  /** Recordings of the log that are not what it says, by name: so they were when they were backed up. */
  readonly changed: readonly string[];
  /** What retention has removed again: recordings, border records, entries of the log. */
  readonly removed: number;
  /** Day of the last deletion report that was heeded; undefined: none of after the backup. */
  readonly reportedTo: string | undefined;
  /** What retention could not do, in words. */
  readonly failed: readonly string[];
  readonly clockIsBehind: boolean;
}

/**
 * `source`: a folder or an archive, which is unpacked beside the state folder meanwhile.
 * @throws BackupProblem, and errors of the system and of the database; then the folders are as empty as before
 */
export async function restoreBackup(place: RestorePlace, source: string, ports: RestorePorts): Promise<Restored> {
  const { draft, unpacked } = restorePlaces(place.stateFolder);
  for (const left of [draft, unpacked]) rmSync(left, { recursive: true, force: true }); // of one that was cut off
  if (lstatSync(source, { throwIfNoEntry: false })?.isFile() !== true) return restoreFolder(place, source, ports);
  mkdirSync(unpacked, { recursive: true, mode: 0o700 });
  try {
    unpack(source, unpacked);
    return await restoreFolder(place, unpacked, ports);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

async function restoreFolder(place: RestorePlace, source: string, ports: RestorePorts): Promise<Restored> {
  const { stateFolder, recordings } = place;
  for (const folder of [stateFolder, recordings]) {
    if (!isEmpty(folder))
      throw new BackupProblem(`${folder} is not empty: a backup is put back where there is nothing`);
  }
  const { about, files, isSigned, manifestSha256 } = readBackup(place, source);
  await seeTables(place, files);
  const { draft } = restorePlaces(stateFolder);
  let isOnServer = false;
  const undo = async (): Promise<void> => {
    rmSync(draft, { recursive: true, force: true });
    for (const name of existsSync(recordings) ? readdirSync(recordings) : []) {
      if (name !== lostAndFound) rmSync(join(recordings, name), { recursive: true, force: true });
    }
    // Last: a server that has gone meanwhile leaves the folders empty all the same.
    if (place.server !== undefined && isOnServer) await dropServer(place.server);
  };
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    putBack(place, source, draft, files, ports);
    if (place.server !== undefined) {
      await restoreServer(place.server, join(draft, dumpName));
      isOnServer = true;
      rmSync(join(draft, dumpName));
    }
    const restored = await settleState(place, draft, about, manifestSha256, ports);
    rmSync(stateFolder, { recursive: true, force: true });
    settleAll(draft);
    if (existsSync(recordings)) settleAll(recordings);
    renameSync(draft, stateFolder);
    settle(dirname(stateFolder));
    const count = files.filter(({ file }) => file.startsWith(backupNames.recordings) && file.endsWith('.opus')).length;
    return { about, isSigned, files: files.length, recordings: count, ...restored };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** They go back to where they were: files into files, a server's on a server that has none of them. */
async function seeTables({ server }: RestorePlace, files: readonly SummedFile[]): Promise<void> {
  const isOfServer = files.some(({ file }) => file === `${backupNames.state}${dumpName}`);
  if (isOfServer && server === undefined)
    throw new BackupProblem(
      'the tables of the backup were on a PostgreSQL server: the configuration has to name one (store.url)',
    );
  if (server === undefined) return;
  if (!isOfServer)
    throw new BackupProblem(
      'the tables of the backup were in files: put it back without store.url in the configuration',
    );
  await seeNoTables(server);
}

const lostAndFound = 'lost+found';

function isEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).every((name) => name === lostAndFound);
}

function readBackup({ gateway, fingerprint }: RestorePlace, source: string) {
  const read = (name: string): Buffer => {
    const path = join(source, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true)
      throw new BackupProblem(`${source} is no backup, or not whole: ${name} is missing`);
    return readFileSync(path);
  };
  const sums = read(backupNames.sums).toString();
  const files = readSums(sums);
  const isSigned = existsSync(join(source, backupNames.signature));
  if (isSigned) {
    const key = publicKeyOf(read(backupNames.publicKey));
    if (!isSignedSums(sums, read(backupNames.signature), key))
      throw new BackupProblem(`${backupNames.sums} is not as it was signed: the backup has been changed`);
    const print = sha256Of(key.export({ format: 'der', type: 'spki' }));
    if (fingerprint !== undefined && fingerprint.replaceAll(/\s/g, '').toLowerCase() !== print)
      throw new BackupProblem(`the backup is signed by another key, whose fingerprint is ${print}`);
  } else if (fingerprint !== undefined) throw new BackupProblem('the backup is not signed');
  const text = read(backupNames.about).toString();
  if (files.find(({ file }) => file === backupNames.about)?.sha256 !== sha256Of(text))
    throw new BackupProblem(`${backupNames.about} is not what ${backupNames.sums} says`);
  const about = readAbout(text);
  if (about.gateway !== gateway)
    throw new BackupProblem(`the backup is of gateway ${about.gateway}, and the configuration is of ${gateway}`);
  return { about, files, isSigned, manifestSha256: sha256Of(sums) };
}

/** @throws BackupProblem: one of another kind has its own way to be signed by, and so is none of ours */
function publicKeyOf(pem: Uint8Array): KeyObject {
  try {
    const key = createPublicKey(Buffer.from(pem));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Whatever OpenSSL finds wrong in it.
  }
  throw new BackupProblem(`${backupNames.publicKey} is no key of a gateway`);
}

/** Each by its sum; the keys of the state folder as they were. @throws BackupProblem that names all that are wrong */
function putBack(
  { gateway, recordings, masters }: RestorePlace,
  source: string,
  draft: string,
  files: readonly SummedFile[],
  ports: RestorePorts,
): void {
  const { state } = backupNames;
  const wrong: string[] = [];
  for (const [index, { file, sha256 }] of files.entries()) {
    ports.progress(index, files.length);
    const to = file.startsWith(state)
      ? join(draft, file.slice(state.length))
      : file.startsWith(backupNames.recordings)
        ? join(recordings, file.slice(backupNames.recordings.length))
        : undefined;
    if (to === undefined) continue; // of the backup itself
    const path = join(source, file);
    // No link leads out of the backup.
    const isThere = lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
    if (!isThere) wrong.push(`${file} is missing`);
    else if (copyFile(path, to) !== sha256) wrong.push(`${file} has been changed`);
    else if (file.startsWith(state) && file.endsWith(sealedEnd)) {
      const name = file.slice(state.length, -sealedEnd.length);
      const key = unsealKey(readFileSync(to, 'utf8'), masters, gateway, name);
      rmSync(to);
      write(join(draft, name), key);
    }
  }
  ports.progress(files.length, files.length);
  const [first] = wrong;
  if (first === undefined) return;
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`;
  throw new BackupProblem(`the backup is not whole: ${first}${more}`);
}

async function settleState(
  place: RestorePlace,
  draft: string,
  about: BackupAbout,
  manifestSha256: string,
  ports: RestorePorts,
): Promise<Pick<Restored, 'changed' | 'removed' | 'failed' | 'reportedTo' | 'clockIsBehind'>> {
  const { gateway, recordings, masters } = place;
  if (!existsSync(join(draft, 'signing-key'))) throw new BackupProblem('the backup has no signing key');
  const key = signingKey(join(draft, 'signing-key'));
  const audit = await AuditStore.open(
    openDatabase<AuditTables>(place.server?.audit ?? fileAt(join(draft, 'escaut.db')), longWaitMs),
    gateway,
    key.privateKey,
  );
  const kept = place.server?.retention ?? fileAt(join(draft, 'retention.db'));
  const store = await RetentionStore.open(openDatabase<RetentionTables>(kept, longWaitMs));
  try {
    await seeChain(audit, about, key.publicKey);
    const changed = await changedIn(audit, recordings, masters);
    const log = async (event: string, fields: Readonly<Record<string, unknown>>): Promise<void> => {
      const run = `${commandRun}${sha256Of(`${manifestSha256} ${performance.now()} ${event}`).slice(0, 16)}`;
      await audit.append([{ run, line: 1, utcMs: ports.utcMs(), upMs: 0, level: 'info', event, fields }]);
    };
    const reports = await takeReports(place, draft, audit, key.publicKey);
    const reportedTo = reports.at(-1)?.day;
    await log('backup.restored', {
      ...{ manifestSha256, ofUtc: about.utc, entries: about.log.entries },
      ...(reportedTo !== undefined && { reportedTo }),
    });
    let removed = 0;
    const failed: string[] = [];
    const fleet = join(draft, 'fleet.yaml');
    const { values, groups } = ports.retention(existsSync(fleet) ? readFileSync(fleet, 'utf8') : undefined);
    await heed(reports, about, { store, values, recordings, masters, utcMs: ports.utcMs() });
    const markUtcMs = (await store.clockMark()) ?? 0;
    // A backup is of a time that was: what was too old then is no younger now.
    const nowUtcMs = Math.max(ports.utcMs(), markUtcMs, Date.parse(about.utc));
    for (const { day } of await store.pending()) {
      if (day !== '') mkdirSync(join(recordings, day), { recursive: true, mode: 0o700 });
    }
    const sweep = new RetentionSweep(
      { gateway, recordings, masters, stateFolder: draft, values, groups },
      {
        ...{ store, audit, key: key.privateKey },
        utcMs: () => ports.utcMs(),
        log: async (event, fields) => {
          if (event === 'retention.removed' && typeof fields.count === 'number') removed += fields.count;
          await log(event, fields);
        },
        forget: (kind, names) => forgetItems(draft, kind, names),
        failed: ({ kind, day, reason }) => failed.push(`${kind} ${day}: ${reason}`),
      },
    );
    await sweep.sweep(nowUtcMs);
    await sweep.forgotten();
    await audit.checkpoint(ports.utcMs());
    const clockIsBehind = ports.utcMs() < markUtcMs;
    return { changed, removed, failed, reportedTo, clockIsBehind };
  } finally {
    await store.close();
    await audit.close();
  }
}

/** @throws BackupProblem */
async function seeChain(audit: AuditStore, about: BackupAbout, key: KeyObject): Promise<void> {
  const { fault } = await audit.verify(key);
  if (fault !== undefined) throw new BackupProblem(`the audit log is broken at entry ${fault.seq} (${fault.fault})`);
  const last = await audit.last();
  const isSame = (last?.seq ?? 0) === about.log.entries && (last?.hash ?? audit.firstHash) === about.log.hash;
  if (!isSame) throw new BackupProblem('the audit log ends otherwise than the backup says');
}

/** One whose key is not there cannot be judged. */
async function changedIn(audit: AuditStore, recordings: string, masters: MasterKeys): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const [file, sha256] of await keptIn(audit)) {
    const played = playedSha256(recordings, file, masters);
    if (played !== undefined && played !== sha256) changed.push(file);
  }
  return changed;
}

// ── What retention has done since ────────────────────────────────────────────────────────────────────────────────────

const reportSchema = z.object({
  made: z.iso.datetime(),
  rules: z.record(z.string(), z.number()),
  removed: z.array(
    z.object({
      kind: z.string(),
      day: z.string(),
      group: z.string(),
      rule: z.string(),
      days: z.number(),
      at: z.string(),
    }),
  ),
  holds: z.array(
    z.object({
      hold: z.int().min(1),
      reason: z.string(),
      by: z.string(),
      country: z.string(),
      groups: z.union([z.literal('all'), z.array(z.string())]),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      since: z.iso.datetime(),
    }),
  ),
});
interface LaterReport extends z.infer<typeof reportSchema> {
  readonly day: string;
}

/** Those that were given and are not in the backup go into the folder. @throws BackupProblem where they are not whole */
async function takeReports(
  { reports: given }: RestorePlace,
  draft: string,
  audit: AuditStore,
  key: KeyObject,
): Promise<readonly LaterReport[]> {
  if (given === undefined) return [];
  const folder = join(draft, reportsFolder);
  const known = reportDays(folder);
  const later = reportDays(given).filter((day) => day > (known.at(-1) ?? ''));
  if (later.length === 0) return [];
  const kept =
    (from: string) =>
    (day: string): KeptReport => {
      const signature = join(from, `${day}.sig`);
      return {
        day,
        text: readFileSync(join(from, `${day}.json`), 'utf8'),
        signature: existsSync(signature) ? readFileSync(signature) : undefined,
      };
    };
  const all = [...known.map(kept(folder)), ...later.map(kept(given))];
  const logged = new Map<string, string>();
  for (let afterSeq = 0; ; ) {
    const page = await audit.search({ event: 'retention.reported', limit: 1000, afterSeq });
    for (const { seq, entry } of page) {
      afterSeq = seq;
      const { day, sha256 } = reportedSchema.parse(JSON.parse(entry)).about;
      logged.set(day, sha256);
    }
    if (page.length === 0) break;
  }
  const fault = reportFault(all, key, logged);
  if (fault !== undefined) throw new BackupProblem(`the deletion reports are not whole: ${fault}`);
  return all.slice(known.length).map(({ day, text, signature }) => {
    if (signature !== undefined) write(join(folder, `${day}.sig`), signature);
    write(join(folder, `${day}.json`), text);
    return { day, ...reportSchema.parse(JSON.parse(text)) };
  });
}
const reportedSchema = z.object({ about: z.object({ day: z.string(), sha256: z.string() }) });

interface Heeding {
  readonly store: RetentionStore;
  /** Of the configuration. */
  readonly values: Readonly<Record<string, number>>;
  readonly recordings: string;
  readonly masters: MasterKeys;
  readonly utcMs: number;
}

/** Rules and holds are those of the last report; what the reports say is gone, is planned to go. */
async function heed(
  reports: readonly LaterReport[],
  about: BackupAbout,
  { store, values, recordings, masters, utcMs }: Heeding,
): Promise<void> {
  const last = reports.at(-1);
  if (last === undefined) return;
  const inForce = { ...values, ...(await store.values()) };
  for (const [rule, days] of Object.entries(last.rules)) {
    if (rule in inForce && inForce[rule] !== days) await store.setValue(rule, days, `report of ${last.day}`, utcMs);
  }
  const stand = new Set(last.holds.map(({ hold }) => hold));
  const known = new Set((await store.holds()).map(({ hold }) => hold));
  for (const hold of known) if (!stand.has(hold)) await store.liftHold(hold, utcMs);
  for (const { hold, groups, from, to, since, ...by } of last.holds) {
    if (known.has(hold)) continue;
    const times = { fromUtcMs: Date.parse(from), toUtcMs: Date.parse(to), utcMs: Date.parse(since) };
    await store.addHold({ ...by, ...times, groups: groups === 'all' ? undefined : groups }, hold);
  }
  const waiting = new Set((await store.pending()).flatMap(({ files }) => files.map(({ file }) => file)));
  for (const { kind, day, group, rule, days, at } of reports.flatMap(({ removed }) => removed)) {
    if (kind !== 'voice' || Date.parse(at) < Date.parse(about.utc)) continue;
    const due = recordingsOf(recordings, day).filter((each) => each.group === group && !waiting.has(each.file));
    if (due.length === 0) continue;
    const files = due.map(({ file }) => {
      const bytes = readFileSync(join(recordings, file));
      return { file, octets: bytes.length, sha256: playedSha256(recordings, file, masters) ?? sha256Of(bytes) };
    });
    await store.plan({ kind: 'voice', day, group, rule, days, files });
    for (const { file } of files) waiting.add(file);
  }
}

function write(file: string, content: string | Uint8Array): void {
  const fault = writeWhole(file, content);
  if (fault !== undefined) throw new BackupProblem(fault);
}
