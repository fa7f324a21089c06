/**
 * /api/v1/tokens: service tokens of systems that send hits and of agents of links (docs/accounts.md).
 *
 *   GET  tokens              all that hold, and the last that did
 *   POST tokens              makes one; it is answered this once
 *   POST tokens/ID/revoke    ends one at once
 *
 * Role and bounds are decided behind it. Answers with a token go onto no disk: a key that is sent again over a restart makes
 * another, which the list shows.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type TokenFault, tokenDays, tokensMax } from '../operations/service-token.ts';
import type { Person } from '../operations/terms.ts';
import type { GatewayServer } from './login-door.ts';
import type { PageGuardOptions } from './page-guard.ts';
import { type ProblemStatus, sharedProblems } from './problem-details.ts';
import { readAs, SessionDoor, type SessionPort } from './session-door.ts';
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

export interface TokenPort extends SessionPort {
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

/** Adds the doors to the server. */
export function registerTokenDoor(server: GatewayServer, options: TokenDoorOptions): void {
  const door = new TokenDoor(options);
  server.register(async (scope) => {
    door.guard(scope);
    scope.get(tokensPath, (request, reply) => door.show(request, reply));
    scope.post(tokensPath, (request, reply) => door.create(request, reply));
    scope.post<{ Params: { id: string } }>(`${tokensPath}/:id/revoke`, (request, reply) =>
      door.revoke(request.params.id, request, reply),
    );
  });
}

class TokenDoor {
  readonly #port: TokenPort;
  readonly #door: SessionDoor<TokenRefusal>;

  constructor(options: TokenDoorOptions) {
    this.#port = options.port;
    const about = (code: Code) => (code === 'days-out-of-range' ? { bounds: tokenDays } : {});
    this.#door = new SessionDoor({ ...options, json: { bodyBytesMax, problems, about } });
  }

  guard(scope: FastifyInstance): void {
    this.#door.guard(scope);
  }

  /** Whoever has it already is told so (RFC 9110 §13.1.2). */
  async show(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { view } = this.#door.given(await this.#port.view(this.#door.person(request)));
    const text = JSON.stringify(view);
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    reply.header('cache-control', 'private, no-cache').header('etag', tag);
    const known = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
    if (known?.includes(tag) === true) await reply.code(304).send();
    else await reply.type('application/json').send(text);
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wish = readAs(tokenWishSchema, request.body);
    await this.#door.once(request, reply, async (person) => {
      const { made } = this.#door.given(await this.#port.create(person, wish));
      return { status: 201, headers: {}, body: made, isSecret: true };
    });
  }

  async revoke(wanted: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    readAs(revokeWishSchema, request.body);
    await this.#door.once(request, reply, async (person) => {
      const { id } = this.#door.given(await this.#port.revoke(person, wanted));
      const body: z.infer<typeof revokedTokenSchema> = { id, state: 'revoked' };
      return { status: 200, headers: {}, body };
    });
  }
}
