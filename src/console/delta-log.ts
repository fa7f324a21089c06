/**
 * What a console was told of the state: numbers without a gap, and the last messages for one that comes back. Pure.
 * Bodies are shared between the consoles' logs, so a log costs one pointer an entry.
 *
 * Where the numbers begin is chance: a page that comes back after a restart names a number of the log before, and must
 * not be taken for one that has seen part of this.
 */

/** About half a minute of ten groups at their busiest. */
const entriesMax = 1024;
/** Half of what 32 bits hold: no log lives long enough to fill the other half. */
const firstMax = 2 ** 31;

export class DeltaLog {
  readonly #bodies: (Uint8Array | undefined)[] = Array(entriesMax);
  #seq: number;
  #held = 0;

  /** `chance` is uniform in [0, 1). */
  constructor(chance: number) {
    this.#seq = 1 + Math.floor(chance * firstMax);
  }

  /** The number of the last state message; a Snapshot made now carries it. Never 0, since that means "none". */
  get seq(): number {
    return this.#seq;
  }

  /** Takes the next Delta; returns its number. */
  push(body: Uint8Array): number {
    this.#seq++;
    this.#bodies[this.#seq % entriesMax] = body;
    this.#held = Math.min(this.#held + 1, entriesMax);
    return this.#seq;
  }

  /** Whoever comes back gets a Snapshot: what was told shall not be told again. */
  forget(): void {
    this.#held = 0;
  }

  /** The Deltas after `seq`, oldest first; undefined when some are gone or the number was never given out. */
  since(seq: number): readonly Uint8Array[] | undefined {
    const missing = this.#seq - seq;
    if (!Number.isInteger(seq) || seq < 1 || missing < 0 || missing > this.#held) return undefined;
    return Array.from({ length: missing }, (_, index) => this.#bodies[(seq + 1 + index) % entriesMax]!);
  }
}
