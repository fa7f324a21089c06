/**
 * A backup of a gateway that runs: everything as it was at one instant, and recordings that had begun by then.
 *
 *   hold the audit log ─▶ begin to read each database, copy documents ─▶ let go ─▶ copy databases as they were then
 *     (milliseconds; its thread waits, nobody else)                                 ─▶ recordings ─▶ sums, signature
 *
 * Tables on a server are copied by its own program, of a snapshot of that instant (server-backup.ts).
 *
 * It is built beside its place and moved there at the end, so that what has its name is whole.
 */
import { createHash, type Hash, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { systemCode } from '../base/errors.ts';
import { KeyMissing, type MasterKeys, masterId, openRecording } from '../voice/recording-keys.ts';
import { AuditStore, type AuditTables } from './audit-store.ts';
import {
  aboutText,
  type BackupAbout,
  BackupProblem,
  backupNames,
  keyFiles,
  type SummedFile,
  sealedEnd,
  sealKey,
  sha256Of,
  signSums,
  sumsText,
} from './backup-form.ts';
import { isBegun, openToRead } from './database.ts';
import { fileAt, placeWords } from './database-place.ts';
import { daysIn, recordingNamed } from './kept-recordings.ts';
import {
  dumpName,
  dumpServer,
  holdServer,
  octetsOf,
  readSnapshot,
  type ServerSnapshot,
  type ServerTables,
} from './server-backup.ts';
import { signingKey } from './signing-key.ts';
import { pack } from './tar.ts';

export interface BackupPlace {
  readonly gateway: string;
  /** Of this gateway. */
  readonly stateFolder: string;
  /** Folder of recordings. */
  readonly recordings: string;
  /** The first encrypts the keys of the state folder; none: they lie in the backup as they are. */
  readonly masters: MasterKeys;
  /** Where its tables are; undefined: in files of the state folder. */
  readonly server?: ServerTables | undefined;
}

export interface BackupProgress {
  readonly what: 'databases' | 'recordings';
  readonly done: number;
  readonly all: number;
}

export interface BackupPorts {
  utcMs(): number;
  progress(progress: BackupProgress): void;
}

export interface MadeBackup {
  readonly about: BackupAbout;
  readonly recordings: number;
  readonly octets: number;
  /** SHA-256 of SHA256SUMS, hexadecimal. */
  readonly manifestSha256: string;
  /** For how long the audit log was held, ms. */
  readonly heldMs: number;
  /** Undefined: this gateway has no key to sign with. */
  readonly fingerprint: string | undefined;
  /** Of the audit log, which was broken before: at which entry and how. */
  readonly fault: string | undefined;
}

/** Drawn from others, or gone within a day. */
const leftOut =
  /^(recordings-index\.db|exports|export-orders\.json|fleet-answers\.json|retention-answers\.json|announcements)$/;
const olderPattern = /^older\//;
const half = /\.part$|^\.|-(wal|shm|journal)$/;
const busyMsMax = 5000;
const pagesAtOnce = 1000;
const chunkOctets = 1024 * 1024;
/** A recording may be amended for so long after its end (voice/recordings.ts), and the log says so a moment later. */
const freshMs = 30_000;
const attemptsMax = 3;
/** The disk keeps something for itself, and what is copied may grow meanwhile. */
const spareOctets = 16 * 1024 * 1024;
const pageRows = 1000;

/** @throws BackupProblem, and errors of the system and of the database; then nothing is left of it */
export async function makeBackup(place: BackupPlace, target: string, ports: BackupPorts): Promise<MadeBackup> {
  const { stateFolder, recordings } = place;
  const log = place.server?.audit ?? fileAt(join(stateFolder, 'escaut.db'));
  if (!(await isBegun(log)))
    throw new BackupProblem(`there is no audit log at ${placeWords(log)}: has this gateway been started here?`);
  for (const folder of [stateFolder, recordings]) {
    const way = relative(resolve(folder), resolve(target));
    if (way === '' || !way.startsWith('..')) throw new BackupProblem(`${target} must not lie within ${folder}`);
  }
  if (existsSync(target)) throw new BackupProblem(`${target} is there already: nothing is written over`);
  const part = `${target}.part`;
  for (let attempt = 1; ; attempt++) {
    rmSync(part, { recursive: true, force: true }); // of one that was cut off
    mkdirSync(part, { recursive: true, mode: 0o700 });
    try {
      const copies = isArchive(target) ? 2 : 1;
      seeRoom(place, part, copies, place.server === undefined ? 0 : await octetsOf(place.server));
      const made = await build(place, part, ports);
      settleAll(part);
      if (isArchive(target)) packAll(part, ports.utcMs());
      renameSync(part, target);
      settle(dirname(resolve(target)));
      return made;
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      if (!(error instanceof Amended) || attempt === attemptsMax) throw error;
    }
  }
}

/** One file in place of a folder, by its name. */
function isArchive(path: string): boolean {
  return path.endsWith('.tar');
}

/** The folder becomes an archive of the same name; what says what it is stands before all else. */
function packAll(part: string, utcMs: number): void {
  const files = readdirSync(part, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(part, join(parentPath, name))).toSorted();
  const archive = `${part}.tar`;
  rmSync(archive, { force: true }); // of one that was cut off
  try {
    pack(
      part,
      [...names.filter((name) => !name.includes('/')), ...names.filter((name) => name.includes('/'))],
      archive,
      utcMs,
    );
  } catch (error) {
    rmSync(archive, { force: true });
    throw error;
  }
  rmSync(part, { recursive: true });
  renameSync(archive, part);
}

/** A recording is another than the log of that instant says: it was amended within the same milliseconds. */
class Amended extends BackupProblem {}

async function build(place: BackupPlace, part: string, ports: BackupPorts): Promise<MadeBackup> {
  const { gateway, stateFolder } = place;
  const [master] = place.masters;
  const key = existsSync(join(stateFolder, 'signing-key')) ? signingKey(join(stateFolder, 'signing-key')) : undefined;
  const files: SummedFile[] = [];
  const put = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(part, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(part, name), content, { mode: 0o600, flush: true });
  };
  const add = (name: string, content: string | Uint8Array): void => {
    put(name, content);
    files.push({ file: name, sha256: sha256Of(content) });
  };
  const { snapshot, done } = await hold(place, part, ports);
  const { utcMs, heldMs, documents, databases, fresh } = done;
  let said: Awaited<ReturnType<typeof logOf>>;
  try {
    let at = 0;
    for (const { name, database } of databases) {
      const to = join(part, backupNames.state, name);
      await copyDatabase(database, to, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) =>
          ports.progress({ what: 'databases', done: at + 1 - remainingPages / totalPages, all: databases.length }),
      });
      at += 1;
      seal(to);
      files.push(summed(part, `${backupNames.state}${name}`));
    }
    const see = (store: AuditStore) => logOf(store, place, part, utcMs, fresh, key?.publicKey);
    if (place.server === undefined || snapshot === undefined) said = await inFile(place, part, see);
    else {
      await dumpServer(place.server, snapshot, join(part, backupNames.state, dumpName));
      chmodSync(join(part, backupNames.state, dumpName), 0o600);
      settle(join(part, backupNames.state, dumpName));
      files.push(summed(part, `${backupNames.state}${dumpName}`));
      said = await readSnapshot(place.server, snapshot, (log) => see(AuditStore.reader(log, gateway)));
    }
  } finally {
    for (const { database } of databases) database.close();
    await snapshot?.end();
  }
  for (const name of documents) {
    if (keyFiles.includes(name) && master !== undefined) {
      const sealed = sealKey(readFileSync(join(part, backupNames.state, name)), master, gateway, name);
      rmSync(join(part, backupNames.state, name));
      add(`${backupNames.state}${name}${sealedEnd}`, sealed);
    } else files.push(summed(part, `${backupNames.state}${name}`));
  }
  // After the documents: what has left one is here by now (older-items.ts). It may be years of it, and nobody waits meanwhile.
  for (const name of namesIn(stateFolder).filter((each) => olderPattern.test(each))) {
    const file = `${backupNames.state}${name}`;
    const sha256 = copyFile(join(stateFolder, name), join(part, file));
    if (sha256 !== undefined) files.push({ file, sha256 }); // else retention has removed it
  }
  const copied = copyRecordings(place.recordings, part, utcMs, fresh, ports);
  files.push(...copied);
  const { log, fault } = said;
  const about: BackupAbout = {
    ...{ form: 'escaut backup 1', gateway, utc: new Date(utcMs).toISOString(), log },
    keys: master === undefined ? {} : { master: masterId(master) },
  };
  add(backupNames.about, aboutText(about));
  if (key !== undefined) add(backupNames.publicKey, key.publicKey.export({ format: 'pem', type: 'spki' }));
  const sums = sumsText(files);
  put(backupNames.sums, sums);
  if (key !== undefined) put(backupNames.signature, signSums(sums, key.privateKey));
  const octets = files.reduce((sum, { file }) => sum + lstatSync(join(part, file)).size, 0);
  const recordings = copied.filter(({ file }) => file.endsWith('.opus')).length;
  const fingerprint = key && sha256Of(key.publicKey.export({ format: 'der', type: 'spki' }));
  return { about, recordings, octets, manifestSha256: sha256Of(sums), heldMs, fingerprint, fault };
}

