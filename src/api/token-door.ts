/**
 * /api/v1/tokens: service tokens of systems that send hits and of agents of links (docs/accounts.md).
 *
 *   GET  tokens              all that hold, and the last that did
 *   POST tokens              makes one; it is answered this once
 *   POST tokens/ID/revoke    ends one at once
 *
 *   rate, origin ─▶ session ─▶ schema ─▶ Idempotency-Key ─▶ role and bounds, decided behind it
 *
 * Faults are problem+json (RFC 9457). Answers with a token go onto no disk: a key that is sent again over a restart makes
 * another, which the list shows.
 */
import { createHash } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type TokenFault, tokenDays, tokensMax } from '../operations/service-token.ts';
import type { Person } from '../operations/terms.ts';
import { type GivenAnswer, IdempotencyKeys } from './idempotency.ts';
import type { GatewayServer } from './login-door.ts';
import { fromOf } from './login-request.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { type ProblemStatus, problemTitles, sharedProblems } from './problem-details.ts';
import {
  type MadeToken,
  type revokedTokenSchema,
  revokeWishSchema,
  type TokensView,
  type TokenWish,
  tokenWishSchema,
} from './token-schemas.ts';

export type TokenRefusal = TokenFault | 'not-permitted' | 'disk-nearly-full' | 'away';
type Refused = { readonly refusal: TokenRefusal };

export interface TokenPort {
  /** Who has logged in with that cookie. */
  signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined;
  view(person: Person): Promise<{ readonly view: TokensView } | Refused>;
  create(person: Person, wish: TokenWish): Promise<{ readonly made: MadeToken } | Refused>;
  revoke(person: Person, id: string): Promise<{ readonly id: string } | Refused>;
}

export interface TokenDoorOptions extends PageGuardOptions {
  readonly port: TokenPort;
}

export const tokensPath = '/api/v1/tokens';
const bodyBytesMax = 1024;

type Code = TokenRefusal | keyof typeof sharedProblems;

const problems: Readonly<Record<Code, readonly [status: ProblemStatus, detail: string]>> = {
  ...sharedProblems,
  away: [503, 'Service tokens cannot be read or written: see the log of the gateway.'],
  'disk-nearly-full': [503, 'The disk is nearly full: no token is made, but one can be ended.'],
  'not-permitted': [403, 'Your role may not.'],
  'holder-unknown': [422, 'That is no source of hits and no attachment of kind link.'],
  'takes-no-tokens': [422, 'That attachment takes no service tokens: give it link.serviceTokens: true.'],
  'days-out-of-range': [422, `That number of days is not possible: ${tokenDays.min} to ${tokenDays.max}, whole.`],
  'too-many-tokens': [409, `${tokensMax} of its tokens hold already: end one that is not used any more.`],
  'token-unknown': [404, 'There is no such token.'],
  'token-revoked': [409, 'It has been ended already.'],
};

class Refusal extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(code);
    this.code = code;
  }
}

/** Adds the doors to the server. */
export function registerTokenDoor(server: GatewayServer, options: TokenDoorOptions): void {
  const door = new TokenDoor(options);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: bodyBytesMax },
      (_request, body, done) => done(null, parsed(body.toString())),
    );
    scope.setErrorHandler<FastifyError>(async (error, _request, reply) => fail(error, reply));
    scope.addHook('onRequest', async (request) => door.admit(request));
    scope.get(tokensPath, (request, reply) => door.show(request, reply));
    scope.post(tokensPath, (request, reply) => door.create(request, reply));
    scope.post<{ Params: { id: string } }>(`${tokensPath}/:id/revoke`, (request, reply) =>
      door.revoke(request.params.id, request, reply),
    );
  });
}

class TokenDoor {
  readonly #options: TokenDoorOptions;
  readonly #guard: PageGuard;
  readonly #keys = new IdempotencyKeys();
  readonly #asking = new WeakMap<FastifyRequest, Person>();

  constructor(options: TokenDoorOptions) {
    this.#options = options;
    this.#guard = new PageGuard(options);
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

  /** Whoever has it already is told so (RFC 9110 §13.1.2). */
  async show(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { view } = given(await this.#options.port.view(this.#person(request)));
    const text = JSON.stringify(view);
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    reply.header('cache-control', 'private, no-cache').header('etag', tag);
    const known = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
    if (known?.includes(tag) === true) await reply.code(304).send();
    else await reply.type('application/json').send(text);
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wish = read(tokenWishSchema, request.body);
    await this.#once(request, reply, async (person) => {
      const { made } = given(await this.#options.port.create(person, wish));
      return { status: 201, headers: {}, body: made, isSecret: true };
    });
  }

  async revoke(wanted: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    read(revokeWishSchema, request.body);
    await this.#once(request, reply, async (person) => {
      const { id } = given(await this.#options.port.revoke(person, wanted));
      const body: z.infer<typeof revokedTokenSchema> = { id, state: 'revoked' };
      return { status: 200, headers: {}, body };
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
    reply.code(answer.status).header('cache-control', 'no-store').type('application/json');
    await reply.send(answer.body);
  }
}

function given<Outcome extends object>(outcome: Outcome | Refused): Outcome {
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
  const bounds = code === 'days-out-of-range' ? { bounds: tokenDays } : {};
  await reply.send({ title: problemTitles[status], status, detail, code, ...bounds });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
