/** The fleet data. */
import type { Desk } from './desk.ts';

export class FleetEvents {
  readonly #log: Desk['log'];

  constructor(desk: Desk) {
    this.#log = desk.log;
  }

  /** A version of the fleet data was proposed, agreed to, refused, or has come to hold; who, and why. */
  changed(at: {
    version: number;
    state: string;
    base: number;
    operator: string;
    role: string;
    controlRoom: string;
    country: string;
    reason: string;
    backTo?: number;
    fault?: string;
  }): void {
    this.#log.info({ event: 'fleet.changed', ...at });
  }

  /** Somebody wanted to read or change the fleet data, and was not let. */
  refused(at: {
    what: string;
    operator: string;
    role: string;
    controlRoom: string;
    country: string;
    refusal: string;
  }): void {
    this.#log.warn({ event: 'fleet.refused', ...at });
  }

  /**
   * The gateway works with that version now, as far as it can: changes taken over, what waits until it is not in use, and
   * what the next start takes over alone.
   */
  taken(at: { version: number; taken: number; waits: string; restart: string }): void {
    this.#log[at.restart === '' ? 'info' : 'warn']({ event: 'fleet.taken', ...at });
  }

  /**
   * A talkgroup is listened to beside a group, or no longer (`counted`: what was found until then); or what it would have
   * done as a leg of it. `talker` is personal.
   */
  shadow(at: {
    what: 'listens' | 'ended' | 'over' | 'held' | 'loop' | 'unreadable';
    group: string;
    talkgroup: string;
    way?: 'in' | 'out';
    talker?: string;
    voiceMs?: number;
    collisionMs?: number;
    end?: string;
    why?: string;
    counted?: string;
  }): void {
    this.#log.info({ event: 'fleet.shadow', ...at });
  }

  /** The thread that has the fleet data cannot be asked, or (without a reason) can be again. */
  away(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'fleet.away', ...at });
  }
}
