/**
 * The prints of the last seconds of one voice, in slots of 20 ms, and how alike two of them are.
 *
 * A print is made fit to be compared as it is kept: what is 25 dB below the loudest of late counts as silence, and what
 * all bands have in common is taken away, for pauses and syllables of any two speakers look alike; what is left is how
 * the sound is shaped. The likeness of two stretches is the correlation of those shapes, each band about its own mean, so
 * that neither gain nor the colour of a channel matters: about 0.3 for strangers, 0.65 to 0.95 for the same speech
 * through other codecs (docs/performance.md).
 *
 * Pure; no allocation a frame.
 */
import { frameMs, type PcmFrame } from './frame.ts';
import { printBands, VoicePrinter } from './voice-print.ts';

/** A stretch that is compared: 0.8 s. */
const stretchSlots = 40;
export const stretchMs = stretchSlots * frameMs;
/** So many of its slots must be voice on both sides. */
const voicedMin = 22;
/** What comes back later than this is not looked for, ms. */
export const delayMsMax = 2100;
const lagMax = delayMsMax / frameMs;
/** A power of two, longer than the latest stretch that may be asked for and what arrives out of step. */
const slots = 256;
const depthDb = 25;
/** About −65 dBov: a line without voice never counts as voice, however quiet it is. */
const peakMinDb = -25;
const peakFallDb = 0.1;
/** A stream that is out of step with the clock by more than this begins anew. */
const stepMsMax = 80;
/** Sums up to and with a slot: of each band, of all squares, of voiced slots. */
const sumsPerSlot = printBands + 2;
const squares = printBands;
const voiced = printBands + 1;

/** Nobody in particular. */
export const noOwner = 0;

export class PrintTrack {
  readonly shapes = new Float32Array(slots * printBands);
  readonly sums = new Float64Array(slots * sumsPerSlot);
  readonly owners = new Int32Array(slots);
  /** The slot that comes next. */
  next = 0;

  readonly #printer = new VoicePrinter();
  #offsetMs = Number.NaN;
  #peakDb = peakMinDb;

  /** There is voice enough in the last stretch to compare it. */
  get voicedEnough(): boolean {
    return this.sum(voiced, this.next - stretchSlots, stretchSlots) >= voicedMin;
  }

