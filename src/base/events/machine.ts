/** The machine on which it runs: clock, disk, network. */
import type { Desk } from './desk.ts';

export class MachineEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /**
   * How far this machine's clock is from the reference: when it changes, moves by 10 ms, and once an hour.
   * `offsetMs`: positive, we are ahead; the truth lies within `boundMs` of it. `since`: so long the state lasts.
   */
  clockQuality(at: {
    state: 'unmeasured' | 'agreed' | 'off' | 'unknown';
    reason?: string;
    offsetMs?: number;
    boundMs?: number;
    source?: string;
    since?: string;
  }): void {
    const isQuiet = at.state === 'agreed' || at.state === 'unmeasured';
    this.#log[isQuiet ? 'info' : 'warn']({ event: 'clock.quality', ...at });
  }

  /** The wall clock was set within the last 10 s, against the monotonic one; negative: back. */
  clockStepped(at: { byMs: number }): void {
    this.#meter.add('clock_steps_total', 1);
    this.#log.warn({ event: 'clock.stepped', ...at });
  }

  /** Of the disk on which that lies hardly any room is left: only evidence is written. */
  diskNearlyFull(at: { of: 'state' | 'recordings'; freeMiB: number; boundMiB: number }): void {
    this.#log.error({ event: 'disk.nearly-full', ...at });
  }

  /** There is room again: everything is taken. */
  diskRoomy(at: { of: 'state' | 'recordings'; freeMiB: number; boundMiB: number }): void {
    this.#log.info({ event: 'disk.roomy', ...at });
  }

  /** Our packets do not carry the DSCP that the configuration wants; asked once, at the start. */
  notMarked(at: { reason: string }): void {
    this.#log.warn({ event: 'dscp.not-marked', ...at });
  }
}
