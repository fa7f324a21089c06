/**
 * /api/v1/login and what belongs to it: the door of people. Says what a request must look like and what an answer is;
 * who may come in is decided behind it.
 *
 *   POST login           name, password, code?, takeOver?    200, sets the cookie
 *   POST logout                                              204, takes it away; 200 with where to log out as well
 *   GET  session                                             200 or 401
 *   POST session/unlock  password                            200, another cookie
 *   POST password        password or invitation, newPassword
 *   POST second-factor   password                            200 with what an authenticator reads
 *   POST second-factor/confirm  code                         200 with recovery codes, another cookie
 *
 * Against other sites (CSRF): page-guard.ts, and JSON alone. Faults are problem+json (RFC 9457), which repeats nothing
 * of what was sent.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Logger } from '../base/logger.ts';
import { enrolFirst } from './enrolment-guard.ts';
import type { LoginPort, OidcPort } from './login-port.ts';
import { type AnsweringDoor, type Asking, type Code, fromOf, placeOf } from './login-request.ts';
import { type OtherWays, registerOtherWays } from './login-ways.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { sessionCookie } from './session-cookie.ts';

export interface LoginDoorOptions extends PageGuardOptions, OtherWays {
  readonly port: LoginPort;
}

export type GatewayServer = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger>;

const base = '/api/v1/';
export const loginPaths: ReadonlySet<string> = new Set(
  [
    ...['login', 'logout', 'session/unlock', 'password', 'second-factor', 'second-factor/confirm'],
    ...[
      'oidc',
      'oidc/enter',
      'oidc/back-channel-logout',
      'card',
      'card/enter',
      'passkey',
      'passkey/login',
      'passkeys',
      'passkeys/enrol',
      'passkeys/remove',
    ],
  ].map((each) => base + each),
);
const bodyBytesMax = 8192;
const secret = z.string().max(1024);
export const loginSchemas = {
  login: z.strictObject({
    name: z.string().max(256),
    password: secret,
    code: z.string().max(64).default(''),
    takeOver: z.boolean().default(false),
  }),
  unlock: z.strictObject({ password: secret }),
  password: z.union([
    z.strictObject({ password: secret, newPassword: secret }),
    z.strictObject({ invitation: z.string().max(64), newPassword: secret }),
  ]),
  secondFactor: z.strictObject({ password: secret }),
  confirm: z.strictObject({ code: z.string().max(64) }),
};

/** Adds the door to the server. */
export function registerLoginDoor(server: GatewayServer, options: LoginDoorOptions): void {
  const door = new LoginDoor(options);
  if (options.oidc !== undefined) registerProvider(server, door, options.oidc);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: bodyBytesMax }, (_, body, done) =>
      done(null, parsed(body.toString())),
    );
    scope.setErrorHandler<FastifyError>(async (error, request, reply) => {
      const { statusCode = 500 } = error;
      if (statusCode >= 500) throw error;
      return door.refuse(request, reply, 'body');
    });
    scope.addHook('onRequest', (request, reply) => door.admit(request, reply));
    const { port } = options;
    registerOtherWays(scope, door, options);
    scope.get(`${base}account`, (request, reply) => door.account(request, reply));
    scope.get(`${base}session`, (request, reply) => door.session(request, reply));
    scope.post(`${base}login`, (request, reply) =>
      door.answer(request, reply, loginSchemas.login, (wish, from) => port.login(wish, from)),
    );
    scope.post(`${base}logout`, (request, reply) => door.logout(request, reply));
    scope.post(`${base}session/unlock`, (request, reply) =>
      door.answer(request, reply, loginSchemas.unlock, ({ password }, from) => port.unlock(password, from)),
    );
    scope.post(`${base}password`, (request, reply) =>
      door.answer(request, reply, loginSchemas.password, (wish, from) =>
        'invitation' in wish ? port.takeInvitation(wish, from) : port.changePassword(wish, from),
      ),
    );
    scope.post(`${base}second-factor`, (request, reply) =>
      door.answer(request, reply, loginSchemas.secondFactor, ({ password }, from) =>
        port.beginSecondFactor(password, from),
      ),
    );
    scope.post(`${base}second-factor/confirm`, (request, reply) =>
      door.answer(request, reply, loginSchemas.confirm, ({ code }, from) => port.confirmSecondFactor(code, from)),
    );
  });
}

