/**
 * Before the body of a request of a person is read: how often an address may ask, and that the request is our own page's
 * (or a program's that says it is none of another site). Against other sites (CSRF) a POST carries the Origin of our page
 * and a header that no form can send; the cookie is SameSite=Strict besides.
 */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { type Bucket, fullBucket, type RateLimit, take } from '../base/rate-limit.ts';
import { mayOpenConsole, type OriginRules } from './origin-guard.ts';

export interface PageGuardOptions {
  readonly rules: OriginRules;
  readonly clock: Clock;
  readonly events: SomeEvents<'http.refused'>;
}

/** What our page sends with each POST, and no form of another site can. */
const ownHeader = 'x-escaut-console';
/** Of one address, whatever it asks. */
const rate: RateLimit = { burst: 60, perSecond: 2 };
const addressesMax = 4096;
/** How long whoever asks too often is told to wait. */
export const rateWaitMs = 5000;

export class PageGuard {
  readonly #options: PageGuardOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: PageGuardOptions) {
    this.#options = options;
  }

  /** Undefined: it may go on. */
  refusal(request: FastifyRequest): 'rate' | 'origin' | undefined {
    const { events, rules } = this.#options;
    const { ip, method, headers } = request;
    if (this.isTooOften(request)) return 'rate';
    if (method === 'GET' || method === 'HEAD') return undefined;
    if (mayOpenConsole(headers.origin, headers.host, rules) && headers[ownHeader] === '1') return undefined;
    events.http.refused({ reason: 'origin', client: ip });
    return 'origin';
  }

  isTooOften({ ip }: FastifyRequest): boolean {
    const nowMs = this.#options.clock.nowMs();
    const bucket = take(this.#buckets.get(ip) ?? fullBucket(rate, nowMs), rate, nowMs);
    if (bucket === undefined) return true;
    this.#buckets.delete(ip);
    this.#buckets.set(ip, bucket);
    if (this.#buckets.size > addressesMax) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    return false;
  }
}
