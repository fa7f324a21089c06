/** Proofs of lines. */
import type { Desk } from './desk.ts';

export class ProofEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** Lines are proven from now on. `operator` empty: by its time. */
  begun(at: { kind: string; operator: string; lines: number }): void {
    this.#log.info({ event: 'proof.begun', ...at });
  }

  /** What a proof found of one line; `causes`: why it is not green. */
  line(at: {
    talkgroup: string;
    network: string;
    attachment: string;
    verdict: string;
    causes: string;
    reason?: string;
    levelDbov?: number;
    oneWayMs?: number;
  }): void {
    this.#log[at.verdict === 'green' ? 'info' : 'warn']({ event: 'proof.line', ...at });
  }

  done(at: { kind: string; operator: string; verdict: string; green: number; red: number; unproven: number }): void {
    this.#meter.add('proofs_total', 1, { verdict: at.verdict });
    if (at.kind !== 'call') this.#meter.set('proof_green', Number(at.verdict === 'green'));
    this.#log[at.verdict === 'red' ? 'error' : at.verdict === 'green' ? 'info' : 'warn']({
      event: 'proof.done',
      ...at,
    });
  }

  /** The morning proof did not take place: the gateway was not there, or stood still. */
  missed(at: { due: string }): void {
    this.#meter.set('proof_green', 0);
    this.#log.error({ event: 'proof.missed', ...at });
  }

  /** A person may not prove lines, or not now. */
  refused(at: { attachment?: string; operator: string; role: string; refusal: string }): void {
    this.#log.warn({ event: 'proof.refused', ...at });
  }
}
