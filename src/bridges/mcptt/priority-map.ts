/**
 * Priorities of ours, 0–15, as Floor Priority has them, 0–255, and back. 15 is an emergency's alone: whoever says none
 * is below it, however high his number.
 */
export class PriorityMap {
  readonly #wire: readonly number[];

  /** `wire`: of each of our 16 priorities, rising. */
  constructor(wire: readonly number[]) {
    this.#wire = wire;
  }

  toWire(priority: number): number {
    return this.#wire[Math.min(15, Math.max(0, Math.floor(priority)))] ?? 255;
  }

  /** The highest priority of ours that this one reaches; 0–14. */
  fromWire(wire: number): number {
    return Math.max(
      0,
      this.#wire.slice(0, 15).findLastIndex((each) => each <= wire),
    );
  }
}
