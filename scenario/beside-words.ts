/**
 * What is heard beside words that are known, also where a slow network hastens them. Pure.
 *
 *   words   ─▶ filter of the way there ─▶ words as they are heard ─▶ piece by piece where they stand ─▶ taken away
 *              (measured where nothing                              (10 ms; each splice moves what
 *              else is heard)                                        follows it)
 *
 * The filter is measured once, over a long stretch: a piece of 10 ms has nothing left to choose but its place and a
 * little of its level, so what is heard beside the words is not taken away with them.
 */
import { resampled } from '../test/interop/support/sound.ts';
import { type Comparison, compareSpeech } from '../test/interop/support/speech-compare.ts';
import type { Sound } from '../test/interop/support/wav.ts';

/** Of the filter: what lies on the way keeps within so many samples. */
const taps = 33;
/** Of the words: splices are made at 16 kHz, so these may stand between two samples of ours. */
const halves = 2;
/** Beginning of the words that is left out of the measurement: something else may be heard under it. */
const besideMs = 400;
const windowSamples = 160;
const windowsMin = 10;
const windowsMax = 60;
const nudgeMax = 3;
const pieceSamples = 80;
/** How far a piece may stand from the one before, in halves of a sample. */
const reach = 500;
const gainMin = 0.7;
const gainMax = 1.4;
/** Share of a piece that is left, below which its place is sure. */
const sureShare = 0.2;
/** Of two places that fit alike the nearer. */
const nearness = 1e-7;
const beforeMs = 50;
const searchedMs = 640;

/**
 * Beside the beginning of the words, where these frequencies are looked for; undefined where the words are not found, or
 * nowhere long enough to know the way.
 */
export function besideWords(
  words: Sound,
  heard: Sound,
  changeMsMax: number,
  frequenciesHz: readonly number[],
): Sound | undefined {
  const { rateHz, samples } = heard;
  const { matches } = compareSpeech(words, heard, changeMsMax);
  const [first] = matches;
  const wide = resampled(words, halves * rateHz).samples;
  const filter = filterBetween(wide, samples, matches, (besideMs * rateHz) / 1000);
  if (first === undefined || filter === undefined) return undefined;
  const begin = first.recording - first.speech;
  const from = Math.max(0, begin - (beforeMs * rateHz) / 1000);
  const until = Math.min(samples.length, begin + (searchedMs * rateHz) / 1000);
  const enough = Math.min(wide.length, halves * (until - from) + 2 * reach);
  const said = Float32Array.from({ length: enough }, (_, at) => weighted(around(wide, at), filter));
  const beside = new Float32Array(Math.max(0, until - from));
  const notes = notesOf(frequenciesHz, rateHz);
  const wordsAt = piecesOf(said, notes);
  let delay = halves * begin;
  for (let at = from; at + pieceSamples <= until; at += pieceSamples) {
    const piece = samples.subarray(at, at + pieceSamples);
    const place = placeOf(piece, halves * at - delay, wordsAt, notes);
    if (place.isSure) delay = halves * at - place.at;
    piece.forEach((sample, index) => {
      beside[at - from + index] = sample - place.gain * (said[place.at + halves * index] ?? 0);
    });
  }
  return { rateHz, samples: beside };
}

/**
 * Where in the words a piece stands about there, and how loud; where they have not begun nothing of it is theirs. What is
 * looked for beside them has no say: words that sound like it would else be put in its place.
 */
function placeOf(
  piece: Float32Array,
  about: number,
  wordsAt: (at: number) => Words,
  notes: readonly Float64Array[],
): { readonly at: number; readonly gain: number; readonly isSure: boolean } {
  const heard = without(notes, Float64Array.from(piece));
  const energy = productOf(heard, heard);
  let best = { at: about, gain: 0, left: energy };
  for (let at = about - reach; at <= about + reach; at++) {
    const { own, power } = wordsAt(at);
    if (power === 0) continue;
    const product = productOf(own, heard);
    const gain = Math.min(gainMax, Math.max(gainMin, product / power));
    const left = energy - 2 * gain * product + gain * gain * power + nearness * Math.abs(at - about);
    if (left < best.left) best = { at, gain, left };
  }
  return { at: best.at, gain: best.gain, isSure: best.left < sureShare * energy };
}

