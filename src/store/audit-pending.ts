/**
 * Lines of one run that are not on the disk yet, numbered. Of those beyond the bound only the numbers are left: they are
 * missing in the log for good, where that is seen, and how many they were is told once there is room again. Pure.
 */
import type { AuditLine } from './audit-store.ts';

/** Minutes of the busiest gateway. */
const linesMax = 50_000;

export class AuditPending {
  readonly #linesMax: number;
  #lines: AuditLine[] = [];
  /** Of those: handed on. */
  #handed = 0;
  #number = 0;
  #lost = 0;

  constructor(max = linesMax) {
    this.#linesMax = max;
  }

  get size(): number {
    return this.#lines.length;
  }

  /** False: there is no room for it. */
  add(line: Omit<AuditLine, 'line'>): boolean {
    this.#number += 1;
    if (this.#lines.length >= this.#linesMax) {
      this.#lost += 1;
      return false;
    }
    this.#lines.push({ ...line, line: this.#number });
    return true;
  }

  /** What has not been handed on, which it is now. */
  hand(): readonly AuditLine[] {
    const fresh = this.#lines.slice(this.#handed);
    this.#handed = this.#lines.length;
    return fresh;
  }

  /** Whoever it was handed to is gone: all is handed on again. */
  handAgain(): void {
    this.#handed = 0;
  }

  /** All up to this one are on the disk. */
  safe(number: number): void {
    const safe = this.#lines.findIndex(({ line }) => line > number);
    const count = safe === -1 ? this.#lines.length : safe;
    this.#lines.splice(0, count);
    this.#handed = Math.max(0, this.#handed - count);
  }

  /** How many were lost since this was asked last; 0 while there is no room. */
  takeLost(): number {
    if (this.#lines.length >= this.#linesMax) return 0;
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}
