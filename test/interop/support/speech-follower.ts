/**
 * Follows speech through a recording whose delay may change: a buffer that is caught up, a receiver that stretches.
 *
 *   1  each half second is searched in the whole recording (normalised cross-correlation, blind to level)
 *   2  for each active window of 20 ms, with 10 ms to either side as context, the few delays are kept at which both it
 *      and its context fit; so 20 ms that are missing are seen
 *   3  of these the chain is taken that explains most: each window that fits counts for it, each change of the delay
 *      against it. Voice resembles itself a period before and after, so a delay that only a window or two share is chance
 *   4  where speech may have waited for long, the windows between two of the chain are looked for alone: it is hastened,
 *      and splices may stand closer than a context
 */
import type { SearchedRecording } from './correlation.ts';

/** 20 ms and 500 ms at 8 kHz. */
export const windowSamples = 160;
export const blockSamples = 4000;

export interface Found {
  /** Index of the window. */
  readonly window: number;
  /** Position in the recording less position in the speech, samples. */
  readonly lag: number;
  readonly score: number;
}

export interface Block {
  readonly start: number;
  readonly lag: number;
  readonly score: number;
}

/** A half second that fits so well is there without doubt. */
const blockScoreSure = 0.65;
/** 80 ms, between two splices; every 60 ms one is looked for. What is not there fits less well. */
const syllableSamples = 640;
const syllableEvery = 3;
const syllableScore = 0.75;
const syllablesMin = 4;
const contextSamples = windowSamples / 2;
const contextScoreMin = 0.65;
const windowScoreMin = 0.75;
/** Worth a closer look: a delay that is no whole number of samples costs some of the score. */
const nearlyScore = 0.5;
/** Fits so well at the usual delay that no other need be tried. */
const surelyScore = 0.93;
/** To look so far for each window takes most of the time: it is looked for first where the one before was. */
const farReach = 4000;
/** Fits well enough there. */
const goingScore = 0.8;
const candidatesMax = 6;
const fineReach = 16;
/** A window that fits counts its score less this. */
const scoreFree = 0.5;
const changeCost = 0.4;
const jumpCost = 1;
/** A delay that changes by more from one window to the next, pauses between them aside, has jumped. */
const changeReach = 200;
/** 300 ms: within so many windows speech that is hastened throughout has one that is found with its context. */
const hastenedMax = 15;
/** A window that has nothing else to show for itself. */
const aloneScoreMin = 0.85;
/** Windows over which a chain may go on without a find. */
const bridgedMax = 75;

export class SpeechFollower {
  readonly #samples: Float32Array;
  readonly #active: readonly number[];
  readonly #recorded: SearchedRecording;
  readonly #phases: readonly Float32Array[];
  #blocks: readonly Block[] | undefined;

  constructor(samples: Float32Array, active: readonly number[], recorded: SearchedRecording) {
    this.#samples = samples;
    this.#active = active;
    this.#recorded = recorded;
    this.#phases = phasesOf(samples);
  }

  /** Where each half second of the speech fits best. */
  get blocks(): readonly Block[] {
    if (this.#blocks !== undefined) return this.#blocks;
    const starts: number[] = [];
    for (const index of this.#active) {
      if (starts.length === 0 || index * windowSamples >= starts.at(-1)! + blockSamples) {
        starts.push(index * windowSamples);
      }
    }
    // The last one ends with the speech: a short pattern would fit anywhere.
    const latest = Math.max(0, this.#samples.length - blockSamples);
    this.#blocks = starts.map((from) => {
      const start = Math.min(from, latest);
      const { at, score } = this.#recorded.find(this.#samples.subarray(start, start + blockSamples));
      return { start, lag: at - start, score };
    });
    return this.#blocks;
  }

