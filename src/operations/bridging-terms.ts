/** Bridging in words: what there is, what happens to it, and what is to be done (bridging.ts). */
import type { Exercise, ExerciseName } from './exercise.ts';
import type { ControlRoomId, GroupId, NetworkId, Person, TalkgroupId } from './terms.ts';

/** What there is to be joined; from the configuration. */
export interface Fleet {
  readonly groups: ReadonlyMap<GroupId, GroupFacts>;
  readonly talkgroups: ReadonlyMap<TalkgroupId, TalkgroupFacts>;
}

export interface GroupFacts {
  readonly group: GroupId;
  /** `permanent`: joined without anybody's doing; others may be joined to it for a while. */
  readonly mode: 'permanent' | 'on-demand' | 'scheduled' | 'disabled';
  /** Its own legs, joined whenever it is open. */
  readonly legs: readonly TalkgroupId[];
  /** Those of them that may not talk on it. */
  readonly listenOnly?: readonly TalkgroupId[];
  /** How long it stays open unless the person says otherwise. */
  readonly autoCloseMs: number;
}

export interface TalkgroupFacts {
  readonly talkgroup: TalkgroupId;
  readonly network: NetworkId;
  readonly endToEndEncrypted: boolean;
  /** The control room whose consent is needed, and which may take it back with one click. */
  readonly consentOf?: ControlRoomId;
}

/** Times in ms. */
export interface BridgingRules {
  readonly membersMax: number;
  /** Longest time from now to an end. */
  readonly durationMaxMs: number;
  /** How long before its end a bridging is announced to close. */
  readonly warnBeforeMs: number;
  /** Nobody spoke for so long: consoles are asked whether to close. */
  readonly quietMs: number;
  /** Longest that closing waits for its announcement. */
  readonly closingMs: number;
  /** Longest that an end waits for the over under way. */
  readonly overMs: number;
  /** How often it is said that an exercise is one, while there is talk. */
  readonly exerciseEveryMs: number;
}

export const bridgingRules: BridgingRules = {
  membersMax: 24,
  durationMaxMs: 24 * 3_600_000,
  warnBeforeMs: 60_000,
  quietMs: 30 * 60_000,
  closingMs: 15_000,
  overMs: 60_000,
  exerciseEveryMs: 120_000,
};

export interface Member {
  readonly talkgroup: TalkgroupId;
  /** A leg of the group's own; it comes and goes with the group. */
  readonly own: boolean;
  readonly by: Person;
  readonly reason: string;
  /** Ends before the group does; Infinity: with it. */
  readonly endsMs: number;
  readonly warned: boolean;
  /** Joined once its owner has consented. */
  readonly consent: 'not-needed' | 'awaited' | 'given';
  readonly up: boolean;
  /** Those behind it have been told that they are joined. */
  readonly welcomed: boolean;
}

export interface Bridging {
  readonly group: GroupId;
  readonly name: 'opening' | 'open' | 'closing';
  readonly by: Person;
  readonly reason: string;
  readonly sinceMs: number;
  /** Infinity for a permanent group. */
  readonly endsMs: number;
  readonly warned: boolean;
  readonly members: ReadonlyMap<TalkgroupId, Member>;
  readonly talking: boolean;
  readonly emergency: boolean;
  /** When it was last spoken, or somebody said to keep it. */
  readonly usedMs: number;
  readonly quietAsked: boolean;
  /** Of `closing`: when it ends whatever happens. */
  readonly closedByMs: number;
  /** The end that its schedule has given it; a person may have given it another since. */
  readonly scheduledMs?: number;
  /** Its own talkgroups that were elsewhere when its schedule opened it, with the groups that have them. */
  readonly lacking: ReadonlyMap<TalkgroupId, GroupId>;
  /** Its own talkgroups whose owners have taken them out, and who did. */
  readonly withdrawn: ReadonlyMap<TalkgroupId, Person>;
  /** Undefined: it is real. */
  readonly exercise: Exercise | undefined;
}

export interface BridgingState {
  readonly fleet: Fleet;
  /** In whose name the configuration acts. */
  readonly gateway: Person;
  readonly rules: BridgingRules;
  readonly bridgings: ReadonlyMap<GroupId, Bridging>;
}

