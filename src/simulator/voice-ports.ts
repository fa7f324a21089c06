/** UDP ports for the simulated voice: the configured range round and round, so that none of the gateway's is taken. */
export class VoicePorts {
  readonly #first: number;
  /** Ports that there are; RTCP's odd ones are left free. */
  readonly count: number;
  #given = 0;

  constructor(range: { readonly from: number; readonly to: number }) {
    this.#first = range.from + (range.from % 2);
    this.count = Math.max(0, Math.floor((range.to - this.#first) / 2) + 1);
  }

  /** The next even port; whether it is free shows when it is bound. */
  next(): number {
    return this.#first + 2 * (this.#given++ % this.count);
  }
}
