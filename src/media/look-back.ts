/** Pre-roll: the last frames before talk was recognised, so that its first syllable is not cut. */
import { createFrame, frameMs, type PcmFrame } from './frame.ts';

/** The longest guard after a transmission of ours (2 s), and the longest attack of VOX (200 ms) with the onset before it. */
const lookBackMsMax = 2300;

export class LookBack {
  readonly #frames: readonly PcmFrame[];
  #oldest = 0;
  #count = 0;

  /** Keeps `keepMs` (20 to 2300) of voice. */
  constructor(keepMs: number) {
    const frames = Math.ceil(Math.max(frameMs, Math.min(lookBackMsMax, keepMs)) / frameMs);
    this.#frames = Array.from({ length: frames }, createFrame);
  }

  get frames(): number {
    return this.#count;
  }

  /** Keeps a copy; the oldest frame makes room. */
  push(frame: PcmFrame): void {
    const size = this.#frames.length;
    if (this.#count === size) {
      this.#oldest = (this.#oldest + 1) % size;
      this.#count -= 1;
    }
    this.#frames[(this.#oldest + this.#count) % size]?.set(frame);
    this.#count += 1;
  }

  /** Takes the oldest frame, lent until the next `push`; `undefined` when empty. */
  pull(): PcmFrame | undefined {
    if (this.#count === 0) return undefined;
    const frame = this.#frames[this.#oldest];
    this.#oldest = (this.#oldest + 1) % this.#frames.length;
    this.#count -= 1;
    return frame;
  }

  clear(): void {
    this.#count = 0;
  }
}