  /** `changeMsMax`: by how much the delay may differ from its usual value. */
  follow(changeMsMax: number): readonly Found[] {
    const sure = this.blocks.filter(({ score }) => score >= blockScoreSure).map(({ lag }) => lag);
    const usual = sure.length > 0 ? medianOf(sure) : this.#usualOfHastened(8 * changeMsMax);
    if (usual === undefined) return [];
    let nearby = usual;
    const candidates = this.#active.map((index) => {
      const found = this.#candidates(index, usual, nearby, 8 * changeMsMax);
      nearby = found[0]?.lag ?? nearby;
      return found;
    });
    const chain = bestChain(candidates, this.#active);
    return 8 * changeMsMax < farReach ? chain : this.#withHastened(chain);
  }

  /**
   * And the windows between two of them that stand between two splices, so that no context of theirs is whole. They lie in
   * their order, and no further apart in the recording than in the speech.
   */
  #withHastened(chain: readonly Found[]): readonly Found[] {
    const all = chain.flatMap((found, at) => {
      const next = chain[at + 1];
      if (next === undefined || next.window - found.window > hastenedMax) return [found];
      return [found, ...this.#between(found, next)];
    });
    return [...this.#beyond(all[0], -1).reverse(), ...all, ...this.#beyond(all.at(-1), 1)];
  }

  #between(found: Found, next: Found): readonly Found[] {
    const between: Found[] = [];
    for (const index of this.#active) {
      if (index <= found.window || index >= next.window) continue;
      const latest = (between.at(-1) ?? found).lag;
      const alone = this.#bestAlone(index, next.lag - fineReach, latest + fineReach);
      if (alone.score >= aloneScoreMin) between.push(alone);
    }
    return between;
  }

  /** Before the first, or behind the last: from one to the next, as long as there is one. */
  #beyond(edge: Found | undefined, way: -1 | 1): Found[] {
    const beyond: Found[] = [];
    const active = way === 1 ? this.#active : this.#active.toReversed();
    for (const index of active) {
      const from = beyond.at(-1) ?? edge;
      if (from === undefined || (index - from.window) * way <= 0) continue;
      if ((index - from.window) * way > hastenedMax) break;
      const lags = [from.lag - way * changeReach, from.lag + way * fineReach].sort((a, b) => a - b);
      const alone = this.#bestAlone(index, lags[0]!, lags[1]!);
      if (alone.score >= aloneScoreMin) beyond.push(alone);
    }
    return beyond;
  }

  /** Where a window fits best without its context, from one delay to the other. */
  #bestAlone(index: number, from: number, to: number): Found {
    const start = index * windowSamples;
    const scores = this.#recorded.scores(
      this.#samples.subarray(start, start + windowSamples),
      start + from,
      Math.max(0, to - from + 1),
    );
    let best = 0;
    for (let n = 1; n < scores.length; n++) if (scores[n]! > scores[best]!) best = n;
    const lag = from + best;
    return { window: index, lag, score: this.#fineScore(index, 0, lag, scores[best] ?? 0) };
  }

  /**
   * The usual delay of speech that was hastened throughout, so that no half second of it fits anywhere: every splice moves
   * the rest. Its syllables fit, and most of them within the reach of one delay.
   */
  #usualOfHastened(reach: number): number | undefined {
    const syllables = this.#active.filter((_, at) => at % syllableEvery === 0);
    const lags: number[] = [];
    for (const index of syllables) {
      const start = index * windowSamples;
      const pattern = this.#samples.subarray(start, start + syllableSamples);
      if (pattern.length < syllableSamples) continue;
      const { at, score } = this.#recorded.find(pattern);
      if (score >= syllableScore) lags.push(at - start);
    }
    const around = (middle: number) => lags.filter((lag) => Math.abs(lag - middle) <= reach / 2);
    const most = lags.map(around).reduce((best, each) => (each.length > best.length ? each : best), []);
    return most.length >= Math.max(syllablesMin, lags.length / 2) ? medianOf(most) : undefined;
  }

  /** At the usual delay, or at that of the window before, where it surely fits; else wherever it may. */
  #candidates(index: number, usual: number, nearby: number, reach: number): readonly Found[] {
    const found: Found[] = [];
    const take = ({ lag, score }: Peak): void => {
      const fine = this.#fineScore(index, contextSamples, lag, score);
      if (fine >= contextScoreMin && this.#fits(index, lag)) found.push({ window: index, lag, score: fine });
    };
    const usually = this.#peaks(index, usual - fineReach, usual + fineReach)[0];
    if (usually !== undefined && usually.score >= surelyScore) take(usually);
    if (found.length > 0) return found;
    if (reach >= farReach) {
      const going = this.#peaks(index, nearby - changeReach, nearby + fineReach).slice(0, candidatesMax / 2);
      if (going[0] !== undefined && going[0].score >= goingScore) going.forEach(take);
      if (found.length > 0) return found;
    }
    this.#peaks(index, usual - reach, usual + reach)
      .slice(0, candidatesMax)
      .forEach(take);
    return found;
  }

  /** Delays at which window and context fit better than beside them, the best first. */
  #peaks(index: number, from: number, to: number): readonly Peak[] {
    const scores = this.#recorded.scores(
      this.#pattern(index),
      index * windowSamples - contextSamples + from,
      to - from + 1,
    );
    const peaks: Peak[] = [];
    scores.forEach((score, i) => {
      const risen = score >= (scores[i - 1] ?? 0) && score > (scores[i + 1] ?? 0);
      if (score >= nearlyScore && risen) peaks.push({ lag: from + i, score });
    });
    return peaks.sort((a, b) => b.score - a.score);
  }

  /** A window in its context; what is outside the speech is silence. */
  #pattern(index: number): Float32Array {
    const from = index * windowSamples - contextSamples;
    const pattern = new Float32Array(windowSamples + 2 * contextSamples);
    pattern.set(this.#samples.subarray(Math.max(0, from), from + pattern.length), Math.max(0, -from));
    return pattern;
  }

  /** Whether the window alone fits about there. */
  #fits(index: number, lag: number): boolean {
    for (let at = lag - fineReach; at <= lag + fineReach; at++) {
      const score = this.#score(this.#samples, index, 0, at);
      if (score >= nearlyScore && this.#fineScore(index, 0, at, score) >= windowScoreMin) return true;
    }
    return false;
  }

  /** The best score when the delay is no whole number of samples. */
  #fineScore(index: number, context: number, lag: number, whole: number): number {
    const scores = this.#phases.flatMap((phase) =>
      [0, 1].map((more) => this.#score(phase, index, context, lag + more)),
    );
    return Math.max(whole, ...scores);
  }

  #score(samples: Float32Array, index: number, context: number, lag: number): number {
    const from = index * windowSamples - context;
    return this.#recorded.score(samples, from, windowSamples + 2 * context, from + lag);
  }
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

