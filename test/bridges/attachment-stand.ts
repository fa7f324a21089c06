/** A kind of attachment with a far end of its own, as the contract tests want it, and what it declares to carry. */
import type { ManualClock } from '../../src/base/clock.ts';
import type { Attachment, DataReport, LegPlan, LegStatus, TalkerReport } from '../../src/bridges/ports.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';

export type CarriedWord = 'text' | 'status' | 'position' | 'alarm' | 'alarm over';
/** `grant in`: its talkers are told grant and denial. `denial out`: it is asked before we talk, and may refuse. */
export type FloorWord = 'priority in' | 'emergency in' | 'grant in' | 'priority out' | 'emergency out' | 'denial out';
type TalkerWord = 'talker in' | 'talker out';

export interface Carried {
  readonly dataIn: readonly CarriedWord[];
  readonly dataOut: readonly CarriedWord[];
  readonly talkers: readonly TalkerWord[];
  /** Absent: told from voice. */
  readonly floor?: readonly FloorWord[];
}

/** The part of a far end that says who may talk. */
export interface FloorFarEnd {
  /** A unit there begins to talk, where it can be said with priority 9. */
  talks(emergency: boolean): void | Promise<void>;
  answers(granted: boolean): void | Promise<void>;
  /** "granted" and "denied" of its own talk, "asked" of ours with `priority` or `emergency` where it is told. */
  told(): readonly string[];
}

export interface AttachmentStand {
  readonly clock: ManualClock;
  readonly attachment: Attachment;
  /** Commands to the voice process, in order. */
  readonly commands: readonly VoiceCommand[];
  /** Reports about legs, in order. */
  readonly reports: readonly LegStatus[];
  readonly farEnd: {
    switchOff(): void;
    /** Comes back with nothing remembered, ready to carry calls again (it calls by itself where that is its part). */
    switchOn(): void;
    /** Ends the call of a leg from its side. */
    hangUp(): void;
    /** A unit of its network says this; absent in kinds that carry voice alone. */
    says?(word: CarriedWord, text: string): void;
    /** What it was told for its units, in words. */
    told?(): readonly string[];
    /** Says who talks there, and what it was told of who talks elsewhere; absent where its interface cannot. */
    names?(address: string): void | Promise<void>;
    named?(): readonly string[];
    readonly floor?: FloorFarEnd;
  };
  readonly talkers?: readonly TalkerReport[];
  /** What the attachment handed on beside voice. */
  readonly data?: readonly DataReport[];
  /** Lets pending promises and `ms` of time pass. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export const plan: LegPlan = {
  leg: 'xb-pours-1/as:5300110',
  group: 'xb-pours-1',
  number: '530 0110',
  display: 'FRBE POURS 1',
  names: { charactersMax: 12, alphabet: 'latin1' },
  priority: 5,
  priorityMax: 14,
  mayTalk: true,
  mayQueue: true,
  firstWordMsMax: 3000,
};
