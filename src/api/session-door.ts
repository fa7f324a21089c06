/**
 * What the doors have in common that somebody who has logged in comes to: JSON alone, who asks, a thing once for each
 * Idempotency-Key, and faults as problem+json (RFC 9457).
 *
 *   rate, origin ─▶ session ─▶ schema ─▶ Idempotency-Key ─▶ whatever the door does
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Person } from '../operations/terms.ts';
import { type GivenAnswer, IdempotencyKeys, type KeptAnswers } from './idempotency.ts';
import { fromOf } from './login-request.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { type ProblemStatus, problemTitles, type sharedProblems } from './problem-details.ts';

/** Thrown by a door: it answers with the problem of that code. */
export class Refusal<Code extends string> extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(code);
    this.code = code;
  }
}

export interface SessionPort {
  /** Who has logged in with that cookie. */
  signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined;
}

export interface JsonRules<Code extends string> {
  readonly bodyBytesMax: number;
  readonly problems: Readonly<Record<Code | 'body', readonly [status: ProblemStatus, detail: string]>>;
  /** Further members of the problem of that code, as bounds. */
  readonly about?: (code: Code | 'body') => Readonly<Record<string, unknown>>;
}

type SharedCode = keyof typeof sharedProblems;

export interface SessionDoorOptions<Code extends string> extends PageGuardOptions {
  readonly port: SessionPort;
  readonly json: JsonRules<Code | SharedCode>;
  /** Answers that outlive the process. */
  readonly answers?: KeptAnswers;
}

/** The routes of the scope take JSON alone; a body that is none is undefined. */
export function takeJson<Code extends string>(scope: FastifyInstance, rules: JsonRules<Code>): void {
  const { bodyBytesMax: bodyLimit } = rules;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
    done(null, parsed(body.toString())),
  );
  scope.setErrorHandler<FastifyError>(async (error, _request, reply) => fail(error, reply, rules));
}

/** `Code`: of its own refusals. */
export class SessionDoor<Code extends string> {
  readonly #options: SessionDoorOptions<Code>;
  readonly #guard: PageGuard;
  readonly #keys: IdempotencyKeys;
  readonly #asking = new WeakMap<FastifyRequest, Person>();

  constructor(options: SessionDoorOptions<Code>) {
    this.#options = options;
    this.#guard = new PageGuard(options);
    this.#keys = new IdempotencyKeys(options.answers);
  }

  /** The routes of the scope are for those who have logged in. */
  guard(scope: FastifyInstance): void {
    takeJson(scope, this.#options.json);
    scope.addHook('onRequest', async (request) => this.#admit(request));
  }

  /** Before the body is read. */
  #admit(request: FastifyRequest): void {
    const refusal = this.#guard.refusal(request);
    if (refusal !== undefined) throw new Refusal(refusal);
    const signedIn = this.#options.port.signedIn(fromOf(request).token);
    if (signedIn === undefined) throw new Refusal('no-session');
    if (signedIn.isLocked) throw new Refusal('locked');
    this.#asking.set(request, signedIn.person);
  }

  person(request: FastifyRequest): Person {
    const person = this.#asking.get(request);
    if (person === undefined) throw new Refusal('no-session');
    return person;
  }

  refuse(code: Code | SharedCode): never {
    throw new Refusal(code);
  }

  /** What was done; a refusal is thrown. */
  given<Outcome extends object>(outcome: Outcome | { readonly refusal: Code }): Outcome {
    if ('refusal' in outcome) throw new Refusal(outcome.refusal);
    return outcome;
  }

  /** Does it once for each key, and answers the same again to whoever sends it again. */
  async once(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (person: Person) => Promise<GivenAnswer>,
  ): Promise<void> {
    const person = this.person(request);
    const keyed = {
      ...{ header: request.headers['idempotency-key'], by: person.person },
      ...{ asked: [request.url, request.body], utcMs: this.#options.clock.utcMs() },
    };
    const answer = await this.#keys.once(keyed, () => work(person));
    if (typeof answer === 'string') throw new Refusal(answer);
    await sendJson(reply.code(answer.status), answer.body);
  }
}

/** @throws Refusal `body` */
export function readAs<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const wish = schema.safeParse(body);
  if (!wish.success) throw new Refusal('body');
  return wish.data;
}

export function sendJson(reply: FastifyReply, body: unknown): FastifyReply {
  return reply.header('cache-control', 'no-store').type('application/json').send(body);
}

/** @throws what is a fault of ours, for the server's own handler to log */
async function fail<Code extends string>(
  error: FastifyError,
  reply: FastifyReply,
  { problems, about }: JsonRules<Code>,
): Promise<void> {
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  const named = error instanceof Refusal ? error.code : isClients ? 'body' : undefined;
  if (named === undefined || !isCodeOf(problems, named)) throw error;
  const [status, detail] = problems[named];
  reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
  if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
  if (named === 'rate' || named === 'busy') reply.header('retry-after', Math.ceil(rateWaitMs / 1000));
  await reply.send({ title: problemTitles[status], status, detail, code: named, ...about?.(named) });
}

function isCodeOf<Code extends string>(problems: Readonly<Record<Code, unknown>>, code: string): code is Code {
  return Object.hasOwn(problems, code);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
