/** Files of the folder of recordings: which are there, and taking them away so that a loss of power brings none back. */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** With all that lies there. @throws Error of the system */
export function removeDay(folder: string, day: string): void {
  rmSync(join(folder, day), { recursive: true, force: true });
  settle(folder);
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
