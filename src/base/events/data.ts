/** What networks send beside voice. */
import type { Desk } from './desk.ts';

export class DataEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** A network sent something beside voice; the words of it are nobody's business here. */
  received(at: {
    leg: string;
    attachment: string;
    data: 'status' | 'text' | 'position' | 'alarm';
    talker: string;
    raised?: boolean;
    /** It may be forged: bridges/ports.ts. */
    unproven?: true;
  }): void {
    this.#meter.add('data_received_total', 1, { attachment: at.attachment, data: at.data });
    this.#log[at.data === 'alarm' ? 'warn' : 'info']({ event: 'data.received', ...at });
  }

  /** A network sent a status whose number TETRA reserves: it means nothing to anybody, and nobody gets it. */
  statusReserved(at: { leg: string; attachment: string; number: number }): void {
    const { number: status, ...where } = at;
    this.#log.warn({ event: 'status.reserved', ...where, status });
  }

  /** It arrived at another network of the group, or did not; what a kind cannot carry is no fault. */
  passed(at: { leg: string; attachment: string; data: 'status' | 'text' | 'position' | 'alarm' }): void {
    this.#meter.add('data_passed_total', 1, { attachment: at.attachment, data: at.data });
    this.#log.debug({ event: 'data.passed', ...at });
  }

  undelivered(at: {
    leg: string;
    network: string;
    data: 'status' | 'text' | 'position' | 'alarm';
    reason: 'not-carried' | 'not-reached' | 'refused' | 'too-long' | 'too-many';
  }): void {
    this.#meter.add('data_undelivered_total', 1, { network: at.network, why: at.reason });
    const isFault = at.data === 'alarm' || at.reason !== 'not-carried';
    this.#log[isFault ? 'warn' : 'debug']({ event: 'data.undelivered', ...at });
  }
}
