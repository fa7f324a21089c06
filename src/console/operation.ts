/** What a person asks of the gateway at his console. Texts are bounded, and one line each but for the note of a shift. */
import type { Details } from '../operations/alert-plan.ts';
import type { Callee } from '../operations/intercom.ts';
import type { GroupId } from '../talkgroups/terms.ts';

export type Operation =
  | GroupOperation
  | EmergencyOperation
  | BorderOperation
  | PlanOperation
  | HitOperation
  | ShiftOperation
  | RemovalOperation
  | TextOperation;

/** What a person does at the intercom of his console, which no group is told of. */
export type IntercomOperation = { readonly line: 'intercom' } & (
  | { readonly name: 'callStation'; readonly to: Callee; readonly hot: boolean }
  | { readonly name: 'answerCall'; readonly call: number }
  | { readonly name: 'hangUp'; readonly call: number; readonly keyUp: boolean }
  | { readonly name: 'seeMissedCalls' }
);

/** What a person does with an alert plan. */
export type PlanOperation = { readonly plan: string } & (
  | {
      readonly name: 'activatePlan';
      readonly level: number;
      readonly talkgroups: readonly string[];
      readonly details: Details;
      readonly authority: Readonly<Record<string, string>>;
      readonly exercise?: true;
    }
  | { readonly name: 'setPlanLevel'; readonly level: number; readonly authority: Readonly<Record<string, string>> }
  | { readonly name: 'renewPlan' }
  | { readonly name: 'endPlan'; readonly authority: Readonly<Record<string, string>> }
  | { readonly name: 'markPost'; readonly place: string; readonly manned: boolean; readonly unit: string }
);

/** A person says what a hit is, or makes one up to train. */
export type HitOperation =
  | {
      readonly name: 'validateHit';
      readonly hit: number;
      readonly confirmed: boolean;
      /** What was compared; one line. */
      readonly checked: string;
    }
  | ({ readonly name: 'enterExerciseHit' } & ExerciseHit);

/** One line each; the heading may be empty. */
export interface ExerciseHit {
  readonly camera: string;
  readonly heading: string;
  readonly vehicle: string;
  readonly reason: string;
}

/** A person writes to all sides of a group; one line. */
export interface TextOperation {
  readonly name: 'sendText';
  readonly group: GroupId;
  readonly text: string;
}

/** A person takes whoever talks off the floor; one line. */
export interface RemovalOperation {
  readonly name: 'removeTalker';
  readonly group: GroupId;
  /** The over that is meant. */
  readonly over: number;
  readonly reason: string;
}

/** A person says how many days something is kept; a second one has to say the same. */
export interface RetentionOperation {
  readonly name: 'setRetention';
  readonly rule: string;
  readonly days: number;
  readonly reason: string;
}

/** A person hands his shift over, or answers a colleague who does. */
export type ShiftOperation =
  | { readonly name: 'offerShift'; readonly to: string; readonly note: string }
  | { readonly name: 'confirmShift'; readonly shift: number }
  | { readonly name: 'refuseShift'; readonly shift: number; readonly reason: string }
  | { readonly name: 'withdrawShift'; readonly shift: number };

/** What a person writes into the border record. Texts are one line. */
export type BorderOperation = { readonly group: GroupId } & (
  | (Notice & { readonly name: 'openRecord'; readonly place: string })
  | (Notice & {
      readonly name: 'markCrossing';
      /** Empty: there is none yet. */
      readonly record: string;
      readonly unit: string;
      readonly place: string;
      readonly from: string;
      readonly to: string;
    })
  | { readonly name: 'acceptPursuit'; readonly record: string; readonly condition: string }
  | { readonly name: 'orderStop'; readonly record: string; readonly authority: string }
);

export interface Notice {
  readonly origin: string;
  readonly host: string;
  readonly category: string;
  readonly basis: 'pursuit' | 'joint-patrol';
}

/** What a person does about an emergency. `proof`: on behalf of its home control room. */
export type EmergencyOperation = { readonly emergency: number } & (
  | { readonly name: 'acknowledgeEmergency'; readonly proof?: string }
  | { readonly name: 'clearEmergency'; readonly cause: string }
  | { readonly name: 'confirmClear' }
  | { readonly name: 'withdrawClear' }
);

/** What a person does with a group. Times in ms; a duration of 0 is the configuration's. */
export type GroupOperation = { readonly group: GroupId } & (
  | {
      readonly name: 'open';
      readonly reason: string;
      readonly talkgroups: readonly string[];
      readonly durationMs: number;
      readonly exercise?: boolean;
    }
  | { readonly name: 'add'; readonly talkgroup: string; readonly reason: string; readonly durationMs: number }
  | { readonly name: 'remove'; readonly talkgroup: string }
  | { readonly name: 'extend'; readonly durationMs: number }
  | { readonly name: 'close'; readonly afterMs: number }
  | { readonly name: 'keep' }
  | { readonly name: 'suspendExercise' }
  | { readonly name: 'resumeExercise' }
  | { readonly name: 'consent'; readonly talkgroup: string; readonly given: boolean }
);