interface Held {
  readonly utcMs: number;
  readonly heldMs: number;
  /** Copied already; by name in the state folder. */
  readonly documents: readonly string[];
  /** Each as it was at that time, until it is closed. */
  readonly databases: readonly { readonly name: string; readonly database: DatabaseSync }[];
  /** Recordings that may be amended yet; copied already. */
  readonly fresh: ReadonlySet<string>;
}

/** Nothing is put into the audit log meanwhile: what it says, and what the others say, is of one instant. */
async function hold(
  place: BackupPlace,
  part: string,
  ports: BackupPorts,
): Promise<{ readonly done: Held; readonly snapshot?: ServerSnapshot }> {
  if (place.server !== undefined) return holdServer(place.server, () => beginToRead(place, part, ports));
  const lock = new DatabaseSync(join(place.stateFolder, 'escaut.db'), { timeout: busyMsMax });
  try {
    lock.exec('BEGIN IMMEDIATE');
    return { done: beginToRead(place, part, ports) };
  } finally {
    lock.close();
  }
}

function beginToRead({ stateFolder, recordings }: BackupPlace, part: string, ports: BackupPorts): Held {
  const databases: { name: string; database: DatabaseSync }[] = [];
  const beganMs = performance.now();
  const utcMs = ports.utcMs();
  try {
    const names = namesIn(stateFolder);
    for (const name of names.filter((each) => each.endsWith('.db'))) {
      const database = new DatabaseSync(join(stateFolder, name), { readOnly: true, timeout: busyMsMax });
      databases.push({ name, database });
      // What is read from now on is as it is now.
      database.exec('BEGIN; SELECT count(*) FROM sqlite_schema;');
    }
    const documents = names.filter((name) => !name.endsWith('.db') && !olderPattern.test(name));
    for (const name of documents) copyNow(join(stateFolder, name), join(part, backupNames.state, name));
    mkdirSync(join(part, backupNames.state), { recursive: true, mode: 0o700 });
    const fresh = freshRecordings(recordings, Date.now() - freshMs);
    for (const name of fresh) copyNow(join(recordings, name), join(part, backupNames.recordings, name));
    return { utcMs, heldMs: performance.now() - beganMs, documents, databases, fresh: new Set(fresh) };
  } catch (error) {
    for (const { database } of databases) database.close();
    throw error;
  }
}

