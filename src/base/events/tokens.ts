/** Service tokens: who makes and ends them, and when they end. */
import type { Desk } from './desk.ts';

interface By {
  readonly operator: string;
  readonly role: string;
  readonly controlRoom: string;
}

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

  /** Somebody made one; the token itself stands nowhere. */
  created(at: By & { tokenId: string; holder: string; scope: string; expiresUtc: string }): void {
    this.#log.info({ event: 'token.created', act: 'create', ...at });
  }

  /** Somebody ended one. */
  revoked(at: By & { tokenId: string; holder: string; scope: string }): void {
    this.#log.info({ event: 'token.revoked', act: 'revoke', ...at });
  }

  /** Somebody who may asked for what cannot be; nothing was changed. */
  refused(at: By & { act: string; tokenId?: string; holder?: string; scope?: string; refusal: string }): void {
    this.#log.warn({ event: 'token.refused', ...at });
  }
}
