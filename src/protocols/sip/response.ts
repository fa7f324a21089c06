/**
 * Responses: what is copied from the request, and the way back to whoever sent it.
 *
 * Standards: RFC 3261 §8.2.6, §18.2; RFC 3581 (rport).
 */
import { formatVia } from './header-values.ts';
import { readTo, readTopVia } from './headers.ts';
import { type Hop, usualPort } from './hop.ts';
import { noBody, SipHeaders, type SipRequest, type SipResponse } from './message.ts';
import { splitCommas } from './scan.ts';
import { canonicalHost } from './uri.ts';

const reasonPhrases: ReadonlyMap<number, string> = new Map([
  [100, 'Trying'],
  [180, 'Ringing'],
  [183, 'Session Progress'],
  [200, 'OK'],
  [202, 'Accepted'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Request Entity Too Large'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [422, 'Session Interval Too Small'],
  [423, 'Interval Too Brief'],
  [469, 'Bad Info Package'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [491, 'Request Pending'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
  [603, 'Decline'],
]);

const copied = ['From', 'To', 'Call-ID', 'CSeq'];

/** What an answer says beyond what is copied from its request. */
export interface Answer {
  readonly status: number;
  /** Default: the customary phrase. */
  readonly reason?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/**
 * A response with the fields of §8.2.6.2. `localTag` goes to To unless the request had one there; 100 goes without
 * (the dialog, and with it the tag, may come only with the answer).
 */
export function respondTo(request: SipRequest, answer: Answer, localTag: string | undefined): SipResponse {
  const headers = new SipHeaders();
  for (const via of request.headers.getAll('Via')) headers.append('Via', via);
  const ownTag = answer.status > 100 && !readTo(request.headers)?.params.has('tag') ? localTag : undefined;
  for (const name of answer.status === 100 ? ['From', 'To', 'Call-ID', 'CSeq', 'Timestamp'] : copied) {
    const value = request.headers.get(name);
    if (value === undefined) continue;
    headers.append(name, name === 'To' && ownTag !== undefined ? `${value};tag=${ownTag}` : value);
  }
  for (const [name, value] of answer.headers ?? []) headers.append(name, value);
  return {
    kind: 'response',
    status: answer.status,
    reason: answer.reason ?? reasonPhrases.get(answer.status) ?? 'Unassigned',
    headers,
    body: answer.body ?? noBody,
  };
}

/**
 * Notes in the topmost Via where the request really came from (§18.2.1, RFC 3581 §4): `received` when it differs from
 * what the sender believes, or when he asks for rport. Returns the request itself when nothing is to be noted.
 */
export function stampVia(request: SipRequest, source: Hop): SipRequest {
  const via = readTopVia(request.headers);
  if (via === undefined) return request;
  const asksRport = via.params.has('rport');
  const sameHost = canonicalHost(via.host) === canonicalHost(bracketed(source.address));
  if (sameHost && !asksRport && !via.params.has('received')) return request;
  const params = new Map(via.params);
  if (sameHost && !asksRport) params.delete('received');
  else params.set('received', source.address);
  if (asksRport) params.set('rport', String(source.port));
  const [first = '', ...others] = request.headers.getAll('Via');
  const headers = request.headers.clone();
  headers.set('Via', [[formatVia({ ...via, params }), ...(splitCommas(first) ?? []).slice(1)].join(', '), ...others]);
  return { ...request, headers };
}

/**
 * Where the answer to a request goes (§18.2.2): on a stream back on the stream, else to the sender's address at the
 * port he sent from (rport) or names in Via. `maddr` is not followed: answers go nowhere but where the request came from.
 */
export function responseHop(request: SipRequest, source: Hop): Hop {
  const via = readTopVia(request.headers);
  const sentByPort = via?.port ?? usualPort(source.transport);
  if (source.transport === 'udp' && via?.params.has('rport')) return source;
  return { ...source, port: sentByPort === 0 ? source.port : sentByPort };
}

/** Host part of a URI or Via for an IP literal: IPv6 in brackets. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
