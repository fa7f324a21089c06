/**
 * The port that every kind of attachment fills, and those that it is given. One contract test runs over all kinds:
 * test/bridges/attachment-contract.ts.
 *
 *   gateway ── openLeg, closeLeg, voiceEvent ──▶ Attachment ── VoiceCommand ──▶ VoicePort
 *      ▲─────── LegStatus, TalkerReport, DataReport ──────┘
 *   gateway ── nameTalker, passData ──▶ Attachment: what other networks said
 */
import type { Alphabet } from '../base/alias.ts';
import type { LegState } from '../base/events/legs.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Fault } from '../base/faults.ts';
import type { Meter } from '../base/meter.ts';
import type { GroupId, LegId, PartyId, VoiceCommand, VoiceEvent } from '../voice/contract.ts';

/** The way to the voice process. Commands are said once: voice/voice-client.ts says them again after a restart of it. */
export interface VoicePort {
  send(command: VoiceCommand): void;
}

/** What the gateway decides about a leg; how it is carried and keyed is the attachment's. */
export interface LegPlan {
  readonly leg: LegId;
  readonly group: GroupId;
  /** The talkgroup's number in its network; spaces in it have no meaning. */
  readonly number: string;
  /** Name of the shared group, shown to the far end as the caller's; as `names` has it. */
  readonly display: string;
  readonly names: NameRule;
  /** Priority of this side's talkers when the network says none, 0–15. */
  readonly priority: number;
  readonly priorityMax: number;
  readonly mayTalk: boolean;
  readonly mayQueue: boolean;
  /** First-word buffer bound. */
  readonly firstWordMsMax: number;
  /** It is listened to alone: nothing is sent to the far end, which is told so where its signalling can say it. */
  readonly isShadow?: true;
  /** It stands for a proof of the lines alone, whose report says how it fared: nobody else hears of it. */
  readonly isProof?: true;
}

/** What the displays of a network can show of a name. */
export interface NameRule {
  readonly charactersMax: number;
  readonly alphabet: Alphabet;
}

export interface LegStatus {
  readonly leg: LegId;
  readonly attachment: string;
  readonly state: LegState;
  /** Why it is not up, in words for a technician; may quote the far end: text to be shown, never parsed. */
  readonly reason?: string;
  /** Monotonic time of the last change. */
  readonly sinceMs: number;
}

/** Who talks, as the network says. */
export interface TalkerReport {
  readonly leg: LegId;
  /**
   * The talker's address in its network, unescaped: user part of a SIP URI or number of a tel URI. Empty: he does not
   * want to be named.
   */
  readonly address: string;
  /** Name that the far end gives; hostile text like everything from outside. */
  readonly display?: string;
}

/** Who talks, as all networks are told. */
export interface TalkerName {
  readonly party: PartyId;
  /** In his network; empty when that does not say, and of consoles. */
  readonly address: string;
  /**
   * Call sign, else address, else his network; what an operator is called; empty for what the gateway says itself. Not yet
   * as a network's displays have it.
   */
  readonly name: string;
}

/**
 * What a network says beside voice. Texts are hostile like everything from outside; their bounds and the ranges of the
 * numbers are the attachment's to keep.
 */
export type DataReport = DataOrigin & DataWord;

export type DataWord =
  | { readonly name: 'status'; readonly code: number }
  /** At most 1000 characters. */
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'position'; readonly position: Position }
  /** An emergency alarm; lowered when the unit or its network takes it back. */
  | { readonly name: 'alarm'; readonly raised: boolean; readonly position?: Position };

/** What is to be said on to another network of the group. */
export type DataOrder = DataWord & {
  readonly leg: LegId;
  /** Who said it, as this leg's displays can show it: a call sign, or the address that his network gave. */
  readonly from: string;
  readonly origin: DataHome;
  /** Of a status: what it means, in words; its code is the one of this leg's network. Of a text: it in each language. */
  readonly meaning?: Meaning;
  /** Of an alarm or its end: the status that says so in this leg's network. */
  readonly alarmCode?: number;
};

/** Where its sender is at home. */
export interface DataHome {
  /** Name of his network. */
  readonly network: string;
  /** His address there, at most 64 characters; empty when the network does not say. */
  readonly address: string;
}

export interface Meaning {
  readonly fr: string;
  readonly nl: string;
  readonly en: string;
}

/** Why it did not arrive. */
export type DataFault = 'not-carried' | 'not-reached' | 'refused' | 'too-long' | 'too-many';

export interface DataOrigin {
  readonly leg: LegId;
  readonly attachment: string;
  /** The sender's address in its network, unescaped, at most 64 characters; empty when the network does not say. */
  readonly from: string;
  /** Nothing but the address that it came from says that it is the far end's, and anybody may write that on a datagram. */
  readonly unproven?: true;
}

/** WGS 84. */
export interface Position {
  /** −90 to 90, north positive. */
  readonly latitudeDeg: number;
  /** −180 to 180, east positive. */
  readonly longitudeDeg: number;
  /** Radius in which the unit is; absent when unknown. */
  readonly radiusM?: number;
  readonly speedKmh?: number;
  /** 0 to 360, clockwise from north. */
  readonly courseDeg?: number;
  /** When it was measured, ms since 1970, as the far end's clock says. */
  readonly takenUtcMs?: number;
}

