/** Files of the folder of recordings: which are there, and taking them away so that a loss of power brings none back. */
import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { systemCode } from '../base/errors.ts';

/** `<day>/[exercise/]<group>/<start>-<over>[-<part>].opus`, as src/voice/recording-file.ts names them. */
const filePattern =
  /^(\d{4}-\d\d-\d\d)\/((?:exercise\/)?(?!\.+\/)[\w.-]+)\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-\d+(?:-\d+)?\.opus$/;

export interface KeptRecording {
  /** In the folder. */
  readonly file: string;
  /** As the disk has it, with `exercise/` before it where it is of one. */
  readonly group: string;
  readonly startUtcMs: number;
}

/** UTC days of which there is something, the oldest first. */
export function daysIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name))
    .sort();
}

/** In order of their names; what is no recording is left out. */
export function recordingsOf(folder: string, day: string): readonly KeptRecording[] {
  const files = namesIn(join(folder, day), true).map((name) => `${day}/${name}`);
  return files.sort().flatMap((file) => recordingNamed(file) ?? []);
}

/** Undefined: it is no recording's name. */
export function recordingNamed(file: string): KeptRecording | undefined {
  const [, , group = '', year, month, date, hour, minute, second] = filePattern.exec(file) ?? [];
  const startUtcMs = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(startUtcMs) ? undefined : { file, group, startUtcMs };
}

/** @throws Error of the system */
export function removeFiles(folder: string, files: readonly string[]): void {
  for (const file of files) rmSync(join(folder, file), { force: true });
  for (const place of new Set(files.map((file) => dirname(join(folder, file))))) settle(place);
}

/**
 * What lies in a day and is no recording, no key, and no half of one that a kill has left: nobody here knows what it is,
 * and whether it is held. In the folder, by name. @throws Error of the system
 */
export function foreignIn(folder: string, day: string): readonly string[] {
  const known = /^[\d-]{10}\/[0-9a-f]{16}\.key(\.part)?$/;
  return entriesOf(folder, day)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => nameOf(folder, entry))
    .filter((file) => !known.test(file) && recordingNamed(file.replace(/\.part$/, '')) === undefined)
    .sort();
}

/** First octets of whatever it is; a pipe is not waited for. @throws Error of the system */
export function headOf(folder: string, file: string): Uint8Array {
  const head = Buffer.alloc(32);
  const descriptor = openSync(join(folder, file), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return head.subarray(0, readSync(descriptor, head));
  } finally {
    closeSync(descriptor);
  }
}

/** Folders in which nothing is left, and halves of recordings and keys; else what is there stays. @throws Error of the system */
export function removeDay(folder: string, day: string): void {
  const entries = entriesOf(folder, day);
  const foreign = new Set(foreignIn(folder, day));
  const halves = entries.filter((entry) => !entry.isDirectory()).map((entry) => nameOf(folder, entry));
  removeFiles(
    folder,
    halves.filter((file) => file.endsWith('.part') && !foreign.has(file)),
  );
  const within = entries.filter((entry) => entry.isDirectory()).map((entry) => nameOf(folder, entry));
  // The longer name first: what is within a folder before it.
  for (const name of [...within.sort((one, other) => other.length - one.length), day]) removeEmpty(join(folder, name));
  settle(folder);
}

function removeEmpty(place: string): void {
  try {
    rmdirSync(place);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}

/** What was taken out of a folder is so on the disk. */
function settle(place: string): void {
  if (!existsSync(place)) return;
  const descriptor = openSync(place, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(folder: string, recursive = false): readonly string[] {
  try {
    return readdirSync(folder, { recursive }).map(String);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

function entriesOf(folder: string, day: string): readonly Dirent[] {
  return readdirSync(join(folder, day), { recursive: true, withFileTypes: true });
}

function nameOf(folder: string, { parentPath, name }: Dirent): string {
  return relative(folder, join(parentPath, name));
}
