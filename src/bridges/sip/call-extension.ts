/**
 * What a kind of attachment that rides on SIP adds to the calls of its legs: header fields and a body, a stream beside
 * the voice or something within it, and what comes of it.
 *
 * Filled by: bridges/mcptt, bridges/ed137.
 */
import type { FaultCode } from '../../base/faults.ts';
import type { BodyPart } from '../../protocols/sip/call-terms.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import type { MediaDescription, SessionDescription } from '../../protocols/sip/sdp.ts';
import type { AudioEndpoint, AudioSupplement, CompanionStream } from '../../protocols/sip/sdp-audio.ts';
import type { LegId, LegMedia, LegSettings } from '../../voice/contract.ts';
import type { LegPlan } from '../ports.ts';

/** How talk crosses a leg where SIP's settings do not say it. */
export type SignalledTalk = Pick<LegSettings, 'keyIn' | 'keyOut' | 'grant'>;

/** The stream beside the voice as a call has agreed on it. */
export interface AgreedCompanion {
  /** Theirs, from their offer or answer. */
  readonly media: MediaDescription;
  /** Where the far end is to be reached: its own address or one that it may name. */
  readonly remote: AudioEndpoint;
  /** They answered our offer; else we answered theirs. */
  readonly weOffered: boolean;
}

/** What the voice stream itself has beside its codec; such a stream has no telephone-events and no comfort noise. */
export interface StreamExtension {
  readonly supplement: AudioSupplement;
  /** What the voice process is told of what was agreed, `media` being without it; or why the session is of no use. */
  agreed(media: LegMedia, session: SessionDescription, theirs: MediaDescription, weOffered: boolean): LegMedia | string;
}

export interface CallExtension {
  readonly talk: SignalledTalk;
  /** Parameters of our Contact, each with its semicolon: feature tags. */
  readonly contactParams: string;
  /** Title of the voice stream. */
  readonly title?: string;
  /** Header fields of our requests and answers that carry a session description. */
  readonly sessionHeaders?: readonly (readonly [name: string, value: string])[];
  /** Of a call of ours. */
  headers(plan: LegPlan): readonly (readonly [name: string, value: string])[];
  /** Beside the session description of a call of ours. */
  body(plan: LegPlan): BodyPart | undefined;
  /**
   * An INVITE of theirs, the first of a call or a later one, before what it offers is answered. `isProven`: its sender has
   * shown credentials, a connection or a call's tags; else what it says may be forged.
   */
  invited?(leg: LegId, request: SipRequest, isProven: boolean): void;
  /** What a session of no use is shown as. */
  readonly unusable: FaultCode;
  companion?(leg: LegId): CompanionStream;
  stream?(plan: LegPlan): StreamExtension;
  /** A session was agreed on, the first of a call or a later one. What is wrong with it, if it is of no use. */
  agreed(leg: LegId, companion: AgreedCompanion | undefined): string | undefined;
  /** The leg has no call any more. */
  ended(leg: LegId): void;
}
