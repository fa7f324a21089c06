/** Fields of TETRA messages, which are counted in bits and seldom fall on octets; the most significant bit comes first. */

/** Reads fields in order. Past the end everything is 0 and `cut` is set: whoever reads looks at it once, at the end. */
export class BitReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** A field went past the end. */
  get cut(): boolean {
    return this.#at > 8 * this.#octets.length;
  }

  get bitsLeft(): number {
    return Math.max(0, 8 * this.#octets.length - this.#at);
  }

  /** `bits`: 0 to 32. */
  unsigned(bits: number): number {
    let value = 0;
    for (let end = this.#at + bits; this.#at < end; this.#at++) {
      const bit = ((this.#octets[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1;
      value = value * 2 + bit;
    }
    return value;
  }

  /** Two's complement. */
  signed(bits: number): number {
    const value = this.unsigned(bits);
    return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  /** What is left in whole octets. */
  octets(): Uint8Array {
    return Uint8Array.from({ length: this.bitsLeft >> 3 }, () => this.unsigned(8));
  }
}

/** Writes fields in order; the last octet is filled with zeroes. */
export class BitWriter {
  readonly #octets: number[] = [];
  #bits = 0;

  /** The lowest `bits` of a whole number, 0 to 32 of them; a negative one in two's complement. */
  put(bits: number, value: number): this {
    for (let bit = bits - 1; bit >= 0; bit--) {
      if ((this.#bits & 7) === 0) this.#octets.push(0);
      const one = Math.floor(value / 2 ** bit) & 1;
      this.#octets[this.#bits >> 3]! |= one << (7 - (this.#bits & 7));
      this.#bits++;
    }
    return this;
  }

  putOctets(octets: Uint8Array): this {
    for (const octet of octets) this.put(8, octet);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#octets);
  }
}
