/** What somebody sees of his own account, and how far he has come with a change of it. Pure. */
import { type LoginAnswer, type LoginFault, readFault } from './login.ts';

export interface OwnPasskey {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly madeUtcMs: number;
  /** Undefined: never. */
  readonly usedUtcMs: number | undefined;
}

export interface OwnAccount {
  readonly display: string;
  readonly person: string;
  readonly role: string;
  readonly way: string;
  readonly address: string;
  readonly openedUtcMs: number;
  readonly endsUtcMs: number;
  readonly hasSecondFactor: boolean;
  readonly hasPassword: boolean;
  /** He has to enrol a second factor, and can do nothing else. */
  readonly mustEnrol: boolean;
  readonly recoveryCodesLeft: number;
  /** The end of what his smart card is known by; empty: none is his. */
  readonly card: string;
  readonly passkeys: readonly OwnPasskey[];
}

/** Where a change is made. */
export type AccountPart = 'password' | 'factor' | 'passkeys';

export interface AccountModel {
  /** `out`: nobody has logged in with this browser. */
  readonly phase: 'asking' | 'shown' | 'out' | 'unreachable';
  readonly account: OwnAccount | undefined;
  /** He was led here to enrol a second factor; when it stands he goes on to the console. */
  readonly isLed: boolean;
  readonly waiting: boolean;
  /** Of the last change: where, and what was wrong with it; without a fault it was done. */
  readonly part: AccountPart | undefined;
  readonly fault: LoginFault | undefined;
  readonly waitS: number;
  /** What an authenticator reads, until its first code was given; empty: none is being enrolled. */
  readonly otpauth: string;
  /** Shown once. */
  readonly recoveryCodes: readonly string[];
}

export const initialAccount: AccountModel = {
  phase: 'asking',
  account: undefined,
  isLed: false,
  waiting: false,
  part: undefined,
  fault: undefined,
  waitS: 0,
  otpauth: '',
  recoveryCodes: [],
};

/** After an answer to what was asked at that part. */
export function changed(model: AccountModel, part: AccountPart, answer: LoginAnswer): AccountModel {
  const isDone = answer.status >= 200 && answer.status < 300;
  const { fault, waitS } = isDone ? { fault: undefined, waitS: 0 } : readFault(answer);
  const next: AccountModel = { ...model, waiting: false, part, fault, waitS };
  if (!isDone) return next;
  const told = fieldsOf(answer.body);
  if (typeof told['otpauth'] === 'string') return { ...next, otpauth: told['otpauth'], recoveryCodes: [] };
  if (Array.isArray(told['recoveryCodes'])) {
    return { ...next, otpauth: '', recoveryCodes: told['recoveryCodes'].filter((each) => typeof each === 'string') };
  }
  return next;
}

/** After an answer to who is in. */
export function shown(model: AccountModel, { status, body }: LoginAnswer): AccountModel {
  if (status === 401) return { ...model, phase: 'out', account: undefined };
  const account = status === 200 ? readAccount(body) : undefined;
  if (account === undefined) return { ...model, phase: 'unreachable' };
  return { ...model, phase: 'shown', account, isLed: model.isLed || account.mustEnrol };
}

/** The secret in groups of four, for whoever types it. */
export function secretOf(otpauth: string): string {
  const secret = URL.canParse(otpauth) ? new URL(otpauth).searchParams.get('secret') : '';
  return (secret ?? '').match(/.{1,4}/g)?.join(' ') ?? '';
}

function readAccount(body: unknown): OwnAccount | undefined {
  const told = fieldsOf(body);
  const who = fieldsOf(told['who']);
  const passkeys = Array.isArray(told['passkeys']) ? told['passkeys'].map(fieldsOf) : [];
  if (typeof who['person'] !== 'string') return undefined;
  return {
    ...{ display: text(who['display']), person: who['person'], role: text(who['role']), way: text(who['way']) },
    ...{ address: text(who['address']), openedUtcMs: time(who['openedUtcMs']), endsUtcMs: time(who['endsUtcMs']) },
    hasSecondFactor: who['hasSecondFactor'] === true,
    hasPassword: told['hasPassword'] === true,
    mustEnrol: who['mustEnrol'] === true,
    recoveryCodesLeft: time(told['recoveryCodesLeft']),
    card: text(told['card']),
    passkeys: passkeys.map((key) => ({
      ...{ id: text(key['id']), name: text(key['name']), host: text(key['host']) },
      madeUtcMs: time(key['madeUtcMs']),
      usedUtcMs: key['usedUtcMs'] === undefined ? undefined : time(key['usedUtcMs']),
    })),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function time(value: unknown): number {
  return typeof value === 'number' && Math.abs(value) < 8.64e15 ? value : 0;
}
