/** The messages of a call as values: INVITE, refreshes, 2xx. Pure writing; when they are sent is call.ts's. */

import type { BodyPart, CallTerms, OfferExtra, OutgoingCall } from './call-terms.ts';
import { allow, supported } from './capabilities.ts';
import { formatCSeq, formatNameAddr, formatParametrised, type NameAddr, type SessionExpires } from './header-values.ts';
import { readCSeq, readFrom, readPAssertedIdentities, readReasons, readTo } from './headers.ts';
import { noBody, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { respondTo } from './response.ts';
import { noParams } from './scan.ts';
import { type SessionWish, sessionAnswerHeaders, writeSessionWish } from './session-timer.ts';
import { formatUri } from './uri.ts';

/** The INVITE that begins a call (§8.1.1, §13.2.1). */
export function buildInvite(
  call: OutgoingCall,
  own: { readonly tag: string; readonly callId: string; readonly sequence: number; readonly contact: string },
  wish: SessionWish,
): SipRequest {
  const from: NameAddr = { ...call.from, params: new Map([...call.from.params, ['tag', own.tag]]) };
  const headers = new SipHeaders([
    ['Max-Forwards', '70'],
    ['From', formatNameAddr(from)],
    ['To', formatNameAddr(call.to ?? { uri: call.uri, params: noParams })],
    ['Call-ID', own.callId],
    ['CSeq', formatCSeq({ sequence: own.sequence, method: 'INVITE' })],
    ['Contact', own.contact],
    ['Allow', allow],
    ['Supported', supported],
  ]);
  writeSessionWish(headers, wish, undefined);
  for (const [name, value] of [...(call.terms.headers ?? []), ...(call.headers ?? [])]) headers.append(name, value);
  const bare: SipRequest = { kind: 'request', method: 'INVITE', uri: call.uri, headers, body: noBody };
  return call.part === undefined ? withSdp(bare, call.offer) : withParts(bare, call.offer, call.part, own.callId);
}

/** Who speaks on our side, and where that is to stand. */
export interface Speaker {
  readonly address: NameAddr;
  readonly from: boolean;
  readonly asserted: boolean;
}

/** Completes a re-INVITE or UPDATE: target refresh, abilities, who speaks, session timer, and the offer if there is one. */
export function buildRefresh(
  request: SipRequest,
  own: { readonly contact: string; readonly speaker: Speaker | undefined; readonly headers: CallTerms['headers'] },
  session: { readonly wish: SessionWish; readonly refresher: 'uac' | 'uas' | undefined },
  offer: Uint8Array | undefined,
  /** `secret`: nothing that can be in either body. */
  extra?: OfferExtra & { readonly secret: string },
): SipRequest {
  const headers = request.headers.clone();
  headers.append('Contact', own.contact);
  headers.append('Allow', allow);
  headers.append('Supported', supported);
  for (const [name, value] of own.headers ?? []) headers.append(name, value);
  const { speaker } = own;
  if (speaker?.asserted) headers.append('P-Asserted-Identity', formatNameAddr(speaker.address));
  if (speaker?.from) {
    const tag = readFrom(headers)?.params.get('tag') ?? '';
    headers.set('From', formatNameAddr({ ...speaker.address, params: new Map([['tag', tag]]) }));
  }
  writeSessionWish(headers, session.wish, session.refresher);
  for (const [name, value] of extra?.headers ?? []) headers.append(name, value);
  const bare = { ...request, headers };
  if (offer === undefined) return bare;
  return extra?.part === undefined ? withSdp(bare, offer) : withParts(bare, offer, extra.part, extra.secret);
}

/** A 2xx to INVITE or UPDATE (§12.1.1, §13.3.1.4). */
export function buildSuccess(
  request: SipRequest,
  own: { readonly tag: string; readonly contact: string; readonly headers: CallTerms['headers'] },
  session: SessionExpires | undefined,
  sdp: Uint8Array | undefined,
): SipResponse {
  const routes = request.headers.getAll('Record-Route').map((value) => ['Record-Route', value] as const);
  const type: (readonly [string, string])[] = sdp === undefined ? [] : [['Content-Type', 'application/sdp']];
  const headers = [
    ...routes,
    ['Contact', own.contact] as const,
    ['Allow', allow] as const,
    ['Supported', supported] as const,
    ...(own.headers ?? []),
    ...sessionAnswerHeaders(session),
    ...type,
  ];
  return respondTo(request, { status: 200, headers, body: sdp ?? noBody }, own.tag);
}

/** Session description and another body (RFC 2046 §5.1.3). The boundary holds what nobody can have written into either. */
function withParts(request: SipRequest, sdp: Uint8Array, { type, content }: BodyPart, secret: string): SipRequest {
  const boundary = `b-${secret.replaceAll(/[^A-Za-z0-9]/g, '')}`;
  request.headers.set('Content-Type', `multipart/mixed;boundary=${boundary}`);
  const head = (of: string): string => `--${boundary}\r\nContent-Type: ${of}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(head('application/sdp')),
    sdp,
    Buffer.from(`\r\n${head(type)}${content}\r\n--${boundary}--\r\n`),
  ]);
  return { ...request, body };
}

function withSdp(request: SipRequest, sdp: Uint8Array): SipRequest {
  request.headers.set('Content-Type', 'application/sdp');
  return { ...request, body: sdp };
}

/** The same request once more, as §22.2 and §21.4 ask it: another CSeq, everything else alike. */
export function withSequence(request: SipRequest, sequence: number): SipRequest {
  const headers = request.headers.clone();
  headers.set('CSeq', formatCSeq({ sequence, method: request.method }));
  return { ...request, headers };
}

/** Who the far end says is speaking: asserted by its network (RFC 3325), else From of a request or To of a response. */
export function identityOf(message: SipMessage): NameAddr | undefined {
  const { headers } = message;
  return readPAssertedIdentities(headers)[0] ?? (message.kind === 'request' ? readFrom(headers) : readTo(headers));
}

export function sameIdentity(a: NameAddr | undefined, b: NameAddr | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return formatUri(a.uri) === formatUri(b.uri) && a.displayName === b.displayName;
}

/** Text of a Reason header (RFC 3326), or the reason phrase; bounded, since it is shown. */
export function reasonText(message: SipMessage): string | undefined {
  const reason = readReasons(message.headers)[0];
  const cause = reason?.params.get('cause');
  const said = reason && (reason.params.get('text') ?? (cause === undefined ? undefined : `${reason.value} ${cause}`));
  const text = said ?? (message.kind === 'response' ? message.reason : undefined);
  return text?.slice(0, 120);
}

/** A BYE that says why, for whoever reads the far end's log (RFC 3326). */
export function withReason(request: SipRequest, reason: string | undefined): SipRequest {
  if (reason === undefined) return request;
  const headers = request.headers.clone();
  headers.append('Reason', formatParametrised({ value: 'SIP', params: new Map([['text', reason.slice(0, 120)]]) }));
  return { ...request, headers };
}

export function sequenceOf(message: SipMessage): number {
  return readCSeq(message.headers)?.sequence ?? 0;
}
