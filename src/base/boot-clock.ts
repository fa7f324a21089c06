/** Wall clock and the time since the machine was booted, which is the same in all processes and which nobody sets. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemCode } from './errors.ts';

export interface BootTime {
  /** Of the boot; where the system gives it no name, of this thread. */
  readonly boot: string;
  readonly utcMs: number;
  readonly sinceBootMs: number;
}

let known: string | undefined;

export function bootTime(): BootTime {
  known ??= bootName();
  return { boot: known, utcMs: Date.now(), sinceBootMs: Number(process.hrtime.bigint() / 1_000_000n) };
}

function bootName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return randomUUID();
  }
}
