/**
 * Catch-up: voice that had to wait (its network was not ready) is played slightly fast, pitch kept, until the delay
 * is gone; pauses are shortened first. Without a backlog a frame passes bit for bit and at once.
 *
 *   push ──▶ backlog ──pull──▶ nothing beyond this frame waits ─────────▶ the frame as it is
 *                          ├─▶ in a pause, 60 ms of it heard ───────────▶ the rest but 40 ms left out
 *                          └─▶ a period may go (speed) and fits (likeness) ▶ one to a few periods left out
 *
 * The speed follows the backlog, from 1.1 to 1.25. A period goes where the voice repeats itself; where it does not, the
 * allowance waits, so that plosives and onsets pass whole. 500 ms are gone after about 3 s of speech without pauses.
 */
import { frameMs, frameRateHz, frameSamples, type PcmFrame } from './frame.ts';
import { meanSquare } from './level.ts';
import type { PitchMatch } from './pitch.ts';
import { SampleQueue } from './sample-queue.ts';
import { findSplice, isSteady, likenessOfLag, takeSpliced } from './splice.ts';

export interface CatchUpSettings {
  /** Longest backlog; what does not fit pushes out the oldest voice. */
  readonly backlogMsMax: number;
}

const samplesPerMs = frameRateHz / 1000;
/** Of every frame, the share that may be left out: least, most, and from which backlog the most. */
const excessMin = 0.1;
const excessMax = 0.25;
const excessMaxFromMs = 200;
/** Less is not worth a search: most voices' periods are longer. */
const searchFrom = 5 * samplesPerMs;
const allowanceMax = 1.25 * frameSamples;

const likenessEasy = 0.85;
const likenessPressed = 0.6;
/** Below, the two sides of a cross-fade cancel each other. */
const likenessOpposed = -0.2;

const pauseHeardSamples = 60 * samplesPerMs;
const pauseAheadSamples = 40 * samplesPerMs;
const pauseFade = 10 * samplesPerMs;
const pauseBlock = 5 * samplesPerMs;
const pauseScanMax = 1000 * samplesPerMs;
/** Never a pause above: 25 dB below the loudest speech of late. Always one below: −60 dBov. */
const pauseBelowSpeech = 10 ** (-25 / 10);
const pausePower = 10 ** (-60 / 10);
const pauseAboveFloor = 4;
const floorRise = 10 ** (0.05 / 10);
const speechFall = 10 ** (-0.05 / 10);

const fadeInSamples = 5 * samplesPerMs;

export class CatchUp {
  readonly #queue: SampleQueue;
  readonly #match: PitchMatch = { lag: 0, likeness: 0 };
  #lostSamples = 0;
  #trimmedSamples = 0;
  #hastenedSamples = 0;
  /** Samples that the speed allows to leave out. */
  #allowance = 0;
  #pauseHeard = 0;
  #floorPower = pausePower;
  #speechPower = 0;
  #cutIn = false;

  constructor(settings: CatchUpSettings) {
    this.#queue = new SampleQueue(Math.ceil(settings.backlogMsMax / frameMs) * frameSamples + frameSamples);
  }

  /** Whether nothing waits: then a frame may be forwarded beside `push` and `pull`, which would give it back as it is. */
  get idle(): boolean {
    return this.#queue.samples === 0;
  }

  /** Voice that waits, ms. */
  get backlogMs(): number {
    return this.#queue.samples / samplesPerMs;
  }

  /** Pause left out since construction, ms. */
  get trimmedMs(): number {
    return this.#trimmedSamples / samplesPerMs;
  }

  /** Time won by playing fast since construction, ms. */
  get hastenedMs(): number {
    return this.#hastenedSamples / samplesPerMs;
  }

  /** Voice dropped since construction because the backlog was full, ms. */
  get lostMs(): number {
    return this.#lostSamples / samplesPerMs;
  }

