/** The hits of number-plate cameras that consoles see: those of the last 24 hours, the newest hundred and fifty of exercises. */
import type { escaut } from '../protocols/generated/console.js';

export type Hit = escaut.console.v1.Hit.$Properties;

const hitsMax = 100;
const exercisesMax = 50;
const shownMs = 24 * 3_600_000;

export class HitList {
  readonly #hits = new Map<number, Hit>();

  /** New, or in place of the one with its id. */
  set(hit: Hit): void {
    this.#hits.set(hit.id ?? 0, hit);
    const ofKind = [...this.#hits.values()].filter(({ exercise }) => (exercise ?? false) === (hit.exercise ?? false));
    if (ofKind.length > (hit.exercise ? exercisesMax : hitsMax)) this.#hits.delete(ofKind[0]?.id ?? 0);
  }

  delete(id: number): void {
    this.#hits.delete(id);
  }

  /** The oldest first. */
  shown(utcMs: number): Hit[] {
    return [...this.#hits.values()].filter(({ cameUtcMs }) => utcMs - Number(cameUtcMs ?? 0) < shownMs);
  }
}
