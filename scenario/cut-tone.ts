/**
 * Finds the sign of cut speech by its sound: 80 ms of 1040 Hz, then 80 ms of 520 Hz (ADR 0041), also under the words of
 * somebody in distress, which are taken away first. Pure.
 *
 *   20 ms windows   · · 1040 1040 1040 · 520 520 520 · ·
 */
import { dbov } from '../test/interop/support/sound.ts';
import { compareSpeech } from '../test/interop/support/speech-compare.ts';
import type { Sound } from '../test/interop/support/wav.ts';

const noteHz = [1040, 520] as const;
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
    Array.from({ length: count }, (_, index) =>
      isNote(samples.subarray(index * hop, index * hop + window), hz, rateHz),
    ),
  );
  const enough = (noteMsMin - windowMs) / hopMs + 1;
  for (const end of endsOf(high ?? [], enough)) {
    const turn = (turnMsMax + windowMs) / hopMs;
    const from = low?.indexOf(true, end) ?? -1;
    if (from < 0 || from - end > turn || !low?.slice(from, from + enough).every(Boolean)) continue;
    const first = high?.lastIndexOf(false, end - 1) ?? -1;
    const at = (first + 1) * hop;
    const note = samples.subarray(at, end * hop + window - hop);
    return { atS: at / rateHz, levelDbov: dbov(powerOf(note, noteHz[0], rateHz)) };
  }
  return undefined;
}

/** Where runs of so many end, one behind the last of each. */
function endsOf(are: readonly boolean[], enough: number): readonly number[] {
  const ends: number[] = [];
  let run = 0;
  for (const [index, is] of [...are, false].entries()) {
    if (!is && run >= enough) ends.push(index);
    run = is ? run + 1 : 0;
  }
  return ends;
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

/** What lies between words as they were said and as they are heard: filters, and a part of a sample. */
const taps = 33;
const pieceMs = 160;
const searchedMs = 640;

/** What is heard beside the beginning of words that are known; undefined where they are not found. */
export function besideWords(words: Sound, heard: Sound, changeMsMax: number): Sound | undefined {
  const [first] = compareSpeech(words, heard, changeMsMax).matches;
  if (first === undefined) return undefined;
  const { rateHz } = heard;
  const lag = first.recording - first.speech;
  const piece = (pieceMs * rateHz) / 1000;
  const from = Math.max(0, lag);
  const until = Math.min(heard.samples.length, from + (searchedMs * rateHz) / 1000);
  const beside = new Float32Array(Math.max(0, until - from));
  for (let at = from; at + piece <= until; at += piece) {
    const rows = Array.from({ length: piece }, (_, index) => said(words.samples, at + index - lag));
    const own = heard.samples.subarray(at, at + piece);
    const filter = fitted(rows, own);
    for (const [index, row] of rows.entries()) {
      beside[at - from + index] = own[index]! - row.reduce((sum, sample, tap) => sum + sample * filter[tap]!, 0);
    }
  }
  return { rateHz, samples: beside };
}

/** Samples about one place, from which a filter makes what is heard there. */
function said(samples: Float32Array, at: number): Float64Array {
  return Float64Array.from({ length: taps }, (_, tap) => samples[at + (taps >> 1) - tap] ?? 0);
}

/** By least squares: the filter that makes of the rows what is nearest to what was heard. */
function fitted(rows: readonly Float64Array[], heard: Float32Array): Float64Array {
  const sums = Array.from({ length: taps }, () => new Float64Array(taps + 1));
  for (const [index, row] of rows.entries()) {
    for (let one = 0; one < taps; one++) {
      const sum = sums[one]!;
      for (let other = 0; other < taps; other++) sum[other]! += row[one]! * row[other]!;
      sum[taps]! += row[one]! * heard[index]!;
    }
  }
  return solved(sums);
}

/** Linear equations, by elimination; a little is added to the diagonal where silence leaves them open. */
function solved(equations: readonly Float64Array[]): Float64Array {
  for (const [index, row] of equations.entries()) row[index]! += 1e-4 + 1e-4 * row[index]!;
  for (const [at, pivot] of equations.entries()) {
    for (const row of equations.slice(at + 1)) {
      const share = row[at]! / pivot[at]!;
      for (let column = at; column <= taps; column++) row[column]! -= share * pivot[column]!;
    }
  }
  const filter = new Float64Array(taps);
  for (let at = taps - 1; at >= 0; at--) {
    const row = equations[at]!;
    let rest = row[taps]!;
    for (let other = at + 1; other < taps; other++) rest -= row[other]! * filter[other]!;
    filter[at] = rest / row[at]!;
  }
  return filter;
}
