/**
 * Pull queue: a source that is heard beside the floor holder is pulled to the clock of the holder's stream.
 *
 *   waiting ──a second frame came──▶ flowing ──200 ms of nothing──▶ waiting
 *
 * While flowing, a missing frame is concealed, which moves the depth up by as much; depth that was not needed for a
 * second is spliced out, a pitch period or a stretch of hiss or pause at a time. So jitter up to the depth and any
 * difference of clocks are absorbed without a click; both corrections are counted.
 */
import { Concealment } from './concealment.ts';
import { frameMs, frameRateHz, frameSamples, type PcmFrame } from './frame.ts';
import type { PitchMatch } from './pitch.ts';
import { SampleQueue } from './sample-queue.ts';
import { findSplice, isSteady, takeSpliced } from './splice.ts';

const framesMax = 8;
const startSamples = 2 * frameSamples;
/** Depth, beyond the frame being pulled, that is kept against jitter. */
const spareSamples = frameSamples / 2;
const watchPulls = 1000 / frameMs;
const likenessMin = 0.8;
const idlePullsMax = 200 / frameMs;
/** Depth above which a splice no longer waits for a good place. */
const urgentSamples = 4 * frameSamples;

export class PullQueue {
  /** Frames made up because none had come. */
  inserted = 0;
  /** Samples dropped because the queue was full. */
  overflowSamples = 0;

  readonly #queue = new SampleQueue(framesMax * frameSamples);
  readonly #concealment = new Concealment();
  readonly #match: PitchMatch = { lag: 0, likeness: 0 };
  #removedSamples = 0;
  #flowing = false;
  #idlePulls = 0;
  #leastSpare = Number.POSITIVE_INFINITY;
  #watched = 0;
  #excess = 0;

  /** Voice that waits, ms. */
  get depthMs(): number {
    return (this.#queue.samples * 1000) / frameRateHz;
  }

  /** Voice left out to follow the clock, ms. */
  get removedMs(): number {
    return (this.#removedSamples * 1000) / frameRateHz;
  }

  /** Takes a frame (copied). */
  push(frame: PcmFrame): void {
    this.overflowSamples += this.#queue.push(frame);
    if (this.#queue.samples >= startSamples) this.#flowing = true;
  }

  /** Fills `out` with the next 20 ms. False, and `out` untouched, while the source is not flowing. */
  pull(out: PcmFrame): boolean {
    if (!this.#flowing) return false;
    const spare = this.#queue.samples - frameSamples;
    if (spare < 0) return this.#insert(out);
    this.#idlePulls = 0;
    this.#watch(spare);
    if (this.#excess <= 0 || !this.#shorten(out)) this.#queue.take(out, frameSamples);
    this.#concealment.good(out);
    return true;
  }

  /** The source ended: what waits, filled up with silence. False when nothing is left. */
  takeRest(out: PcmFrame): boolean {
    const samples = Math.min(frameSamples, this.#queue.samples);
    if (samples === 0) return false;
    out.fill(0, samples);
    this.#queue.take(out, samples);
    return true;
  }

  /** The source ended or changed. */
  clear(): void {
    this.#queue.clear();
    this.#concealment.reset();
    this.#flowing = false;
    this.#idlePulls = 0;
    this.#forgetWatch();
    this.#excess = 0;
  }

  #insert(out: PcmFrame): boolean {
    this.#idlePulls += 1;
    if (this.#idlePulls > idlePullsMax) {
      this.clear();
      return false;
    }
    this.inserted += 1;
    this.#concealment.lost(out);
    this.#forgetWatch();
    return true;
  }

  /** Depth that stood unused for a second is too much. */
  #watch(spare: number): void {
    this.#leastSpare = Math.min(this.#leastSpare, spare);
    this.#watched += 1;
    if (this.#watched < watchPulls) return;
    this.#excess = this.#leastSpare - spareSamples;
    this.#forgetWatch();
  }

  #forgetWatch(): void {
    this.#leastSpare = Number.POSITIVE_INFINITY;
    this.#watched = 0;
  }

  #shorten(out: PcmFrame): boolean {
    const queue = this.#queue;
    const match = this.#match;
    const spare = queue.samples - frameSamples;
    const urgent = spare > urgentSamples;
    const period = findSplice(queue, Math.min(spare, this.#excess + spareSamples), match);
    if (match.lag === 0) return false;
    const fits = (period && match.likeness >= likenessMin) || isSteady(queue, match.lag + frameSamples);
    if (!fits && !urgent) return false;
    takeSpliced(queue, match.lag, Math.min(match.lag, frameSamples), match.likeness, out);
    this.#removedSamples += match.lag;
    this.#excess -= match.lag;
    return true;
  }
}
