/** How good the way to the gateway is, for the word that the console shows. Pure. */
export type LinkQuality = 'good' | 'fair' | 'poor';

/** Up to these a conversation goes on as if there were no way between: round trip in ms, share of made-up sound. */
const fairFrom = { roundTripMs: 150, concealedRatio: 0.01 };
/** From these speakers cut each other off, or words are lost. */
const poorFrom = { roundTripMs: 400, concealedRatio: 0.05 };

/** `concealedRatio`: what the browser made up of what was heard lately, 0–1; undefined when nothing was. */
export function linkQuality(roundTripMs: number, concealedRatio: number | undefined): LinkQuality {
  const concealed = concealedRatio ?? 0;
  if (roundTripMs >= poorFrom.roundTripMs || concealed >= poorFrom.concealedRatio) return 'poor';
  return roundTripMs >= fairFrom.roundTripMs || concealed >= fairFrom.concealedRatio ? 'fair' : 'good';
}
