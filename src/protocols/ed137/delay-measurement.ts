/**
 * Delay measurement on a radio session: the control room's side asks (RMM), the radio answers (MAM).
 *
 *   asks     T1 ──────────── RMM ────────────▶      answers
 *                                              │ Tsd
 *            ◀────────────── MAM ──────────── T2
 *
 * Round trip = arrival of the answer − T1 − Tsd. The radio's clock is ahead of ours by T2 − T1 − Tsd − half the round
 * trip. That T2 is the sending of the answer and Tsd the time it took is unverified (docs/standards.md).
 *
 * Pure. All times are on the caller's clock, ms; on the wire ticks of 125 µs, which wrap after 1048.576 s.
 */
import { delayTickMs, delayTickWrap, type R2sExtension } from './r2s-extension.ts';

/** The result of one round. */
export interface DelayReading {
  /** Network both ways, without the radio's time to answer. */
  readonly roundTripMs: number;
  /** How far the radio's clock is ahead of ours, −524.288 to 524.288 s; of use only while both are not synchronised. */
  readonly clockOffsetMs: number;
  /** From our packet's leaving to its voice on the air: half the round trip, jitter buffer and radio (Tj1 + Tid). */
  readonly toAirMs: number;
}

const ticks16Max = 0xffff;

/** Asks, one round at a time. */
export class DelayAsker {
  readonly #everyMs: number;
  readonly #answerMsMax: number;
  #dueMs: number;
  #askedMs = -Infinity;
  #askedTicks = -1;

  /** `everyMs` apart, the first at once; an answer counts for `answerMsMax`, which is less. */
  constructor(everyMs: number, answerMsMax: number, nowMs: number) {
    this.#everyMs = everyMs;
    this.#answerMsMax = answerMsMax;
    this.#dueMs = nowMs;
  }

  /** Puts a request on the packet that is sent now, if one is due. Leaves it without measurement otherwise. */
  ask(out: R2sExtension, nowMs: number): void {
    out.measurement = 'none';
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + this.#everyMs;
    this.#askedMs = nowMs;
    this.#askedTicks = ticksOf(nowMs);
    out.measurement = 'request';
    out.clockSynchronised = false;
    out.t1Ticks = this.#askedTicks;
  }

  /** undefined: no answer, not to our last request, or too late. */
  heard(radio: R2sExtension, nowMs: number): DelayReading | undefined {
    if (radio.measurement !== 'answer' || radio.t1Ticks !== this.#askedTicks) return undefined;
    this.#askedTicks = -1;
    const takenMs = nowMs - this.#askedMs;
    const answeringMs = radio.answeringTicks * delayTickMs;
    if (takenMs > this.#answerMsMax) return undefined;
    if (radio.measureAgain) this.#dueMs = nowMs;
    const roundTripMs = Math.max(0, takenMs - answeringMs);
    const aheadTicks = radio.t2Ticks - radio.t1Ticks - radio.answeringTicks;
    return {
      roundTripMs,
      clockOffsetMs: wrapped(aheadTicks) * delayTickMs - roundTripMs / 2,
      toAirMs: roundTripMs / 2 + (radio.jitterTicks + radio.deviceTicks) * delayTickMs,
    };
  }
}

/** Answers, the last request only: an older one that was not answered yet is of no use any more. */
export class DelayAnswerer {
  readonly #jitterTicks: number;
  readonly #deviceTicks: number;
  #requestTicks = -1;
  #heardMs = 0;

  /** What this radio adds: jitter buffer, and from there to the air; ms, up to 8191. */
  constructor(jitterMs: number, deviceMs: number) {
    this.#jitterTicks = ticks16(jitterMs);
    this.#deviceTicks = ticks16(deviceMs);
  }

  heard(asker: R2sExtension, nowMs: number): void {
    if (asker.measurement !== 'request') return;
    this.#requestTicks = asker.t1Ticks;
    this.#heardMs = nowMs;
  }

  /** Puts the answer that is owed on the packet that is sent now. Leaves it without measurement otherwise. */
  answer(out: R2sExtension, nowMs: number): void {
    out.measurement = 'none';
    if (this.#requestTicks < 0) return;
    out.measurement = 'answer';
    out.clockSynchronised = false;
    out.t1Ticks = this.#requestTicks;
    out.measureAgain = false;
    out.t2Ticks = ticksOf(nowMs);
    out.answeringTicks = ticks16(nowMs - this.#heardMs);
    out.jitterTicks = this.#jitterTicks;
    out.deviceTicks = this.#deviceTicks;
    out.stepTicks = -1;
    this.#requestTicks = -1;
  }
}

function ticksOf(nowMs: number): number {
  return Math.round(nowMs / delayTickMs) % delayTickWrap;
}

function ticks16(ms: number): number {
  return Math.min(ticks16Max, Math.max(0, Math.round(ms / delayTickMs)));
}

/** A difference of 23-bit times, taken for the nearer way round. */
function wrapped(ticks: number): number {
  const up = ((ticks % delayTickWrap) + delayTickWrap) % delayTickWrap;
  return up >= delayTickWrap / 2 ? up - delayTickWrap : up;
}
