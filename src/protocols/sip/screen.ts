/**
 * What a user agent server looks at before a request means anything to it, in the order of RFC 3261 §8.2: method,
 * scheme, required extensions, content. Pure; the user agent sends the refusal.
 *
 * Max-Forwards 0 is none of an endpoint's business (RFC 4475 §3.3.11): only who forwards refuses it.
 */
import { parseTokens } from './header-values.ts';
import { readAccept, readContentType, readTo, readTokens, readVias } from './headers.ts';
import type { SipRequest, SipResponse } from './message.ts';

export interface Abilities {
  /** Methods that are served, in the order in which Allow lists them. */
  readonly knownMethods: readonly string[];
  /** Option tags that a Require may name. */
  readonly knownExtensions: readonly string[];
  /** URI schemes of a Request-URI, lower case. */
  readonly knownSchemes: readonly string[];
  /** Media types of bodies, lower case: `application/sdp`. */
  readonly knownContentTypes: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Methods of the IANA registry: 405 says "not here", 501 "never heard of it" (§21.4.6, §21.5.2). */
const registeredMethods = new Set(
  'ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE'.split(' '),
);

/** Why this request is refused before its method is looked at; undefined if it is not. ACK must not be answered. */
export function screenRequest(request: SipRequest, abilities: Abilities): Refusal | undefined {
  return (
    screenMethod(request, abilities) ??
    screenUris(request, abilities) ??
    screenExtensions(request, abilities) ??
    screenContent(request, abilities)
  );
}

function screenMethod({ method }: SipRequest, { knownMethods }: Abilities): Refusal | undefined {
  if (knownMethods.includes(method)) return undefined;
  const allow = [['Allow', knownMethods.join(', ')]] as const;
  return registeredMethods.has(method)
    ? { status: 405, reason: 'Method Not Allowed', headers: allow }
    : { status: 501, reason: 'Not Implemented', headers: allow };
}

function screenUris(request: SipRequest, { knownSchemes }: Abilities): Refusal | undefined {
  if (!knownSchemes.includes(request.uri.scheme)) return { status: 416, reason: 'Unsupported URI Scheme', headers: [] };
  // §10.2: the address-of-record is a SIP or SIPS URI (RFC 4475 §3.3.4).
  const registersOther = request.method === 'REGISTER' && readTo(request.headers)?.uri.kind !== 'sip';
  return registersOther ? { status: 400, reason: 'Address-of-record is no SIP URI', headers: [] } : undefined;
}

/** §8.2.2.3; CANCEL and ACK for a non-2xx carry no Require that counts. */
function screenExtensions(request: SipRequest, { knownExtensions }: Abilities): Refusal | undefined {
  if (request.method === 'CANCEL' || request.method === 'ACK') return undefined;
  const lists = request.headers.getAll('Require').map(parseTokens);
  if (lists.includes(undefined)) return { status: 400, reason: 'Malformed Require', headers: [] };
  const unknown = lists.flatMap((tags) => tags ?? []).filter((tag) => !knownExtensions.includes(tag.toLowerCase()));
  if (unknown.length === 0) return undefined;
  return { status: 420, reason: 'Bad Extension', headers: [['Unsupported', unknown.join(', ')]] };
}

/**
 * §8.2.3, and whether an answer in SDP would be read at all (RFC 4475 §3.3.15). What a MESSAGE may say is for whoever
 * takes it: it has nothing to do with calls.
 */
function screenContent(request: SipRequest, { knownContentTypes }: Abilities): Refusal | undefined {
  if (request.method === 'MESSAGE') return undefined;
  const optional = /;\s*handling\s*=\s*optional\s*(?:;|$)/i.test(request.headers.get('Content-Disposition') ?? '');
  if (request.body.length > 0 && !optional) {
    const codings = readTokens(request.headers, 'Content-Encoding');
    if (codings.some((coding) => coding.toLowerCase() !== 'identity')) {
      return { status: 415, reason: 'Unsupported Media Type', headers: [['Accept-Encoding', 'identity']] };
    }
    const type = readContentType(request.headers)?.value;
    if (type === undefined || !knownContentTypes.includes(type)) {
      return { status: 415, reason: 'Unsupported Media Type', headers: [['Accept', knownContentTypes.join(', ')]] };
    }
  }
  if (request.method === 'INVITE' && !acceptsSdp(request))
    return { status: 406, reason: 'Not Acceptable', headers: [] };
  return undefined;
}

function acceptsSdp(request: SipRequest): boolean {
  const ranges = readAccept(request.headers);
  return (
    ranges === undefined ||
    ranges.some(
      ({ value, params }) =>
        ['application/sdp', 'application/*', '*/*'].includes(value) && !/^0(?:\.0*)?$/.test(params.get('q') ?? '1'),
    )
  );
}

/** A response with more than one Via was routed to us by mistake; a user agent drops it (§8.1.3.3). */
export function isMisrouted(response: SipResponse): boolean {
  return readVias(response.headers).length !== 1;
}
