/**
 * Finds the sign of cut speech by its sound: 80 ms of 1040 Hz, then 80 ms of 520 Hz (ADR 0041). Pure. The words of
 * somebody in distress, under which it may be, are taken away first (beside-words.ts).
 *
 *   20 ms windows   · · 1040 1040 1040 · 520 520 520 · ·
 */
import { dbov } from '../test/interop/support/sound.ts';
import type { Sound } from '../test/interop/support/wav.ts';

export const noteHz = [1040, 520] as const;
const windowMs = 20;
const hopMs = 5;
/** Each note is heard at least so long: a slow network hastens it, and its ends are faded. */
const noteMsMin = 40;
/** From one note to the next. */
const turnMsMax = 30;
/** Share of what sounds in a window that is the note's. */
const purityMin = 0.6;
const levelDbovMin = -38;

export interface HeardTone {
  readonly atS: number;
  readonly levelDbov: number;
}

/** The first that is heard; undefined: none is. */
export function cutToneIn({ samples, rateHz }: Sound): HeardTone | undefined {
  const hop = (hopMs * rateHz) / 1000;
  const window = (windowMs * rateHz) / 1000;
  const count = Math.max(0, Math.floor((samples.length - window) / hop) + 1);
  const [high, low] = noteHz.map((hz) =>
    runsIn(
      Array.from({ length: count }, (_, index) =>
        isNote(samples.subarray(index * hop, index * hop + window), hz, rateHz),
      ),
    ),
  );
  const turn = (turnMsMax + windowMs) / hopMs;
  const first = high?.find((each) => low?.some(({ from }) => from >= each.end && from - each.end <= turn));
  if (first === undefined) return undefined;
  const note = samples.subarray(first.from * hop, (first.end - 1) * hop + window);
  return { atS: (first.from * hop) / rateHz, levelDbov: dbov(powerOf(note, noteHz[0], rateHz)) };
}

interface Run {
  readonly from: number;
  /** One behind its last. */
  readonly end: number;
}

/** Where it is so for long enough, but for the windows about a splice. */
function runsIn(are: readonly boolean[]): readonly Run[] {
  const enough = (noteMsMin - windowMs) / hopMs + 1;
  const runs: (Run & { readonly count: number })[] = [];
  for (const [index, is] of are.entries()) {
    if (!is) continue;
    const last = runs.at(-1);
    const goesOn = last !== undefined && index - last.end <= windowMs / hopMs;
    if (goesOn) runs.pop();
    runs.push(
      goesOn ? { from: last.from, end: index + 1, count: last.count + 1 } : { from: index, end: index + 1, count: 1 },
    );
  }
  return runs.filter(({ count }) => count >= enough);
}

function isNote(samples: Float32Array, hz: number, rateHz: number): boolean {
  const own = powerOf(samples, hz, rateHz);
  const all = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return dbov(own) >= levelDbovMin && own >= purityMin * all;
}

/** Mean power of one frequency. */
function powerOf(samples: Float32Array, hz: number, rateHz: number): number {
  let [real, imaginary] = [0, 0];
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * index) / rateHz;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  }
  return (2 * (real * real + imaginary * imaginary)) / samples.length ** 2;
}
