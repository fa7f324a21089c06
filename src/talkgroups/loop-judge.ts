/**
 * Whether what a leg says is what we ourselves have just sent, come back through somebody else's gateway.
 *
 * Every 100 ms the last 0.8 s of the leg are compared with what was sent up to 2.1 s before (media/print-track.ts). Speech
 * of its own is now and then a little like another's by chance, but not again and again with the same delay: it counts as
 * returned after five comparisons in a row that agree on the delay, or three that are very alike, and as its own after five
 * that find nothing.
 *
 * Pure; costs docs/performance.md.
 */
import { frameMs, type PcmFrame } from '../media/frame.ts';
import { likenessNear, likenessOf, noOwner, PrintTrack } from '../media/print-track.ts';
import type { SentVoice } from '../media/sent-voice.ts';

export type LoopVerdict = 'unknown' | 'returned' | 'own';

const everyFrames = 5;
const hitsMin = 5;
/** Fewer will do where they are so much more alike on average than one has to be. */
const hitsMinAlike = 3;
const alikeMargin = 0.1;
/** Where a loop was found before, so many fewer will do. */
const hitsWary = 1;
const missesMin = 5;
/** So much less than a likeness that counts says that it is another's voice. */
const missMargin = 0.28;
/** So many times something is printed of what was sent and is not yet, until all is. */
const printRounds = 30;
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
  /** Of the talk under way. */
  #talkFrames = 0;
  #hits = 0;
  /** Of the likenesses in a row. */
  #sum = 0;
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
    this.#talkFrames = 0;
  }

  /** A talk ends that was too short for a verdict: whether it is unlike what was sent as long before as the loop that was found. */
  endsAsOwn(sent: readonly SentVoice[], nowMs: number): boolean {
    if (this.verdict !== 'unknown' || this.#hits > 0) return false;
    for (const voice of sent) {
      for (let n = 0; n < printRounds && !voice.isPrinted(nowMs); n++);
      const value = likenessNear(this.#track, voice.track, this.#talkFrames, this.delayMs);
      if (value === undefined || value >= this.#likenessMin - missMargin) return false;
    }
    return true;
  }

  /** The next frame that the leg says. True when what it says was found to be ours, anew or still. */
  hear(frame: PcmFrame, positionMs: number, nowMs: number, sent: readonly SentVoice[], wary: boolean): boolean {
    this.#track.push(frame, positionMs, nowMs, noOwner);
    this.#frames += 1;
    this.#talkFrames += 1;
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
    if (!this.#isEnough(wary)) return false;
    this.verdict = 'returned';
    return value >= this.#likenessMin;
  }

  #isEnough(wary: boolean): boolean {
    const hits = wary ? this.#hits + hitsWary : this.#hits;
    return hits >= hitsMin || (hits >= hitsMinAlike && this.#sum >= this.#hits * (this.#likenessMin + alikeMargin));
  }

  #count(value: number, delayMs: number): void {
    if (value >= this.#likenessMin) {
      const goesOn = this.#hits > 0 && Math.abs(delayMs - this.delayMs) <= sameDelayMs;
      this.#hits = goesOn ? this.#hits + 1 : 1;
      this.#sum = goesOn ? this.#sum + value : value;
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
