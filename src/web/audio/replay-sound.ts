/**
 * What is done to speech before it is played again: pauses taken out, made faster with its pitch kept, and the shape that
 * is drawn of it. Pure, on mono samples in −1…1; a result is the caller's.
 */
import { levelDbfs } from './level.ts';

const blockMs = 20;
/** Below this nobody speaks: the gateway brings speech to about −20 dBFS. */
const quietDbfs = -45;
/** Left of a pause on either side of speech, so that words do not run into each other. */
const edgeMs = 100;

/** Speech without its pauses; one that holds no speech at all stays as it is. */
export function withoutSilence(samples: Float32Array, rateHz: number): Float32Array {
  const block = Math.round((rateHz * blockMs) / 1000);
  const blocks = Math.floor(samples.length / block);
  const edge = Math.round(edgeMs / blockMs);
  const kept = new Uint8Array(blocks);
  for (let i = 0; i < blocks; i++) {
    if (levelDbfs(samples.subarray(i * block, (i + 1) * block)) < quietDbfs) continue;
    kept.fill(1, Math.max(0, i - edge), Math.min(blocks, i + edge + 1));
  }
  const count = kept.reduce((sum, keep) => sum + keep, 0);
  if (count === 0) return samples.slice();
  const out = new Float32Array(count * block);
  let at = 0;
  for (let i = 0; i < blocks; i++) {
    if (kept[i] === 0) continue;
    out.set(samples.subarray(i * block, (i + 1) * block), at);
    at += block;
  }
  return out;
}

const windowMs = 40;
const searchMs = 8;
/** Every so many samples are compared: speech above 2 kHz does not decide where to cut. */
const stride = 4;

/**
 * Speech `factor` times as fast at its own pitch, by waveform similarity overlap-add (Verhelst and Roelands 1993):
 * windows are taken `factor` times as far apart as they are laid down, each where it goes on best from the one before.
 */
export function faster(samples: Float32Array, rateHz: number, factor: number): Float32Array {
  const hop = Math.round((rateHz * windowMs) / 2000);
  const window = 2 * hop;
  const search = Math.round((rateHz * searchMs) / 1000);
  const steps = Math.floor((samples.length - window - search) / (hop * factor));
  if (steps < 1) return samples.slice();
  const out = new Float32Array((steps + 1) * hop);
  const fade = Float32Array.from({ length: hop }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / hop));
  let from = 0;
  for (let step = 0; step < steps; step++) {
    const at = step * hop;
    for (let i = 0; i < hop; i++) out[at + i] = out[at + i]! + samples[from + i]! * (step === 0 ? 1 : fade[i]!);
    for (let i = 0; i < hop; i++) out[at + hop + i] = samples[from + hop + i]! * fade[hop - 1 - i]!;
    const wished = Math.round((step + 1) * hop * factor);
    from = bestStart(samples, from + hop, wished, { search, hop });
  }
  return out;
}

/** The start nearest `wished` from which the samples are most like those that would follow at `natural`. */
function bestStart(
  samples: Float32Array,
  natural: number,
  wished: number,
  { search, hop }: { readonly search: number; readonly hop: number },
): number {
  const first = Math.max(0, wished - search);
  const last = Math.min(samples.length - 2 * hop, wished + search);
  let best = Math.min(wished, last);
  let bestLikeness = -Infinity;
  for (let start = first; start <= last; start++) {
    let product = 0;
    let energy = 1e-9;
    for (let i = 0; i < hop; i += stride) {
      const sample = samples[start + i]!;
      product += sample * samples[natural + i]!;
      energy += sample * sample;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness <= bestLikeness) continue;
    bestLikeness = likeness;
    best = start;
  }
  return best;
}

/** The loudest sample of each of `count` equal parts, 0–1. */
export function peaksOf(samples: Float32Array, count: number): readonly number[] {
  return Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * samples.length) / count);
    const to = Math.floor(((part + 1) * samples.length) / count);
    let peak = 0;
    for (let i = from; i < to; i++) peak = Math.max(peak, Math.abs(samples[i]!));
    return Math.min(1, peak);
  });
}
