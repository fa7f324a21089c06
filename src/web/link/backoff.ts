/**
 * Pause before the next attempt: 250 ms, doubling to 3 s, spread downwards by up to 30 % so that two hundred consoles
 * that were cut together do not come back in one instant.
 */
const firstMs = 250;
const longestMs = 3000;
const spread = 0.3;

/** `attempt` counts from 0; `chance` is uniform in [0, 1). */
export function backoffMs(attempt: number, chance: number): number {
  const nominalMs = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(attempt, 0), 8));
  return Math.round(nominalMs * (1 - spread * chance));
}
