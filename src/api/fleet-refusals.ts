/** Why a door of the fleet data does not do what it is asked, as problem+json (RFC 9457) has it. */
import type { FastifyError } from 'fastify';
import type { AccountRefusal } from '../operations/account-orders.ts';
import type { FleetRefusal } from '../operations/fleet-version.ts';
import { FleetAway } from './fleet-port.ts';

export type FleetCode =
  | FleetRefusal
  | AccountRefusal
  | 'accounts-off'
  | 'no-session'
  | 'locked'
  | 'role'
  | 'origin'
  | 'rate'
  | 'body'
  | 'media-type'
  | 'too-long'
  | 'query'
  | 'invalid'
  | 'precondition-missing'
  | 'version-changed'
  | 'key-missing'
  | 'key-other'
  | 'key-under-way'
  | 'busy'
  | 'away';

export class Refusal extends Error {
  readonly code: FleetCode;
  readonly about: Readonly<Record<string, unknown>>;

  constructor(code: FleetCode, about: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.code = code;
    this.about = about;
  }
}

/** Undefined: a fault of ours. */
export function codeOf(error: FastifyError): FleetCode | undefined {
  if (error instanceof Refusal) return error.code;
  if (error instanceof FleetAway) return 'away';
  if (error.statusCode === 413) return 'too-long';
  if (error.statusCode === 415) return 'media-type';
  return error.statusCode !== undefined && error.statusCode < 500 ? 'body' : undefined;
}

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;

const faults: Readonly<Record<FleetCode, readonly [status: keyof typeof titles, detail: string]>> = {
  'accounts-off': [
    403,
    'People do not log in at this gateway: set accounts.enabled, or use `escaut fleet` on its machine.',
  ],
  'no-session': [401, 'Log in first: POST /api/v1/login.'],
  locked: [403, 'The session is locked: POST /api/v1/session/unlock.'],
  role: [403, 'Your role may not do this.'],
  origin: [403, 'Only for the page of this gateway, or with its Origin and x-escaut-console: 1.'],
  rate: [429, 'Too many requests from this address.'],
  body: [400, 'The body is not what this address takes.'],
  'media-type': [415, 'A text goes as application/yaml, a table as text/csv, all else as application/json.'],
  'too-long': [413, 'The body is too long.'],
  query: [400, 'The address has parameters that are missing, unknown or not right.'],
  invalid: [422, 'The text is not valid: each error is named with its line, and nothing has changed.'],
  'precondition-missing': [428, 'Say what was looked at: If-Match with the ETag of GET /api/v1/fleet.'],
  'version-changed': [412, 'Somebody has said something to this version meanwhile: look at it again.'],
  'key-missing': [400, 'Send an Idempotency-Key: a string in quotes of 8 to 64 characters.'],
  'key-other': [422, 'Another request came under this Idempotency-Key.'],
  'key-under-way': [409, 'The first request of this Idempotency-Key is still being done.'],
  busy: [503, 'Too many changes at once: try again.'],
  away: [503, 'The fleet data cannot be read or written: see the log of the gateway.'],
  'reason-missing': [422, 'A reason is needed.'],
  'reason-too-long': [422, 'The reason is too long.'],
  'nothing-changed': [422, 'It changes nothing.'],
  'may-not-edit': [403, 'Your role may not change this.'],
  'base-outdated': [412, 'Another version has come to hold since: begin again from what holds now.'],
  'time-out-of-range': [422, '`from` lies too far ahead.'],
  'too-many-waiting': [409, 'Too many proposals wait already: withdraw or refuse some.'],
  'version-unknown': [404, 'There is no such version.'],
  'version-settled': [409, 'Nothing can be said to this version any more.'],
  'author-cannot-approve': [403, 'You have proposed it: somebody else has to agree.'],
  'already-approved': [409, 'You have agreed already.'],
  'word-not-needed': [403, 'You cannot speak for the country that is wanted.'],
  'own-account': [403, 'It is your own account: somebody else has to do it.'],
  nobody: [404, 'There is nobody of that name, or he has no account.'],
  'not-asked': [409, 'Nobody has asked for a link for this person, or too long ago.'],
  'asked-by-you': [403, 'You have asked for it: another system administrator gives it.'],
  'too-many-orders': [409, 'Too many links wait to be given already.'],
  'no-administrator': [422, 'Nobody would be left who may change people and roles.'],
  'disk-nearly-full': [503, 'The disk of the gateway is nearly full: only evidence is written until there is room.'],
  'not-the-author': [403, 'Only its author can withdraw it; others refuse it.'],
};

export const problems = Object.fromEntries(
  Object.entries(faults).map(([code, [status, detail]]) => [code, { status, title: titles[status], detail }]),
) as Readonly<Record<FleetCode, { readonly status: number; readonly title: string; readonly detail: string }>>;
