/**
 * How much room is left where a gateway keeps what it must not lose. Below a bound nothing is taken that can wait (people,
 * fleet data, exports): what is left is for the audit log and recordings, which go on (docs/evidence.md).
 */
import { existsSync, type StatsFs, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

const mib = 1024 * 1024;
/** Back a little later than away, so that a disk at the bound does not flap. */
const backFactor = 1.1;

/** Of a folder, or of what it will lie in; MiB. @throws Error of the system */
export function freeMiB(folder: string): number {
  return freeOf(statfsSync(thereOf(folder)));
}

/** What whoever is no superuser may still write, MiB. */
export function freeOf({ bavail, bsize }: Pick<StatsFs, 'bavail' | 'bsize'>): number {
  return (bavail * bsize) / mib;
}

/** Itself, or the nearest above it. */
export function thereOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : thereOf(dirname(folder));
}

/** `was`: it is nearly full already. `boundMiB`: 0: never. */
export function isNearlyFull(was: boolean, freeMib: number, boundMiB: number): boolean {
  return freeMib < (was ? boundMiB * backFactor : boundMiB);
}

/** For commands: why nothing is taken now, in words; undefined: it is. */
export function diskRefusal(folder: string, boundMiB: number): string | undefined {
  const free = freeMiB(folder);
  if (!isNearlyFull(false, free, boundMiB)) return undefined;
  return `the disk is nearly full (${Math.floor(free)} MiB free, gateway.diskReserveMiB is ${boundMiB}): only evidence is written until there is room`;
}
