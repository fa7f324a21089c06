/**
 * Certificates by when they end: the metric, an alarm on every console and a line a day from 30 days before. Looked at
 * every hour, so that the alarm comes without a connection being made; a certificate that was renewed clears it.
 */
import { certificateWarnDays } from '../base/certificate.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { ConsoleServer } from '../console/console-server.ts';

const lookEveryMs = 3_600_000;
const dayMs = 86_400_000;

export class CertificateWatch {
  readonly #clock: Clock;
  readonly #events: SomeEvents<'certificates.seen' | 'certificates.expiring'>;
  readonly #console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>;
  readonly #certificates = new Map<string, { readonly expiresUtcMs: number; saidDays: number }>();
  #cancel: Cancel = () => undefined;

  constructor(
    clock: Clock,
    events: SomeEvents<'certificates.seen' | 'certificates.expiring'>,
    console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.#console = console;
  }

  start(): void {
    this.#cancel = this.#clock.callAt(this.#clock.nowMs() + lookEveryMs, () => {
      for (const certificate of this.#certificates.keys()) this.#look(certificate);
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** `certificate`: sip.listen[0] or console.tls for ours, the attachment's id for that of a far end. */
  seen(certificate: string, expiresUtcMs: number): void {
    if (this.#certificates.get(certificate)?.expiresUtcMs === expiresUtcMs) return;
    this.#certificates.set(certificate, { expiresUtcMs, saidDays: Number.NaN });
    this.#events.certificates.seen({ certificate, expiresUtcMs });
    this.#look(certificate);
  }

  #look(certificate: string): void {
    const known = this.#certificates.get(certificate);
    if (known === undefined) return;
    const days = Math.floor((known.expiresUtcMs - this.#clock.utcMs()) / dayMs);
    if (days >= certificateWarnDays) {
      this.#console.clearAlarm('certificate-expiring', certificate);
      return;
    }
    this.#console.raiseAlarm('certificate-expiring', certificate);
    if (days === known.saidDays) return;
    known.saidDays = days;
    this.#events.certificates.expiring({ certificate, days });
  }
}
