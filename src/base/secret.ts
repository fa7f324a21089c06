/** A secret in memory: given out only when asked for by name, and never by printing, logging or JSON. */
import { inspect } from 'node:util';

const mask = '[secret]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the digest or handshake that needs it; never to be stored or logged. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
