/**
 * UDP port pairs for the voice of legs: an even port for RTP and the odd one above for RTCP (RFC 3550 §11).
 *
 * Pairs go round the range, and one that was given back rests for a while: packets that a far end still sends to an old
 * leg must not arrive at its successor. When only resting pairs are left, the one that rested longest is given.
 */
export interface PortRange {
  readonly from: number;
  /** Itself included. */
  readonly to: number;
}

const restMs = 60_000;

export class PortAllocator {
  readonly #first: number;
  readonly #pairs: number;
  #next = 0;
  readonly #taken = new Set<number>();
  /** When a pair was given back, the oldest first. */
  readonly #resting = new Map<number, number>();

  constructor(range: PortRange) {
    this.#first = range.from + (range.from % 2);
    this.#pairs = Math.max(0, Math.floor((range.to - this.#first + 1) / 2));
  }

  /** An even port whose pair nobody has; undefined when every pair is in use. */
  take(nowMs: number): number | undefined {
    for (const [port, sinceMs] of this.#resting) if (nowMs - sinceMs >= restMs) this.#resting.delete(port);
    const port = this.#findFresh() ?? this.#resting.keys().next().value;
    if (port === undefined) return undefined;
    this.#resting.delete(port);
    this.#taken.add(port);
    return port;
  }

  /** Whether the port, of RTP or RTCP, is one that somebody has. */
  isTaken(port: number): boolean {
    return this.#taken.has(port - (port % 2));
  }

  giveBack(port: number, nowMs: number): void {
    if (this.#taken.delete(port)) this.#resting.set(port, nowMs);
  }

  get inUse(): number {
    return this.#taken.size;
  }

  #findFresh(): number | undefined {
    for (let step = 0; step < this.#pairs; step++) {
      const port = this.#first + 2 * ((this.#next + step) % this.#pairs);
      if (this.#taken.has(port) || this.#resting.has(port)) continue;
      this.#next = (this.#next + step + 1) % this.#pairs;
      return port;
    }
    return undefined;
  }
}
