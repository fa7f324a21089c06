/** Words between a call, the user agent that carries it, and whoever the call is for. */
import type { Credentials } from './digest.ts';
import type { NameAddr } from './header-values.ts';
import type { Hop } from './hop.ts';
import type { SipRequest, SipResponse } from './message.ts';
import type { SipTimers } from './timers.ts';
import type { TransactionId } from './transaction-layer.ts';
import type { SipAnyUri } from './uri.ts';

export type CallId = number;

/** How a call of ours is made. */
export interface OutgoingCall {
  readonly uri: SipAnyUri;
  /** Where the INVITE is sent, whatever the URI says: the attachment's peer. */
  readonly hop: Hop;
  readonly from: NameAddr;
  /** Default: the URI. */
  readonly to?: NameAddr;
  readonly offer: Uint8Array;
  readonly terms: CallTerms;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Goes beside the offer, in multipart/mixed. */
  readonly part?: BodyPart;
  /** How long the far end may ring. */
  readonly ringMs: number;
  /** How long it may say nothing at all. Default: as long as it may ring. */
  readonly silenceMs?: number;
}

/** A body beside a session description. */
export interface BodyPart {
  readonly type: string;
  readonly content: string;
}

/** What goes with an offer of ours within a call. */
export interface OfferExtra {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly part?: BodyPart;
}

/** What holds for a call of either direction. */
export interface CallTerms {
  /** User part of our Contact. */
  readonly contactUser: string;
  /** Header parameters of our Contact, each with its semicolon, such as feature tags (RFC 3840). */
  readonly contactParams?: string;
  /** Header fields of every INVITE and UPDATE of ours, and of our 2xx to theirs. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly sessionExpiresS: number;
  readonly credentials?: Credentials;
  /** How the far end is told who speaks on our side; default: as it can learn it. */
  readonly tellSpeaker?: SpeakerWay;
  /** The far end is behind NAT: in-dialog requests go where it was heard from, whatever its Contact says. */
  readonly symmetric: boolean;
}

/**
 * from: another From (RFC 4916), where the far end supports from-change. asserted: P-Asserted-Identity in an UPDATE
 * (RFC 3325), where it takes those. auto: whichever it can read, both where both.
 */
export type SpeakerWay = 'auto' | 'from' | 'asserted' | 'off';

/** Who ended a call, and why. */
export interface CallEnd {
  readonly by: 'us' | 'them' | 'network';
  readonly why:
    | 'hung-up' // BYE, ours or theirs
    | 'cancelled' // before it was answered
    | 'refused' // a final answer of 300 or more
    | 'no-answer' // rang too long
    | 'timeout' // no response at all
    | 'unreachable' // the transport failed
    | 'overload' // too many transactions of ours
    | 'unacknowledged' // our 2xx was never acknowledged
    | 'expired' // no session refresh came (RFC 4028)
    | 'lost'; // the far end does not know the call any more (481)
  readonly status?: number;
  /** Reason phrase or Reason header of the far end (RFC 3326): text of others, to be shown, never parsed. */
  readonly text?: string;
  readonly retryAfterS?: number;
}

export type CallEvent =
  /** They call; answer at once or later. Without `offer` ours is to go into the answer (§13.3.1). */
  | { readonly name: 'incoming'; readonly request: SipRequest; readonly source: Hop; readonly offer?: Uint8Array }
  /** A provisional answer to our call: 100 says that it arrived, the others that it rings. */
  | { readonly name: 'progress'; readonly status: number }
  /** Our call was answered by `response`, with their session description if any, or theirs acknowledged our answer. */
  | { readonly name: 'established'; readonly answer?: Uint8Array; readonly response?: SipResponse }
  /** They propose other media (hold, other address …), or ask for our proposal: answer `acceptOffer` or `refuseOffer`. */
  | { readonly name: 'offered'; readonly request: SipRequest; readonly offer?: Uint8Array }
  /** Their answer to an offer of ours. */
  | { readonly name: 'answered'; readonly answer: Uint8Array }
  /** Our offer was turned down; the session stays as it was. */
  | { readonly name: 'offer-refused'; readonly status: number }
  /** Whoever speaks at the far end changed (RFC 4916, P-Asserted-Identity). */
  | { readonly name: 'identity'; readonly identity: NameAddr }
  /** The last event of a call. */
  | { readonly name: 'ended'; readonly end: CallEnd };

/** What a call may have done for it. */
export interface CallHost {
  readonly timers: SipTimers;
  /** Sends a request in a client transaction of this call; undefined when too many are running. */
  request(request: SipRequest, hop: Hop, nowMs: number): TransactionId | undefined;
  ack(request: SipRequest, hop: Hop): void;
  cancel(transaction: TransactionId, nowMs: number): boolean;
  respond(transaction: TransactionId, response: SipResponse, nowMs: number): void;
  emit(event: CallEvent): void;
  /** In-dialog requests with this key (dialog.ts) are this call's from now on. */
  own(dialogKey: string): void;
  /** Where a URI leads, from what is known without asking anybody; else `fallback`. */
  hopTo(uri: SipAnyUri, fallback: Hop): Hop;
  /** Value of our Contact towards this far end. */
  contact(user: string, hop: Hop): string;
  /** A refused request with credentials added (digest-client.ts). */
  authorise(request: SipRequest, response: SipResponse, credentials: Credentials): SipRequest | undefined;
  token(): string;
  /** Uniform in [0, 1). */
  fraction(): number;
}
