/** Requests that a door has answered with 429: all are counted, and of each door one line a minute says how many. */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';

const lineEveryMs = 60_000;

interface Told {
  readonly atMs: number;
  /** Since the line before. */
  readonly requests: number;
}

export class TooMany {
  readonly #clock: Clock;
  readonly #events: SomeEvents<'http.limited'>;
  /** By door; as many as there are routes. */
  readonly #told = new Map<string, Told>();

  constructor(clock: Clock, events: SomeEvents<'http.limited'>) {
    this.#clock = clock;
    this.#events = events;
  }

  answered(request: FastifyRequest, client: string): void {
    const door = doorOf(request.routeOptions.url);
    const nowMs = this.#clock.nowMs();
    const last = this.#told.get(door);
    const requests = (last?.requests ?? 0) + 1;
    const isLine = last === undefined || nowMs - last.atMs >= lineEveryMs;
    this.#told.set(door, isLine ? { atMs: nowMs, requests: 0 } : { atMs: last.atMs, requests });
    this.#events.http.limited({ door, ...(isLine && { line: { client, requests } }) });
  }
}

/** Of a route, never of what was asked for: `/api/v1/fleet/versions/:number` is fleet. */
function doorOf(route: string | undefined): string {
  return /^\/api\/v1\/([\w.-]+)/.exec(route ?? '')?.[1] ?? 'other';
}
