/**
 * Digest authentication: what both sides share (header values, hashes), and the client's side. Server: digest-server.ts.
 *
 * Standards: RFC 3261 §22; RFC 7616 (hashes, qop), RFC 8760 (in SIP), RFC 2617 and 2069 for peers without qop.
 */
import { createHash } from 'node:crypto';
import type { SipHeaders } from './message.ts';
import { Cursor, quote } from './scan.ts';

/** One challenge or one set of credentials: scheme in lower case, parameters by lower-case name, unquoted. */
export interface AuthValue {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

/** Weakest first. */
const algorithms = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const;
export type DigestAlgorithm = (typeof algorithms)[number];
export type Qop = 'auth' | 'auth-int';

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  readonly algorithm: DigestAlgorithm;
  /** Absent: a server older than RFC 2617. */
  readonly qop?: Qop;
  /** The password was not wrong, the nonce was too old. */
  readonly stale: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What is signed: method, digest-uri, and for auth-int the body. */
export interface DigestSubject {
  readonly method: string;
  readonly uri: string;
  readonly body: Uint8Array;
}

/** Values of an authentication header; a new scheme within one field starts a new value. undefined: broken grammar. */
export function parseAuthValues(text: string): readonly AuthValue[] | undefined {
  const cursor = new Cursor(text);
  const values: { scheme: string; params: Map<string, string> }[] = [];
  cursor.skipLws();
  while (!cursor.done) {
    const name = cursor.token()?.toLowerCase();
    if (name === undefined) return undefined;
    if (cursor.skip('=')) {
      const value = cursor.next === '"' ? cursor.quotedString() : cursor.match(/[^\s,"]+/y);
      const open = values.at(-1);
      if (value === undefined || open === undefined) return undefined;
      if (!open.params.has(name)) open.params.set(name, value);
      if (!cursor.skip(',')) break;
    } else {
      values.push({ scheme: name, params: new Map() });
      cursor.skipLws();
    }
  }
  cursor.skipLws();
  return cursor.done && values.length > 0 ? values : undefined;
}

/** The strongest challenge that we can answer, in `WWW-Authenticate` or `Proxy-Authenticate`; undefined if none. */
export function readChallenge(
  headers: SipHeaders,
  name: 'WWW-Authenticate' | 'Proxy-Authenticate',
): DigestChallenge | undefined {
  const known = headers
    .getAll(name)
    .flatMap((text) => parseAuthValues(text) ?? [])
    .map(asChallenge)
    .filter((challenge) => challenge !== undefined);
  const strength = ({ algorithm }: DigestChallenge) => algorithms.indexOf(algorithm);
  return known.reduce<DigestChallenge | undefined>(
    (best, each) => (best === undefined || strength(each) > strength(best) ? each : best),
    undefined,
  );
}

function asChallenge({ scheme, params }: AuthValue): DigestChallenge | undefined {
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  const algorithm = readAlgorithm(params.get('algorithm'));
  const opaque = params.get('opaque');
  const qops = params
    .get('qop')
    ?.toLowerCase()
    .split(/[ \t,]+/);
  const qop = qops?.includes('auth') ? 'auth' : qops?.includes('auth-int') ? 'auth-int' : undefined;
  if (scheme !== 'digest' || realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  if (qops !== undefined && qop === undefined) return undefined;
  const stale = params.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, algorithm, stale, ...(opaque !== undefined && { opaque }), ...(qop !== undefined && { qop }) };
}

/** Absent stands for MD5 (RFC 7616 §3.3); undefined: one that we do not know. */
export function readAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined) return 'MD5';
  return algorithms.find((each) => each.toLowerCase() === text.toLowerCase());
}

/**
 * Value of Authorization or Proxy-Authorization that answers a challenge. `cnonce` is ours and must not be guessable;
 * `nonceCount` counts our uses of this nonce, from 1.
 */
export function answerChallenge(
  challenge: DigestChallenge,
  credentials: Credentials,
  subject: DigestSubject,
  { cnonce, nonceCount }: { readonly cnonce: string; readonly nonceCount: number },
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const nc = nonceCount.toString(16).padStart(8, '0');
  const response = digestResponse({ ...challenge, ...credentials, cnonce, nc, subject });
  const parts = [
    `username=${quote(credentials.username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(subject.uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
  ];
  if (qop !== undefined || algorithm.endsWith('-sess')) parts.push(`cnonce=${quote(cnonce)}`);
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  return `Digest ${parts.join(', ')}`;
}

export interface DigestInput extends Credentials {
  readonly algorithm: DigestAlgorithm;
  readonly realm: string;
  readonly nonce: string;
  readonly cnonce: string;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  readonly qop?: Qop;
  readonly subject: DigestSubject;
}

/** The response of RFC 7616 §3.4.1, lower-case hexadecimal. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, username, realm, password, nonce, cnonce, nc, qop, subject } = input;
  const hash = (text: string | Uint8Array) => createHash(hashNames[algorithm]).update(text).digest('hex');
  const account = hash(`${username}:${realm}:${password}`);
  const ha1 = algorithm.endsWith('-sess') ? hash(`${account}:${nonce}:${cnonce}`) : account;
  const ha2 = hash(`${subject.method}:${subject.uri}${qop === 'auth-int' ? `:${hash(subject.body)}` : ''}`);
  return hash(qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}

const hashNames: Record<DigestAlgorithm, string> = {
  MD5: 'md5',
  'MD5-sess': 'md5',
  'SHA-256': 'sha256',
  'SHA-256-sess': 'sha256',
  'SHA-512-256': 'sha512-256',
  'SHA-512-256-sess': 'sha512-256',
};
