/**
 * Whether the far end of a leg talks, recognised from what it sends (a leg without floor signalling).
 *
 *   presence         voice packets are talk; their end is the end. Comfort noise (RFC 3389) holds a pause of the talker
 *                    for `dtxHoldMs` after his last word, and never begins talk
 *   vox              the far end sends all the time; its level decides
 *   telephone-event  one key begins talk, another ends it; `releaseAfterMs` without a packet ends it too
 *   marker           the RTP marker bit begins talk. Where only the first packet of talk has it, the end of the packets is
 *                    the end, and a packet after one that is missing begins talk as well, for that may have had it
 *   extension        the squelch that each packet of a radio session states
 *   (paused)         whoever loses the floor in a pause that he has not ended asks anew with his next voice: a key once
 *                    pressed counts as long as it would have
 *   signalled        the network says so elsewhere; packets are only shown as heard
 *
 * Pure: no clock; every call says the time and returns the edge it caused, if any.
 */
import { VoiceActivity } from '../media/voice-activity.ts';
import type { KeyIn } from './terms.ts';

export type Edge = 'rise' | 'fall' | undefined;

/** Silence of a signalled leg after which it is no longer shown as heard, ms. */
const signalledHoldMs = 200;

export class Activity {
  active = false;
  /** When a running activity ends unless something more arrives; Infinity while quiet. */
  dueMs = Infinity;

  readonly #keyIn: KeyIn;
  readonly #vox: VoiceActivity | undefined;
  #voiceMs = -Infinity;
  /** While paused: until then the next voice is talk without another key or marker. */
  #heldUntilMs = -Infinity;

  constructor(keyIn: KeyIn) {
    this.#keyIn = keyIn;
    if (keyIn.mode === 'vox') this.#vox = new VoiceActivity(keyIn);
  }

  /** A voice packet arrived; `marked`: with the marker bit; `follows`: nothing is missing before it. */
  voice(nowMs: number, marked: boolean, follows: boolean): Edge {
    this.#voiceMs = nowMs;
    switch (this.#keyIn.mode) {
      case 'presence':
        return this.#until(nowMs + this.#keyIn.releaseAfterMs);
      case 'signalled':
        return this.#until(nowMs + signalledHoldMs);
      case 'telephone-event':
        return this.active || nowMs < this.#heldUntilMs ? this.#until(nowMs + this.#keyIn.releaseAfterMs) : undefined;
      case 'marker': {
        const { marks, releaseAfterMs } = this.#keyIn;
        const goesOn = this.active || nowMs < this.#heldUntilMs || !follows;
        if (marked || (marks === 'first' && goesOn)) return this.#until(nowMs + releaseAfterMs);
        return marks === 'every' ? this.stop() : undefined;
      }
      case 'vox':
        if (this.active) this.dueMs = nowMs + this.#keyIn.hangMs;
        return undefined;
      case 'extension':
        return undefined;
    }
  }

  /** A packet of a radio session arrived; its silence ends the session, and the talk with it. */
  extension(talks: boolean): Edge {
    if (this.#keyIn.mode !== 'extension') return undefined;
    return talks ? this.#until(Infinity) : this.stop();
  }

  /** A comfort noise packet arrived. */
  comfortNoise(nowMs: number): Edge {
    if (!this.active) {
      if (this.#keyIn.mode === 'telephone-event' && nowMs < this.#heldUntilMs) {
        this.#heldUntilMs = nowMs + this.#keyIn.releaseAfterMs;
      }
      return undefined;
    }
    if (this.#keyIn.mode === 'presence') this.dueMs = Math.max(this.dueMs, this.#voiceMs + this.#keyIn.dtxHoldMs);
    if (this.#keyIn.mode === 'telephone-event') this.dueMs = nowMs + this.#keyIn.releaseAfterMs;
    return undefined;
  }

  /** The level of a stretch of voice; only VOX listens. */
  level(levelDbov: number, durationMs: number, nowMs: number): Edge {
    if (this.#vox === undefined || this.#keyIn.mode !== 'vox') return undefined;
    const edge = this.#vox.step(levelDbov, durationMs);
    if (edge === 'rise') return this.#until(nowMs + this.#keyIn.hangMs);
    if (edge === 'fall') return this.stop();
    return undefined;
  }

  /** Whether the far end talks at this very moment, not only within a hang time. */
  hears(levelDbov: number): boolean {
    return this.active && (this.#keyIn.mode !== 'vox' || levelDbov >= this.#keyIn.thresholdDbov);
  }

  /** A key (0–9 * # A–D) was pressed at the far end. */
  key(digit: string, nowMs: number): Edge {
    if (this.#keyIn.mode !== 'telephone-event') return undefined;
    if (digit === this.#keyIn.on) return this.#until(nowMs + this.#keyIn.releaseAfterMs);
    return digit === this.#keyIn.off ? this.stop() : undefined;
  }

  tick(nowMs: number): Edge {
    return nowMs >= this.dueMs ? this.stop() : undefined;
  }

  /** Quiet at once: the call is gone, the far end said BYE. */
  stop(): Edge {
    this.#vox?.reset();
    this.dueMs = Infinity;
    this.#heldUntilMs = -Infinity;
    if (!this.active) return undefined;
    this.active = false;
    return 'fall';
  }

  /** Its floor has lapsed in a pause: quiet, and whatever voice comes next is talk anew. */
  pause(): void {
    const heldUntilMs = this.active ? this.dueMs : -Infinity;
    this.stop();
    this.#heldUntilMs = heldUntilMs;
  }

  #until(dueMs: number): Edge {
    this.dueMs = dueMs;
    if (this.active) return undefined;
    this.active = true;
    return 'rise';
  }
}
