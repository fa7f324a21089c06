/**
 * Whether what a leg says is what we ourselves have just sent, come back through somebody else's gateway.
 *
 * Every 100 ms the last 0.8 s of the leg are compared with what was sent up to 2.1 s before (media/print-track.ts). Speech
 * of its own is now and then a little like another's by chance, but not again and again with the same delay: it counts as
 * returned after three comparisons in a row that agree on the delay, as its own after five that find nothing.
 *
 * Pure; costs docs/performance.md.
 */
import { frameMs, type PcmFrame } from '../media/frame.ts';
import { likenessOf, noOwner, PrintTrack } from '../media/print-track.ts';
import type { SentVoice } from '../media/sent-voice.ts';

export type LoopVerdict = 'unknown' | 'returned' | 'own';

const everyFrames = 5;
const hitsMin = 3;
/** Where a loop was found before, less will do. */
const hitsMinWary = 2;
const missesMin = 5;
/** So much less than a likeness that counts says that it is another's voice. */
const missMargin = 0.15;
/** Comparisons that agree on the delay, ms. */
const sameDelayMs = frameMs;

export class LoopJudge {
  verdict: LoopVerdict = 'unknown';
  /** Of the last comparison that counted. */
  likeness = 0;
  delayMs = 0;

  readonly #likenessMin: number;
  readonly #owner: number;
  readonly #delayMsMin: number;
  readonly #track = new PrintTrack();
  #frames = 0;
  #hits = 0;
  #misses = 0;

  /** `owner`: as what the leg itself says is marked where it is sent on. What comes back sooner than `delayMsMin` is no loop. */
  constructor(likenessMin: number, owner: number, delayMsMin = 0) {
    this.#delayMsMin = delayMsMin;
    this.#likenessMin = likenessMin;
    this.#owner = owner;
  }

  /** Something of it counts as returned already. */
  get suspects(): boolean {
    return this.#hits > 0;
  }

  /** Another talk begins. */
  reset(): void {
    this.verdict = 'unknown';
    this.#hits = 0;
    this.#misses = 0;
  }

  /** The next frame that the leg says. True when what it says was found to be ours, anew or still. */
  hear(frame: PcmFrame, positionMs: number, nowMs: number, sent: readonly SentVoice[], wary: boolean): boolean {
    this.#track.push(frame, positionMs, nowMs, noOwner);
    this.#frames += 1;
    for (const voice of sent) voice.isPrinted(nowMs);
    if (this.#frames % everyFrames !== 0) return false;
    return this.#compare(sent, nowMs, wary);
  }

  #compare(sent: readonly SentVoice[], nowMs: number, wary: boolean): boolean {
    if (!this.#track.voicedEnough) return false;
    let value = 0;
    let delayMs = 0;
    for (const voice of sent) {
      if (!voice.isPrinted(nowMs)) continue;
      const likeness = likenessOf(this.#track, voice.track, this.#owner);
      if (likeness.value <= value || likeness.delayMs < this.#delayMsMin) continue;
      ({ value, delayMs } = likeness);
    }
    this.#count(value, delayMs);
    if (this.#hits < (wary ? hitsMinWary : hitsMin)) return false;
    this.verdict = 'returned';
    return value >= this.#likenessMin;
  }

  #count(value: number, delayMs: number): void {
    if (value >= this.#likenessMin) {
      this.#hits = this.#hits > 0 && Math.abs(delayMs - this.delayMs) <= sameDelayMs ? this.#hits + 1 : 1;
      this.#misses = 0;
      this.likeness = value;
      this.delayMs = delayMs;
    } else if (value < this.#likenessMin - missMargin) {
      this.#hits = 0;
      this.#misses += 1;
      if (this.#misses >= missesMin) this.verdict = 'own';
    }
  }
}
