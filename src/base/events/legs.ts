/** Legs of shared groups. */
import type { FaultCode } from '../faults.ts';
import type { Desk } from './desk.ts';

export type LegState = 'up' | 'connecting' | 'down' | 'closed';

export interface LegListener {
  readonly legChanged: LegEvents['changed'];
  readonly legMoved: LegEvents['moved'];
  readonly legShed: LegEvents['shed'];
}

export class LegEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];
  readonly #listener: () => LegListener | undefined;

  constructor(desk: Desk, listener: () => LegListener | undefined) {
    this.#log = desk.log;
    this.#meter = desk.meter;
    this.#listener = listener;
  }

  /** `fault` and `answer`: why it is down, as a page makes words of it; `reason`: the same in English. */
  changed(at: {
    leg: string;
    network: string;
    attachment: string;
    state: LegState;
    reason?: string;
    fault?: FaultCode;
    answer?: number;
  }): void {
    this.#meter.add('leg_changes_total', 1, { network: at.network, state: at.state });
    this.#log[at.state === 'down' ? 'warn' : 'info']({ event: 'leg.changed', ...at });
    this.#listener()?.legChanged(at);
  }

  /** Another attachment carries it: the one before was lost or did not bring it up, or a better one is well again. */
  moved(at: { leg: string; network: string; from: string; to: string; why: 'lost' | 'not-up' | 'return' }): void {
    this.#meter.add('leg_moves_total', 1, { network: at.network, why: at.why });
    this.#log[at.why === 'return' ? 'info' : 'warn']({ event: 'leg.moved', ...at });
    this.#listener()?.legMoved(at);
  }

  /** Channels are short, and others come before it (rule R7). */
  shed(at: { leg: string; network: string }): void {
    this.#meter.add('leg_sheds_total', 1, { network: at.network });
    this.#log.warn({ event: 'leg.shed', ...at });
    this.#listener()?.legShed(at);
  }

  /** The radio of a leg hears two at once, or sends somebody else in place of us; or no longer does. */
  radioChanged(at: { leg: string; simultaneous: boolean; lockedOut: boolean }): void {
    const { leg, simultaneous, lockedOut } = at;
    this.#log[simultaneous || lockedOut ? 'warn' : 'info']({ event: 'leg.radio', leg, simultaneous, lockedOut });
  }

  /** What we sent came back on it and is not passed on, or has not for so long that it is tried again. */
  loopChanged(at: {
    leg: string;
    group: string;
    state: 'isolated' | 'tried';
    delayMs: number;
    likeness: number;
    times: number;
  }): void {
    if (at.state === 'isolated') this.#meter.add('loops_total', 1, { group: at.group });
    this.#log[at.state === 'isolated' ? 'warn' : 'info']({ event: 'leg.loop', ...at });
  }

  /** A call, or an agent of the link, leads back to a group of ours: refused, and tried again by itself. */
  pathLooped(at: { leg: string; attachment: string; group: string }): void {
    this.#meter.add('path_loops_total', 1, { attachment: at.attachment });
    this.#log.warn({ event: 'leg.path-loop', ...at });
  }
}
