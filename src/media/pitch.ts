/**
 * Pitch search: the lag at which a stretch of voice resembles the stretch before or after it best.
 *
 * Two stages, as in ITU-T G.711 Appendix I: on every fourth sample first, then around the winner on all.
 */

export interface PitchMatch {
  /** Samples from the reference back (or forward) to its likeness. */
  lag: number;
  /** Normalised correlation at that lag, −1 to 1; 0 in silence. */
  likeness: number;
}

const stride = 4;
const voiced = 0.5;
const exact = 0.999;

/**
 * Compares `window` samples from `at` with those from `at + direction · lag`, for lags from `lagMin` to `lagMax`, all
 * of which must lie in `pcm`; the best is left in `best`.
 */
export function searchPitch(
  pcm: Float32Array,
  at: number,
  window: number,
  direction: 1 | -1,
  lagMin: number,
  lagMax: number,
  best: PitchMatch,
): void {
  best.lag = lagMin;
  best.likeness = -1;
  consider(pcm, at, window, direction, lagMin, lagMax, stride, best);
  const coarse = best.lag;
  best.likeness = -1;
  consider(pcm, at, window, direction, Math.max(lagMin, coarse - 3), Math.min(lagMax, coarse + 3), 1, best);
  // A period of x.5 samples repeats better at an even multiple.
  const period = best.lag;
  for (let n = 2; best.likeness > voiced && best.likeness < exact && n * period <= lagMax; n++) {
    consider(pcm, at, window, direction, n * period - n, Math.min(lagMax, n * period + n), 1, best);
  }
}

function consider(
  pcm: Float32Array,
  at: number,
  window: number,
  direction: 1 | -1,
  from: number,
  to: number,
  step: number,
  best: PitchMatch,
): void {
  for (let lag = from; lag <= to; lag += step) {
    const likeness = likenessAt(pcm, at, at + direction * lag, window, step);
    if (likeness <= best.likeness) continue;
    best.likeness = likeness;
    best.lag = lag;
  }
}

/** Normalised correlation of two stretches of `window` samples, every `step`th of them; 0 when either is silent. */
export function likenessAt(pcm: Float32Array, a: number, b: number, window: number, step: number): number {
  let cross = 0;
  let energyA = 0;
  let energyB = 0;
  for (let i = 0; i < window; i += step) {
    const x = pcm[a + i]!;
    const y = pcm[b + i]!;
    cross += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  const energy = energyA * energyB;
  return energy > 1e-18 ? cross / Math.sqrt(energy) : 0;
}
