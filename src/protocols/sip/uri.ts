/**
 * SIP, SIPS and tel URIs: read, written, compared. Other schemes are kept as they stand.
 *
 * Standards: RFC 3261 §19.1 and §25.1; RFC 3966 for tel; RFC 5954 for IPv6 references.
 */
import { canonicalIpv6, isIpv6, mendColons } from './ip-literal.ts';
import { noParams, type Params, readDecimal } from './scan.ts';

export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Escaped, as on the wire: `userText` unescapes, `escapeUser` escapes. */
  readonly user?: string;
  readonly password?: string;
  /** Host name, IPv4 literal, or IPv6 literal **in brackets**; lower case. */
  readonly host: string;
  readonly port?: number;
  /** Escaped, as on the wire; names in lower case. */
  readonly params: Params;
  /** Text behind `?`, escaped, without the mark. */
  readonly headers?: string;
}

export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  /** As written, with visual separators; begins with `+` if global. */
  readonly number: string;
  readonly params: Params;
}

/** A scheme that we do not know, or a part we need not understand: text behind the first colon. */
export interface OtherUri {
  readonly kind: 'other';
  readonly scheme: string;
  readonly text: string;
}

export type SipAnyUri = SipUri | TelUri | OtherUri;

/** Reads a URI; undefined if it is none. Escapes of unreserved characters are undone, so equal texts are equal URIs. */
export function parseUri(text: string): SipAnyUri | undefined {
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const scheme = text.slice(0, colon).toLowerCase();
  const rest = text.slice(colon + 1);
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(scheme, rest);
  if (scheme === 'tel') return parseTelUri(rest);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || !/^[!#-;=?-~]+$/.test(rest)) return undefined;
  return { kind: 'other', scheme, text: rest };
}

const userPattern = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+$/;
const passwordPattern = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/;
const paramPattern = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/;
const headersPattern = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$&=]|%[0-9A-Fa-f]{2})+$/;
const hostPattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;

/** sip:user:password@host:port;params?headers (§19.1.1). No `@` can occur but the one behind the user. */
function parseSipUri(scheme: 'sip' | 'sips', rest: string): SipUri | undefined {
  let user: string | undefined;
  let password: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    const colon = rest.indexOf(':');
    const userEnd = colon >= 0 && colon < at ? colon : at;
    user = rest.slice(0, userEnd);
    if (!userPattern.test(user)) return undefined;
    if (userEnd < at) {
      password = rest.slice(userEnd + 1, at);
      if (!passwordPattern.test(password)) return undefined;
    }
  }
  const place = rest.slice(at + 1);
  const question = place.indexOf('?');
  const beforeHeaders = question < 0 ? place : place.slice(0, question);
  const headers = question < 0 ? undefined : place.slice(question + 1);
  if (headers !== undefined && !headersPattern.test(headers)) return undefined;
  const semicolon = beforeHeaders.indexOf(';');
  const hostPort = parseHostPort(semicolon < 0 ? beforeHeaders : beforeHeaders.slice(0, semicolon));
  if (hostPort === undefined) return undefined;
  const params = semicolon < 0 ? noParams : parseParams(beforeHeaders.slice(semicolon + 1));
  if (params === undefined) return undefined;
  return {
    kind: 'sip',
    scheme,
    ...(user !== undefined && { user: normalise(user) }),
    ...(password !== undefined && { password: normalise(password) }),
    ...hostPort,
    params,
    ...(headers !== undefined && { headers: normalise(headers) }),
  };
}

/** `host[:port]`; host lower case, IPv6 in brackets. undefined if it is none. */
export function parseHostPort(text: string): { readonly host: string; readonly port?: number } | undefined {
  const bracketed = text.startsWith('[');
  const hostEnd = bracketed ? text.indexOf(']') + 1 : text.includes(':') ? text.indexOf(':') : text.length;
  const host = (bracketed ? mendColons(text.slice(0, hostEnd).slice(1, -1)) : text.slice(0, hostEnd)).toLowerCase();
  if (bracketed ? !isIpv6(host) : !hostPattern.test(host)) return undefined;
  const written = bracketed ? `[${host}]` : host;
  if (hostEnd === text.length) return { host: written };
  const port = text[hostEnd] === ':' ? readDecimal(text.slice(hostEnd + 1), 65535) : undefined;
  return port === undefined ? undefined : { host: written, port };
}

