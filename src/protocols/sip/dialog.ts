/**
 * Dialogs: what two user agents keep about each other so that a request finds its way and its order is known.
 *
 * A value; every change gives a new one. Both ends of a call have one, and so has every branch of a forked call.
 * Standard: RFC 3261 §12; RFC 4916 for a far end whose address changes within the dialog.
 */
import { formatCSeq, formatNameAddr, type NameAddr } from './header-values.ts';
import { readCallId, readContacts, readCSeq, readFrom, readRecordRoutes, readTo } from './headers.ts';
import { noBody, SipHeaders, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { noParams } from './scan.ts';
import type { SipAnyUri, SipUri } from './uri.ts';

export interface Dialog {
  readonly callId: string;
  /** From and To of our requests, without tags. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
  readonly localTag: string;
  /** Empty for a far end of RFC 2543 that sends none (§12.1.1). */
  readonly remoteTag: string;
  /** CSeq of our last request. */
  readonly localSequence: number;
  /** CSeq of their last request; undefined before the first. */
  readonly remoteSequence: number | undefined;
  /** Their Contact: where requests are addressed to. */
  readonly remoteTarget: SipAnyUri;
  /** In the order in which our requests pass it. */
  readonly routeSet: readonly NameAddr[];
}

/** The dialog that a response to our INVITE makes (§12.1.2); undefined if a part that it needs is missing. */
export function dialogOfResponse(request: SipRequest, response: SipResponse): Dialog | undefined {
  const [from, to] = [readFrom(request.headers), readTo(response.headers)];
  const callId = readCallId(request.headers);
  const cseq = readCSeq(request.headers);
  if (from === undefined || to === undefined || callId === undefined || cseq === undefined) return undefined;
  return {
    callId,
    local: withoutTag(from),
    remote: withoutTag(to),
    localTag: from.params.get('tag') ?? '',
    remoteTag: to.params.get('tag') ?? '',
    localSequence: cseq.sequence,
    remoteSequence: undefined,
    // A far end that breaks the rule and sends no Contact is still reached where we called it.
    remoteTarget: readContacts(response.headers)[0]?.uri ?? request.uri,
    routeSet: [...readRecordRoutes(response.headers)].reverse(),
  };
}

/**
 * The dialog that an INVITE of theirs makes once we answer with `localTag` (§12.1.1). Only a far end of RFC 2543, known
 * by its From without tag, may leave its Contact out: it is reached at its From then.
 */
export function dialogOfRequest(request: SipRequest, localTag: string): Dialog | undefined {
  const [from, to] = [readFrom(request.headers), readTo(request.headers)];
  const callId = readCallId(request.headers);
  const cseq = readCSeq(request.headers);
  const target = readContacts(request.headers)[0]?.uri ?? (from?.params.has('tag') ? undefined : from?.uri);
  if (!from || !to || callId === undefined || cseq === undefined || target === undefined) return undefined;
  return {
    callId,
    local: withoutTag(to),
    remote: withoutTag(from),
    localTag,
    remoteTag: from.params.get('tag') ?? '',
    localSequence: 0,
    remoteSequence: cseq.sequence,
    remoteTarget: target,
    routeSet: readRecordRoutes(request.headers),
  };
}

/** What both ends find a dialog by. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`;
}

/** The dialog of an in-dialog request of theirs: its To tag is ours. Undefined outside any dialog. */
export function dialogKeyOf(request: SipRequest): string | undefined {
  const localTag = readTo(request.headers)?.params.get('tag');
  const callId = readCallId(request.headers);
  if (localTag === undefined || callId === undefined) return undefined;
  return dialogKey(callId, localTag, readFrom(request.headers)?.params.get('tag') ?? '');
}

/** The next request of ours and the dialog with its CSeq counted (§12.2.1.1). */
export function nextRequest(dialog: Dialog, method: string): { readonly dialog: Dialog; readonly request: SipRequest } {
  const sequence = dialog.localSequence + 1;
  return { dialog: { ...dialog, localSequence: sequence }, request: requestWithin(dialog, method, sequence) };
}

/** A request with a CSeq of the caller's choice: ACK repeats that of its INVITE. Without Via and Contact. */
export function requestWithin(dialog: Dialog, method: string, sequence: number): SipRequest {
  const { uri, routes } = routed(dialog);
  const headers = new SipHeaders([['Max-Forwards', '70']]);
  for (const route of routes) headers.append('Route', formatNameAddr(route));
  headers.append('From', formatNameAddr(withTag(dialog.local, dialog.localTag)));
  headers.append('To', formatNameAddr(withTag(dialog.remote, dialog.remoteTag)));
  headers.append('Call-ID', dialog.callId);
  headers.append('CSeq', formatCSeq({ sequence, method }));
  return { kind: 'request', method, uri, headers, body: noBody };
}

/** The URI whose address a request is sent to: the first route, or the far end itself (§8.1.2). */
export function nextHopUri(dialog: Dialog): SipAnyUri {
  return dialog.routeSet[0]?.uri ?? dialog.remoteTarget;
}

/**
 * Takes in an in-dialog request of theirs (§12.2.2): undefined when its CSeq is not above the last one, which is to be
 * answered 500. ACK and CANCEL repeat a CSeq and are not to be given here.
 */
export function takeRequest(dialog: Dialog, request: SipRequest): Dialog | undefined {
  const sequence = readCSeq(request.headers)?.sequence;
  if (sequence === undefined) return undefined;
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return undefined;
  return { ...dialog, remoteSequence: sequence };
}

/** Follows the far end's Contact: for INVITE and UPDATE and their 2xx, the target refresh requests. */
export function refreshTarget(dialog: Dialog, message: SipMessage): Dialog {
  const target = readContacts(message.headers)[0]?.uri;
  return target === undefined ? dialog : { ...dialog, remoteTarget: target };
}

/** Takes over the address that the far end has come to use in From (RFC 4916 §4.4.2); tags never change. */
export function renameRemote(dialog: Dialog, request: SipRequest): Dialog {
  const from = readFrom(request.headers);
  return from === undefined ? dialog : { ...dialog, remote: withoutTag(from) };
}

/** Our address in From from now on, once the far end has taken it (RFC 4916 §4.4.1). */
export function renameLocal(dialog: Dialog, local: NameAddr): Dialog {
  return { ...dialog, local: withoutTag(local) };
}

/** §12.2.1.1: a first route without `lr` is a strict router; it wants itself as Request-URI and the target as last route. */
function routed(dialog: Dialog): { readonly uri: SipAnyUri; readonly routes: readonly NameAddr[] } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined || first.uri.kind !== 'sip' || first.uri.params.has('lr')) {
    return { uri: dialog.remoteTarget, routes: dialog.routeSet };
  }
  return { uri: asRequestUri(first.uri), routes: [...rest, { uri: dialog.remoteTarget, params: noParams }] };
}

/** Leaves out what may not stand in a Request-URI (§19.1.1 table 1). */
function asRequestUri(uri: SipUri): SipUri {
  const { headers: _, ...rest } = uri;
  const params = new Map(uri.params);
  params.delete('method');
  return { ...rest, params };
}

function withoutTag(address: NameAddr): NameAddr {
  const params = new Map(address.params);
  params.delete('tag');
  return { ...address, params };
}

function withTag(address: NameAddr, tag: string): NameAddr {
  return tag === '' ? address : { ...address, params: new Map([...address.params, ['tag', tag]]) };
}
