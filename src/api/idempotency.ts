/**
 * Requests that are sent again because their answer was lost: each bears a key, and what bears the same key is answered
 * as the first was, without being done again (draft-ietf-httpapi-idempotency-key-header-07). Pure.
 */

export interface GivenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Kept {
  /** Of what was asked under the key. */
  readonly print: string;
  readonly atMs: number;
  /** Undefined: it is being done. */
  readonly answer: GivenAnswer | undefined;
}

export type KeyReading =
  | { readonly as: 'new' }
  | { readonly as: 'repeated'; readonly answer: GivenAnswer }
  /** The first is still being done. */
  | { readonly as: 'under-way' }
  /** Another request came under the same key. */
  | { readonly as: 'other' }
  /** Too many are being done. */
  | { readonly as: 'full' };

const keptMsMax = 24 * 3_600_000;
const keptMax = 500;

export class IdempotencyKeys {
  readonly #kept = new Map<string, Kept>();

  /** `key`: with whoever asks; `print`: of all that he asks. A new one is under way until `answered` or `dropped`. */
  begin(key: string, print: string, nowMs: number): KeyReading {
    const kept = this.#kept.get(key);
    if (kept !== undefined && nowMs - kept.atMs < keptMsMax) {
      if (kept.print !== print) return { as: 'other' };
      return kept.answer === undefined ? { as: 'under-way' } : { as: 'repeated', answer: kept.answer };
    }
    this.#kept.delete(key);
    if (this.#kept.size >= keptMax && !this.#forgetOldest()) return { as: 'full' };
    this.#kept.set(key, { print, atMs: nowMs, answer: undefined });
    return { as: 'new' };
  }

  answered(key: string, answer: GivenAnswer): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#kept.set(key, { ...kept, answer });
  }

  /** It was not done: the same key may try again. */
  dropped(key: string): void {
    this.#kept.delete(key);
  }

  #forgetOldest(): boolean {
    for (const [key, { answer }] of this.#kept) {
      if (answer === undefined) continue;
      this.#kept.delete(key);
      return true;
    }
    return false;
  }
}

/** The key of a header: a string of RFC 9651, 8 to 64 characters. Undefined: it is none. */
export function readIdempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? /^"([\x20\x21\x23-\x5b\x5d-\x7e]{8,64})"$/.exec(header)?.[1] : undefined;
}
