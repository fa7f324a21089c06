/** What should outlive the process. */
import type { Desk } from './desk.ts';

export class StateEvents {
  readonly #log: Desk['log'];

  constructor(desk: Desk) {
    this.#log = desk.log;
  }

  /** What should outlive the process will not: consoles will need a fresh link after a restart. */
  notKept(at: { reason: string }): void {
    this.#log.warn({ event: 'state.not-kept', ...at });
  }

  /** What should have outlived the process cannot be used: what was open or written down there is not known any more. */
  broken(at: { file: string; copy?: string; reason: string }): void {
    this.#log.error({ event: 'state.broken', ...at });
  }
}
