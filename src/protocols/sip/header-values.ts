/**
 * Values of single SIP header fields: text to value (undefined where the grammar is broken) and value to text.
 *
 * Standards: RFC 3261 §20 and §25.1, 3581 (rport), 3326 (Reason), 4028 (Session-Expires). Which header holds which
 * value, and how often it may occur: headers.ts.
 */
import { Cursor, formatParams, isToken, type Params, quote, readDecimal, splitCommas } from './scan.ts';
import { formatUri, parseHostPort, parseUri, type SipAnyUri } from './uri.ts';

/** From, To, Contact, Route, …: `"Name" <uri>;param`. The tag is `params.get('tag')`. */
export interface NameAddr {
  /** Unquoted, unescaped. */
  readonly displayName?: string;
  readonly uri: SipAnyUri;
  /** Header parameters, not those of the URI. */
  readonly params: Params;
}

export interface Via {
  /** Upper case: UDP, TCP, TLS, SCTP, WS… */
  readonly transport: string;
  /** sent-by; lower case, IPv6 in brackets. */
  readonly host: string;
  readonly port?: number;
  /** branch, received, rport (a flag in requests), maddr, ttl… `received` may come with or without brackets (RFC 5118 §4.5). */
  readonly params: Params;
}

export interface CSeq {
  /** 0 to 2³¹−1. */
  readonly sequence: number;
  readonly method: string;
}

export interface SessionExpires {
  readonly intervalS: number;
  readonly refresher?: 'uac' | 'uas';
}

/** A token or type with parameters: one element of Reason, Content-Type, Accept, Retry-After. */
export interface Parametrised {
  readonly value: string;
  readonly params: Params;
}

/** 2³²−1: the largest delta-seconds (§20.19). */
const deltaSecondsMax = 2 ** 32 - 1;

/**
 * One name-addr or addr-spec with parameters. Without brackets, what follows `;` belongs to the header (§20.10). A
 * display name that needs quotes but lacks them is read as if it had them (RFC 4475 §3.1.2.15 leaves us the choice;
 * boxes that send names as their user typed them are common).
 */
export function parseNameAddr(text: string): NameAddr | undefined {
  const cursor = new Cursor(text);
  cursor.skipLws();
  let displayName: string | undefined;
  if (cursor.next === '"') {
    displayName = cursor.quotedString();
    if (displayName === undefined) return undefined;
  } else displayName = cursor.match(unquotedName)?.trim();
  cursor.skipLws();
  let uri: SipAnyUri | undefined;
  if (cursor.take('<')) {
    uri = parseUri(cursor.match(insideBrackets) ?? '');
    if (!cursor.take('>')) return undefined;
  } else if (displayName === undefined) uri = parseUri(cursor.match(bareUri) ?? '');
  const params = cursor.params();
  if (uri === undefined || params === undefined || !cursor.done) return undefined;
  return { ...(displayName !== undefined && displayName !== '' && { displayName }), uri, params };
}

