/** Consoles and what they ask for. */
import type { Desk } from './desk.ts';

export interface ConsoleListener {
  readonly notPermitted: ConsoleEvents['notPermitted'];
}

export class ConsoleEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];
  readonly #listener: () => ConsoleListener | undefined;

  constructor(desk: Desk, listener: () => ConsoleListener | undefined) {
    this.#log = desk.log;
    this.#meter = desk.meter;
    this.#listener = listener;
  }

  opened(at: { console: string; operator: string; consoles: number; resumed: boolean }): void {
    this.#meter.add('console_links_total', 1, { result: at.resumed ? 'resumed' : 'opened' });
    this.#meter.set('consoles', at.consoles);
    this.#log.info({ event: 'console.opened', ...at });
  }

  closed(at: {
    console: string;
    consoles: number;
    reason: 'left' | 'lost' | 'slow' | 'protocol' | 'stopping';
    durationMs: number;
  }): void {
    this.#meter.add('console_links_closed_total', 1, { reason: at.reason });
    this.#meter.set('consoles', at.consoles);
    this.#log.info({ event: 'console.closed', ...at });
  }

  /** Somebody listens again to an over of the last minutes. */
  recalled(at: { group: string; over: number; operator: string; role: string; controlRoom: string }): void {
    this.#meter.add('recalled_total', 1);
    this.#log.info({ event: 'over.recalled', ...at });
  }

  /** Somebody asked for what his role may not do; nothing was changed. */
  notPermitted(at: { permission: string; group: string; operator: string; role: string; controlRoom: string }): void {
    this.#meter.add('not_permitted_total', 1, { permission: at.permission });
    this.#log.warn({ event: 'permission.refused', ...at });
    this.#listener()?.notPermitted(at);
  }

  refused(at: { client: string; reason: string }): void {
    this.#meter.add('console_links_total', 1, { result: 'refused' });
    this.#log.warn({ event: 'console.refused', ...at });
  }
}
