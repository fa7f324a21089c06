/** Service tokens that end. */
import type { Desk } from './desk.ts';

export class TokenEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** So many end within two weeks, or have. */
  counted(tokens: number): void {
    this.#meter.set('service_tokens_ending', tokens);
  }

  /** `days` left; below 0: it has ended. */
  ending(at: { tokenId: string; holder: string; days: number }): void {
    this.#log[at.days >= 3 ? 'warn' : 'error']({ event: 'token.ending', ...at });
  }
}