function copyNow(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}

/** Files of the state folder that a backup has, its folders within it too. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const name = relative(folder, join(entry.parentPath, entry.name));
    const isLeftOut = leftOut.test(name.split('/')[0] ?? '') || half.test(entry.name);
    return entry.isFile() && !isLeftOut ? [name] : [];
  });
}

/** No file beside it: what is copied is all of it. */
function seal(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = DELETE');
  database.close();
  chmodSync(file, 0o600);
  settle(file);
}

/** Written within the last moments, by the clock of the file system; they are of today or of last night. */
function freshRecordings(folder: string, sinceMs: number): readonly string[] {
  return filesOf(folder, daysIn(folder).slice(-2)).filter((name) => {
    const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return recordingNamed(name) !== undefined && (stats?.mtimeMs ?? 0) >= sinceMs;
  });
}

/** Those that had begun; one that is being made is there as far as it is. One that retention removes meanwhile is not. */
function copyRecordings(
  folder: string,
  part: string,
  untilUtcMs: number,
  fresh: ReadonlySet<string>,
  ports: BackupPorts,
): readonly SummedFile[] {
  const names = filesOf(folder, daysIn(folder)).filter(
    (name) => fresh.has(name) || (recordingNamed(name)?.startUtcMs ?? 0) <= untilUtcMs,
  );
  const summed: SummedFile[] = [];
  for (const [index, name] of names.entries()) {
    ports.progress({ what: 'recordings', done: index, all: names.length });
    const file = `${backupNames.recordings}${name}`;
    if (fresh.has(name)) settle(join(part, file));
    const sha256 = fresh.has(name) ? fileSha256(join(part, file)) : copyFile(join(folder, name), join(part, file));
    if (sha256 !== undefined) summed.push({ file, sha256 });
  }
  ports.progress({ what: 'recordings', done: names.length, all: names.length });
  return summed;
}

/** Recordings and their keys, and whatever else lies in a day; halves of files are left out. */
function filesOf(folder: string, days: readonly string[]): readonly string[] {
  return days.flatMap((day) =>
    readdirSync(join(folder, day), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && !half.test(entry.name) ? [relative(folder, join(entry.parentPath, entry.name))] : [],
    ),
  );
}

