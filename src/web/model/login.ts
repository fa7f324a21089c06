/**
 * What the page asks of whoever logs in, step by step. Pure: the passwords themselves are with the form.
 *
 *   choose (invited) ──set──▶ name ──▶ code (a second factor) ──▶ elsewhere (takes over) ──▶ in
 *                                                                                        └──▶ enrol, on the page of his account
 */

/** Words of the gateway: why a console is closed, or not opened, until its person logs in. */
const endings = ['log-in', 'logged-out', 'taken-over', 'expired', 'disabled', 'changed'] as const;
export type Ending = (typeof endings)[number];

/** Undefined: nobody logs in at this gateway. */
export function endingOf(detail: string): Ending | undefined {
  return endings.find((each) => each === detail);
}

const faults = [
  'credentials',
  'code',
  'passkey-needed',
  'second-factor',
  'last-factor',
  'wait',
  'rate',
  'invitation',
  'malformed',
  'too-short',
  'too-long',
  'names-person',
  'breached',
  'busy',
  'away',
  'no-session',
  'no-enrolment',
  'no-name',
  'oidc-away',
  'oidc-denied',
  'oidc-answer',
  'oidc-person',
  'oidc-role',
  'oidc-expired',
  'card-none',
  'card-untrusted',
  'card-expired',
  'card-revoked',
  'card-unchecked',
  'card-person',
  'card-late',
  'passkey',
  'passkey-copied',
  'passkeys-full',
  'disk-nearly-full',
  'passkey-none',
  'differ',
  'unreachable',
  'other',
] as const;
export type LoginFault = (typeof faults)[number];

/** By what somebody logs in. */
export type LoginWay = 'password' | 'oidc' | 'passkey' | 'card';

/** What this gateway offers beside passwords. */
export interface LoginWays {
  /** Name of a provider of identities; empty: there is none. */
  readonly oidc: string;
  readonly passkeys: boolean;
  /** Smart cards. */
  readonly card: boolean;
}

export interface LoginModel {
  readonly ways: LoginWays;
  /** The one that is being gone; whoever takes over goes it again. */
  readonly way: LoginWay;
  readonly step: 'choose' | 'name' | 'code' | 'elsewhere' | 'enrol' | 'in';
  /** It was sent, and not answered yet. */
  readonly waiting: boolean;
  readonly fault: LoginFault | undefined;
  /** After which the next guess is looked at, s; 0: at once. */
  readonly waitS: number;
  /** He has a console elsewhere since then. */
  readonly sinceUtcMs: number;
  /** The password of whoever was invited is set. */
  readonly isSet: boolean;
}

export const initialLogin: LoginModel = {
  ways: { oidc: '', passkeys: false, card: false },
  way: 'password',
  step: 'name',
  waiting: false,
  fault: undefined,
  waitS: 0,
  sinceUtcMs: 0,
  isSet: false,
};

/** What came back: a status, and the body if it was JSON. Status 0: nothing did. */
export interface LoginAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** After an answer to a login, or to a locked console. */
export function answered(model: LoginModel, { status, body }: LoginAnswer): LoginModel {
  const { code, sinceUtcMs } = read(body);
  const fresh = { ...model, waiting: false, fault: undefined, waitS: 0 };
  if (status >= 200 && status < 300) return { ...fresh, step: hasToEnrol(body, 'who') ? 'enrol' : 'in' };
  if (code === 'code-needed') return { ...fresh, step: 'code' };
  if (code === 'elsewhere') return { ...fresh, step: 'elsewhere', sinceUtcMs };
  return { ...fresh, ...readFault({ status, body }) };
}

/** What was wrong, of an answer that says so. */
export function readFault({ status, body }: LoginAnswer): Pick<LoginModel, 'waitS'> & { readonly fault: LoginFault } {
  const { code, waitS } = read(body);
  return { fault: status === 0 ? 'unreachable' : (faults.find((each) => each === code) ?? 'other'), waitS };
}

/** After an answer to the password of whoever was invited. */
export function chosen(model: LoginModel, answer: LoginAnswer): LoginModel {
  const next = answered(model, answer);
  return next.step === 'in' ? { ...next, step: 'name', isSet: true } : { ...next, step: 'choose' };
}

/** Whether he has to enrol a second factor before anything else: as a login, or (without `within`) the ways in say it. */
export function hasToEnrol(body: unknown, within?: 'who'): boolean {
  const told: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  return within === undefined ? told['mustEnrol'] === true : hasToEnrol(told[within]);
}

/** Anything else than what we know of is not offered. */
export function readWays(body: unknown): LoginWays {
  const told = typeof body === 'object' && body !== null ? body : {};
  const oidc = 'oidc' in told && typeof told.oidc === 'string' ? told.oidc.slice(0, 60) : '';
  const card = 'card' in told && told.card === true;
  return { oidc, passkeys: 'passkeys' in told && told.passkeys === true, card };
}

function read(body: unknown): { code: string; waitS: number; sinceUtcMs: number } {
  const told = typeof body === 'object' && body !== null ? body : {};
  const code = 'code' in told && typeof told.code === 'string' ? told.code : '';
  const waitS = 'waitS' in told && typeof told.waitS === 'number' && told.waitS > 0 ? Math.min(told.waitS, 3600) : 0;
  const isTime = 'sinceUtcMs' in told && typeof told.sinceUtcMs === 'number' && Math.abs(told.sinceUtcMs) < 8.64e15;
  return { code, waitS, sinceUtcMs: isTime ? Number(told.sinceUtcMs) : 0 };
}
