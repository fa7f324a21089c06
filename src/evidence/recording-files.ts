/**
 * The folder of recordings, read: the one way by which any part of evidence gets at what was said, whoever asks. Names
 * come from the log, from the folder or from outside; none but a recording's own leads to a file.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../base/errors.ts';
import { readFileName } from './recorded.ts';

/** The Ogg Opus file. Undefined: it is not there, or that is no name of ours. @throws Error of the system */
export function readRecording(folder: string, file: string): Buffer | undefined {
  if (readFileName(file) === undefined) return undefined;
  const path = join(folder, file);
  try {
    return lstatSync(path).isFile() ? readFileSync(path) : undefined; // no link leads out of the folder
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Whether it could be read. */
export function hasRecording(folder: string, file: string): boolean {
  return (
    readFileName(file) !== undefined && lstatSync(join(folder, file), { throwIfNoEntry: false })?.isFile() === true
  );
}
