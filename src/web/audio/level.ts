/** Level of a block of samples for a meter. Pure. */

/** Lowest level that the meter shows, dBFS. */
export const meterFloorDbfs = -60;

/** Root mean square of samples in −1…1, dBFS, never below {@link meterFloorDbfs}. */
export function levelDbfs(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  const power = sum / Math.max(1, samples.length);
  return Math.max(meterFloorDbfs, 10 * Math.log10(power || 1e-12));
}

/** Where a level stands on the meter, 0–1. */
export function meterFraction(dbfs: number): number {
  return Math.min(1, Math.max(0, 1 - dbfs / meterFloorDbfs));
}
