/**
 * Chance, of two kinds: a seeded generator for simulations and tests (same seed, same run), and tokens that nobody
 * can guess for tags, sessions and one-time links.
 */
import { randomBytes } from 'node:crypto';

/** A source of numbers; what depends on chance takes one, so that a test can decide it. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
}

/** The sfc32 generator: small, fast, good statistics, 2^128 states. Not for secrets. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Any integer; seeds that differ in one bit give unrelated sequences. */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
    this.#c = 0x9e37_79b9;
    for (let round = 0; round < 12; round++) this.fraction();
  }

  fraction(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }
}

/** An unguessable token: URL-safe base64 of so many random bytes (16 is enough for anything). */
export function secretToken(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
}
