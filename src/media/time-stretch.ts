/**
 * Catch-up: voice that had to wait (its network was not ready) is played slightly fast, pitch kept, until the delay
 * is gone; pauses are shortened first. Without a backlog a frame passes bit for bit and at once.
 */
import { frameMs, frameRateHz, frameSamples, type PcmFrame } from './frame.ts';

export interface CatchUpSettings {
  /** Longest backlog; what does not fit pushes out the oldest voice. */
  readonly backlogMsMax: number;
}

const samplesPerMs = frameRateHz / 1000;

export class CatchUp {
  readonly #store: Float32Array;
  #read = 0;
  #count = 0;
  #lostSamples = 0;
  #trimmedSamples = 0;
  #hastenedSamples = 0;

  constructor(settings: CatchUpSettings) {
    this.#store = new Float32Array(Math.ceil((settings.backlogMsMax + frameMs) / frameMs) * frameSamples);
  }

  /** Voice that waits, ms. */
  get backlogMs(): number {
    return this.#count / samplesPerMs;
  }

  /** Pause left out so far, ms. */
  get trimmedMs(): number {
    return this.#trimmedSamples / samplesPerMs;
  }

  /** Time won by playing fast so far, ms. */
  get hastenedMs(): number {
    return this.#hastenedSamples / samplesPerMs;
  }

  /** Voice dropped because the backlog was full, ms. */
  get lostMs(): number {
    return this.#lostSamples / samplesPerMs;
  }

  /** Takes a frame (copied). */
  push(frame: PcmFrame): void {
    const store = this.#store;
    if (this.#count + frameSamples > store.length) {
      this.#read = (this.#read + frameSamples) % store.length;
      this.#count -= frameSamples;
      this.#lostSamples += frameSamples;
    }
    let write = (this.#read + this.#count) % store.length;
    for (let i = 0; i < frameSamples; i++) {
      store[write] = frame[i]!;
      write = write + 1 === store.length ? 0 : write + 1;
    }
    this.#count += frameSamples;
  }

  /** Fills `out` with the next 20 ms. False, and `out` untouched, when less than a frame waits. */
  pull(out: PcmFrame): boolean {
    if (this.#count < frameSamples) return false;
    this.#take(out, frameSamples);
    return true;
  }

  /** At the end of an over: the last part of a frame, filled up with silence. False when nothing is left. */
  flush(out: PcmFrame): boolean {
    if (this.#count === 0) return false;
    const samples = Math.min(this.#count, frameSamples);
    out.fill(0);
    this.#take(out, samples);
    return true;
  }

  /** Drops the backlog without counting it (the over was refused or cut). Returns what was dropped, ms. */
  clear(): number {
    const droppedMs = this.backlogMs;
    this.#read = 0;
    this.#count = 0;
    return droppedMs;
  }

  #take(out: PcmFrame, samples: number): void {
    const store = this.#store;
    for (let i = 0; i < samples; i++) {
      out[i] = store[this.#read]!;
      this.#read = this.#read + 1 === store.length ? 0 : this.#read + 1;
    }
    this.#count -= samples;
  }
}
