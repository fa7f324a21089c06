/**
 * Whether the far end of a call still sends what it has to. Pure.
 *
 * Most far ends of radio legs are silent between overs by right, so silence alone says nothing. With `auto` a far end is
 * held to what it has shown to send while nobody talks there:
 *
 *   a steady stream   voice packets for 10 s without a pause of 1 s, none of them talk: dead after 2 s without RTP.
 *                     Whoever sends comfort noise (RFC 3389) pauses by right and is never held to this
 *   RTCP              4 reports with no RTP between them: dead when neither RTP nor RTCP has come for five of its
 *                     intervals (RFC 3550 §6.3.5), at least 10 s and at most 60 s
 *   neither           its voice proves nothing; OPTIONS and ICMP do (bridges/sip/liveness.ts, voice/engine.ts)
 *
 * With `owed`, of a call that follows one that died of silence, something has to come within 5 s; then as with `auto`.
 * A number of ms instead holds it to RTP in any case; 0 to nothing.
 */
import type { LegMedia } from './terms.ts';

const steadyAfterMs = 10_000;
const steadyPauseMs = 1000;
const steadyDeadMs = 2000;
const reportsMin = 4;
const reportIntervals = 5;
const reportDeadMsMin = 10_000;
const reportDeadMsMax = 60_000;
const owedMs = 5000;

export class VitalSigns {
  readonly #rule: LegMedia['rtpTimeoutMs'];
  /** When the last packet of the stream arrived, of whatever kind. */
  #rtpMs: number;
  #quietSinceMs = Infinity;
  #quietMs = -Infinity;
  #steady = false;
  #pauses = false;
  #reportMs = -Infinity;
  #firstReportMs = Infinity;
  /** Reports in a row with no RTP between them. */
  #reports = 0;
  #reportDeadMs = Infinity;
  /** Until when something has to have come. */
  #owedUntilMs: number;

  constructor(rule: LegMedia['rtpTimeoutMs'], nowMs: number) {
    this.#rule = rule;
    this.#rtpMs = nowMs;
    this.#owedUntilMs = rule === 'owed' ? nowMs + owedMs : Infinity;
  }

  /** A packet of the stream; `quiet` says that it is voice, and that nobody talks. */
  rtp(nowMs: number, quiet: boolean): void {
    this.#rtpMs = nowMs;
    this.#owedUntilMs = Infinity;
    this.#reports = 0;
    if (!quiet || this.#steady || this.#pauses) return;
    if (nowMs - this.#quietMs > steadyPauseMs) this.#quietSinceMs = nowMs;
    this.#quietMs = nowMs;
    this.#steady = nowMs - this.#quietSinceMs >= steadyAfterMs;
  }

  /** A comfort noise packet came: what follows may be a pause of any length. */
  comfortNoise(): void {
    this.#pauses = true;
    this.#steady = false;
  }

  /** A report of the far end. */
  rtcp(nowMs: number): void {
    this.#owedUntilMs = Infinity;
    if (this.#reports === 0) this.#firstReportMs = nowMs;
    this.#reports += 1;
    this.#reportMs = nowMs;
    if (this.#reports < reportsMin) return;
    const intervalMs = (nowMs - this.#firstReportMs) / (this.#reports - 1);
    this.#reportDeadMs = Math.min(reportDeadMsMax, Math.max(reportDeadMsMin, reportIntervals * intervalMs));
  }

  /** When the call is held dead unless something comes; Infinity for never. */
  get deadMs(): number {
    if (this.#rule === 0) return Infinity;
    if (typeof this.#rule === 'number') return this.#rtpMs + this.#rule;
    const steadyMs = this.#steady ? this.#rtpMs + steadyDeadMs : this.#owedUntilMs;
    return Math.min(steadyMs, Math.max(this.#rtpMs, this.#reportMs) + this.#reportDeadMs);
  }
}
