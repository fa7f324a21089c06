/**
 * Finds speech that was sent in what a listener recorded, and says how much of it arrived, when and how loud.
 *
 *   speech     |  w0  |  w1  |  w2  | … windows of 20 ms; those within 20 dB of the speech's level are active
 *   recording  …   |  w0  |  w1  |gap|  w2  | …
 *
 * An active window is *found* where it fits (speech-follower.ts) and is no more than 15 dB too faint. One between two
 * found ones is *spliced* when they follow on each other in the recording without the time for it: its sound was
 * hastened, not lost. Found or spliced it is covered.
 */
import { SearchedRecording } from './correlation.ts';
import { dbov, windowPowers } from './sound.ts';
import { blockSamples, type Found, SpeechFollower, windowSamples } from './speech-follower.ts';
import type { Sound } from './wav.ts';

export interface Comparison {
  /** Share of the active windows that are covered, and how many of them are spliced. */
  readonly cover: number;
  readonly spliced: number;
  /** The same from the first covered window on: what is missing before it has a bar of its own. */
  readonly coverAfterOnset: number;
  /** Mean correlation of the found windows in their context. */
  readonly correlation: number;
  /** Longest stretch of the speech without a covered active window. */
  readonly longestGapMs: number;
  /** Speech before the first covered window. */
  readonly onsetMissingMs: number;
  /** Speech after the last covered window. */
  readonly tailMissingMs: number;
  /** Position in the recording less position in the speech: median of all found windows, of the first and last ten. */
  readonly delayMs: number;
  readonly delayFirstMs: number;
  readonly delayLastMs: number;
  /** Level of the found windows in the recording, and how much that is above what was sent. */
  readonly levelDbov: number;
  readonly levelDb: number;
  /** Where each found window begins, in samples of the speech and of the recording. */
  readonly matches: readonly { readonly speech: number; readonly recording: number }[];
}

export interface Trace {
  /** Best correlation of any half second of the speech with any place of the recording. */
  readonly score: number;
  /** Where in the recording, s. */
  readonly atS: number;
  /** Level of the recording there. */
  readonly levelDbov: number;
}

const rateHz = 8000;
const activeDb = 20;
const fainterMaxDb = 15;
/** What may lie in the recording between two found windows that meet, for a cross-fade: less than a window. */
const spliceSamples = 140;
/** A period of voice at the least. */
const hastenedMin = 16;

/** `changeMsMax`: how far the delay may be from its usual value, where speech waited and is caught up. */
export function compareSpeech(speech: Sound, recording: Sound, changeMsMax = 450): Comparison {
  const { powers, active } = activeWindows(speech);
  const recorded = new SearchedRecording(at8k(recording).samples);
  const found = new SpeechFollower(speech.samples, active, recorded).follow(changeMsMax);
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
  const recorded = new SearchedRecording(at8k(recording).samples);
  const traces = new SpeechFollower(speech.samples, active, recorded).blocks;
  const best = traces.reduce((strongest, trace) => (trace.score > strongest.score ? trace : strongest));
  return {
    score: best.score,
    atS: (best.start + best.lag) / rateHz,
    levelDbov: dbov(recorded.energy(best.start + best.lag, blockSamples) / blockSamples),
  };
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

function heardPower(recorded: SearchedRecording, index: number, lag: number): number {
  return recorded.energy(index * windowSamples + lag, windowSamples) / windowSamples;
}

function summarise(active: readonly number[], found: readonly Found[], levelDbov: number, levelDb: number): Comparison {
  const ms = (windows: number) => (windows * 1000 * windowSamples) / rateHz;
  const delayMs = (some: readonly Found[]) =>
    (some.map(({ lag }) => lag).sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? Number.NaN) / (rateHz / 1000);
  const first = active[0]!;
  const last = active.at(-1)!;
  const spliced = splicedBetween(active, found);
  const covered = [...found.map((each) => each.window), ...spliced].sort((a, b) => a - b);
  const gaps = [...covered, last + 1].map((index, i) => missingBetween(active, covered[i - 1] ?? first - 1, index));
  return {
    cover: covered.length / active.length,
    spliced: spliced.length,
    coverAfterOnset: covered.length / Math.max(1, active.filter((index) => index >= (covered[0] ?? first)).length),
    correlation: found.reduce((sum, { score }) => sum + score, 0) / Math.max(1, found.length),
    longestGapMs: ms(Math.max(...gaps)),
    onsetMissingMs: ms((covered[0] ?? last + 1) - first),
    tailMissingMs: ms(last - (covered.at(-1) ?? first - 1)),
    delayMs: delayMs(found),
    delayFirstMs: delayMs(found.slice(0, 10)),
    delayLastMs: delayMs(found.slice(-10)),
    levelDbov,
    levelDb,
    matches: found.map(({ window: index, lag }) => ({
      speech: index * windowSamples,
      recording: index * windowSamples + lag,
    })),
  };
}

/** Active windows that were not found because their neighbours meet in the recording: nothing lies between those. */
function splicedBetween(active: readonly number[], found: readonly Found[]): readonly number[] {
  return found.flatMap(({ window: index, lag }, i) => {
    const next = found[i + 1];
    if (next === undefined) return [];
    const between = (next.window - index - 1) * windowSamples + next.lag - lag;
    const missed = active.filter((other) => other > index && other < next.window);
    return between <= spliceSamples && lag - next.lag >= hastenedMin ? missed : [];
  });
}

/** Span from the first to the last active window that lies between two found ones. */
function missingBetween(active: readonly number[], before: number, after: number): number {
  const missed = active.filter((index) => index > before && index < after);
  return missed.length === 0 ? 0 : missed.at(-1)! - missed[0]! + 1;
}
