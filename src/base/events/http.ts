/** The HTTP listener. */
import type { Desk } from './desk.ts';

export class HttpEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  listening(at: { host: string; port: number }): void {
    this.#log.info({ event: 'http.listening', ...at });
  }

  /** The certificate of the listener was replaced, or (with a reason) the new one cannot be used and the old one stays. */
  certificate(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'http.certificate', ...at });
  }

  /** Counted only: a line for each would let a stranger fill the log. */
  answered(at: { status: number; durationMs: number }): void {
    this.#meter.add('http_requests_total', 1, { status: `${Math.floor(at.status / 100)}xx` });
    this.#meter.observe('http_request_seconds', at.durationMs / 1000);
  }

  failed(at: { method: string; err: unknown }): void {
    this.#log.error({ event: 'http.failed', ...at });
  }

  refused(at: {
    reason: 'host' | 'origin' | 'method' | 'malformed' | 'timeout' | 'full' | 'second-factor';
    client: string;
  }): void {
    this.#meter.add('http_refused_total', 1, { reason: at.reason });
    // Of somebody who is known, and no faster than his address may ask.
    this.#log[at.reason === 'second-factor' ? 'info' : 'debug']({ event: 'http.refused', ...at });
  }

  /** A door has answered 429; with a `line` the log says so: who it was now, and how many since the line before. */
  limited({ door, line }: { door: string; line?: { client: string; requests: number } }): void {
    this.#meter.add('http_limited_total', 1, { door });
    if (line !== undefined) this.#log.warn({ event: 'http.limited', door, ...line });
  }
}
