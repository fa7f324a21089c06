/** What all addresses of the door of people share: whom a request comes from, and how it is answered. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { AskedFrom, LoggedIn, LoginRefusal } from './login-port.ts';
import { type CookiePlace, tokenOfCookie } from './session-cookie.ts';

export type Code = LoginRefusal['code'] | 'origin' | 'rate' | 'body' | 'no-name';

export type Asking<Wish> = (
  wish: Wish,
  from: AskedFrom,
) => Promise<LoginRefusal | LoggedIn | { readonly as: 'set' | 'begun' }>;

export interface AnsweringDoor {
  /** Reads the body by its schema, asks, and says what came of it. */
  answer<Wish>(request: FastifyRequest, reply: FastifyReply, schema: z.ZodType<Wish>, ask: Asking<Wish>): Promise<void>;
  /** Whether whoever asks has to enrol a second factor first. */
  isEnrolling(request: FastifyRequest): boolean;
  refuse(request: FastifyRequest, reply: FastifyReply, code: Code): Promise<void>;
}

export function fromOf(request: FastifyRequest): AskedFrom {
  return { address: request.ip, token: tokenOfCookie(request.headers.cookie, placeOf(request)) };
}

export function placeOf({ headers, raw }: FastifyRequest): CookiePlace {
  return { host: headers.host, isTls: 'encrypted' in raw.socket };
}
