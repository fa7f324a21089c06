/** Why a door of the fleet data does not do what it is asked, as problem+json (RFC 9457) has it. */
import type { FastifyError } from 'fastify';
import type { AccountRefusal } from '../operations/account-orders.ts';
import type { FleetRefusal } from '../operations/fleet-version.ts';
import { FleetAway } from './fleet-port.ts';
import { type ProblemStatus, problemTitles, sharedProblems } from './problem-details.ts';

export type FleetCode =
  | FleetRefusal
  | AccountRefusal
  | keyof typeof sharedProblems
  | 'accounts-off'
  | 'role'
  | 'media-type'
  | 'too-long'
  | 'query'
  | 'invalid'
  | 'precondition-missing'
  | 'version-changed'
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

const faults: Readonly<Record<FleetCode, readonly [status: ProblemStatus, detail: string]>> = {
  'accounts-off': [
    403,
    'People do not log in at this gateway: set accounts.enabled, or use `escaut fleet` on its machine.',
  ],
  ...sharedProblems,
  role: [403, 'Your role may not do this.'],
  'media-type': [415, 'A text goes as application/yaml, a table as text/csv, all else as application/json.'],
  'too-long': [413, 'The body is too long.'],
  query: [400, 'The address has parameters that are missing, unknown or not right.'],
  invalid: [422, 'The text is not valid: each error is named with its line, and nothing has changed.'],
  'precondition-missing': [428, 'Say what was looked at: If-Match with the ETag of GET /api/v1/fleet.'],
  'version-changed': [412, 'Somebody has said something to this version meanwhile: look at it again.'],
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
  Object.entries(faults).map(([code, [status, detail]]) => [code, { status, title: problemTitles[status], detail }]),
) as Readonly<Record<FleetCode, { readonly status: number; readonly title: string; readonly detail: string }>>;
