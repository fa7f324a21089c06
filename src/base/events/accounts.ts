/** Accounts and logins. */
import type { Desk } from './desk.ts';

export class AccountEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** Somebody logged in by his password, or opened his locked session again. */
  loggedIn(at: {
    person: string;
    role: string;
    client: string;
    way?: string;
    secondFactor?: 'none' | 'code' | 'paper';
    tookOver?: boolean;
    unlocked?: boolean;
  }): void {
    this.#meter.add('logins_total', 1, { result: 'in' });
    this.#log.info({ event: 'login.accepted', ...at });
  }

  /** `person`: empty where the name was nobody's. Never what was typed. */
  loginRefused(at: { person: string; client: string; reason: string }): void {
    this.#meter.add('logins_total', 1, { result: at.reason });
    // Whoever goes on and on is counted alone; the guess that began the wait has its line.
    const often = at.reason === 'wait' || at.reason === 'busy';
    const isStep = at.reason === 'code-needed' || at.reason === 'elsewhere';
    this.#log[often ? 'debug' : isStep ? 'info' : 'warn']({ event: 'login.refused', ...at });
  }

  /** A session is over, whoever ended it. */
  loggedOut(at: { person: string; reason: string; client?: string }): void {
    this.#log.info({ event: 'login.ended', ...at });
  }

  /**
   * A password or a second factor was set by its person, or an account by `escaut user` (without `client`), or by another
   * person (`by`).
   */
  changed(at: { person: string; change: string; client?: string; by?: string }): void {
    this.#log.info({ event: 'account.changed', ...at });
  }

  /** Accounts cannot be read or written, or (without a reason) can be again; whoever has logged in stays so. */
  away(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'accounts.away', ...at });
  }

  /** A login by the provider of identities came to nothing, or ended somebody's session: its words, never a token. */
  oidcFailed(at: { reason: string; client?: string }): void {
    this.#log.warn({ event: 'oidc.failed', ...at });
  }

  /** The provider of identities cannot be had, or (without a reason) can be again; meanwhile no leaver is seen there. */
  oidcAway(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'oidc.away', ...at });
  }

  /** A smart card let nobody in, or lets nobody stay: why, never whose it says it is. `certificate`: its serial number. */
  cardFailed(at: { reason: string; certificate?: string; client?: string }): void {
    this.#log.warn({ event: 'card.failed', ...at });
  }

  /** Some smart cards, or all, cannot be checked and are refused for that reason, or (without one) can be again. */
  cardsUnchecked(at: { reason?: string }): void {
    this.#meter.set('cards_unchecked', at.reason === undefined ? 0 : 1);
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'cards.unchecked', ...at });
  }

  cardsListening(at: { host: string; port: number }): void {
    this.#log.info({ event: 'cards.listening', ...at });
  }
}
