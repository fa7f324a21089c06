/**
 * Cuts the messages of a link out of its stream, and puts the length before those that go. Pure.
 *
 *   octets ─▶ [4 octets of length, most significant first][that many octets] …
 *
 * A length of 0 or above 65,536 ends the stream: nothing after it can be trusted.
 */
export const frameBytesMax = 65_536;
const lengthBytes = 4;

export type StreamPush =
  | { readonly ok: true; readonly messages: readonly Uint8Array[] }
  /** What was whole before the fault comes all the same. */
  | { readonly ok: false; readonly messages: readonly Uint8Array[]; readonly length: number };

export class FrameStream {
  #buffer = Buffer.alloc(4096);
  #held = 0;
  #broken = false;

  /** Octets of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#held;
  }

  /** Messages that are whole now; each is a copy and the caller's. */
  push(octets: Uint8Array): StreamPush {
    if (this.#broken) return { ok: false, messages: [], length: 0 };
    this.#append(octets);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (this.#held - at >= lengthBytes) {
      const length = this.#buffer.readUInt32BE(at);
      if (length === 0 || length > frameBytesMax) {
        this.#broken = true;
        return { ok: false, messages, length };
      }
      if (this.#held - at - lengthBytes < length) break;
      messages.push(Uint8Array.from(this.#buffer.subarray(at + lengthBytes, at + lengthBytes + length)));
      at += lengthBytes + length;
    }
    this.#buffer.copyWithin(0, at, this.#held);
    this.#held -= at;
    return { ok: true, messages };
  }

  #append(octets: Uint8Array): void {
    const wanted = this.#held + octets.length;
    if (wanted > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(wanted, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#held);
      this.#buffer = larger;
    }
    this.#buffer.set(octets, this.#held);
    this.#held = wanted;
  }
}

/** A message with its length before it. */
export function framed(message: Uint8Array): Uint8Array {
  const octets = Buffer.alloc(lengthBytes + message.length);
  octets.writeUInt32BE(message.length, 0);
  octets.set(message, lengthBytes);
  return octets;
}