export type BridgingEvent =
  | (Asked & {
      readonly name: 'open';
      readonly reason: string;
      readonly add?: readonly TalkgroupId[];
      readonly durationMs?: number;
      /** As an exercise; absent: for real, also where an exercise was open. */
      readonly exercise?: ExerciseName;
      /** A unit is in distress on it, since it was open before. */
      readonly emergency?: boolean;
    } & Had)
  /**
   * `durationMs` counts for members of permanent groups; others end with their group. `consentGivenBy`: before a restart
   * that control room consented to it.
   */
  | (Asked & {
      readonly name: 'add';
      readonly talkgroup: TalkgroupId;
      readonly reason: string;
      readonly durationMs?: number;
      readonly consentGivenBy?: ControlRoomId;
    })
  | (Asked & { readonly name: 'remove'; readonly talkgroup: TalkgroupId })
  /** The end is so long from now. */
  | (Asked & { readonly name: 'extend'; readonly durationMs: number })
  /** `afterMs` 0: at once but for an emergency, with the announcement that it is closed; else announced now as about to close. */
  | (Asked & { readonly name: 'close'; readonly afterMs: number })
  /** Nobody spoke, but it shall stay. */
  | (Asked & { readonly name: 'keep' })
  /** What happens in the exercise is real. */
  | (Asked & { readonly name: 'suspendExercise' })
  /** The exercise goes on. */
  | (Asked & { readonly name: 'resumeExercise' })
  /** The owner's word; `given: false` later takes the talkgroup out at once. */
  | (Asked & { readonly name: 'consent'; readonly talkgroup: TalkgroupId; readonly given: boolean })
  /**
   * By its schedule the group is open until `scheduledMs`, whoever opened it; said again, that follows the clocks of the
   * place. `endsMs`: a person has given it another end, which counts. `emergency`: a unit is in distress on it, since it
   * was open before.
   */
  | ({
      readonly name: 'schedule';
      readonly group: GroupId;
      readonly reason: string;
      readonly scheduledMs: number;
      readonly endsMs?: number;
      readonly emergency?: boolean;
    } & Had)
  /** The fleet data is another: how a permanent group is now, or is none any more. `anew`: legs that are called anew. */
  | { readonly name: 'own'; readonly group: GroupId; readonly anew?: readonly TalkgroupId[] }
  | { readonly name: 'leg'; readonly group: GroupId; readonly talkgroup: TalkgroupId; readonly up: boolean }
  | { readonly name: 'talk'; readonly group: GroupId; readonly talking: boolean }
  | { readonly name: 'emergency'; readonly group: GroupId; readonly open: boolean }
  /** The announcement that it is closed has been heard everywhere. */
  | { readonly name: 'announced'; readonly group: GroupId }
  | { readonly name: 'tick' };

/** A talkgroup of a group's own that its owner has taken out, and who did. */
export interface Withdrawn {
  readonly talkgroup: TalkgroupId;
  readonly by: Person;
}

/** Of a group that was open before a restart: its own talkgroups that it had no more, which do not come with it. */
export interface Had {
  readonly withdrawn?: readonly Withdrawn[];
  /** Those that others had. */
  readonly without?: readonly TalkgroupId[];
}

export interface Asked {
  readonly request: number;
  readonly person: Person;
  readonly group: GroupId;
}

export type AskedName = Extract<BridgingEvent, Asked>['name'];

export type BridgingRefusal =
  | { readonly cause: 'unknown-group' | 'unknown-talkgroup' | 'group-disabled' | 'already-open' | 'not-open' }
  | { readonly cause: 'no-reason' | 'no-end' | 'not-a-member' | 'own-leg' | 'not-owner' | 'permanent' | 'closing' }
  | { readonly cause: 'no-exercise' | 'already-suspended' | 'not-suspended' | 'emergency-open' }
  | { readonly cause: 'end-to-end-encrypted'; readonly talkgroup: TalkgroupId }
  | { readonly cause: 'in-other-group'; readonly talkgroup: TalkgroupId; readonly group: GroupId }
  | { readonly cause: 'already-member'; readonly talkgroup: TalkgroupId }
  | { readonly cause: 'too-many-members'; readonly membersMax: number };

/** Texts of the configuration: `ann-open`, `ann-close`, `ann-closed`, `ann-exercise`, `ann-real`. */
export type BridgingAnnouncement = 'open' | 'close' | 'closed' | 'exercise' | 'real';

export type BridgingAction =
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: BridgingRefusal }
  | { readonly name: 'openGroup'; readonly group: GroupId }
  /** All its legs have left. */
  | { readonly name: 'closeGroup'; readonly group: GroupId }
  | { readonly name: 'join'; readonly group: GroupId; readonly talkgroup: TalkgroupId }
  | { readonly name: 'leave'; readonly group: GroupId; readonly talkgroup: TalkgroupId }
  | {
      readonly name: 'announce';
      readonly announcement: BridgingAnnouncement;
      readonly group: GroupId;
      readonly talkgroups: readonly TalkgroupId[];
    }
  | {
      readonly name: 'askConsent';
      readonly group: GroupId;
      readonly talkgroup: TalkgroupId;
      readonly of: ControlRoomId;
      readonly by: Person;
      readonly reason: string;
    }
  /** An open group is an exercise anew, or none any more: its legs yield to real ones, or no longer. */
  | { readonly name: 'exercise'; readonly group: GroupId; readonly underWay: boolean }
  /** Nobody spoke for long: close? */
  | { readonly name: 'askWhetherToClose'; readonly group: GroupId }
  /** What consoles show of it has changed. */
  | { readonly name: 'changed'; readonly group: GroupId }
  | {
      readonly name: 'record';
      readonly what:
        | AskedName
        | ('opened' | 'expired' | 'closed' | 'gave-way' | 'exercise-suspended' | 'exercise-over')
        | ('schedule' | 'lacking' | 'free');
      readonly group: GroupId;
      readonly talkgroup?: TalkgroupId;
      readonly person?: Person;
      readonly reason?: string;
      /** The group that has the talkgroup which is lacking. */
      readonly elsewhere?: GroupId;
      readonly refusal?: BridgingRefusal;
      /** Of a group that is open as one. */
      readonly exercise?: ExerciseName;
    };

export interface BridgingStep {
  readonly state: BridgingState;
  readonly actions: readonly BridgingAction[];
}
