/**
 * The tones by which a line is proven, and their recognition in what comes back: a code of eight tones that differs each
 * time, so that nobody else's tone is taken for ours, then a line-up tone of 1004 Hz for the level.
 *
 * What is heard is looked at in blocks of 10 ms, in which the tones of the code do not disturb each other. The delay is
 * therefore known to 10 ms; what matters of it is a hundred times that.
 */

import { frameMs, frameRateHz, frameSamples, type PcmFrame } from './frame.ts';
import { dbovOf, meanSquare } from './level.ts';
import { Tone } from './tone.ts';

const codeHz = [600, 800, 1200, 1400, 1600, 1800] as const;
const lineUpHz = 1004;
/** Of the code, 0 to `toneKinds − 1` each; neighbours differ. */
export const codeLength = 8;
export const toneKinds = codeHz.length;
const symbolMs = 80;
const codeMs = codeLength * symbolMs;
const lineUpMs = 800;
const proofToneMs = codeMs + lineUpMs;

const blockMs = 10;
const blockSamples = (frameRateHz * blockMs) / 1000;
/** 20 s: longer than any proof. */
const blocksMax = 2000;
/** So much of the code must be found, as a share of its energy at its time. */
const likenessMin = 0.5;
/** The middle of the line-up tone, whose level is taken. */
const levelFromMs = codeMs + 100;
const levelToMs = codeMs + 700;
/** Nothing for so long, and its sender may count its time anew. */
const spurtGapMs = 200;
/** Louder than this, and it is no idle noise. */
const soundDbov = -45;
/** So many of the last frames that are loud and no tone of ours: a person. */
const foreignOf = 15;
const foreignMin = 9;
const tonalMin = 0.5;

/** The frames of one proof, 20 ms each. */
export class ProofTone {
  readonly #tones: readonly Tone[];
  readonly #frame = new Float32Array(frameSamples);
  readonly #frames = proofToneMs / frameMs;
  #next = 0;

  constructor(code: readonly number[], levelDbov: number) {
    const all = [...code.map((symbol) => codeHz[symbol] ?? codeHz[0]), lineUpHz];
    this.#tones = all.map((hz) => new Tone(hz, levelDbov, frameRateHz));
  }

  /** The next frame, lent; undefined when all has been given. */
  pull(): PcmFrame | undefined {
    if (this.#next >= this.#frames) return undefined;
    const index = Math.min(codeLength, Math.floor((this.#next * frameMs) / symbolMs));
    this.#tones[index]?.fill(this.#frame);
    this.#next += 1;
    return this.#frame;
  }
}

/** Of one ear. */
export interface ToneHeard {
  /** Of the line-up tone. */
  readonly levelDbov: number;
  /** From its first packet out to its first packet in. */
  readonly delayMs: number;
  /** Share of the line-up tone that arrived, 0–1. */
  readonly whole: number;
}

interface Block {
  readonly positionMs: number;
  readonly spurt: number;
  readonly total: number;
  /** Mean square of each tone of the code. */
  readonly tones: readonly number[];
  readonly lineUp: number;
}

/** What one leg says during a proof. */
export class ProofEar {
  readonly #blocks: Block[] = [];
  /** Of each spurt: arrival less position of its least delayed frame. */
  readonly #offsets: number[] = [];
  #heardMs = -Infinity;
  #foreign = 0;

  /** `positionMs`: on the sender's own time. */
  hear(frame: PcmFrame, positionMs: number, nowMs: number): void {
    const spurt =
      nowMs - this.#heardMs > spurtGapMs ? this.#offsets.push(nowMs - positionMs) - 1 : this.#offsets.length - 1;
    this.#offsets[spurt] = Math.min(this.#offsets[spurt] ?? Infinity, nowMs - positionMs);
    this.#heardMs = nowMs;
    for (let half = 0; half < 2 && this.#blocks.length < blocksMax; half++) {
      const samples = frame.subarray(half * blockSamples, (half + 1) * blockSamples);
      this.#blocks.push({
        positionMs: positionMs + half * blockMs,
        spurt,
        total: meanSquare(samples),
        tones: codeHz.map((hz) => powerAt(hz, samples)),
        lineUp: powerAt(lineUpHz, samples),
      });
    }
    this.#foreign = ((this.#foreign << 1) | Number(this.#isForeign())) & ((1 << foreignOf) - 1);
  }

  /** Somebody talks: what comes is loud, and no tone of ours. */
  get hearsPerson(): boolean {
    return ones(this.#foreign) >= foreignMin;
  }

  /** Of a tone that was sent from `sentMs` on; undefined where it is not found. */
  find(code: readonly number[], sentMs: number): ToneHeard | undefined {
    const times = this.#blocks.map(({ positionMs, spurt }) => positionMs + (this.#offsets[spurt] ?? 0));
    let best = -1;
    let most = likenessMin;
    for (let from = 0; from < this.#blocks.length; from++) {
      if (times[from]! < sentMs - blockMs) continue;
      const likeness = this.#likeness(code, times, from);
      if (likeness > most) {
        best = from;
        most = likeness;
      }
    }
    return best === -1 ? undefined : this.#measure(times, best, sentMs);
  }

  #likeness(code: readonly number[], times: readonly number[], from: number): number {
    let sum = 0;
    for (let at = from; at < times.length; at++) {
      const sinceMs = times[at]! - times[from]!;
      if (sinceMs >= codeMs) break;
      const { total, tones } = this.#blocks[at]!;
      const tone = tones[code[Math.floor(sinceMs / symbolMs)] ?? -1] ?? 0;
      if (total > 0) sum += Math.min(1, tone / total);
    }
    return sum / (codeMs / blockMs);
  }

  #measure(times: readonly number[], from: number, sentMs: number): ToneHeard {
    let power = 0;
    let count = 0;
    for (let at = from; at < times.length; at++) {
      const sinceMs = times[at]! - times[from]!;
      const { lineUp, total } = this.#blocks[at]!;
      if (sinceMs < levelFromMs || sinceMs >= levelToMs || lineUp < tonalMin * total) continue;
      power += lineUp;
      count += 1;
    }
    const whole = Math.min(1, (count * blockMs) / (levelToMs - levelFromMs));
    return {
      levelDbov: Math.round(10 * dbovOf(count === 0 ? 0 : power / count)) / 10,
      delayMs: Math.max(0, Math.round(times[from]! - sentMs)),
      whole: Math.round(100 * whole) / 100,
    };
  }

  #isForeign(): boolean {
    const [first, second] = this.#blocks.slice(-2);
    if (first === undefined || second === undefined || this.#blocks.length >= blocksMax) return false;
    const total = first.total + second.total;
    const ours = [first, second]
      .flatMap(({ tones, lineUp }) => [...tones, lineUp])
      .reduce((sum, each) => sum + each, 0);
    return dbovOf(total / 2) > soundDbov && ours < tonalMin * total;
  }
}

/** Mean square of the part of the samples that is of a frequency (Goertzel). */
function powerAt(hz: number, samples: Float32Array): number {
  const step = (2 * Math.PI * hz) / frameRateHz;
  const twice = 2 * Math.cos(step);
  let one = 0;
  let two = 0;
  for (const sample of samples) {
    const next = sample + twice * one - two;
    two = one;
    one = next;
  }
  const square = one * one + two * two - twice * one * two;
  return (2 * square) / samples.length ** 2;
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
