/** Agents of the link. */
import type { Desk } from './desk.ts';

export class LinkEvents {
  readonly #log: Desk['log'];

  constructor(desk: Desk) {
    this.#log = desk.log;
  }

  /** Somebody who is not the agent, or an agent that cannot be served. Lines are for the bridge to limit. */
  refused(at: {
    attachment: string;
    remote: string;
    reason: string;
    /** Service token, by its id. */
    tokenId?: string;
  }): void {
    this.#log.warn({ event: 'link.refused', ...at });
  }

  /** An agent came in by a service token; `unchecked`: the accounts are away, and it had been in by it before. */
  admitted(at: { attachment: string; remote: string; tokenId: string; unchecked?: true }): void {
    this.#log[at.unchecked ? 'warn' : 'info']({ event: 'link.admitted', ...at });
  }

  /** Once a day while the service token of a session has less than two weeks left. */
  tokenExpiring(at: { attachment: string; tokenId: string; days: number }): void {
    this.#log.warn({ event: 'link.token-expiring', ...at });
  }

  /** The service token of a session was revoked or has expired: the session ends behind what is said. */
  tokenEnded(at: { attachment: string; tokenId: string; reason: string }): void {
    this.#log.warn({ event: 'link.token-ended', ...at });
  }

  /** The agent found fault with what we said. */
  fault(at: { attachment: string; reason: string }): void {
    this.#log.warn({ event: 'link.fault', ...at });
  }
}
