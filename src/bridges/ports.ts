/**
 * The port that every kind of attachment fills, and those that it is given. One contract test runs over all kinds:
 * test/bridges/attachment-contract.ts.
 *
 *   gateway ── openLeg, closeLeg, voiceEvent ──▶ Attachment ── VoiceCommand ──▶ VoicePort
 *      ▲──────────── LegStatus, TalkerReport ───────┘
 */
import type { Events, LegState } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { GroupId, LegId, VoiceCommand, VoiceEvent } from '../voice/contract.ts';

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
  /** Name of the shared group, shown to the far end as the caller's. */
  readonly display: string;
  /** Priority of this side's talkers when the network says none, 0–15. */
  readonly priority: number;
  readonly priorityMax: number;
  readonly mayTalk: boolean;
  readonly mayQueue: boolean;
  /** First-word buffer bound. */
  readonly firstWordMsMax: number;
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
  /** The talker's address in its network, unescaped: user part of a SIP URI or number of a tel URI. */
  readonly address: string;
  /** Name that the far end gives; hostile text like everything from outside. */
  readonly display?: string;
}

export interface AttachmentStatus {
  readonly attachment: string;
  /** The far end answers; unknown until it has been asked for the first time. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly reason?: string;
  /** Legs that it carries, and how many it may. */
  readonly legs: number;
  readonly channels: number;
}

export interface AttachmentObserver {
  legChanged(status: LegStatus): void;
  talkerChanged(report: TalkerReport): void;
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
  closeLeg(leg: LegId): void;
  /** What the voice process says; of legs that are not carried here nothing is taken. */
  voiceEvent(event: VoiceEvent): void;
  legs(): readonly LegStatus[];
  status(): AttachmentStatus;
}

/** Log lines and counters; base/events.ts is the gateway's. */
export type BridgeEvents = Pick<
  Events,
  'sipListening' | 'attachmentUp' | 'attachmentDown' | 'registrationChanged' | 'legChanged' | 'callEnded' | 'sipRefused'
>;
export type BridgeMeter = Pick<Meter, 'add'>;
