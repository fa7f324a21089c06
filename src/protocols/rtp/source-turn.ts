/**
 * Which of the senders that may be heard on a static stream is heard: one at a time, known by address, port and SSRC
 * together, because many tools send every stream with the same SSRC, and others begin anew with another port.
 *
 *   nobody ──any──▶ heard ──the same──▶ heard
 *                     ├──another, and that one silent for 200 ms──▶ the other is heard
 *                     ├──same address, other port or SSRC, 5 packets in a row──▶ it has begun anew: heard
 *                     └──any other──▶ waits, counted
 *
 * Pure. Whether an address may be heard at all is asked before.
 */

/** `new`: from here on somebody else is heard, so that numbering begins anew. `waits`: not heard. */
export type Turn = 'same' | 'new' | 'waits';

const silentMs = 200;
/** Packets in a row of a sender that begins anew without a pause. */
export const restartPackets = 5;

export class SourceTurn {
  /** Packets of senders that had to wait. */
  waited = 0;
  address = '';
  port = 0;

  #ssrc = 0;
  #lastMs = -Infinity;
  #nextPort = 0;
  #nextSsrc = 0;
  #nextPackets = 0;

  take(address: string, port: number, ssrc: number, nowMs: number): Turn {
    const sameAddress = address === this.address;
    if (sameAddress && port === this.port && ssrc === this.#ssrc) {
      this.#lastMs = nowMs;
      this.#nextPackets = 0;
      return 'same';
    }
    const silent = nowMs - this.#lastMs > silentMs;
    if (!silent && !(sameAddress && this.#beganAnew(port, ssrc))) {
      this.waited += 1;
      return 'waits';
    }
    this.address = address;
    this.port = port;
    this.#ssrc = ssrc;
    this.#lastMs = nowMs;
    this.#nextPackets = 0;
    return 'new';
  }

  /** Nobody is heard any more. */
  reset(): void {
    this.address = '';
    this.#lastMs = -Infinity;
    this.#nextPackets = 0;
  }

  #beganAnew(port: number, ssrc: number): boolean {
    if (this.#nextPackets === 0 || port !== this.#nextPort || ssrc !== this.#nextSsrc) {
      this.#nextPort = port;
      this.#nextSsrc = ssrc;
      this.#nextPackets = 0;
    }
    this.#nextPackets += 1;
    return this.#nextPackets >= restartPackets;
  }
}
