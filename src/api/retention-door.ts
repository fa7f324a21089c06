/**
 * /api/v1/retention: how long evidence is kept, what is held, what was deleted and what goes next, for auditors
 * (docs/evidence.md).
 *
 *   GET  retention                 all of that
 *   GET  retention/preview         what would go if a rule were otherwise: ?rule=hit&days=20
 *   POST retention/rules/RULE      sets a rule; the first of two persons waits for the second
 *   POST retention/holds           holds what was recorded in a time, or of an incident
 *   POST retention/holds/N/lift    lifts a hold; the first of two persons waits for the second
 *
 *   rate, origin ─▶ session ─▶ Idempotency-Key ─▶ schema ─▶ role and second person, decided behind it
 *
 * Faults are problem+json (RFC 9457).
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { daysBounds, type RetentionRefusal } from '../operations/retention.ts';
import type { Person } from '../operations/terms.ts';
import { type GivenAnswer, IdempotencyKeys, type KeptAnswers } from './idempotency.ts';
import type { GatewayServer } from './login-door.ts';
import { fromOf } from './login-request.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { type ProblemStatus, problemTitles, sharedProblems } from './problem-details.ts';
import {
  type ChangeView,
  type changedSchema,
  changeQuerySchema,
  changeWishSchema,
  type HoldWish,
  type heldSchema,
  holdWishSchema,
  type liftedSchema,
  liftWishSchema,
  type RetentionView,
} from './retention-schemas.ts';

export type HoldRefusal =
  | Exclude<RetentionRefusal, 'role'>
  | 'not-permitted'
  | 'away'
  | 'hold-unknown'
  | 'group-unknown'
  | 'incident-unknown'
  | 'no-time';

/** `isWaiting`: for the second person. */
export type RetentionOutcome =
  | { readonly hold: number; readonly isWaiting: boolean }
  | { readonly refusal: HoldRefusal };

export type ChangeOutcome = { readonly isWaiting: boolean } | { readonly refusal: HoldRefusal };

export interface RetentionPort {
  /** Who has logged in with that cookie. */
  signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined;
  view(person: Person): Promise<{ readonly view: RetentionView } | { readonly refusal: 'not-permitted' | 'away' }>;
  preview(
    person: Person,
    rule: string,
    days: number,
  ): Promise<{ readonly view: ChangeView } | { readonly refusal: HoldRefusal }>;
  change(
    person: Person,
    wish: { readonly rule: string; readonly days: number; readonly reason: string },
  ): ChangeOutcome;
  hold(person: Person, wish: HoldWish): Promise<RetentionOutcome>;
  lift(person: Person, hold: number, reason: string): Promise<RetentionOutcome>;
}

export interface RetentionDoorOptions extends PageGuardOptions {
  readonly port: RetentionPort;
  readonly answers?: KeptAnswers;
}

export const retentionPath = '/api/v1/retention';
const bodyBytesMax = 8192;

type Code = HoldRefusal | keyof typeof sharedProblems;

const problems: Readonly<Record<Code, readonly [status: ProblemStatus, detail: string]>> = {
  ...sharedProblems,
  away: [503, 'What is kept cannot be read or written: see the log of the gateway.'],
  'not-permitted': [403, 'Your role may not.'],
  'not-own-control-room': [403, 'Not for another control room.'],
  'not-opened-by-role': [403, 'Your role may not.'],
  'test-groups-only': [403, 'Your role may not.'],
  'second-person-missing': [403, 'A second auditor has to ask for the same.'],
  'second-person-is-the-first': [403, 'It wants two persons.'],
  'second-person-may-not': [403, 'The second person may not.'],
  'second-person-other-country': [
    403,
    'One of the two has to be of the country that it is about; of all: they are of two countries.',
  ],
  'no-reason': [422, 'A reason is needed.'],
  'unknown-rule': [404, 'There is no such rule.'],
  'days-out-of-range': [422, `That number of days is not possible: ${daysBounds.min} to ${daysBounds.max}, whole.`],
  'hold-unknown': [404, 'There is no such hold, or it has been lifted.'],
  'group-unknown': [422, 'There is no such group, and no recording of one: nothing would be held.'],
  'incident-unknown': [422, 'The log names no border record, plan, hit or emergency of that name.'],
  'no-time': [422, 'The time ends before it begins.'],
};

class Refusal extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(code);
    this.code = code;
  }
}

/** Adds the doors to the server. */
export function registerRetentionDoor(server: GatewayServer, options: RetentionDoorOptions): void {
  const door = new RetentionDoor(options);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: bodyBytesMax },
      (_request, body, done) => done(null, parsed(body.toString())),
    );
    scope.setErrorHandler<FastifyError>(async (error, _request, reply) => fail(error, reply));
    scope.addHook('onRequest', async (request) => door.admit(request));
    scope.get(retentionPath, (request, reply) => door.show(request, reply));
    scope.get(`${retentionPath}/preview`, (request, reply) => door.preview(request, reply));
    scope.post<{ Params: { rule: string } }>(`${retentionPath}/rules/:rule`, (request, reply) =>
      door.change(request.params.rule, request, reply),
    );
    scope.post(`${retentionPath}/holds`, (request, reply) => door.hold(request, reply));
    scope.post<{ Params: { number: string } }>(`${retentionPath}/holds/:number/lift`, (request, reply) =>
      door.lift(request.params.number, request, reply),
    );
  });
}

