/**
 * Two talkers at once: a console that overrides a radio (dual floor, TS 24.380 §6.3.6).
 *
 * The holder's stream is the clock: with each of his frames one of the overriding talker is pulled from a short queue
 * and both are mixed. When the holder pauses, the overriding talker's own frames are the clock until he is back; what
 * waits when one of them ends is heard before anything else.
 */
import { createFrame, type PcmFrame } from '../media/frame.ts';
import { Limiter } from '../media/limiter.ts';
import { Mixer } from '../media/mixer.ts';
import { PullQueue } from '../media/pull-queue.ts';
import type { PartyId } from './terms.ts';

/** The holder's clock has stopped when no frame of his came for so long. */
const holderPauseMs = 60;

export class Overlap {
  readonly holder: PartyId;
  readonly overriding: PartyId;
  readonly #queue = new PullQueue();
  readonly #mixer = new Mixer(2);
  readonly #limiter = new Limiter();
  readonly #pulled = createFrame();
  readonly #mixed = createFrame();
  #holderMs: number;

  constructor(holder: PartyId, overriding: PartyId, nowMs: number) {
    this.holder = holder;
    this.overriding = overriding;
    this.#holderMs = nowMs;
  }

  isTalker(party: PartyId): boolean {
    return party === this.holder || party === this.overriding;
  }

  /** Takes a frame of one talker; gives the frame that all other legs hear now, lent, if there is one. */
  mix(speaker: PartyId, frame: PcmFrame, nowMs: number): PcmFrame | undefined {
    if (speaker === this.overriding) {
      this.#queue.push(frame);
      const paused = nowMs - this.#holderMs > holderPauseMs;
      return paused && this.#queue.pull(this.#pulled) ? this.#pulled : undefined;
    }
    this.#holderMs = nowMs;
    this.#mixer.clear();
    this.#mixer.add(this.holder, frame);
    if (this.#queue.pull(this.#pulled)) this.#mixer.add(this.overriding, this.#pulled);
    this.#mixer.minus('', this.#mixed, this.#limiter);
    return this.#mixed;
  }

  /** At the end: what the overriding talker has said and nobody has heard, a frame at a time, lent. */
  takeRest(): PcmFrame | undefined {
    return this.#queue.takeRest(this.#pulled) ? this.#pulled : undefined;
  }
}
