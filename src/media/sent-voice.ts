/**
 * What was sent of late, kept as it is and printed (print-track.ts) only when something may be compared with it: most
 * voice never is, and to keep a frame costs a tenth of what its print does.
 *
 * Pure; no allocation a frame.
 */
import { frameSamples, type PcmFrame } from './frame.ts';
import { delayMsMax, noOwner, PrintTrack, stretchMs } from './print-track.ts';

/** Nothing older can come back: the latest delay and the stretch that would have to, ms. */
export const keptMs = delayMsMax + stretchMs;
/** Frames kept, and what may arrive out of step. */
const places = 160;
/** Frames printed at once: all that is kept, before a leg has said enough to be compared. */
const printsAtOnce = 6;
const toShort = 32_767;

export class SentVoice {
  readonly track = new PrintTrack();
  /** When a frame was last sent. */
  lastMs = -Infinity;

  readonly #samples = new Int16Array(places * frameSamples);
  readonly #positionsMs = new Float64Array(places);
  readonly #sentMs = new Float64Array(places);
  readonly #owners = new Int32Array(places);
  /** Frames kept and printed since ever. */
  #kept = 0;
  #printed = 0;
  readonly #frame = new Float32Array(frameSamples);

  /** A frame that begins at `positionMs` of its stream's own time goes out; `owner` says whose it is. */
  keep(frame: PcmFrame, positionMs: number, nowMs: number, owner: number): void {
    const place = this.#kept % places;
    const at = place * frameSamples;
    for (let i = 0; i < frameSamples; i++) this.#samples[at + i] = frame[i]! * toShort;
    this.#positionsMs[place] = positionMs;
    this.#sentMs[place] = nowMs;
    this.#owners[place] = owner;
    this.lastMs = nowMs;
    this.#kept += 1;
  }

  /** Prints some of what is kept. False while there is more, or when all of it is too old to come back. */
  isPrinted(nowMs: number): boolean {
    if (nowMs - this.lastMs > keptMs) return false;
    this.#printed = Math.max(this.#printed, this.#kept - places);
    for (let n = 0; n < printsAtOnce && this.#printed < this.#kept; n++, this.#printed++) this.#print(nowMs);
    return this.#printed === this.#kept;
  }

  #print(nowMs: number): void {
    const place = this.#printed % places;
    const sentMs = this.#sentMs[place]!;
    if (nowMs - sentMs > keptMs) return;
    const at = place * frameSamples;
    for (let i = 0; i < frameSamples; i++) this.#frame[i] = this.#samples[at + i]! / toShort;
    this.track.push(this.#frame, this.#positionsMs[place]!, sentMs, this.#owners[place] ?? noOwner);
  }
}
