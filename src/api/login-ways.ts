/**
 * The ways in beside the password, at the door of people (login-door.ts).
 *
 *   GET  login                                what there is: passwords, a provider of identities, passkeys
 *   POST oidc                                 200 with the provider's address, sets the ticket's cookie
 *   GET  oidc/callback   (from the provider)  303 to our page, which asks what came of it:
 *   POST oidc/enter      takeOver?            200, sets the cookie
 *   POST card                                 200 with where the card is shown, sets the ticket's cookie
 *        (card-listener.ts)                   303 to our page, which asks what came of it:
 *   POST card/enter      takeOver?            200, sets the cookie
 *   POST passkey                              200 with what a browser is asked
 *   POST passkey/login   credential, takeOver?
 *   POST passkeys        password             200 with what a browser is asked for a new one
 *   POST passkeys/enrol  name, credential     200, another cookie
 *   POST passkeys/remove id, password
 *
 * The way back is the one answer that sends a browser elsewhere, and there only to our own page.
 */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CardPort, OidcPort, PasskeyPort } from './login-port.ts';
import { type AnsweringDoor, fromOf, placeOf } from './login-request.ts';
import { ticketCookie, ticketOfCookie } from './session-cookie.ts';

const base = '/api/v1/';
/** Where the page asks what became of a login by a provider. */
const pageOfReturn = '/#login=oidc';

const takeOver = z.boolean().default(false);
const secret = z.string().max(1024);
const word = z.string().max(2048);
const credential = z.object({ id: z.string().max(1400), rawId: z.string().max(1400), type: z.literal('public-key') });
export const waySchemas = {
  nothing: z.strictObject({}),
  enter: z.strictObject({ takeOver }),
  passkeyLogin: z.strictObject({
    takeOver,
    credential: credential.extend({
      response: z.object({
        clientDataJSON: word,
        authenticatorData: word,
        signature: word,
        userHandle: z.string().max(100).optional(),
      }),
    }),
  }),
  password: z.strictObject({ password: secret }),
  enrol: z.strictObject({
    name: z.string().trim().min(1).max(40),
    credential: credential.extend({
      response: z.object({
        clientDataJSON: word,
        attestationObject: z.string().max(6000),
        transports: z
          .array(z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']))
          .max(8)
          .default([]),
      }),
      clientExtensionResults: z.object({}).default({}),
    }),
  }),
  remove: z.strictObject({ id: z.string().max(1400), password: secret }),
};

export interface OtherWays {
  readonly oidc?: OidcPort;
  readonly passkeys?: PasskeyPort;
  readonly cards?: CardPort;
}

export function registerOtherWays(scope: FastifyInstance, door: AnsweringDoor, options: OtherWays): void {
  const { oidc, passkeys, cards } = options;
  scope.get(`${base}login`, (request, reply) =>
    reply.header('cache-control', 'no-store').send({
      password: true,
      ...(oidc !== undefined && { oidc: oidc.name }),
      passkeys: passkeys !== undefined && nameOf(request) !== undefined,
      card: cards !== undefined,
      ...(door.isEnrolling(request) && { mustEnrol: true }),
    }),
  );
  if (oidc !== undefined) registerOidc(scope, door, oidc);
  if (passkeys !== undefined) registerPasskeys(scope, door, passkeys);
  if (cards !== undefined) registerCards(scope, door, cards);
}

function registerCards(scope: FastifyInstance, door: AnsweringDoor, cards: CardPort): void {
  scope.post(`${base}card`, (request, reply) =>
    door.answer(request, reply, waySchemas.nothing, async (_, from) => {
      const { ticket, url } = await cards.begin(originOf(request), from);
      reply.header('set-cookie', ticketCookie(ticket, placeOf(request)));
      return { as: 'begun', url };
    }),
  );
  scope.post(`${base}card/enter`, (request, reply) =>
    door.answer(request, reply, waySchemas.enter, (wish, from) =>
      cards.enter(ticketOfCookie(request.headers.cookie, placeOf(request)), wish.takeOver, from),
    ),
  );
}

function registerPasskeys(scope: FastifyInstance, door: AnsweringDoor, passkeys: PasskeyPort): void {
  scope.post(`${base}passkey`, async (request, reply) => {
    const host = nameOf(request);
    if (host === undefined) return door.refuse(request, reply, 'no-name');
    return door.answer(request, reply, waySchemas.nothing, () => passkeys.begin(host));
  });
  scope.post(`${base}passkey/login`, (request, reply) =>
    door.answer(request, reply, waySchemas.passkeyLogin, (wish, from) => passkeys.login(wish, originOf(request), from)),
  );
  scope.post(`${base}passkeys`, async (request, reply) => {
    const host = nameOf(request);
    if (host === undefined) return door.refuse(request, reply, 'no-name');
    return door.answer(request, reply, waySchemas.password, ({ password }, from) =>
      passkeys.beginEnrolment(password, host, from),
    );
  });
  scope.post(`${base}passkeys/enrol`, (request, reply) =>
    door.answer(request, reply, waySchemas.enrol, (wish, from) => passkeys.enrol(wish, originOf(request), from)),
  );
  scope.post(`${base}passkeys/remove`, (request, reply) =>
    door.answer(request, reply, waySchemas.remove, (wish, from) => passkeys.remove(wish, from)),
  );
}

function registerOidc(scope: FastifyInstance, door: AnsweringDoor, oidc: OidcPort): void {
  const ticketOf = (request: FastifyRequest) => ticketOfCookie(request.headers.cookie, placeOf(request));
  scope.post(`${base}oidc`, (request, reply) =>
    door.answer(request, reply, waySchemas.nothing, async (_, from) => {
      const answer = await oidc.begin(originOf(request), from);
      if (answer.as === 'refused') return answer;
      reply.header('set-cookie', ticketCookie(answer.ticket, placeOf(request)));
      return { as: 'begun', url: answer.url };
    }),
  );
  scope.get(`${base}oidc/callback`, async (request, reply: FastifyReply) => {
    const [, query = ''] = request.url.split('?', 2);
    await oidc.come(query, ticketOf(request), fromOf(request));
    return reply.header('cache-control', 'no-store').redirect(pageOfReturn, 303);
  });
  scope.post(`${base}oidc/enter`, (request, reply) =>
    door.answer(request, reply, waySchemas.enter, (wish, from) => oidc.enter(ticketOf(request), wish.takeOver, from)),
  );
}

/** Of our page, as the door has checked it. */
function originOf({ headers }: FastifyRequest): string {
  return headers.origin ?? '';
}

/** By which our page is reached; undefined: by an address, to which no passkey can be tied. */
function nameOf({ headers }: FastifyRequest): string | undefined {
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return name === '' || isIP(name) !== 0 || name.startsWith('[') ? undefined : name;
}
