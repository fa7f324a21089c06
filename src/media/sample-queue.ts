/** Samples in order, contiguous in memory so that what lies ahead can be searched; bounded. */
export class SampleQueue {
  readonly #store: Float32Array;
  readonly #samplesMax: number;
  #begin = 0;
  #end = 0;

  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
    // Twice the bound, so that moving everything to the front is rare.
    this.#store = new Float32Array(2 * samplesMax);
  }

  get samples(): number {
    return this.#end - this.#begin;
  }

  /** The memory; what waits stands from `begin` on. Lent until the next `push`. */
  get store(): Float32Array {
    return this.#store;
  }

  get begin(): number {
    return this.#begin;
  }

  /** Appends; returns how many of the oldest samples had to make room. */
  push(pcm: Float32Array): number {
    const store = this.#store;
    if (this.#begin === this.#end || this.#end + pcm.length > store.length) {
      store.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    store.set(pcm, this.#end);
    this.#end += pcm.length;
    const overflow = Math.max(0, this.samples - this.#samplesMax);
    this.#begin += overflow;
    return overflow;
  }

  /** Takes the oldest samples away, copied to the start of `out`. */
  take(out: Float32Array, samples: number): void {
    const store = this.#store;
    const begin = this.#begin;
    for (let i = 0; i < samples; i++) out[i] = store[begin + i]!;
    this.#begin += samples;
  }

  skip(samples: number): void {
    this.#begin += samples;
  }

  clear(): void {
    this.#begin = 0;
    this.#end = 0;
  }
}
