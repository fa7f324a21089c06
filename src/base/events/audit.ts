/** The audit log, and the key that signs evidence. */
import type { Desk } from './desk.ts';

export class AuditEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** The database of the audit log cannot be written; `spooled`: its lines are put aside on the disk meanwhile. */
  away(at: { reason: string; spooled: boolean }): void {
    this.#meter.set('audit_store_up', 0);
    this.#log.error({ event: 'audit.away', ...at });
  }

  /** So many lines of this run could be kept nowhere: their numbers are missing. */
  linesMissing(at: { lines: number }): void {
    this.#log.error({ event: 'audit.lines-missing', ...at });
  }

  /** So many lines wait for it. */
  waiting(lines: number): void {
    this.#meter.set('audit_lines_waiting', lines);
  }

  /** It can be again. */
  back(): void {
    this.#meter.set('audit_store_up', 1);
    this.#log.info({ event: 'audit.back' });
  }

  /** It has what was put aside: so many lines. */
  caughtUp(at: { lines: number }): void {
    this.#log.info({ event: 'audit.caught-up', ...at });
  }

  /** The key that signs evidence is another one after a restart. */
  keyNotKept(at: { reason: string }): void {
    this.#meter.set('signing_key_kept', 0);
    this.#log.error({ event: 'audit.key-not-kept', ...at });
  }
}
