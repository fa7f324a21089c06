/**
 * What waited of one stream while the process was held up for long: most of it is too old to be heard, only the newest
 * is worth keeping, so that the talker goes on where he is now. What is dropped shows as a hole in the numbering, and is
 * counted as lost by everybody who counts.
 *
 * Sockets are read in rounds, some dozens of datagrams each; a round that brings few has emptied this one.
 */

/** 100 ms of voice at the usual 20 ms a packet. */
const keptMax = 5;
const packetBytesMax = 1500;
/** A round of an event loop reads up to 32 datagrams of a socket that has as many. */
const fullRound = 16;

class Kept {
  readonly bytes = new Uint8Array(packetBytesMax);
  length = 0;
}

export class Backlog {
  readonly #kept: readonly Kept[] = Array.from({ length: keptMax }, () => new Kept());
  #count = 0;
  #inRound = 0;

  /** Takes a copy. */
  push(bytes: Uint8Array): void {
    const kept = this.#kept[this.#count % keptMax]!;
    kept.length = Math.min(bytes.length, packetBytesMax);
    kept.bytes.set(bytes.length === kept.length ? bytes : bytes.subarray(0, kept.length));
    this.#count += 1;
    this.#inRound += 1;
  }

  /** A round of reading is over. True when there may be more. */
  endRound(): boolean {
    const full = this.#inRound >= fullRound;
    this.#inRound = 0;
    return full;
  }

  /** Gives back the newest in order of arrival, lent until return. Returns how many were dropped. */
  drain(take: (bytes: Uint8Array) => void): number {
    const dropped = Math.max(0, this.#count - keptMax);
    for (let i = dropped; i < this.#count; i++) {
      const { bytes, length } = this.#kept[i % keptMax]!;
      take(bytes.subarray(0, length));
    }
    this.#count = 0;
    this.#inRound = 0;
    return dropped;
  }
}
