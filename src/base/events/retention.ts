/** How long evidence is kept, and what holds it longer. */
import type { AskedLine, Desk } from './desk.ts';

/** Of a hold: who asks, why, and why it is refused. */
interface HoldLine extends AskedLine {
  readonly reason: string;
}

export class RetentionEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** Somebody asks to keep something longer or shorter; `refusal`: it stays as it was. */
  changed(at: {
    rule: string;
    days: number;
    reason: string;
    operator: string;
    role: string;
    controlRoom: string;
    second?: string;
    secondRole?: string;
    secondControlRoom?: string;
    refusal?: string;
  }): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'retention.changed', ...at });
  }

  /** Nothing is deleted any more, however old, for that reason. */
  halted(at: { reason: string }): void {
    this.#meter.set('retention_up', 0);
    this.#log.error({ event: 'retention.halted', ...at });
  }

  back(): void {
    this.#meter.set('retention_up', 1);
    this.#log.info({ event: 'retention.back' });
  }

  /** What has been kept as long as it may be cannot be deleted; tried again. */
  failed(at: { kind: string; day: string; reason: string }): void {
    this.#log.error({ event: 'retention.failed', ...at });
  }

  /** The gateway holds by itself what was recorded while its clock was behind; auditors lift it. */
  held(at: { hold: number; fromUtc: string; toUtc: string }): void {
    this.#log.error({ event: 'hold.set', ...at, groups: 'all', reason: 'clock was behind' });
  }

  /** Somebody holds evidence beyond its time; `refusal`: it is not held. */
  holdSet(
    at: HoldLine & {
      hold?: number;
      incident?: string;
      fromUtc?: string;
      toUtc?: string;
      groups?: 'all' | readonly string[];
    },
  ): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'hold.set', ...at });
  }

  /** Somebody lifts a hold, with another; `refusal`: it stands. */
  holdLifted(at: HoldLine & { hold: number; second?: string; secondRole?: string; secondControlRoom?: string }): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'hold.lifted', ...at });
  }
}
