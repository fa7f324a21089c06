/**
 * First-word buffer of a leg: catch-up (media/time-stretch.ts) that takes its memory, 64 kB a second, only when voice
 * first has to wait. Most legs never need it.
 */
import type { PcmFrame } from '../media/frame.ts';
import { CatchUp } from '../media/time-stretch.ts';

export class FirstWord {
  readonly #backlogMsMax: number;
  #catchUp: CatchUp | undefined;
  #countedMs = 0;

  constructor(backlogMsMax: number) {
    this.#backlogMsMax = backlogMsMax;
  }

  /** Voice that waits, ms. */
  get backlogMs(): number {
    return this.#catchUp === undefined ? 0 : this.#catchUp.backlogMs;
  }

  /** Keeps a copy. Returns how much of the oldest voice had to make room, ms. */
  push(frame: PcmFrame): number {
    this.#catchUp ??= new CatchUp({ backlogMsMax: this.#backlogMsMax });
    this.#catchUp.push(frame);
    const lostMs = this.#catchUp.lostMs - this.#countedMs;
    this.#countedMs += lostMs;
    return lostMs;
  }

  /** Fills `out` with the next 20 ms; false when less waits. `last` also gives the rest of an over, filled up. */
  pull(out: PcmFrame, last: boolean): boolean {
    const catchUp = this.#catchUp;
    return catchUp !== undefined && (catchUp.pull(out) || (last && catchUp.flush(out)));
  }

  /** Drops what waits. Returns how much it was, ms. */
  clear(): number {
    return this.#catchUp === undefined ? 0 : this.#catchUp.clear();
  }
}