  /** Takes a frame (copied). */
  push(frame: PcmFrame): void {
    const overflow = this.#queue.push(frame);
    if (overflow > 0) {
      this.#lostSamples += overflow;
      this.#cutIn = true;
    }
    if (this.#queue.samples === frameSamples && this.#allowance === 0) return;
    this.#listen(meanSquare(frame));
  }

  /** Fills `out` with the next 20 ms. False, and `out` untouched, when less than a frame waits. */
  pull(out: PcmFrame): boolean {
    const queue = this.#queue;
    const surplus = queue.samples - frameSamples;
    if (surplus < 0) return false;
    if (surplus === 0) {
      queue.take(out, frameSamples);
      this.#allowance = 0;
      this.#pauseHeard = 0;
    } else if (!this.#trimPause(out, surplus) && !this.#hasten(out, surplus)) {
      queue.take(out, frameSamples);
    }
    if (this.#cutIn) this.#fadeIn(out);
    return true;
  }

  /** At the end of an over: the last part of a frame, filled up with silence. False when nothing is left. */
  flush(out: PcmFrame): boolean {
    const samples = Math.min(this.#queue.samples, frameSamples);
    if (samples === 0) return false;
    out.fill(0);
    this.#queue.take(out, samples);
    return true;
  }

  /** Drops the backlog, which does not count as lost here. Returns what was dropped, ms. */
  clear(): number {
    const droppedMs = this.backlogMs;
    this.#queue.clear();
    this.#allowance = 0;
    this.#pauseHeard = 0;
    this.#floorPower = pausePower;
    this.#speechPower = 0;
    this.#cutIn = false;
    return droppedMs;
  }

  #listen(power: number): void {
    this.#floorPower = power < this.#floorPower ? power : this.#floorPower * floorRise + 1e-12;
    this.#speechPower = Math.max(power, this.#speechPower * speechFall);
  }

  get #pauseThreshold(): number {
    const noise = Math.min(this.#floorPower * pauseAboveFloor, this.#speechPower * pauseBelowSpeech);
    return Math.max(pausePower, noise);
  }

  #trimPause(out: PcmFrame, surplus: number): boolean {
    const quiet = this.#quietAhead();
    const heard = this.#pauseHeard;
    this.#pauseHeard = quiet >= frameSamples ? heard + frameSamples : 0;
    if (heard < pauseHeardSamples) return false;
    const samples = Math.min(surplus, quiet - pauseAheadSamples);
    if (samples < pauseBlock) return false;
    takeSpliced(this.#queue, samples, pauseFade, 0, out);
    this.#trimmedSamples += samples;
    return true;
  }

  /** Samples of pause at the head of the queue, in whole blocks of 5 ms. */
  #quietAhead(): number {
    const { store, begin } = this.#queue;
    const limit = Math.min(this.#queue.samples, pauseScanMax);
    const threshold = this.#pauseThreshold * pauseBlock;
    let quiet = 0;
    while (quiet + pauseBlock <= limit) {
      let energy = 0;
      for (let i = begin + quiet; i < begin + quiet + pauseBlock; i++) energy += store[i]! * store[i]!;
      if (energy > threshold) break;
      quiet += pauseBlock;
    }
    return quiet;
  }

  #hasten(out: PcmFrame, surplus: number): boolean {
    const share = Math.min(1, surplus / (excessMaxFromMs * samplesPerMs));
    this.#allowance += (excessMin + (excessMax - excessMin) * share) * frameSamples;
    // Nothing fitted for long: allowance beyond the bound is forgone, not hoarded for a burst of speed.
    const pressed = this.#allowance >= allowanceMax;
    if (pressed) this.#allowance = allowanceMax;

    const queue = this.#queue;
    const match = this.#match;
    if (surplus <= this.#allowance && this.#fits(surplus, likenessOfLag(queue, surplus), likenessEasy)) {
      match.lag = surplus;
      match.likeness = likenessOfLag(queue, surplus);
    } else {
      if (this.#allowance < searchFrom || !findSplice(queue, surplus, match)) return false;
      if (match.lag > this.#allowance) return false;
      if (!this.#fits(match.lag, match.likeness, pressed ? likenessPressed : likenessEasy)) return false;
    }
    const fade = Math.max(match.lag, pauseFade);
    takeSpliced(queue, match.lag, Math.min(fade, frameSamples), match.likeness, out);
    this.#hastenedSamples += match.lag;
    this.#allowance -= match.lag;
    return true;
  }

  #fits(lag: number, likeness: number, likenessMin: number): boolean {
    if (likeness >= likenessMin) return true;
    return likeness > likenessOpposed && isSteady(this.#queue, Math.min(this.#queue.samples, lag + frameSamples));
  }

  /** Voice was dropped before this frame: begin softly, not with a click. */
  #fadeIn(out: PcmFrame): void {
    for (let i = 0; i < fadeInSamples; i++) out[i] = out[i]! * ((i + 1) / (fadeInSamples + 1));
    this.#cutIn = false;
  }
}