/** What was read, whatever is put behind it meanwhile. Undefined: it is gone. On the disk when it returns. */
export function copyFile(from: string, to: string): string | undefined {
  let source: number;
  try {
    source = openSync(from, 'r');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return undefined;
  }
  const hash = createHash('sha256');
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    const target = openSync(to, 'wx', 0o600);
    try {
      pour(source, target, hash);
      fsyncSync(target);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
  return hash.digest('hex');
}

function pour(source: number, target: number | undefined, hash: Hash): void {
  const chunk = Buffer.alloc(chunkOctets);
  for (;;) {
    const length = readSync(source, chunk);
    if (length === 0) return;
    hash.update(chunk.subarray(0, length));
    if (target === undefined) continue;
    // A disk that is nearly full takes a part, and says at the next what is wrong.
    for (let at = 0; at < length; ) at += writeSync(target, chunk, at, length - at);
  }
}

/** A part at a time: it may be longer than memory has room for. */
function fileSha256(file: string): string {
  const hash = createHash('sha256');
  const descriptor = openSync(file, 'r');
  try {
    pour(descriptor, undefined, hash);
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

function summed(part: string, file: string): SummedFile {
  return { file, sha256: fileSha256(join(part, file)) };
}

async function inFile<Result>(
  { gateway }: BackupPlace,
  part: string,
  deed: (store: AuditStore) => Promise<Result>,
): Promise<Result> {
  const database = openToRead<AuditTables>(fileAt(join(part, backupNames.state, 'escaut.db')));
  try {
    return await deed(AuditStore.reader(database, gateway));
  } finally {
    await database.destroy();
  }
}

/** As it is in the backup. @throws Amended */
async function logOf(
  store: AuditStore,
  { masters }: BackupPlace,
  part: string,
  utcMs: number,
  fresh: ReadonlySet<string>,
  key: KeyObject | undefined,
): Promise<{ log: BackupAbout['log']; fault: string | undefined }> {
  const { begin = 0, signedTo = 0, fault } = await store.verify(key);
  for (const [file, sha256] of await keptIn(store, utcMs - 2 * freshMs)) {
    const played = fresh.has(file) ? playedSha256(join(part, backupNames.recordings), file, masters) : undefined;
    if (played !== undefined && played !== sha256) throw new Amended(`${file} is not what the audit log says of it`);
  }
  const last = await store.last();
  const log = { entries: last?.seq ?? 0, hash: last?.hash ?? store.firstHash, begin, signedTo };
  return { log, fault: fault && `entry ${fault.seq} (${fault.fault})` };
}

const keptSchema = z.object({ about: z.object({ file: z.string(), sha256: z.string() }) });

/** What the log says last of each recording since then. */
export async function keptIn(store: AuditStore, fromUtcMs?: number): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>();
  for (let afterSeq = 0; ; ) {
    const page = await store.search({
      ...{ event: 'recording.kept', limit: pageRows, afterSeq },
      ...(fromUtcMs !== undefined && { fromUtcMs }),
    });
    for (const { seq, entry } of page) {
      afterSeq = seq;
      const said = keptSchema.safeParse(JSON.parse(entry)).data?.about;
      if (said !== undefined && said.file !== '') kept.set(said.file, said.sha256);
    }
    if (page.length === 0) return kept;
  }
}

/** Of what it plays, which the log has the sum of. Undefined: it is not there, or its key is not. */
export function playedSha256(folder: string, file: string, masters: MasterKeys): string | undefined {
  try {
    return sha256Of(openRecording(folder, file, readFileSync(join(folder, file)), masters).bytes);
  } catch (error) {
    if (!(error instanceof KeyMissing) && systemCode(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

function seeRoom({ stateFolder, recordings }: BackupPlace, part: string, copies: number, ofServer: number): void {
  const sizes = [
    ...namesIn(stateFolder).map((name) => join(stateFolder, name)),
    ...filesOf(recordings, daysIn(recordings)).map((name) => join(recordings, name)),
  ].map((path) => lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const needed = spareOctets + copies * sizes.reduce((sum, size) => sum + size, ofServer);
  const { bavail, bsize } = statfsSync(part);
  const mib = (octets: number): number => Math.ceil(octets / (1024 * 1024));
  if (needed > bavail * bsize)
    throw new BackupProblem(`a backup needs ${mib(needed)} MiB, and ${mib(bavail * bsize)} MiB are free there`);
}

/** What was put in its place is there after a loss of power. */
export function settle(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Also the folders within it. */
export function settleAll(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) settle(join(entry.parentPath, entry.name));
  }
  settle(folder);
}
