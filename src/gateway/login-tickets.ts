/**
 * Logins that lead a browser elsewhere and back: what was begun, and what came of it, by a ticket in a cookie of that browser
 * alone. A way back is taken once, and opens nothing by itself: our page asks for it.
 */
import type { Clock } from '../base/clock.ts';
import { hashOf } from './login-tokens.ts';

export interface Ticket<Begun, Outcome> {
  readonly begun: Begun;
  untilMs: number;
  /** Its way back was taken: once. */
  hasCome: boolean;
  outcome: Outcome | undefined;
}

/** Elsewhere, and from there to the page. */
const elsewhereMsMax = 10 * 60_000;
const atPageMsMax = 2 * 60_000;
/** Begun and not ended; beyond that the oldest is forgotten. */
const ticketsMax = 1000;

export class LoginTickets<Begun, Outcome> {
  readonly #clock: Clock;
  readonly #tickets = new Map<string, Ticket<Begun, Outcome>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(token: string, begun: Begun): void {
    const nowMs = this.#clock.nowMs();
    for (const [hash, { untilMs }] of this.#tickets) if (untilMs <= nowMs) this.#tickets.delete(hash);
    this.#tickets.set(hashOf(token), {
      ...{ begun, untilMs: nowMs + elsewhereMsMax, hasCome: false, outcome: undefined },
    });
    if (this.#tickets.size > ticketsMax) this.#tickets.delete(this.#tickets.keys().next().value ?? '');
  }

  /** Undefined: begun too long ago, or by another browser. */
  of(token: string): Ticket<Begun, Outcome> | undefined {
    const known = this.#tickets.get(hashOf(token));
    return known !== undefined && known.untilMs > this.#clock.nowMs() ? known : undefined;
  }

  came(ticket: Ticket<Begun, Outcome>, outcome: Outcome): void {
    ticket.outcome = outcome;
    ticket.untilMs = this.#clock.nowMs() + atPageMsMax;
  }

  /** False: it is spent. */
  drop(token: string): boolean {
    return this.#tickets.delete(hashOf(token));
  }
}
