/** What an attachment uses of the bridge: calls and requests of the one user agent, and the transports below it. */
import type { CallEvent, CallId, CallTerms, OfferExtra, OutgoingCall } from '../../protocols/sip/call-terms.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';
import type { Hop, SipTransportName } from '../../protocols/sip/hop.ts';
import type { SipRequest, SipResponse } from '../../protocols/sip/message.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import type { OutgoingRequest, RequestId } from '../../protocols/sip/user-agent.ts';
import type { Place, PlaceQuestion } from './locate.ts';

export type RequestOutcome =
  | { readonly name: 'answered'; readonly response: SipResponse; readonly sequence: number }
  | { readonly name: 'unanswered'; readonly why: 'timeout' | 'unreachable' | 'overload' };

/** Whether the sender of a request has shown the credentials of an account; if not, what to answer. */
export type Authorisation = { readonly ok: true } | { readonly ok: false; readonly answer: Answer };

export interface SipLine {
  /** Realm and domain of our own addresses. */
  readonly domain: string;
  place(call: OutgoingCall, onEvent: (event: CallEvent) => void): CallId;
  /** Takes over the events of an incoming call. */
  adopt(call: CallId, onEvent: (event: CallEvent) => void): void;
  /** Says that an incoming call rings. */
  ring(call: CallId, terms: CallTerms): void;
  accept(call: CallId, sdp: Uint8Array, terms: CallTerms): void;
  refuse(call: CallId, answer: Answer): void;
  /** Proposes media within a call, the same as ever: what it says beside them is what matters. */
  offer(call: CallId, sdp: Uint8Array, extra: OfferExtra): void;
  acceptOffer(call: CallId, sdp: Uint8Array): void;
  refuseOffer(call: CallId, answer: Answer): void;
  /** Tells the far end who speaks on our side, if it can learn it. */
  identify(call: CallId, speaker: NameAddr): void;
  probe(call: CallId): void;
  /** `reason` is for the far end's log. */
  hangUp(call: CallId, reason: string): void;
  request(plan: OutgoingRequest, onOutcome: (outcome: RequestOutcome) => void): RequestId;
  abandon(request: RequestId): void;
  authorise(request: SipRequest, source: Hop, account: { username: string; password: string }): Authorisation;
  /** Our own address towards a far end. */
  localFor(hop: Hop): { readonly address: string; readonly port: number };
  /** Last known address of a host; undefined while its name has not been resolved. */
  addressOf(host: string): string | undefined;
  /** Where a far end is, the best first; empty while nothing is known. */
  placesOf(question: PlaceQuestion): readonly Place[];
  /** IP versions in which a far end can be reached over that transport, the preferred one first. */
  families(transport: SipTransportName): readonly (4 | 6)[];
  watch(hop: Hop): void;
  unwatch(hop: Hop): void;
  reset(hop: Hop): void;
}
