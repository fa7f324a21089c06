/**
 * Shortening voice without changing its pitch: a whole number of pitch periods is left out under a cross-fade
 * (SOLA, as in the accelerate operation of adaptive jitter buffers).
 *
 *   in    ├──── fading out ────┤
 *   in         ├─ lag ─┤──── fading in ────┤───── as it is ─────
 *   out   ├───── cross-fade ───┤───── as it is ─────
 */
import { frameSamples } from './frame.ts';
import { likenessAt, type PitchMatch, searchPitch } from './pitch.ts';
import type { SampleQueue } from './sample-queue.ts';

/** Periods from 2.5 ms (400 Hz) to 15 ms (66 Hz). */
const lagMin = 40;
const lagMax = 240;
const window = 240;
const edgeLikeness = 0.97;
const blockSamples = 40;

/**
 * Looks for the best lag, up to `samplesMax`, at the head of the queue, which must hold 30 ms of voice for the
 * full range. False when too little waits (lag 0), or when the best lies at the edge of the range: then it
 * is no period, only the least unlike.
 */
export function findSplice(queue: SampleQueue, samplesMax: number, match: PitchMatch): boolean {
  const reach = Math.min(lagMax, samplesMax, queue.samples - Math.max(frameSamples, window));
  match.lag = 0;
  match.likeness = 0;
  if (reach < lagMin) return false;
  searchPitch(queue.store, queue.begin, window, 1, lagMin, reach, match);
  return match.likeness > edgeLikeness || (match.lag > lagMin && match.lag < reach);
}

/** How alike the head of the queue and what stands `lag` samples behind it are, −1 to 1. */
export function likenessOfLag(queue: SampleQueue, lag: number): number {
  return likenessAt(queue.store, queue.begin, queue.begin + lag, Math.min(window, queue.samples - lag), 1);
}

/**
 * Whether the level of the next `samples` samples stays within 6 dB from one 2.5 ms to the next: a hiss or a pause,
 * where a splice needs no likeness, and not the burst of a plosive, which must not be left out.
 */
export function isSteady(queue: SampleQueue, samples: number): boolean {
  const { store, begin } = queue;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let from = begin; from + blockSamples <= begin + samples; from += blockSamples) {
    let energy = 0;
    for (let i = from; i < from + blockSamples; i++) energy += store[i]! * store[i]!;
    if (energy < least) least = energy;
    if (energy > most) most = energy;
  }
  return most <= 4 * least + 1e-9;
}

/**
 * Takes one frame from the queue into `out`, leaving `lag` samples out under a cross-fade of `fade` samples.
 * The queue must hold `lag` + 320. Keeps the power constant for the likeness that the two sides have.
 */
export function takeSpliced(queue: SampleQueue, lag: number, fade: number, likeness: number, out: Float32Array): void {
  const { store, begin } = queue;
  const alike = Math.max(likeness, 0);
  for (let i = 0; i < fade; i++) {
    const share = (i + 1) / (fade + 1);
    const rest = 1 - share;
    const power = share * share + rest * rest + 2 * alike * share * rest;
    out[i] = (rest * store[begin + i]! + share * store[begin + lag + i]!) / Math.sqrt(power);
  }
  for (let i = fade; i < frameSamples; i++) out[i] = store[begin + lag + i]!;
  queue.skip(lag + frameSamples);
}
