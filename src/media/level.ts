/**
 * Levels in dBov: power relative to a full-scale square wave (ITU-T G.100.1), so a full-scale sine is −3.01 dBov.
 */

/** Level that stands for digital silence, dBov (the floor of RFC 6464). */
export const silenceDbov = -127;

/** Mean square of the first `samples` samples; 1.0 is 0 dBov. */
export function meanSquare(pcm: Float32Array, samples: number = pcm.length): number {
  let sum = 0;
  for (let i = 0; i < samples; i++) {
    const x = pcm[i]!;
    sum += x * x;
  }
  return samples > 0 ? sum / samples : 0;
}

/** Level of a mean square, dBov, never below −127. */
export function dbovOf(power: number): number {
  return power > 1e-12 ? Math.max(silenceDbov, 10 * Math.log10(power)) : silenceDbov;
}

/** Level of the first `samples` samples, dBov. */
export function levelDbov(pcm: Float32Array, samples: number = pcm.length): number {
  return dbovOf(meanSquare(pcm, samples));
}

/** Factor of an amplitude change in dB. */
export function amplitudeOfDb(db: number): number {
  return 10 ** (db / 20);
}