/** A piece of the words without the notes. */
interface Words {
  readonly own: Float64Array;
  readonly power: number;
}

/** Pieces of the words by where they begin; each is asked for by many that are heard. */
function piecesOf(said: Float32Array, notes: readonly Float64Array[]): (at: number) => Words {
  const known = new Map<number, Words>();
  return (at) => {
    let words = known.get(at);
    if (words === undefined) {
      const piece = Float64Array.from({ length: pieceSamples }, (_, i) => said[at + halves * i] ?? 0);
      const own = without(notes, piece);
      words = { own, power: productOf(own, own) };
      known.set(at, words);
    }
    return words;
  };
}

/** What of a piece is none of the notes, which stand at right angles to each other. */
function without(notes: readonly Float64Array[], piece: Float64Array): Float64Array {
  for (const note of notes) {
    const share = productOf(note, piece);
    for (let i = 0; i < piece.length; i++) piece[i]! -= share * note[i]!;
  }
  return piece;
}

function productOf(a: Float64Array, b: Float64Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += a[i]! * b[i]!;
  return product;
}

/** Each of these frequencies in a piece, at whatever phase. */
function notesOf(frequenciesHz: readonly number[], rateHz: number): readonly Float64Array[] {
  const notes: Float64Array[] = [];
  for (const hz of frequenciesHz) {
    for (const wave of [Math.cos, Math.sin]) {
      const note = Float64Array.from({ length: pieceSamples }, (_, i) => wave((2 * Math.PI * hz * i) / rateHz));
      const rest = without(notes, note);
      const length = Math.sqrt(productOf(rest, rest));
      notes.push(rest.map((sample) => sample / length));
    }
  }
  return notes;
}

/** By least squares, over windows whose delay is that of the next. */
function filterBetween(
  wide: Float32Array,
  heard: Float32Array,
  matches: Comparison['matches'],
  fromSample: number,
): Float64Array | undefined {
  const steady = matches.filter(({ speech, recording }, index) => {
    const next = matches[index + 1];
    return (
      speech >= fromSample && next?.speech === speech + windowSamples && next.recording === recording + windowSamples
    );
  });
  if (steady.length < windowsMin) return undefined;
  const rows: Float64Array[] = [];
  const results: number[] = [];
  for (const { speech, recording } of steady.slice(0, windowsMax)) {
    const window = heard.subarray(recording, recording + windowSamples);
    const at = halves * speech + nudgeOf(window, wide, halves * speech);
    window.forEach((sample, index) => {
      rows.push(around(wide, at + halves * index));
      results.push(sample);
    });
  }
  return fitted(rows, results);
}

/** By how many halves of a sample it fits better there. */
function nudgeOf(window: Float32Array, wide: Float32Array, at: number): number {
  let best = { nudge: 0, score: Number.NEGATIVE_INFINITY };
  for (let nudge = -nudgeMax; nudge <= nudgeMax; nudge++) {
    let [product, own] = [0, 1e-12];
    for (let i = 0; i < window.length; i++) {
      const sample = wide[at + nudge + halves * i] ?? 0;
      product += sample * window[i]!;
      own += sample * sample;
    }
    const score = product / Math.sqrt(own);
    if (score > best.score) best = { nudge, score };
  }
  return best.nudge;
}

/** Samples about one place, from which the filter makes what is heard there. */
function around(wide: Float32Array, at: number): Float64Array {
  return Float64Array.from({ length: taps }, (_, tap) => wide[at + halves * ((taps >> 1) - tap)] ?? 0);
}

function weighted(row: Float64Array, filter: Float64Array): number {
  return row.reduce((sum, sample, tap) => sum + sample * filter[tap]!, 0);
}

/** The filter that makes of the rows what is nearest to the results. */
function fitted(rows: readonly Float64Array[], results: readonly number[]): Float64Array {
  const sums = Array.from({ length: taps }, () => new Float64Array(taps + 1));
  for (const [index, row] of rows.entries()) {
    for (let one = 0; one < taps; one++) {
      const sum = sums[one]!;
      for (let other = 0; other < taps; other++) sum[other]! += row[one]! * row[other]!;
      sum[taps]! += row[one]! * results[index]!;
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
