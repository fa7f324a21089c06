/**
 * One proof of a group's lines: a tone is sounded on one leg, and every leg listens whether it comes back. Pure.
 *
 *   keying ──granted──▶ leading ──500 ms──▶ sounding ──▶ listening ──▶ done
 *      └─ not within 6 s: refused       a person is heard at any time: person
 *
 * Whoever uses it has made sure that nobody else is in the group.
 */
import { createFrame, frameMs, type PcmFrame } from '../media/frame.ts';
import { ProofEar, ProofTone } from '../media/proof-tone.ts';
import type { LegId, LineProofEnd, LineProofOrder, LineProofReport } from './terms.ts';

const keyWithinMs = 6000;
/** Silence before the tone: networks open their path, and whoever talks there is heard. */
const leadMs = 500;
/** Behind by more than this (the process was stopped), it goes on later rather than in a burst. */
const stallMs = 200;

const silence = createFrame();

export class LineProof {
  readonly order: LineProofOrder;
  /** When it last held the floor's attention: media, for the lease. */
  talkMs: number;
  dueMs: number;
  readonly #tone: ProofTone;
  readonly #ears = new Map<LegId, ProofEar>();
  readonly #keyByMs: number;
  #openMs = Infinity;
  #soundMs = Infinity;
  #untilMs = Infinity;
  #person: LegId | undefined;

  constructor(order: LineProofOrder, nowMs: number) {
    this.order = order;
    this.#tone = new ProofTone(order.code, order.levelDbov);
    this.#keyByMs = nowMs + keyWithinMs;
    this.talkMs = nowMs;
    this.dueMs = nowMs;
  }

  /** A frame that a leg says. */
  hear(leg: LegId, frame: PcmFrame, positionMs: number, nowMs: number): void {
    const ear = this.#ears.get(leg) ?? new ProofEar();
    this.#ears.set(leg, ear);
    ear.hear(frame, positionMs, nowMs);
    if (ear.hearsPerson) this.person(leg, nowMs);
  }

  /** A person has keyed there: it ends at its next tick, which is at once. */
  person(leg: LegId, nowMs: number): void {
    this.#person ??= leg;
    this.dueMs = Math.min(this.dueMs, nowMs);
  }

  /** `isOpen`: the leg takes voice now. Passes on 20 ms to be said; its end, if this is it. */
  tick(nowMs: number, isOpen: boolean, speak: (frame: PcmFrame) => void): LineProofEnd | undefined {
    this.talkMs = nowMs;
    if (this.#person !== undefined) return 'person';
    if (this.#openMs === Infinity) {
      if (!isOpen && nowMs >= this.#keyByMs) return 'refused';
      if (isOpen) this.#openMs = nowMs;
    }
    if (nowMs - this.dueMs > stallMs) this.dueMs = nowMs;
    for (; this.dueMs <= nowMs; this.dueMs += frameMs) {
      if (this.#openMs === Infinity) continue;
      if (this.dueMs < this.#openMs + leadMs) speak(silence);
      else {
        const frame = this.#tone.pull();
        if (this.#soundMs === Infinity) this.#soundMs = nowMs;
        if (frame === undefined && this.#untilMs === Infinity) this.#untilMs = nowMs + this.order.listenMs;
        speak(frame ?? silence);
      }
    }
    return nowMs >= this.#untilMs ? 'done' : undefined;
  }

  report(group: string, end: LineProofEnd): LineProofReport {
    const { proof, code } = this.order;
    const heard = [...this.#ears].flatMap(([leg, ear]) => {
      const found = end === 'done' ? ear.find(code, this.#soundMs) : undefined;
      return found === undefined ? [] : [{ leg, ...found }];
    });
    return { group, proof, end, heard, ...(this.#person !== undefined && { person: this.#person }) };
  }
}
