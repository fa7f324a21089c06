/** What the settings of a leg mean for our key there: how it is kept, and what the far end makes of its absence. Pure. */
import type { LegSettings } from './terms.ts';

export interface KeyRules {
  /** The voice stays away for so long before silence takes its place, ms; Infinity: never. */
  readonly fillAfterMs: number;
  /** The far end surely keeps our key for so long without a packet, ms; Infinity: however long. */
  readonly keptMs: number;
  /** It has surely let go of it after so long, ms; 0 where that need not be waited for. */
  readonly releaseMs: number;
  /** We say in so many words when we are done, or may begin at once: what is left of a key is never taken up again. */
  readonly isExplicit: boolean;
  /** The network is asked, and told, in its own signalling. */
  readonly asks: boolean;
}

/** Longer than the jitter of a radio network's line: silence fills the stream from here on. */
const starvedMs = 60;
/** The same where silence only keeps the key: a frame of it within a word is worse than a short gap. */
const heldAfterMs = 100;

export function keyRulesOf({ keyOut, grant }: Pick<LegSettings, 'keyOut' | 'grant'>): KeyRules {
  const asks = grant.mode === 'signalled' || keyOut.mode === 'signalled';
  const base = { keptMs: Infinity, releaseMs: 0, asks };
  const isExplicit = asks || keyOut.mode === 'extension' || grant.mode === 'immediate';
  if (keyOut.mode === 'continuous') return { ...base, isExplicit, fillAfterMs: starvedMs };
  if (keyOut.mode === 'presence' && grant.mode !== 'immediate') {
    return {
      ...{ asks, isExplicit, keptMs: keyOut.releaseMs / 2, fillAfterMs: Math.min(heldAfterMs, keyOut.releaseMs / 3) },
      releaseMs: grant.mode === 'telephone-event' ? keyOut.releaseMs : 0,
    };
  }
  const isHeld = keyOut.mode === 'telephone-event' || keyOut.mode === 'extension';
  return { ...base, isExplicit, fillAfterMs: isHeld ? heldAfterMs : Infinity };
}
