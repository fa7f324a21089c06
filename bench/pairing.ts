/**
 * Finds which frame of a captured stream carries which frame of another, by what can be heard: the streams differ in
 * codec, level and numbering, but not in their sound.
 */

const frameSamples = 160;
const searchFrames = 50;

export interface Pairing {
  /** Frame n of the first is frame n + shift of the second. */
  readonly shift: number;
  /** What is left of the delay inside the audio when frames are laid one on the other, ms. */
  readonly filterMs: number;
  readonly correlation: number;
}

/** Both as 8 kHz samples from their first frame on; speech of at least 4 s. */
export function pairBySound(first: Float32Array, second: Float32Array): Pairing {
  // Coarse by the envelope of the frames, then fine by the samples around it.
  const shape = (pcm: Float32Array) =>
    Float64Array.from({ length: Math.floor(pcm.length / frameSamples) }, (_, n) => {
      let sum = 0;
      for (let i = 0; i < frameSamples; i++) sum += (pcm[n * frameSamples + i] as number) ** 2;
      return Math.log10(sum + 1e-4);
    });
  const coarse = bestLag(shape(first), shape(second), -searchFrames, searchFrames);
  const middle = coarse.lag * frameSamples;
  const fine = bestLag(first, second, middle - 2 * frameSamples, middle + 2 * frameSamples);
  const shift = Math.round(fine.lag / frameSamples);
  return { shift, filterMs: (fine.lag - shift * frameSamples) / 8, correlation: fine.correlation };
}

/** The lag at which second[i + lag] resembles first[i] best. */
function bestLag(first: ArrayLike<number>, second: ArrayLike<number>, from: number, to: number) {
  let best = { lag: 0, correlation: -1 };
  for (let lag = from; lag <= to; lag++) {
    const begin = Math.max(0, -lag);
    const end = Math.min(first.length, second.length - lag);
    const count = end - begin;
    if (count < 100) continue;
    let sumA = 0;
    let sumB = 0;
    let sumAa = 0;
    let sumBb = 0;
    let sumAb = 0;
    for (let i = begin; i < end; i++) {
      const a = first[i] as number;
      const b = second[i + lag] as number;
      sumA += a;
      sumB += b;
      sumAa += a * a;
      sumBb += b * b;
      sumAb += a * b;
    }
    const correlation =
      (count * sumAb - sumA * sumB) /
      Math.sqrt((count * sumAa - sumA * sumA) * (count * sumBb - sumB * sumB) + Number.EPSILON);
    if (correlation > best.correlation) best = { lag, correlation };
  }
  return best;
}