class RetentionDoor {
  readonly #options: RetentionDoorOptions;
  readonly #guard: PageGuard;
  readonly #keys: IdempotencyKeys;
  readonly #asking = new WeakMap<FastifyRequest, Person>();

  constructor(options: RetentionDoorOptions) {
    this.#options = options;
    this.#guard = new PageGuard(options);
    this.#keys = new IdempotencyKeys(options.answers);
  }

  /** Before the body is read. */
  admit(request: FastifyRequest): void {
    const refusal = this.#guard.refusal(request);
    if (refusal !== undefined) throw new Refusal(refusal);
    const signedIn = this.#options.port.signedIn(fromOf(request).token);
    if (signedIn === undefined) throw new Refusal('no-session');
    if (signedIn.isLocked) throw new Refusal('locked');
    this.#asking.set(request, signedIn.person);
  }

  async show(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const outcome = await this.#options.port.view(this.#person(request));
    if ('refusal' in outcome) throw new Refusal(outcome.refusal);
    await send(reply, outcome.view);
  }

  async preview(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { rule, days } = read(changeQuerySchema, request.query);
    const outcome = await this.#options.port.preview(this.#person(request), rule, days);
    if ('refusal' in outcome) throw new Refusal(outcome.refusal);
    await send(reply, outcome.view);
  }

  async change(rule: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { days, reason } = read(changeWishSchema, request.body);
    await this.#once(request, reply, async (person) => {
      const outcome = this.#options.port.change(person, { rule, days, reason });
      if ('refusal' in outcome) throw new Refusal(outcome.refusal);
      const { isWaiting } = outcome;
      const body: z.infer<typeof changedSchema> = { rule, days, state: isWaiting ? 'waiting' : 'set' };
      return { status: isWaiting ? 202 : 200, headers: {}, body };
    });
  }

  async hold(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wish = read(holdWishSchema, request.body);
    await this.#once(request, reply, async (person) => {
      const { hold } = given(await this.#options.port.hold(person, wish));
      return { status: 201, headers: {}, body: { hold } satisfies z.infer<typeof heldSchema> };
    });
  }

  async lift(number: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { reason } = read(liftWishSchema, request.body);
    if (!/^[1-9][0-9]{0,8}$/.test(number)) throw new Refusal('hold-unknown');
    await this.#once(request, reply, async (person) => {
      const { hold, isWaiting } = given(await this.#options.port.lift(person, Number(number), reason));
      const body: z.infer<typeof liftedSchema> = { hold, state: isWaiting ? 'waiting' : 'lifted' };
      return { status: isWaiting ? 202 : 200, headers: {}, body };
    });
  }

  #person(request: FastifyRequest): Person {
    const person = this.#asking.get(request);
    if (person === undefined) throw new Refusal('no-session');
    return person;
  }

  /** Does it once for each key, and answers the same again to whoever sends it again. */
  async #once(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (person: Person) => Promise<GivenAnswer>,
  ): Promise<void> {
    const person = this.#person(request);
    const keyed = {
      ...{ header: request.headers['idempotency-key'], by: person.person },
      ...{ asked: [request.url, request.body], utcMs: this.#options.clock.utcMs() },
    };
    const answer = await this.#keys.once(keyed, () => work(person));
    if (typeof answer === 'string') throw new Refusal(answer);
    await send(reply.code(answer.status), answer.body);
  }
}

function given(outcome: RetentionOutcome): Exclude<RetentionOutcome, { readonly refusal: HoldRefusal }> {
  if ('refusal' in outcome) throw new Refusal(outcome.refusal);
  return outcome;
}

function read<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const wish = schema.safeParse(body);
  if (!wish.success) throw new Refusal('body');
  return wish.data;
}

/** @throws what is a fault of ours, for the server's own handler to log */
async function fail(error: FastifyError, reply: FastifyReply): Promise<void> {
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  const code = error instanceof Refusal ? error.code : isClients ? 'body' : undefined;
  if (code === undefined) throw error;
  const [status, detail] = problems[code];
  reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
  if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
  if (code === 'rate' || code === 'busy') reply.header('retry-after', Math.ceil(rateWaitMs / 1000));
  const bounds = code === 'days-out-of-range' ? { bounds: daysBounds } : {};
  await reply.send({ title: problemTitles[status], status, detail, code, ...bounds });
}

async function send(reply: FastifyReply, body: unknown): Promise<void> {
  await reply.header('cache-control', 'no-store').type('application/json').send(body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
