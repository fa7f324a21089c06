/**
 * Cuts a stream of packets of any length into exact frames: ptime 10 to 60 ms in, 20 ms out, or the reverse.
 * What is left over waits for the next packet; `flush` fills it up with silence at the end of an over.
 */
export class FrameAssembler {
  /** Samples dropped because nobody pulled. */
  overflowSamples = 0;

  readonly #frame: Float32Array;
  readonly #store: Float32Array;
  #begin = 0;
  #end = 0;
  /** The frame itself holds the only voice that waits: a packet of just its length needs no second copy. */
  #whole = false;

  /** `frameSamples` of the frames out; holds up to `capacitySamples` (default: 8 frames). */
  constructor(frameSamples: number, capacitySamples: number = 8 * frameSamples) {
    this.#frame = new Float32Array(frameSamples);
    this.#store = new Float32Array(capacitySamples);
  }

  /** Samples that wait. */
  get samples(): number {
    return this.#whole ? this.#frame.length : this.#end - this.#begin;
  }

  push(pcm: Float32Array, samples: number): void {
    const store = this.#store;
    if (this.#whole) {
      store.set(this.#frame);
      this.#end = this.#frame.length;
      this.#whole = false;
    } else if (this.#begin === this.#end && samples === this.#frame.length) {
      for (let i = 0; i < samples; i++) this.#frame[i] = pcm[i]!;
      this.#whole = true;
      return;
    }
    if (this.#end + samples > store.length) {
      store.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    const room = store.length - this.#end;
    const taken = Math.min(samples, room);
    for (let i = 0; i < taken; i++) store[this.#end + i] = pcm[i]!;
    this.#end += taken;
    this.overflowSamples += samples - taken;
  }

  /** The next full frame, lent until the next call; `undefined` when less than a frame waits. */
  pull(): Float32Array | undefined {
    const frame = this.#frame;
    const length = frame.length;
    if (this.#whole) {
      this.#whole = false;
      return frame;
    }
    if (this.#end - this.#begin < length) return undefined;
    for (let i = 0; i < length; i++) frame[i] = this.#store[this.#begin + i]!;
    this.#begin += length;
    if (this.#begin === this.#end) {
      this.#begin = 0;
      this.#end = 0;
    }
    return frame;
  }

  /** What is left over, filled up with silence; `undefined` when nothing is. Call after `pull` gave nothing. */
  flush(): Float32Array | undefined {
    const left = this.#end - this.#begin;
    if (left === 0) return this.pull();
    const frame = this.#frame;
    frame.fill(0);
    for (let i = 0; i < left && i < frame.length; i++) frame[i] = this.#store[this.#begin + i]!;
    this.clear();
    return frame;
  }

  clear(): void {
    this.#whole = false;
    this.#begin = 0;
    this.#end = 0;
  }
}
