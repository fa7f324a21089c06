/** Where somebody speaks in a recording, so that pauses can be left out while it is heard. Pure. */
import { levelDbfs } from './level.ts';

export interface SpeechPart {
  readonly fromMs: number;
  readonly toMs: number;
}

const blockMs = 20;
/** Below this nobody speaks: the gateway brings speech to about −20 dBFS. */
const quietDbfs = -45;
/** Left of a pause on either side, so that words do not run into each other. */
const edgeMs = 150;

/** In their order, without overlap; none where nobody speaks. Samples in −1…1. */
export function speechParts(samples: Float32Array, rateHz: number): readonly SpeechPart[] {
  const block = Math.round((rateHz * blockMs) / 1000);
  const lastMs = (1000 * samples.length) / rateHz;
  const parts: { fromMs: number; toMs: number }[] = [];
  for (let at = 0; at * block < samples.length; at++) {
    if (levelDbfs(samples.subarray(at * block, (at + 1) * block)) < quietDbfs) continue;
    const fromMs = Math.max(0, at * blockMs - edgeMs);
    const toMs = Math.min(lastMs, (at + 1) * blockMs + edgeMs);
    const last = parts.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = toMs;
    else parts.push({ fromMs, toMs });
  }
  return parts;
}

/** Where to go on from within a pause; undefined: it is none, or nobody speaks any more. */
export function afterPause(parts: readonly SpeechPart[], atMs: number): number | undefined {
  const next = parts.find(({ toMs }) => toMs > atMs);
  return next !== undefined && next.fromMs > atMs ? next.fromMs : undefined;
}