/** POST oidc/back-channel-logout: a form of the provider, with its logout token. */
function registerProvider(server: GatewayServer, door: LoginDoor, oidc: OidcPort): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const type = 'application/x-www-form-urlencoded';
    scope.addContentTypeParser(type, { parseAs: 'string', bodyLimit: bodyBytesMax }, (_, body, done) =>
      done(null, new URLSearchParams(body.toString()).get('logout_token') ?? ''),
    );
    scope.setErrorHandler<FastifyError>(async (error, request, reply) => {
      if ((error.statusCode ?? 500) >= 500) throw error;
      return door.refuse(request, reply, 'body');
    });
    scope.post(`${base}oidc/back-channel-logout`, {
      onRequest: (request, reply) => door.admitProvider(request, reply),
      handler: async (request, reply) => {
        const token = typeof request.body === 'string' ? request.body : '';
        const answer = await oidc.logOut(token, fromOf(request));
        if (answer.as === 'refused') return door.refuse(request, reply, answer.code);
        return reply.header('cache-control', 'no-store').send();
      },
    });
  });
}

class LoginDoor implements AnsweringDoor {
  readonly #options: LoginDoorOptions;
  readonly #guard: PageGuard;

  constructor(options: LoginDoorOptions) {
    this.#options = options;
    this.#guard = new PageGuard(options);
  }

  /** Before the body is read. */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const refusal = this.#guard.refusal(request);
    if (refusal !== undefined) await this.refuse(request, reply, refusal, refusal === 'rate' ? rateWaitMs : undefined);
  }

  /** Of the provider itself: it is known by what it has signed, not by a cookie. */
  async admitProvider(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (this.#guard.isTooOften(request)) await this.refuse(request, reply, 'rate', rateWaitMs);
  }

  async session(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const who = this.#options.port.signedIn(fromOf(request).token);
    if (who === undefined)
      await this.refuse(request, reply, this.isEnrolling(request) ? 'second-factor' : 'no-session');
    else await reply.header('cache-control', 'no-store').send(who);
  }

  isEnrolling(request: FastifyRequest): boolean {
    return this.#options.port.isEnrolling(fromOf(request).token);
  }

  async account(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const answer = await this.#options.port.account(fromOf(request));
    if (answer.as === 'refused') await this.refuse(request, reply, answer.code);
    else await reply.header('cache-control', 'no-store').send(answer.account);
  }

  async logout(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { port, oidc } = this.#options;
    const from = fromOf(request);
    const there = oidc?.farewell(`${request.headers.origin}/`, from); // asked while there is a session
    await port.logout(from);
    const url = await there;
    reply.header('cache-control', 'no-store').header('set-cookie', sessionCookie('', placeOf(request)));
    await (url === undefined ? reply.code(204).send() : reply.send({ url }));
  }

  async answer<Wish>(
    request: FastifyRequest,
    reply: FastifyReply,
    schema: z.ZodType<Wish>,
    ask: Asking<Wish>,
  ): Promise<void> {
    const wish = schema.safeParse(request.body);
    if (!wish.success) {
      await this.refuse(request, reply, 'body');
      return;
    }
    const answer = await ask(wish.data, fromOf(request));
    if (answer.as === 'refused') {
      const waits = 'waitMs' in answer ? answer.waitMs : undefined;
      await this.refuse(request, reply, answer.code, waits, 'sinceUtcMs' in answer ? answer.sinceUtcMs : undefined);
      return;
    }
    reply.header('cache-control', 'no-store');
    if ('token' in answer) reply.header('set-cookie', sessionCookie(answer.token, placeOf(request)));
    const said: { as?: unknown; token?: unknown } = { ...answer };
    delete said.as;
    delete said.token; // it stands in the cookie alone, where no script reads it
    await reply.send(said);
  }

  async refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    code: Code,
    waitMs?: number,
    sinceUtcMs?: number,
  ): Promise<void> {
    const [status, title, detail] = problems[code];
    reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
    if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
    if (waitMs !== undefined) reply.header('retry-after', Math.ceil(waitMs / 1000));
    if (code === 'no-session' && request.headers.cookie !== undefined) {
      reply.header('set-cookie', sessionCookie('', placeOf(request)));
    }
    // What is left of a body is not waited for.
    if (code === 'origin' || code === 'rate' || code === 'body') reply.header('connection', 'close');
    const about = {
      ...(waitMs !== undefined && { waitS: Math.ceil(waitMs / 1000) }),
      ...(sinceUtcMs !== undefined && { sinceUtcMs }),
    };
    await reply.send({ title, status, detail, code, ...about });
  }
}