export interface AttachmentStatus {
  readonly attachment: string;
  /** The far end answers; unknown until it has been asked for the first time. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly reason?: string;
  /** When the certificate that it last showed ends; absent: it has shown none. UTC, ms since 1970. */
  readonly certificateExpiresUtcMs?: number;
  /** Legs that it carries, and how many it may. */
  readonly legs: number;
  readonly channels: number;
}

/** What only some kinds know of their far end, for the status page; asked for when somebody looks. */
export interface AttachmentDetails {
  readonly fault?: Fault;
  readonly address?: string;
  readonly registration?: 'us-registered' | 'us-asking' | 'us-refused' | 'them-registered' | 'them-awaited';
  readonly registrar?: string;
  /** Monotonic. */
  readonly registrationExpiresMs?: number;
  /** Of the last question whether it lives. */
  readonly roundTripMs?: number;
  /** Which of the places that DNS names is used, from 1, of how many. */
  readonly place?: { readonly index: number; readonly of: number };
  /** Of each leg that is not up, what keeps it so. */
  readonly legFaults: ReadonlyMap<LegId, Fault>;
}

export interface AttachmentObserver {
  legChanged(status: LegStatus): void;
  talkerChanged(report: TalkerReport): void;
  dataReceived(report: DataReport): void;
  attachmentChanged(status: AttachmentStatus): void;
}

/** One way to reach a network over IP. */
export interface Attachment {
  readonly id: string;
  /** Begins to watch the far end; legs may be opened before or after. */
  start(): void;
  /** Hangs up, unregisters, closes all legs. Resolves when the far ends know or 2 s have passed. */
  stop(): Promise<void>;
  /** Carries a leg until `closeLeg`, calling again as often as it must. Opening an open leg replaces its plan. */
  openLeg(plan: LegPlan): void;
  /** `why`: for the far end, where the wire can say it. */
  closeLeg(leg: LegId, why?: string): void;
  /** What the voice process says; of legs that are not carried here nothing is taken. */
  voiceEvent(event: VoiceEvent): void;
  /** Who talks as a party of any group; comes before the floor is his, and again when more is known. Absent where the wire cannot say it on. */
  nameTalker?(talker: TalkerName): void;
  /** Says on what another network's unit said; absent where the wire cannot. `done` comes once, if late. */
  passData?(order: DataOrder, done: (fault: DataFault | undefined) => void): void;
  /** A telephone there, from now on; its voice goes past the placement of legs. Absent where no telephone is reached. */
  telephone?(plan: PhonePlan, voice: VoicePort, report: (report: PhoneReport) => void): Telephone;
  legs(): readonly LegStatus[];
  status(): AttachmentStatus;
  /** Absent where there is nothing to say beyond `status`. */
  details?(): AttachmentDetails;
}

// ── Direct lines ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A telephone that an attachment reaches. */
export interface PhonePlan {
  /** Its voice, and the group that it is alone in. */
  readonly leg: LegId;
  readonly group: GroupId;
  /** As it is dialled; a caller of this number is on this line. */
  readonly number: string;
  /** The number that it dials to be on this line; a caller of it is, whoever he is. */
  readonly calledAs?: string | undefined;
  /** Shown to it as the caller's name. */
  readonly display: string;
}

/** How a call on a line ended. `lost`: it broke off. */
export type PhoneEnd =
  | 'hung-up'
  | 'cancelled'
  | 'refused'
  | 'no-answer'
  | 'busy'
  | 'unknown-number'
  | 'unreachable'
  | 'failed'
  | 'lost';

export type PhoneReport =
  /** It calls, and is told that it rings unless it is hung up before this returns. */
  | { readonly name: 'called' }
  /** It rings there. */
  | { readonly name: 'rings' }
  /** Whichever side has answered: both may speak. */
  | { readonly name: 'answered' }
  /** Not by our hand. `reason`: for the log; may quote the far end. */
  | { readonly name: 'ended'; readonly end: PhoneEnd; readonly reason: string };

/** A direct line as whoever speaks on it has it: one call at a time. */
export interface Telephone {
  dial(): void;
  /** Takes the call that rings here. */
  answer(): void;
  /** Hangs up, takes back or refuses; nothing is reported of it. */
  hangUp(why: PhoneEnd): void;
  voiceEvent(event: VoiceEvent): void;
}

/** Log lines and counters; base/events.ts is the gateway's. */
export type BridgeEvents = SomeEvents<
  | 'attachments.sipListening'
  | 'certificates.refused'
  | 'attachments.up'
  | 'attachments.down'
  | 'attachments.registrationChanged'
  | 'legs.changed'
  | 'legs.pathLooped'
  | 'attachments.callEnded'
  | 'data.statusReserved'
  | 'attachments.sipRefused'
>;
export type BridgeMeter = Pick<Meter, 'add'>;
