/**
 * Whether a stream that may be older than its receiver can be read at all. Pure.
 *
 * The roll-over counter is nowhere on the wire. A receiver that came later (a restart of ours, new keys within a call)
 * tries the first ones (srtp.ts); of a stream beyond those, or when forged packets have used its tries up, it never
 * reads one packet, and only a new call, with new keys, helps.
 *
 * A stream is held unreadable when RTP that cannot be read has come for 2 s, pauses left out, and none that can. One
 * that can ends the doubt for good: from then on whoever forges packets changes nothing.
 */
const unreadableMs = 2000;
/** Longer between two packets: nobody was talking. */
const pauseMs = 200;

export class UnreadStream {
  #lastMs = -Infinity;
  #sentMs = 0;

  /** A packet that could not be read has come; whether the stream is unreadable. */
  failed(packet: Uint8Array, nowMs: number): boolean {
    if (packet[0]! >> 6 !== 2) return false; // STUN and other probes are no voice
    const sinceMs = nowMs - this.#lastMs;
    if (sinceMs <= pauseMs) this.#sentMs += sinceMs;
    this.#lastMs = nowMs;
    return this.#sentMs >= unreadableMs;
  }
}
