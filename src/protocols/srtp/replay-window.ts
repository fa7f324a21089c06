/**
 * Which packet indices have been seen, of the newest 128 (RFC 3711 §3.3.2 asks for 64 at least). Older ones count as
 * seen. Nothing is marked before its packet is authenticated.
 */
const windowBits = 128;

export class ReplayWindow {
  /** −1 before the first packet. */
  highest = -1;
  /** One bit an index, at index modulo the window. */
  readonly #bits = new Uint32Array(windowBits / 32);

  /** Whether a packet of this index may not be taken. */
  has(index: number): boolean {
    if (index > this.highest) return false;
    if (index <= this.highest - windowBits) return true;
    const bit = index % windowBits;
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  mark(index: number): void {
    if (index - this.highest >= windowBits) this.#bits.fill(0);
    else for (let each = this.highest + 1; each < index; each++) this.#clear(each % windowBits);
    this.highest = Math.max(this.highest, index);
    const bit = index % windowBits;
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  #clear(bit: number): void {
    this.#bits[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