const again = 'Name or password is wrong, or this account may not log in.';
const unfit = 'Unprocessable Content';
const problems: Readonly<Record<Code, readonly [status: number, title: string, detail: string]>> = {
  credentials: [401, 'Unauthorized', again],
  'code-needed': [401, 'Unauthorized', 'Send the code of the authenticator as well.'],
  code: [401, 'Unauthorized', 'The code is wrong or was used.'],
  'no-session': [401, 'Unauthorized', 'Log in first.'],
  'passkey-needed': [401, 'Unauthorized', 'A password alone is not enough here: log in by your passkey.'],
  'second-factor': [403, 'Forbidden', enrolFirst],
  'last-factor': [
    409,
    'Conflict',
    'It is the last second factor, and this gateway insists on one: enrol another first.',
  ],
  wait: [429, 'Too Many Requests', 'Too many wrong guesses: wait before the next one.'],
  rate: [429, 'Too Many Requests', 'Too many requests from this address.'],
  elsewhere: [409, 'Conflict', 'There is a console of this person elsewhere: send takeOver to end it.'],
  'no-enrolment': [409, 'Conflict', 'Begin anew: POST /api/v1/second-factor.'],
  invitation: [403, 'Forbidden', 'The invitation is unknown, used or expired.'],
  origin: [403, 'Forbidden', 'Only for the page of this gateway.'],
  malformed: [422, unfit, 'The new password is no text.'],
  'too-short': [422, unfit, 'The new password has fewer than 12 characters.'],
  'too-long': [422, unfit, 'The new password has more than 128 characters.'],
  'names-person': [422, unfit, 'The new password is a name of its person or of the place.'],
  'oidc-away': [502, 'Bad Gateway', 'The provider of identities cannot be reached: log in by password, or later.'],
  'oidc-denied': [403, 'Forbidden', 'The provider of identities did not let you in.'],
  'oidc-answer': [
    502,
    'Bad Gateway',
    'What the provider of identities said does not hold: see the log of the gateway.',
  ],
  'oidc-person': [403, 'Forbidden', 'Nobody here goes by the name that the provider of identities gave.'],
  'oidc-role': [403, 'Forbidden', 'The provider of identities does not give you the role that you have here.'],
  'oidc-expired': [403, 'Forbidden', 'This login was begun too long ago or elsewhere: begin anew.'],
  'logout-token': [400, 'Bad Request', 'No logout token of the provider of identities.'],
  'card-none': [401, 'Unauthorized', 'The browser showed no card.'],
  'card-untrusted': [403, 'Forbidden', 'This card is of no authority that is trusted here, or not for logging in.'],
  'card-expired': [403, 'Forbidden', 'This card has expired, or is not valid yet.'],
  'card-revoked': [403, 'Forbidden', 'This card has been revoked.'],
  'card-unchecked': [503, 'Service Unavailable', 'Whether this card is revoked cannot be known now: log in otherwise.'],
  'card-person': [403, 'Forbidden', 'This card lets nobody in here.'],
  'card-late': [403, 'Forbidden', 'This login was begun too long ago or elsewhere: begin anew.'],
  passkey: [401, 'Unauthorized', 'This passkey is not known here.'],
  'passkey-copied': [401, 'Unauthorized', 'This passkey may have been copied: remove it, and enrol another.'],
  'passkeys-full': [409, 'Conflict', 'No more passkeys fit: remove one.'],
  'no-name': [409, 'Conflict', 'Passkeys need the gateway to be reached by a name, not by an address.'],
  breached: [422, unfit, 'The new password is in a list of breached ones.'],
  body: [400, 'Bad Request', 'The body is not what this address takes.'],
  'disk-nearly-full': [
    503,
    'Service Unavailable',
    'The disk of the gateway is nearly full: accounts are not changed until there is room.',
  ],
  busy: [503, 'Service Unavailable', 'Too many log in at once: try again.'],
  away: [503, 'Service Unavailable', 'The accounts cannot be read or written: see the log of the gateway.'],
};

/** Undefined for what is no JSON; no schema takes that. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