/** Up to a bracket: then it was a display name, else the pattern does not match. */
const unquotedName = /[^<>"]*(?=<)/y;
const insideBrackets = /[^<>"\s]*/y;
/** §20.10: an addr-spec that holds a comma, question mark or semicolon must be in brackets. */
const bareUri = /[^\s,;?<>"]+/y;

export function formatNameAddr(value: NameAddr): string {
  const name = value.displayName === undefined ? '' : `${quote(value.displayName)} `;
  return `${name}<${formatUri(value.uri)}>${formatParams(value.params)}`;
}

/** Comma-separated name-addrs; undefined if any is malformed. */
export function parseNameAddrs(text: string): readonly NameAddr[] | undefined {
  return parseEach(text, parseNameAddr);
}

/** SIP/2.0/UDP host:port;branch=… with white space wherever §25.1 lets it be. */
export function parseVia(text: string): Via | undefined {
  const cursor = new Cursor(text);
  cursor.skipLws();
  if (cursor.token()?.toUpperCase() !== 'SIP' || !cursor.skip('/') || cursor.token() !== '2.0' || !cursor.skip('/')) {
    return undefined;
  }
  const transport = cursor.token()?.toUpperCase();
  const gap = cursor.at;
  cursor.skipLws();
  if (transport === undefined || cursor.at === gap) return undefined;
  const host = cursor.match(sentByHost);
  if (host === undefined) return undefined;
  const hostPort = parseHostPort(cursor.skip(':') ? `${host}:${cursor.match(digits) ?? ''}` : host);
  const params = cursor.params();
  if (hostPort === undefined || params === undefined || !cursor.done) return undefined;
  return { transport, ...hostPort, params };
}

const sentByHost = /\[[0-9A-Fa-f:.]*\]|[^\s:;,"<>[\]]+/y;
const digits = /[0-9]+/y;

export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${formatParams(via.params)}`;
}

export function parseVias(text: string): readonly Via[] | undefined {
  return parseEach(text, parseVia);
}

export function parseCSeq(text: string): CSeq | undefined {
  const parts = text.split(/[ \t]+/, 3);
  const sequence = readDecimal(parts[0] ?? '', 2 ** 31 - 1);
  const method = parts[1];
  if (sequence === undefined || method === undefined || parts.length !== 2 || !isToken(method)) return undefined;
  return { sequence, method };
}

export function formatCSeq(cseq: CSeq): string {
  return `${cseq.sequence} ${cseq.method}`;
}

/** Opaque: any visible characters, more than the grammar's word[@word], since stacks put base64 and more there. */
export function parseCallId(text: string): string | undefined {
  return /^[!-~]+$/.test(text) ? text : undefined;
}

export function parseMaxForwards(text: string): number | undefined {
  return readDecimal(text, 255);
}

export function parseDeltaSeconds(text: string): number | undefined {
  return readDecimal(text, deltaSecondsMax);
}

export function parseSessionExpires(text: string): SessionExpires | undefined {
  const reading = parseParametrised(text);
  const intervalS = parseDeltaSeconds(reading?.value ?? '');
  if (reading === undefined || intervalS === undefined) return undefined;
  const refresher = reading.params.get('refresher')?.toLowerCase();
  return { intervalS, ...((refresher === 'uac' || refresher === 'uas') && { refresher }) };
}

export function formatSessionExpires(value: SessionExpires): string {
  return value.refresher === undefined ? `${value.intervalS}` : `${value.intervalS};refresher=${value.refresher}`;
}

/** Comma-separated tokens; an empty value is an empty list (§20.5, §20.37). */
export function parseTokens(text: string): readonly string[] | undefined {
  if (text === '') return [];
  return parseEach(text, (part) => (isToken(part) ? part : undefined));
}

/** `value;param=…`, where the value is a token, a media type (lower case) or a number. */
export function parseParametrised(text: string): Parametrised | undefined {
  const cursor = new Cursor(text);
  cursor.skipLws();
  const first = cursor.token();
  if (first === undefined) return undefined;
  const subtype = cursor.skip('/') ? cursor.token() : null;
  if (subtype === undefined) return undefined;
  const params = cursor.params();
  if (params === undefined || !cursor.done) return undefined;
  return { value: subtype === null ? first : `${first}/${subtype}`.toLowerCase(), params };
}

export function formatParametrised(value: Parametrised): string {
  return `${value.value}${formatParams(value.params)}`;
}

export function parseParametriseds(text: string): readonly Parametrised[] | undefined {
  return text === '' ? [] : parseEach(text, parseParametrised);
}

/** `120 (in a meeting);duration=60`: seconds; the comment is passed over. */
export function parseRetryAfter(text: string): number | undefined {
  return parseDeltaSeconds(text.match(/^[0-9]+(?=[ \t]*(?:$|[(;]))/)?.[0] ?? '');
}

function parseEach<T>(text: string, parse: (part: string) => T | undefined): readonly T[] | undefined {
  const values: T[] = [];
  for (const part of splitCommas(text) ?? ['']) {
    const value = parse(part);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