  /** Keeps the print of a frame that begins at `positionMs` of its stream's own time; `owner` says whose it is. */
  push(frame: PcmFrame, positionMs: number, nowMs: number, owner: number): void {
    if (!(Math.abs(nowMs - positionMs - this.#offsetMs) <= stepMsMax)) this.#offsetMs = nowMs - positionMs;
    this.advance(Math.round((positionMs + this.#offsetMs) / frameMs));
    const at = (this.next & (slots - 1)) * printBands;
    this.#printer.print(frame, this.shapes, at);
    this.#shape(at, owner);
  }

  /** Fills with silence what lies before `slot`. */
  advance(slot: number): void {
    if (slot - this.next > slots) this.next = slot - slots;
    while (this.next < slot) {
      const at = (this.next & (slots - 1)) * printBands;
      this.shapes.fill(0, at, at + printBands);
      this.#keep(at, 0, 0, noOwner);
    }
  }

  /** Sum of `what` over `count` slots from `from` on; all of them still kept. */
  sum(what: number, from: number, count: number): number {
    const before = ((from - 1) & (slots - 1)) * sumsPerSlot + what;
    const last = ((from + count - 1) & (slots - 1)) * sumsPerSlot + what;
    return this.sums[last]! - this.sums[before]!;
  }

  #shape(at: number, owner: number): void {
    const { shapes } = this;
    let loudestDb = peakMinDb;
    for (let band = at; band < at + printBands; band++) loudestDb = Math.max(loudestDb, shapes[band]!);
    this.#peakDb = Math.max(peakMinDb, loudestDb, this.#peakDb - peakFallDb);
    const floorDb = this.#peakDb - depthDb;
    let mean = 0;
    for (let band = at; band < at + printBands; band++) {
      shapes[band] = Math.max(shapes[band]!, floorDb);
      mean += shapes[band]! / printBands;
    }
    let square = 0;
    for (let band = at; band < at + printBands; band++) {
      const x = shapes[band]! - mean;
      shapes[band] = x;
      square += x * x;
    }
    this.#keep(at, square, loudestDb > peakMinDb && loudestDb > floorDb + 5 ? 1 : 0, owner);
  }

  #keep(at: number, square: number, isVoiced: number, owner: number): void {
    const { sums, shapes } = this;
    const slot = this.next & (slots - 1);
    const to = slot * sumsPerSlot;
    const from = ((this.next - 1) & (slots - 1)) * sumsPerSlot;
    for (let band = 0; band < printBands; band++) sums[to + band] = sums[from + band]! + shapes[at + band]!;
    sums[to + squares] = sums[from + squares]! + square;
    sums[to + voiced] = sums[from + voiced]! + isVoiced;
    this.owners[slot] = owner;
    this.next += 1;
  }
}

export interface Likeness {
  /** −1 to 1; 0 where there is nothing to compare. */
  value: number;
  /** By how much the one came later than the other, ms. */
  delayMs: number;
}

const stretch = new Float64Array(stretchSlots * printBands);
const best: Likeness = { value: 0, delayMs: 0 };

/**
 * How alike the last stretch of `heard` is to what `sent` had up to 2.1 s before, wherever it fits best; what `owner` had
 * said itself does not count. Lent until the next call. About 50 µs.
 */
export function likenessOf(heard: PrintTrack, sent: PrintTrack, owner: number): Likeness {
  best.value = 0;
  best.delayMs = 0;
  if (!heard.voicedEnough) return best;
  sent.advance(heard.next);
  const from = heard.next - stretchSlots;
  const energy = centre(heard, from, stretchSlots);
  const nearest = Math.max(0, heard.next - sent.next);
  for (let lag = nearest; lag <= lagMax; lag++) {
    const begin = from - lag;
    if (sent.sum(voiced, begin, stretchSlots) < voicedMin || isOwn(sent, begin, owner)) continue;
    const value = correlate(sent, begin, stretchSlots) / Math.sqrt(energy * spread(sent, begin, stretchSlots) + 1e-9);
    if (value <= best.value) continue;
    best.value = value;
    best.delayMs = lag * frameMs;
  }
  return best;
}

/** Where a delay is known, a shorter stretch tells as much: so many slots are compared, and delays so far from it, ms. */
const shortSlotsMin = 10;
const nearMs = 60;

/**
 * How alike the last `frames` of `heard` (0.8 s at most) are to what `sent` had about `delayMs` before; undefined when
 * there are too few of them.
 */
export function likenessNear(heard: PrintTrack, sent: PrintTrack, frames: number, delayMs: number): number | undefined {
  if (frames < shortSlotsMin) return undefined;
  const count = Math.min(frames, stretchSlots);
  sent.advance(heard.next);
  const from = heard.next - count;
  const energy = centre(heard, from, count);
  const nearest = Math.max(0, heard.next - sent.next, Math.round((delayMs - nearMs) / frameMs));
  const farthest = Math.min(lagMax, Math.round((delayMs + nearMs) / frameMs));
  let value = 0;
  for (let lag = nearest; lag <= farthest; lag++) {
    const at = correlate(sent, from - lag, count) / Math.sqrt(energy * spread(sent, from - lag, count) + 1e-9);
    value = Math.max(value, at);
  }
  return value;
}

/** Copies a stretch, each band about its mean; returns its energy. */
function centre(track: PrintTrack, from: number, count: number): number {
  let energy = 0;
  for (let band = 0; band < printBands; band++) {
    const mean = track.sum(band, from, count) / count;
    for (let n = 0; n < count; n++) {
      const x = track.shapes[((from + n) & (slots - 1)) * printBands + band]! - mean;
      stretch[n * printBands + band] = x;
      energy += x * x;
    }
  }
  return energy;
}

/** The stretch at hand has no mean, so that of the other does not matter. */
function correlate({ shapes }: PrintTrack, from: number, count: number): number {
  let product = 0;
  for (let n = 0, i = 0; n < count; n++) {
    const at = ((from + n) & (slots - 1)) * printBands;
    for (let band = 0; band < printBands; band++, i++) product += stretch[i]! * shapes[at + band]!;
  }
  return product;
}

/** Energy of a stretch, each band about its mean. */
function spread(track: PrintTrack, from: number, count: number): number {
  let energy = track.sum(squares, from, count);
  for (let band = 0; band < printBands; band++) energy -= track.sum(band, from, count) ** 2 / count;
  return Math.max(0, energy);
}

/** Who talks changes seldom: his beginning, middle and end say enough of a stretch. */
function isOwn({ owners }: PrintTrack, from: number, owner: number): boolean {
  if (owner === noOwner) return false;
  const mask = slots - 1;
  const middle = from + (stretchSlots >> 1);
  const last = from + stretchSlots - 1;
  return owners[from & mask] === owner || owners[middle & mask] === owner || owners[last & mask] === owner;
}
