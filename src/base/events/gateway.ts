/** The gateway as a whole: its start and its end. */
import type { Desk } from './desk.ts';

export class GatewayEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];
  readonly #flush: Desk['flush'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
    this.#flush = desk.flush;
  }

  /** `fleetVersion`: 0: the fleet data is the file's own. */
  starting(at: { gateway: string; version: string; config: string; fleetVersion: number; node: string }): void {
    this.#log.info({ event: 'gateway.starting', ...at });
  }

  /** Everything listens and the legs are being called. */
  started(at: { startedInMs: number; groups: number; legs: number }): void {
    this.#meter.set('start_time_seconds', Math.round(Date.now() / 1000));
    this.#log.info({ event: 'gateway.started', ...at });
  }

  stopping(at: { reason: string }): void {
    this.#flush();
    this.#log.info({ event: 'gateway.stopping', ...at });
  }

  stopped(at: { durationMs: number }): void {
    this.#log.info({ event: 'gateway.stopped', ...at });
  }

  /** A setting that is allowed and that somebody may come to regret. */
  configWarning(at: { path: string; reason: string }): void {
    this.#log.warn({ event: 'config.warning', ...at });
  }

  /** Something that the operator can mend is in the way; the process ends. */
  failed(at: { code: string; reason: string; err?: unknown }): void {
    this.#log.error({ event: 'gateway.failed', ...at });
  }

  /** A fault of ours; the process ends. */
  crashed(at: { err: unknown }): void {
    this.#log.error({ event: 'gateway.crashed', ...at });
  }
}
