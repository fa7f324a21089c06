/** The hits of number-plate cameras that consoles see: those of the last 24 hours, the newest hundred. */
import type { escaut } from '../protocols/generated/console.js';

export type Hit = escaut.console.v1.Hit.$Properties;

const hitsMax = 100;
const shownMs = 24 * 3_600_000;

export class HitList {
  readonly #hits = new Map<number, Hit>();

  /** New, or in place of the one with its id. */
  set(hit: Hit): void {
    this.#hits.set(hit.id ?? 0, hit);
    if (this.#hits.size > hitsMax) this.#hits.delete(this.#hits.keys().next().value ?? 0);
  }

  /** The oldest first. */
  shown(utcMs: number): Hit[] {
    return [...this.#hits.values()].filter(({ cameUtcMs }) => utcMs - Number(cameUtcMs ?? 0) < shownMs);
  }
}
