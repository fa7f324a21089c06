/** Where a backup is put back meanwhile: beside the state folder, as whoever is killed leaves it. */
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../base/errors.ts';

export interface RestorePlaces {
  /** What becomes the state folder. */
  readonly draft: string;
  /** Of an archive, all that is in it, keys as well. */
  readonly unpacked: string;
}

export function restorePlaces(stateFolder: string): RestorePlaces {
  const beside = (end: string) => join(dirname(stateFolder), `.${basename(stateFolder)}.${end}`);
  return { draft: beside('restoring'), unpacked: beside('unpacked') };
}

/** What a restore that was cut off has left there; none may be under way. Undefined: there is none of it. Else why it stays. */
export function removeHalfRestored(stateFolder: string): string | undefined {
  try {
    for (const place of Object.values(restorePlaces(stateFolder))) rmSync(place, { recursive: true, force: true });
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return `what a restore has left beside ${stateFolder}: ${code}`;
  }
}
