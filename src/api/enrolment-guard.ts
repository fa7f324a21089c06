/**
 * Before all doors under /api/v1 but those of people: whoever has shown a password alone where more is insisted on has no
 * session there, and is told what he has to do first. The doors of people (login-door.ts) say it themselves.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fromOf } from './login-request.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { problemTitles } from './problem-details.ts';

export const enrolFirst = 'A second factor is insisted on: enrol an authenticator or a passkey first.';

const api = '/api/v1/';
/** First word behind it of the doors of people. */
const doorsOfPeople = /^(login|logout|session|password|second-factor|account|oidc|card|passkeys?)(\/|$)/;

export class EnrolmentGuard {
  readonly #options: PageGuardOptions;
  readonly #isEnrolling: (token: string) => boolean;
  readonly #guard: PageGuard;

  constructor(options: PageGuardOptions, isEnrolling: (token: string) => boolean) {
    this.#options = options;
    this.#isEnrolling = isEnrolling;
    this.#guard = new PageGuard(options);
  }

  async look(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const path = request.routeOptions.url ?? '';
    if (!path.startsWith(api) || doorsOfPeople.test(path.slice(api.length))) return;
    if (!this.#isEnrolling(fromOf(request).token)) return;
    const isTooOften = this.#guard.isTooOften(request);
    if (!isTooOften) this.#options.events.http.refused({ reason: 'second-factor', client: request.ip });
    const status = isTooOften ? 429 : 403;
    const code = isTooOften ? 'rate' : 'second-factor';
    const detail = isTooOften ? 'Too many requests from this address.' : enrolFirst;
    reply.code(status).header('cache-control', 'no-store').header('connection', 'close');
    if (isTooOften) reply.header('retry-after', rateWaitMs / 1000);
    await reply.type('application/problem+json').send({ title: problemTitles[status], status, detail, code });
  }
}
