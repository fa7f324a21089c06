/**
 * Typed readers of a message's header fields. Absent and malformed both read as undefined or as an empty list: what
 * parse.ts lets through has no malformed one among those it checks, so for these undefined means absent.
 *
 * To write, format a value (header-values.ts) and `set`, `append` or `prepend` it.
 */
import {
  type CSeq,
  type NameAddr,
  type Parametrised,
  parseCallId,
  parseCSeq,
  parseDeltaSeconds,
  parseMaxForwards,
  parseNameAddr,
  parseNameAddrs,
  parseParametrised,
  parseParametriseds,
  parseRetryAfter,
  parseSessionExpires,
  parseTokens,
  parseVias,
  type SessionExpires,
  type Via,
} from './header-values.ts';
import type { SipHeaders } from './message.ts';
import { readDecimal } from './scan.ts';

/** All Via values, topmost first. */
export function readVias(headers: SipHeaders): readonly Via[] {
  return readAll(headers, 'Via', parseVias);
}

export function readTopVia(headers: SipHeaders): Via | undefined {
  return readOne(headers, 'Via', parseVias)?.[0];
}

export function readFrom(headers: SipHeaders): NameAddr | undefined {
  return readOne(headers, 'From', parseNameAddr);
}

export function readTo(headers: SipHeaders): NameAddr | undefined {
  return readOne(headers, 'To', parseNameAddr);
}

export function readCSeq(headers: SipHeaders): CSeq | undefined {
  return readOne(headers, 'CSeq', parseCSeq);
}

export function readCallId(headers: SipHeaders): string | undefined {
  return readOne(headers, 'Call-ID', parseCallId);
}

/** All Contact values; empty also for `*`. */
export function readContacts(headers: SipHeaders): readonly NameAddr[] {
  return readAll(headers, 'Contact', parseNameAddrs);
}

/** `Contact: *`: all bindings of a REGISTER are to go (§10.2.2). */
export function hasStarContact(headers: SipHeaders): boolean {
  return headers.get('Contact') === '*';
}

export function readRoutes(headers: SipHeaders): readonly NameAddr[] {
  return readAll(headers, 'Route', parseNameAddrs);
}

export function readRecordRoutes(headers: SipHeaders): readonly NameAddr[] {
  return readAll(headers, 'Record-Route', parseNameAddrs);
}

export function readPAssertedIdentities(headers: SipHeaders): readonly NameAddr[] {
  return readAll(headers, 'P-Asserted-Identity', parseNameAddrs);
}

export function readMaxForwards(headers: SipHeaders): number | undefined {
  return readOne(headers, 'Max-Forwards', parseMaxForwards);
}

export function readContentLength(headers: SipHeaders): number | undefined {
  return readOne(headers, 'Content-Length', (text) => readDecimal(text, Number.MAX_SAFE_INTEGER));
}

/** Media type in lower case, with its parameters. */
export function readContentType(headers: SipHeaders): Parametrised | undefined {
  return readOne(headers, 'Content-Type', parseParametrised);
}

/** Media ranges of Accept; undefined if there is no Accept at all, which stands for application/sdp (§20.1). */
export function readAccept(headers: SipHeaders): readonly Parametrised[] | undefined {
  return headers.has('Accept') ? readAll(headers, 'Accept', parseParametriseds) : undefined;
}

export function readSessionExpires(headers: SipHeaders): SessionExpires | undefined {
  return readOne(headers, 'Session-Expires', parseSessionExpires);
}

/** Seconds. */
export function readMinSe(headers: SipHeaders): number | undefined {
  return readOne(headers, 'Min-SE', (text) => parseDeltaSeconds(parseParametrised(text)?.value ?? ''));
}

/** Seconds; the header, not the parameter of a Contact. */
export function readExpires(headers: SipHeaders): number | undefined {
  return readOne(headers, 'Expires', parseDeltaSeconds);
}

/** Seconds. */
export function readRetryAfter(headers: SipHeaders): number | undefined {
  return readOne(headers, 'Retry-After', parseRetryAfter);
}

/** Reason values: protocol (`SIP`, `Q.850`) with `cause` and `text` (RFC 3326). */
export function readReasons(headers: SipHeaders): readonly Parametrised[] {
  return readAll(headers, 'Reason', parseParametriseds);
}

type TokenList =
  | 'Supported'
  | 'Require'
  | 'Proxy-Require'
  | 'Unsupported'
  | 'Allow'
  | 'Content-Encoding'
  | 'Allow-Events';

/** Option tags, methods or codings of a list header, in order. */
export function readTokens(headers: SipHeaders, name: TokenList): readonly string[] {
  return readAll(headers, name, parseTokens);
}

function readOne<T>(headers: SipHeaders, name: string, parse: (text: string) => T | undefined): T | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : parse(text);
}

function readAll<T>(
  headers: SipHeaders,
  name: string,
  parse: (text: string) => readonly T[] | undefined,
): readonly T[] {
  return headers.getAll(name).flatMap((text) => parse(text) ?? []);
}
