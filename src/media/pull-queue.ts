/**
 * Pull queue: a second source, heard beside the floor holder, is pulled to the clock of the holder's stream.
 */

import { Concealment } from './concealment.ts';
import { createFrame, type PcmFrame } from './frame.ts';

const framesMax = 5;

export class PullQueue {
  /** Frames made up because none had come. */
  inserted = 0;
  /** Frames dropped because the queue was full. */
  dropped = 0;
  readonly #frames: readonly PcmFrame[] = Array.from({ length: framesMax }, createFrame);
  readonly #concealment = new Concealment();
  #oldest = 0;
  #count = 0;

  get frames(): number {
    return this.#count;
  }

  push(frame: PcmFrame): void {
    if (this.#count === framesMax) {
      this.#oldest = (this.#oldest + 1) % framesMax;
      this.#count -= 1;
      this.dropped += 1;
    }
    this.#frames[(this.#oldest + this.#count) % framesMax]?.set(frame);
    this.#count += 1;
  }

  /** Fills `out` with the next 20 ms, made up when none waits. False before the first frame. */
  pull(out: PcmFrame): boolean {
    if (this.#count === 0) {
      this.inserted += 1;
      this.#concealment.lost(out);
      return true;
    }
    out.set(this.#frames[this.#oldest]!);
    this.#oldest = (this.#oldest + 1) % framesMax;
    this.#count -= 1;
    this.#concealment.good(out);
    return true;
  }

  clear(): void {
    this.#count = 0;
    this.#concealment.reset();
  }
}
