/** Attachments of networks, and the SIP calls of theirs. */
import type { Desk } from './desk.ts';

export class AttachmentEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  sipListening(at: { transport: string; host: string; port: number }): void {
    this.#log.info({ event: 'sip.listening', ...at });
  }

  /** The far end of an attachment answers (OPTIONS, REGISTER or a call). */
  up(at: { attachment: string; network: string }): void {
    this.#meter.set('attachment_up', 1, { attachment: at.attachment });
    this.#log.info({ event: 'attachment.up', ...at });
  }

  down(at: { attachment: string; network: string; reason: string }): void {
    this.#meter.set('attachment_up', 0, { attachment: at.attachment });
    this.#meter.add('attachment_losses_total', 1, { attachment: at.attachment });
    this.#log.warn({ event: 'attachment.down', ...at });
  }

  registrationChanged(at: { attachment: string; state: 'registered' | 'expired' | 'refused'; reason?: string }): void {
    this.#log[at.state === 'registered' ? 'info' : 'warn']({ event: 'registration.changed', ...at });
  }

  /** Some leg of it is carried by an attachment that is not the best ranked, or none is any more. */
  rerouted(at: { network: string; second: boolean }): void {
    this.#meter.set('network_on_second_way', Number(at.second), { network: at.network });
    this.#log[at.second ? 'warn' : 'info']({ event: 'network.rerouted', ...at });
  }

  callEnded(at: {
    leg: string;
    call: string;
    direction: 'in' | 'out';
    result: 'answered' | 'refused' | 'timed-out';
    reason: string;
  }): void {
    this.#meter.add('sip_calls_total', 1, { direction: at.direction, result: at.result });
    this.#log.debug({ event: 'call.ended', ...at });
  }

  /** Somebody who is no peer of ours, or a peer asking for what it may not have. Lines are for the bridge to limit. */
  sipRefused(at: { method: string; remote: string; reason: string }): void {
    this.#log.warn({ event: 'sip.refused', ...at });
  }
}
