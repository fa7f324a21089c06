/**
 * The folder of recordings, read: the one way by which any part of evidence gets at what was said, whoever asks. Names
 * come from the log, from the folder or from outside; none but a recording's own leads to a file. What is encrypted is
 * given as it was before.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../base/errors.ts';
import { type MasterKeys, openRecording } from '../voice/recording-keys.ts';
import { readFileName } from './recorded.ts';

/**
 * The Ogg Opus file; of one that was cut off or changed, what is before that. Undefined: it is not there, or that is no
 * name of ours. `masters`: recordingMasters of the configuration. @throws KeyMissing, Error of the system
 */
export function readRecording(folder: string, file: string, masters: MasterKeys): Buffer | undefined {
  if (readFileName(file) === undefined) return undefined;
  const path = join(folder, file);
  try {
    // No link leads out of the folder.
    return lstatSync(path).isFile() ? openRecording(folder, file, readFileSync(path), masters).bytes : undefined;
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
