/** Certificates: ours, and those of far ends. */
import type { Desk } from './desk.ts';

export class CertificateEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** A certificate was read or shown: ours by listener, a far end's by attachment. Says when it ends. */
  seen(at: { certificate: string; expiresUtcMs: number }): void {
    const { certificate, expiresUtcMs } = at;
    this.#meter.set('certificate_expires_time_seconds', expiresUtcMs / 1000, { certificate });
    this.#log.info({ event: 'certificate.seen', certificate, expires: new Date(expiresUtcMs).toISOString() });
  }

  /** Once a day while a certificate has 30 days left or fewer; somebody must act within a week of its end. */
  expiring(at: { certificate: string; days: number }): void {
    this.#log[at.days >= 7 ? 'warn' : 'error']({ event: 'certificate.expiring', ...at });
  }

  /** New files of ours cannot be used (the old ones stay in force), or a connection failed over certificates. */
  refused(at: { remote?: string; reason: string }): void {
    this.#meter.add('certificates_refused_total', 1);
    this.#log.warn({ event: 'certificate.refused', ...at });
  }
}
