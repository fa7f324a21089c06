/**
 * Finds speech that was sent in what a listener recorded, and says how much of it arrived, when and how loud.
 *
 *   speech     |  w0  |  w1  |  w2  | … windows of 20 ms; those within 25 dB of the speech's level are active
 *   recording  …   |  w0  |  w1  |gap|  w2  | …
 *
 * First each half second is searched in the whole recording (normalised cross-correlation, blind to level). Around the
 * delays so found each active window is then looked for on its own, with 20 ms to either side as context: it is *found*
 * where context and window both fit and the window is no more than 15 dB too faint. So a delay that changes within the
 * over (a buffer that is caught up, a receiver that stretches) is followed, and 20 ms that are missing are seen.
 */
import { type Match, SearchedRecording } from './correlation.ts';
import { dbov, windowPowers } from './sound.ts';
import type { Sound } from './wav.ts';

export interface Comparison {
  /** Share of the active windows that are found. */
  readonly cover: number;
  /** Mean correlation of the found windows in their context. */
  readonly correlation: number;
  /** Longest stretch of the speech without a found active window. */
  readonly longestGapMs: number;
  /** Speech before the first found window. */
  readonly onsetMissingMs: number;
  /** Speech after the last found window. */
  readonly tailMissingMs: number;
  /** Position in the recording less position in the speech: median of all found windows, of the first and last ten. */
  readonly delayMs: number;
  readonly delayFirstMs: number;
  readonly delayLastMs: number;
  /** Level of the found windows in the recording, and how much that is above what was sent. */
  readonly levelDbov: number;
  readonly levelDb: number;
}

export interface Trace {
  /** Best correlation of any half second of the speech with any place of the recording. */
  readonly score: number;
  /** Level of the recording there. */
  readonly levelDbov: number;
}

interface Found {
  readonly window: number;
  readonly lag: number;
  readonly score: number;
}

const rateHz = 8000;
const window = rateHz / 50;
const block = rateHz / 2;
const activeDb = 25;
/** A half second that fits so well is there; one that fits less counts only near where the others are. */
const blockScoreSure = 0.65;
const blockScoreMin = 0.4;
const blockReach = (rateHz * 400) / 1000;
const contextScoreMin = 0.7;
const windowScoreMin = 0.6;
/** Fits so well that no other place need be tried. */
const surelyScore = 0.9;
/** How far a window is looked for around where its neighbours were. */
const lagReach = (rateHz * 25) / 1000;
const fineReach = (rateHz * 2) / 1000;
const fainterMaxDb = 15;

export function compareSpeech(speech: Sound, recording: Sound): Comparison {
  const { powers, active } = activeWindows(speech);
  const recorded = new SearchedRecording(at8k(recording).samples, block);
  const anchors = anchorsOf(speech.samples, active, recorded);
  const found: Found[] = [];
  let before: number | undefined;
  for (const index of active) {
    const hit = lookFor(speech.samples, index, recorded, anchors, before);
    if (hit === undefined) continue;
    found.push(hit);
    before = hit.lag;
  }
  const sent = found.reduce((sum, { window: index }) => sum + powers[index]!, 0);
  const heard = found.reduce((sum, { window: index, lag }) => sum + heardPower(recorded, index, lag), 0);
  const gain = sent === 0 ? 0 : heard / sent;
  const kept = found.filter(
    ({ window: index, lag }) => heardPower(recorded, index, lag) > powers[index]! * gain * 10 ** (-fainterMaxDb / 10),
  );
  return summarise(active, kept, dbov(found.length === 0 ? 0 : heard / found.length), dbov(gain));
}

/** The strongest trace of speech that should not be there; speech of its own, or another talker's, scores below 0.4. */
export function traceOf(speech: Sound, recording: Sound): Trace {
  const { active } = activeWindows(speech);
  const recorded = new SearchedRecording(at8k(recording).samples, block);
  let best: Match = { at: 0, score: 0 };
  for (const at of blocksOf(active)) {
    const match = recorded.find(speech.samples.subarray(at, at + block));
    if (match.score > best.score) best = match;
  }
  return { score: best.score, levelDbov: dbov(recorded.energy(best.at, block) / block) };
}

function at8k(sound: Sound): Sound {
  if (sound.rateHz !== rateHz) throw new Error(`a recording of ${sound.rateHz} Hz: to be resampled to ${rateHz} Hz`);
  return sound;
}