function parseParams(text: string): Params | undefined {
  const params = new Map<string, string | undefined>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? undefined : part.slice(equals + 1);
    if (!paramPattern.test(name) || (value !== undefined && !paramPattern.test(value))) return undefined;
    const key = normalise(name).toLowerCase();
    if (!params.has(key)) params.set(key, value === undefined ? undefined : normalise(value));
  }
  return params;
}

/** tel:+32-2-555-0100;ext=5 and tel:112;phone-context=+32 (RFC 3966 §3). */
function parseTelUri(rest: string): TelUri | undefined {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  if (!/^(?:\+[0-9\-.()]+|[0-9A-Fa-f*#\-.()]+)$/.test(number) || !/[0-9A-Fa-f*#]/.test(number)) return undefined;
  const params = semicolon < 0 ? noParams : parseParams(rest.slice(semicolon + 1));
  return params && { kind: 'tel', scheme: 'tel', number, params };
}

/** Undoes escapes of unreserved characters (§19.1.4: they are equal to the character) and writes the others in upper case. */
function normalise(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escaped, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(char) ? char : escaped.toUpperCase();
  });
}

export function formatUri(uri: SipAnyUri): string {
  if (uri.kind === 'other') return `${uri.scheme}:${uri.text}`;
  if (uri.kind === 'tel') return `tel:${uri.number}${formatUriParams(uri.params)}`;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${uri.host}${port}${formatUriParams(uri.params)}${headers}`;
}

function formatUriParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** The user part with its escapes undone, for people and look-ups; octets that are no UTF-8 become U+FFFD. */
export function userText({ user }: SipUri): string | undefined {
  if (user === undefined || !user.includes('%')) return user;
  const octets = user.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1').toString('utf8');
}

/** Escapes a user part so that `userText` gives it back. */
export function escapeUser(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%(?:26|3D|2B|24|2C|2F)/g, (escaped) =>
    decodeURIComponent(escaped),
  );
}

/** Parameters that must be alike even if only one URI has them (§19.1.4; transport, since it changes where it leads). */
const weighty = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs are equivalent (RFC 3261 §19.1.4, RFC 3966 §4). Not transitive, as §19.1.4 says itself. */
export function sameUri(a: SipAnyUri, b: SipAnyUri): boolean {
  if (a.kind === 'other' || b.kind === 'other') return formatUri(a) === formatUri(b);
  if (a.kind === 'tel' || b.kind === 'tel') return a.kind === 'tel' && b.kind === 'tel' && sameTel(a, b);
  return (
    a.scheme === b.scheme &&
    a.user === b.user &&
    a.password === b.password &&
    canonicalHost(a.host) === canonicalHost(b.host) &&
    a.port === b.port &&
    weighty.every((name) => a.params.has(name) === b.params.has(name)) &&
    [...a.params].every(([name, value]) => !b.params.has(name) || sameText(value, b.params.get(name))) &&
    sameHeaders(a.headers, b.headers)
  );
}

/** One spelling per host: lower case, IPv6 as RFC 5952 writes it, no trailing dot. */
export function canonicalHost(host: string): string {
  if (host.startsWith('[')) return `[${canonicalIpv6(host.slice(1, -1)) ?? host}]`;
  return host.toLowerCase().replace(/\.$/, '');
}

function sameTel(a: TelUri, b: TelUri): boolean {
  const digits = (uri: TelUri) => uri.number.replace(/[-.()]/g, '').toLowerCase();
  return (
    digits(a) === digits(b) &&
    a.params.size === b.params.size &&
    [...a.params].every(([name, value]) => b.params.has(name) && sameText(value, b.params.get(name)))
  );
}

function sameHeaders(a: string | undefined, b: string | undefined): boolean {
  const sorted = (headers: string | undefined) => (headers ?? '').split('&').sort().join('&').toLowerCase();
  return a === b || sorted(a) === sorted(b);
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}
