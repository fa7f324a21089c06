/**
 * One outgoing stream's time: sequence numbers run on without gaps, timestamps follow the talker's own time within an
 * over (what he lost or paused stays visible as a gap) and real time between overs.
 *
 *   over 1: |pos 0|pos 20|pos 40|   |pos 80|            over 2: |pos 0|pos 20|
 *   stamp:    t0   +20    +40        +80     ← silence →  + real time since the end of over 1
 *
 * Standard: RFC 3550 §5.1; RFC 3551 §4.1 (marker on the first packet after silence).
 */
import { RtpSender } from '../protocols/rtp/rtp-sender.ts';

/** Where a stream's numbers begin; the shell draws them at random (RFC 3550 §5.1). */
export interface StreamStart {
  readonly ssrc: number;
  readonly firstSequenceNumber: number;
  readonly firstTimestamp: number;
}

/** Real time that may pass without being silence: packets of one over do not arrive on the millisecond. */
const jitterMs = 20;

export class OutStream {
  readonly sender: RtpSender;
  readonly #ticksPerMs: number;
  #marker = true;
  #following = false;
  #begun = false;
  #positionMs = 0;
  #endMs = 0;

  constructor(start: StreamStart, clockRateHz: number) {
    this.sender = new RtpSender(start);
    this.#ticksPerMs = clockRateHz / 1000;
  }

  /** The next voice begins an over. */
  beginOver(): void {
    this.#marker = true;
    this.#following = false;
  }

  /** The next voice is another talker's or was paced otherwise: real time decides where it stands. */
  rebase(): void {
    this.#following = false;
  }

  /**
   * Ticks to leave out before voice of `durationMs`; 0 when it follows on what was sent. The caller advances the sender
   * by them. `positionMs` is where the voice begins in the talker's time; undefined when it was not sent as he spoke it
   * (it had waited, or it is silence of ours), so that real time decides.
   */
  gapTicks(positionMs: number | undefined, durationMs: number, nowMs: number): number {
    let gapMs = 0;
    if (this.#following && positionMs !== undefined) gapMs = Math.max(0, positionMs - this.#positionMs);
    else if (this.#begun && nowMs - this.#endMs > jitterMs) gapMs = nowMs - this.#endMs;
    this.#following = positionMs !== undefined;
    this.#begun = true;
    this.#positionMs = (positionMs ?? 0) + durationMs;
    this.#endMs = nowMs + durationMs;
    return Math.round(gapMs * this.#ticksPerMs);
  }

  /** Timestamp of that instant, for sender reports. */
  timestampAt(nowMs: number): number {
    const sinceMs = this.#begun ? nowMs - this.#endMs : 0;
    return (this.sender.timestamp + Math.round(sinceMs * this.#ticksPerMs)) >>> 0;
  }

  /** Whether the packet now written is the first of its over; asked once a packet. */
  takeMarker(): boolean {
    const marker = this.#marker;
    this.#marker = false;
    return marker;
  }
}