function activeWindows(speech: Sound): { readonly powers: Float64Array; readonly active: readonly number[] } {
  const powers = windowPowers(at8k(speech).samples, rateHz);
  const loudest = [...powers].sort((a, b) => b - a).slice(0, Math.ceil(powers.length / 4));
  const level = loudest.reduce((sum, power) => sum + power, 0) / Math.max(1, loudest.length);
  const active = [...powers.keys()].filter((index) => powers[index]! > level * 10 ** (-activeDb / 10));
  if (active.length === 0) throw new Error('there is no speech in what was sent');
  return { powers, active };
}

/** Beginnings of half seconds that cover the active windows. */
function blocksOf(active: readonly number[]): number[] {
  const starts: number[] = [];
  for (const index of active) {
    if (starts.length === 0 || index * window >= starts.at(-1)! + block) starts.push(index * window);
  }
  return starts;
}

/** Delays at which half seconds of the speech were found, by where they begin. */
function anchorsOf(samples: Float32Array, active: readonly number[], recorded: SearchedRecording): Map<number, number> {
  const blocks = blocksOf(active).map((start) => {
    const { at, score } = recorded.find(samples.subarray(start, start + block));
    return { start, lag: at - start, score };
  });
  const sure = blocks.filter(({ score }) => score >= blockScoreSure).map(({ lag }) => lag);
  const usual = sure.sort((a, b) => a - b)[Math.floor(sure.length / 2)];
  if (usual === undefined) return new Map();
  return new Map(
    blocks
      .filter(({ lag, score }) => score >= blockScoreSure || (score >= blockScoreMin && near(lag, usual)))
      .map(({ start, lag }) => [start, lag]),
  );
}

function near(lag: number, usual: number): boolean {
  return Math.abs(lag - usual) <= blockReach;
}

/** The delays to try for a window: its predecessor's, and those of the half seconds around it. */
function lagsFor(index: number, anchors: ReadonlyMap<number, number>, before: number | undefined): number[] {
  const at = index * window;
  const around = [...anchors].sort(([a], [b]) => Math.abs(a - at) - Math.abs(b - at)).slice(0, 3);
  return [...(before === undefined ? [] : [before]), ...around.map(([, lag]) => lag)];
}

function lookFor(
  samples: Float32Array,
  index: number,
  recorded: SearchedRecording,
  anchors: ReadonlyMap<number, number>,
  before: number | undefined,
): Found | undefined {
  const from = index * window;
  let best = { lag: 0, score: 0 };
  const search = (lag: number, reach: number): void => {
    for (let shift = -reach; shift <= reach; shift++) {
      const score = recorded.score(samples, from - window, 3 * window, from - window + lag + shift);
      if (score > best.score) best = { lag: lag + shift, score };
    }
  };
  if (before !== undefined) search(before, fineReach);
  for (const lag of lagsFor(index, anchors, before)) {
    if (best.score > surelyScore) break;
    search(lag, lagReach);
  }
  if (best.score < contextScoreMin) return undefined;
  for (let shift = -fineReach; shift <= fineReach; shift++) {
    if (recorded.score(samples, from, window, from + best.lag + shift) >= windowScoreMin) {
      return { window: index, ...best };
    }
  }
  return undefined;
}

function heardPower(recorded: SearchedRecording, index: number, lag: number): number {
  return recorded.energy(index * window + lag, window) / window;
}

function summarise(active: readonly number[], found: readonly Found[], levelDbov: number, levelDb: number): Comparison {
  const ms = (windows: number) => (windows * 1000 * window) / rateHz;
  const delayMs = (some: readonly Found[]) =>
    (some.map(({ lag }) => lag).sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? Number.NaN) / (rateHz / 1000);
  const first = active[0]!;
  const last = active.at(-1)!;
  let longest = 0;
  let before = first - 1;
  for (const { window: index } of found) {
    longest = Math.max(longest, missingBetween(active, before, index));
    before = index;
  }
  longest = Math.max(longest, missingBetween(active, before, last + 1));
  return {
    cover: found.length / active.length,
    correlation: found.reduce((sum, { score }) => sum + score, 0) / Math.max(1, found.length),
    longestGapMs: ms(longest),
    onsetMissingMs: ms((found[0]?.window ?? last + 1) - first),
    tailMissingMs: ms(last - (found.at(-1)?.window ?? first - 1)),
    delayMs: delayMs(found),
    delayFirstMs: delayMs(found.slice(0, 10)),
    delayLastMs: delayMs(found.slice(-10)),
    levelDbov,
    levelDb,
  };
}

/** Span from the first to the last active window that lies between two found ones. */
function missingBetween(active: readonly number[], before: number, after: number): number {
  const missed = active.filter((index) => index > before && index < after);
  return missed.length === 0 ? 0 : missed.at(-1)! - missed[0]! + 1;
}