interface Peak {
  readonly lag: number;
  readonly score: number;
}

interface Link {
  readonly found: Found;
  readonly total: number;
  readonly before: Link | undefined;
}

/** The chain that explains most, by dynamic programming over all candidates in order. */
function bestChain(candidates: readonly (readonly Found[])[], active: readonly number[]): readonly Found[] {
  const links: (readonly Link[])[] = [];
  let best: Link | undefined;
  candidates.forEach((choices, at) => {
    const row = choices.map((found) => {
      let before: Link | undefined;
      let gained = 0;
      for (let back = 1; back <= bridgedMax && back <= at; back++) {
        const pauses = active[at]! - active[at - back]! - back;
        for (const link of links[at - back]!) {
          const total = link.total - costOf(link.found, found, pauses);
          if (total > gained) [before, gained] = [link, total];
        }
      }
      return { found, total: gained + found.score - scoreFree, before };
    });
    links.push(row);
    for (const link of row) if (best === undefined || link.total > best.total) best = link;
  });
  const chain: Found[] = [];
  for (let link = best; link !== undefined; link = link.before) chain.push(link.found);
  return chain.reverse();
}

/** What is heard once is not found twice; pauses may be left out, so a delay may change by as much. */
function costOf(before: Found, after: Found, pauses: number): number {
  const change = Math.abs(after.lag - before.lag);
  if (change <= fineReach) return 0;
  const progress = (after.window - before.window) * windowSamples + after.lag - before.lag;
  if (progress < -fineReach) return Number.POSITIVE_INFINITY;
  return change <= changeReach + pauses * windowSamples ? changeCost : jumpCost;
}

/** The speech a quarter, a half and three quarters of a sample earlier. */
function phasesOf(samples: Float32Array): Float32Array[] {
  return [0.25, 0.5, 0.75].map((fraction) => {
    const weights = Float64Array.from({ length: 16 }, (_, tap) => {
      const x = tap - 8 + fraction;
      return (Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * x) / 8.5));
    });
    const phase = new Float32Array(samples.length);
    for (let n = 0; n < phase.length; n++) {
      let sum = 0;
      for (let tap = Math.max(0, n + 9 - phase.length); tap < 16 && tap <= n + 8; tap++) {
        sum += weights[tap]! * samples[n + 8 - tap]!;
      }
      phase[n] = sum;
    }
    return phase;
  });
}
