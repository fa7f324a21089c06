/**
 * Reads a SIP message from the octets of one datagram, or of one message that the stream framer cut out.
 *
 * Total and linear: any octets give a message or a reason; nothing is thrown. Read strictly is what decides who is
 * meant and where a message ends (start line, Via, From, To, Call-ID, CSeq, Contact, Route, lengths); other header
 * fields are kept as they are, well-formed or not (RFC 3261 §8.2.2: a UAS ignores malformed fields it does not need).
 *
 * Standards: RFC 3261 §7, §18.3, §25; RFC 4475 and 5118 say how odd messages are to be treated (test/vectors/sip-torture).
 */
import { isUtf8 } from 'node:buffer';
import { parseCallId, parseCSeq, parseMaxForwards, parseNameAddr, parseNameAddrs, parseVias } from './header-values.ts';
import { readCSeq } from './headers.ts';
import { noBody, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { isLws, isToken, readDecimal } from './scan.ts';
import { parseUri, type SipAnyUri } from './uri.ts';

/** Start line and header fields of one message, octets. */
export const headerBytesMax = 32_768;
/** Body of one message, octets: more than any datagram carries. */
export const bodyBytesMax = 65_535;
const headerFieldsMax = 256;
/** Fields and their folds. */
const headerLinesMax = 1024;

export type SipFault =
  | 'empty' // nothing but line ends: a keep-alive (RFC 5626 §3.5.1)
  | 'not-sip' // no line that could start a SIP message
  | 'too-large'
  | 'too-many-headers'
  | 'start-line'
  | 'version'
  | 'request-uri'
  | 'status'
  | 'header-line'
  | 'missing-header'
  | 'repeated-header'
  | 'header-value'
  | 'cseq-mismatch'
  | 'content-length'
  | 'truncated';

/** What was passed over; counted by the receiver, so that a wrong sender can be named. */
export type SipWarning = 'bare-lf' | 'not-utf8' | 'no-empty-line' | 'trailing-octets' | 'content-length-miscounted';

export type SipReading =
  | { readonly ok: true; readonly message: SipMessage; readonly warnings: readonly SipWarning[] }
  | {
      readonly ok: false;
      readonly malformed: SipFault;
      /** Which header field, or what of the line. */
      readonly detail: string;
      /**
       * Enough of a request to answer it with `suggestedStatus`; header values in it may be malformed. Absent if there
       * is nothing to be answered (a response, an ACK) or nobody to answer (no Via).
       */
      readonly partial?: SipRequest;
      readonly suggestedStatus?: number;
    };

/** Reads one message; octets behind the body are passed over (§18.3), a body that is cut short is refused. */
export function parseSipMessage(octets: Uint8Array): SipReading {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const start = skipLineEnds(bytes);
  if (start === bytes.length) return { ok: false, malformed: 'empty', detail: '' };
  const head = findHead(bytes, start);
  if (head.bytes.length > headerBytesMax) return { ok: false, malformed: 'too-large', detail: 'header' };
  const text = head.bytes.toString('utf8');
  const warnings: SipWarning[] = [];
  if (text.includes('\ufffd') && !isUtf8(head.bytes)) warnings.push('not-utf8');
  const { lines, bareLf } = unfold(text);
  if (bareLf) warnings.push('bare-lf');

  const startLine = readStartLine(lines[0] ?? '');
  if (startLine.kind === 'fault' && startLine.method === undefined) {
    return { ok: false, malformed: startLine.fault, detail: startLine.detail };
  }
  const fields = readFields(lines);
  if (head.end !== 'empty line') warnings.push('no-empty-line');
  const fault =
    (startLine.kind === 'fault' ? startLine : undefined) ??
    fields.fault ??
    findHeaderFault(fields.headers, startLine.kind === 'request' ? startLine.method : undefined) ??
    findEndFault(head, fields.headers);
  if (fault !== undefined) return refuse(fault, startLine.method, fields.headers);

  const body = readBody(bytes, head.bodyStart, fields.headers, warnings);
  if ('fault' in body) return refuse(body, startLine.method, fields.headers);
  const { headers } = fields;
  if (startLine.kind === 'request') {
    const { method, uri } = startLine;
    return { ok: true, message: { kind: 'request', method, uri, headers, body: body.octets }, warnings };
  }
  if (startLine.kind === 'response') {
    const { status, reason } = startLine;
    const message: SipResponse = { kind: 'response', status, reason, headers, body: body.octets };
    return { ok: true, message, warnings };
  }
  return refuse(startLine, startLine.method, headers);
}

interface Fault {
  readonly kind: 'fault';
  readonly fault: SipFault;
  readonly detail: string;
  /** If the line can be told to be a request's. */
  readonly method?: string;
}

function faultOf(fault: SipFault, detail: string): Fault {
  return { kind: 'fault', fault, detail };
}

const statusOf: Partial<Record<SipFault, number>> = { version: 505, 'too-large': 513, 'too-many-headers': 513 };

function refuse(fault: Fault, method: string | undefined, headers: SipHeaders): SipReading {
  const refusal = { ok: false, malformed: fault.fault, detail: fault.detail } as const;
  const answerable = method !== undefined && method !== 'ACK' && headers.has('Via');
  if (!answerable) return refusal;
  const partial: SipRequest = { kind: 'request', method, uri: unreadUri, headers, body: noBody };
  return { ...refusal, partial, suggestedStatus: statusOf[fault.fault] ?? 400 };
}

/** Stands where the Request-URI of a refused request is not read. */
const unreadUri: SipAnyUri = { kind: 'other', scheme: 'unread', text: '-' };

/** §7.5: line ends before the start line are passed over. */
function skipLineEnds(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return at;
}

interface Head {
  readonly bytes: Buffer;
  readonly bodyStart: number;
  /** What follows: the empty line, nothing though the last line was ended, nothing at all, or too many lines. */
  readonly end: 'empty line' | 'line end' | 'nothing' | 'lines';
}

/** Start line and header fields, up to the empty line; a little more than allowed is enough to know. */
function findHead(bytes: Buffer, start: number): Head {
  const limit = Math.min(bytes.length, start + headerBytesMax + 4);
  let lineStart = start;
  let lines = 0;
  for (let lf = bytes.indexOf(0x0a, start); lf >= 0 && lf < limit; lf = bytes.indexOf(0x0a, lf + 1)) {
    const empty = lf === lineStart || (lf === lineStart + 1 && bytes[lineStart] === 0x0d);
    if (empty || ++lines > headerLinesMax) {
      return { bytes: bytes.subarray(start, lineStart), bodyStart: lf + 1, end: empty ? 'empty line' : 'lines' };
    }
    lineStart = lf + 1;
  }
  const end = lineStart === bytes.length ? 'line end' : 'nothing';
  return { bytes: bytes.subarray(start, limit), bodyStart: bytes.length, end };
}

/** Of a datagram without a body, only the empty line itself may be missing. */
function findEndFault({ end }: Head, headers: SipHeaders): Fault | undefined {
  if (end === 'lines') return faultOf('too-many-headers', 'lines');
  const whole = end === 'empty line' || (end === 'line end' && headers.get('Content-Length') === '0');
  return whole ? undefined : faultOf('truncated', 'header');
}

/** Lines with their folds undone: a line end and the white space behind it count as one space (§7.3.1). */
function unfold(text: string): { readonly lines: string[]; readonly bareLf: boolean } {
  const lines: string[] = [];
  let folded: string[] = [];
  let bareLf = false;
  for (const raw of text.split('\n')) {
    const ended = raw.endsWith('\r');
    if (!ended && raw !== '') bareLf = true;
    const line = ended ? raw.slice(0, -1) : raw;
    if (lines.length > 0 && isLws(line.charCodeAt(0))) {
      folded.push(trimLws(line));
      continue;
    }
    if (line === '') continue;
    if (folded.length > 0) lines.push(folded.join(' '));
    if (lines.length > headerFieldsMax + 1) break;
    folded = [line];
  }
  if (folded.length > 0) lines.push(folded.join(' '));
  return { lines, bareLf };
}

function trimLws(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isLws(text.charCodeAt(from))) from++;
  while (to > from && isLws(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: SipAnyUri }
  | { readonly kind: 'response'; readonly method?: undefined; readonly status: number; readonly reason: string }
  | Fault;

/** `METHOD uri SIP/2.0` or `SIP/2.0 200 reason`, with exactly one space between (§7.1, §7.2). */
function readStartLine(line: string): StartLine {
  const response = /^SIP\/([0-9]+\.[0-9]+) /i.exec(line);
  if (response !== null) return readStatusLine(line.slice(response[0].length), response[1] ?? '');
  const methodEnd = line.indexOf(' ');
  const method = line.slice(0, methodEnd);
  if (methodEnd < 0 || !isToken(method)) return faultOf('not-sip', line.slice(0, 40));
  const uriEnd = line.lastIndexOf(' ');
  const version = /^SIP\/([0-9]+\.[0-9]+)$/i.exec(line.slice(uriEnd + 1));
  // Without a version at the end it may be anything's text, but then the rest of the line tells: ` SIP/2.0` and blanks.
  if (version === null) {
    return /SIP\/[0-9]+\.[0-9]+[ \t]*$/i.test(line)
      ? { ...faultOf('start-line', 'white space'), method }
      : faultOf('not-sip', line.slice(0, 40));
  }
  if (version[1] !== '2.0') return { ...faultOf('version', version[1] ?? ''), method };
  const uriText = line.slice(methodEnd + 1, uriEnd);
  if (uriEnd <= methodEnd || /\s/.test(uriText)) return { ...faultOf('start-line', 'white space'), method };
  const uri = parseUri(uriText);
  // A Request-URI has no headers part (§19.1.1, table 1).
  if (uri === undefined || (uri.kind === 'sip' && uri.headers !== undefined)) {
    return { ...faultOf('request-uri', uriText.slice(0, 80)), method };
  }
  return { kind: 'request', method, uri };
}

function readStatusLine(rest: string, version: string): StartLine {
  if (version !== '2.0') return faultOf('version', version);
  const match = /^([1-6][0-9]{2})(?: (.*))?$/s.exec(rest);
  if (match === null) return faultOf('status', rest.slice(0, 40));
  return { kind: 'response', status: Number(match[1]), reason: match[2] ?? '' };
}

/** All fields that can be read, and the first fault: a refusal is answered with what there is. */
function readFields(lines: readonly string[]): { readonly headers: SipHeaders; readonly fault: Fault | undefined } {
  const headers = new SipHeaders();
  let fault: Fault | undefined;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (headers.size === headerFieldsMax) return { headers, fault: fault ?? faultOf('too-many-headers', '') };
    const colon = line.indexOf(':');
    const name = trimLws(line.slice(0, Math.max(colon, 0)));
    if (!isToken(name) || line.includes('\r')) fault ??= faultOf('header-line', line.slice(0, 40));
    else headers.append(name, trimLws(line.slice(colon + 1)));
  }
  return { headers, fault };
}

const isContact = (text: string) => text === '*' || parseNameAddrs(text) !== undefined;
/** 64-bit lengths stay exact; no message is that long anyway. */
const isLength = (text: string) => readDecimal(text, Number.MAX_SAFE_INTEGER) !== undefined;

/** The header fields that decide who is meant; all values must be well-formed, `single` ones must stand alone. */
const checks: readonly {
  readonly name: string;
  readonly required?: true;
  readonly single?: true;
  readonly wellFormed: (text: string) => boolean;
}[] = [
  { name: 'Via', required: true, wellFormed: (text) => parseVias(text) !== undefined },
  { name: 'From', required: true, single: true, wellFormed: (text) => parseNameAddr(text) !== undefined },
  { name: 'To', required: true, single: true, wellFormed: (text) => parseNameAddr(text) !== undefined },
  { name: 'Call-ID', required: true, single: true, wellFormed: (text) => parseCallId(text) !== undefined },
  { name: 'CSeq', required: true, single: true, wellFormed: (text) => parseCSeq(text) !== undefined },
  { name: 'Max-Forwards', single: true, wellFormed: (text) => parseMaxForwards(text) !== undefined },
  { name: 'Content-Length', single: true, wellFormed: isLength },
  { name: 'Content-Type', single: true, wellFormed: () => true },
  { name: 'Contact', wellFormed: isContact },
  { name: 'Route', wellFormed: (text) => parseNameAddrs(text) !== undefined },
  { name: 'Record-Route', wellFormed: (text) => parseNameAddrs(text) !== undefined },
];

function findHeaderFault(headers: SipHeaders, method: string | undefined): Fault | undefined {
  for (const { name, required, single, wellFormed } of checks) {
    const values = headers.getAll(name);
    if (required && values.length === 0) return faultOf('missing-header', name);
    if (single && values.length > 1) return faultOf('repeated-header', name);
    if (!values.every(wellFormed)) return faultOf('header-value', name);
  }
  const cseq = readCSeq(headers);
  return method !== undefined && cseq?.method !== method ? faultOf('cseq-mismatch', cseq?.method ?? '') : undefined;
}

/**
 * The body: Content-Length octets, or without one the rest of the datagram (§18.3). A length that is too large by no
 * more than two octets a line is a sender that counts line ends otherwise than it sends them (the message of RFC 5118
 * §4.6 is one; a bare LF counts as the CRLF that it stands for); nothing can follow in a datagram, so its body is taken
 * as it came.
 */
function readBody(
  bytes: Buffer,
  start: number,
  headers: SipHeaders,
  warnings: SipWarning[],
): { readonly octets: Uint8Array } | Fault {
  const rest = bytes.subarray(start);
  const stated = headers.get('Content-Length');
  const length = stated === undefined ? rest.length : (readDecimal(stated, Number.MAX_SAFE_INTEGER) ?? 0);
  if (rest.length > length) warnings.push('trailing-octets');
  if (rest.length < length) {
    let slack = 0;
    for (let lf = rest.indexOf(0x0a); lf >= 0; lf = rest.indexOf(0x0a, lf + 1)) slack += rest[lf - 1] === 0x0d ? 2 : 3;
    if (rest.at(-1) !== 0x0a || length - rest.length > slack)
      return faultOf('content-length', `${length}`.slice(0, 20));
    warnings.push('content-length-miscounted');
  }
  const octets = rest.subarray(0, length);
  if (octets.length > bodyBytesMax) return faultOf('too-large', 'body');
  return { octets: octets.length === 0 ? noBody : new Uint8Array(octets) };
}
