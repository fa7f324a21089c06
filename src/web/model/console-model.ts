/**
 * What the page shows, in its own terms: the gateway's snapshot and deltas, cleaned and with instants on the page's
 * monotonic clock. Immutable; every change makes a new object, so that React sees it.
 */
import type {
  ActivePlanModel,
  AlertPlanModel,
  BorderRecordModel,
  ColleagueModel,
  EmergencyModel,
  HandOverModel,
  HitModel,
  MapPlaceModel,
  PlaceModel,
  PositionModel,
  PostModel,
} from './incident-model.ts';
import type { ExerciseName, LocalisedName, TalkerModel } from './terms.ts';

export interface ConsoleModel {
  /** Undefined until the gateway has shown its groups. */
  readonly gatewayName: LocalisedName | undefined;
  /** Where all times are shown, IANA name. */
  readonly timezone: string;
  /** He has logged in, and may log out. */
  readonly signedIn: boolean;
  /** Nothing is done for him until he gives his password. */
  readonly locked: boolean;
  /** In the gateway's order. */
  readonly groups: readonly GroupModel[];
  readonly networks: Readonly<Record<string, NetworkModel>>;
  readonly alarms: readonly AlarmModel[];
  /** What units said beside voice, newest first. */
  readonly data: readonly DataModel[];
  readonly talkgroups: readonly TalkgroupModel[];
  /** Places that both sides call by one code. */
  readonly places: readonly MapPlaceModel[];
  /** The last place of each unit that this operator may see, newest last. */
  readonly positions: readonly PositionModel[];
  /** Of alert plans that are active. */
  readonly posts: readonly PostModel[];
  /** Address of the site's own map; empty: that of the page. */
  readonly mapStyle: string;
  readonly controlRooms: readonly ControlRoomModel[];
  /** All that are open. */
  readonly emergencies: readonly EmergencyModel[];
  /** What can be activated, and what is. */
  readonly alertPlans: readonly AlertPlanModel[];
  readonly activePlans: readonly ActivePlanModel[];
  /** Crossings of the border, also those of groups that are closed, the oldest first. */
  readonly borderRecords: readonly BorderRecordModel[];
  /** Of number-plate cameras, of the last 24 hours, in the order in which they came. */
  readonly hits: readonly HitModel[];
  /** Shifts of this control room, the oldest first. */
  readonly handOvers: readonly HandOverModel[];
  /** To whom this person may hand his. */
  readonly colleagues: readonly ColleagueModel[];
  /** Consoles that can be called. */
  readonly stations: readonly StationModel[];
  readonly intercom: IntercomModel;
  readonly directLines: readonly DirectLineModel[];
  /** Whether the gateway's time can be trusted; undefined until it says. */
  readonly clock: ClockModel | undefined;
}

export interface ClockModel {
  /** `unmeasured`: no time server is configured. */
  readonly state: 'agreed' | 'off' | 'unknown' | 'unmeasured';
  /** Positive: the gateway's clock is ahead; meaningless without a source. */
  readonly offsetMs: number;
  readonly boundMs: number;
  /** The time server that says so; empty: none. */
  readonly source: string;
}

/** A telephone that is one click away. */
export interface DirectLineModel {
  readonly consoleId: string;
  readonly display: string;
  /** Call sign; may be empty. */
  readonly controlRoom: string;
  readonly country: string;
  /** `alerting`: there; `ringing`: here. */
  readonly state: 'idle' | 'calling' | 'alerting' | 'ringing' | 'talking';
  /** Who is on it, and the call sign of his room. */
  readonly by: string;
  readonly byControlRoom: string;
  readonly sinceUtcMs: number;
  /** What is said on it is recorded. */
  readonly recorded: boolean;
}

/** A console with somebody at it. */
export interface StationModel {
  readonly consoleId: string;
  readonly personId: string;
  readonly display: string;
  /** Its call sign. */
  readonly controlRoom: string;
  readonly country: string;
  readonly language: string;
  readonly busy: boolean;
}

/** The intercom of this console. */
export interface IntercomModel {
  /** It is in one call at most. */
  readonly call: CallModel | undefined;
  /** In vain for this person, the newest last. */
  readonly missed: readonly MissedCallModel[];
  /** The last call, while the page says how it ended. */
  readonly over: CallOverModel | undefined;
}
export interface CallModel {
  readonly id: number;
  /** `ringing`: here. */
  readonly state: 'calling' | 'ringing' | 'talking';
  readonly consoleId: string;
  readonly display: string;
  readonly controlRoom: string;
  readonly country: string;
  /** The caller is heard while it rings. */
  readonly hotLine: boolean;
  readonly sinceUtcMs: number;
}
export interface CallOverModel {
  readonly display: string;
  /** A word of proto/console.proto. */
  readonly end: string;
  readonly endedMs: number;
}
export interface MissedCallModel {
  readonly personId: string;
  readonly display: string;
  readonly controlRoom: string;
  readonly country: string;
  readonly times: number;
  readonly atUtcMs: number;
}

export interface ControlRoomModel {
  readonly id: string;
  readonly callSign: string;
  readonly country: string;
}

export interface NetworkModel {
  readonly id: string;
  readonly name: string;
  readonly technology: string;
  readonly country: string;
}

export interface GroupModel {
  readonly id: string;
  readonly shortName: string;
  readonly name: LocalisedName;
  /** What it is for, a word of proto/console.proto. */
  readonly use: string;
  readonly priority: number;
  readonly talkLimitMs: number;
  readonly talkWarnMs: number;
  readonly legs: readonly LegModel[];
  readonly floor: FloorModel;
  /** Newest first. */
  readonly lastOvers: readonly OverModel[];
  /** What was cut last. */
  readonly cut: CutModel | undefined;
  readonly mayTalk: boolean;
  readonly monitored: boolean;
  /** Kept ready for an incident and not joined: nobody can talk or be heard. */
  readonly onDemand: boolean;
  /** Who joined what; undefined for a group that is not open. */
  readonly bridging: BridgingModel | undefined;
  /** When it opens by itself; undefined for a group that does not. */
  readonly schedule: ScheduleModel | undefined;
  /** How long it stays open unless the person says otherwise. */
  readonly autoCloseMin: number;
  /** The operator's role may open it as an exercise. */
  readonly mayExercise: boolean;
  readonly consoles: readonly PresenceModel[];
}

/** An over that did not end by itself. */
export interface CutModel {
  readonly over: number;
  readonly talker: TalkerModel;
  /** As of an over. */
  readonly end: string;
  /** Monotonic. */
  readonly atMs: number;
}

export interface BridgingModel {
  readonly state: 'opening' | 'open' | 'closing';
  /** Empty: the configuration. */
  readonly by: string;
  readonly controlRoom: string;
  readonly reason: string;
  /** Undefined: it does not end. */
  readonly endsUtcMs: number | undefined;
  readonly ending: boolean;
  readonly quiet: boolean;
  /** Undefined: it is real. */
  readonly exercise: ExerciseName | undefined;
  readonly members: readonly MemberModel[];
  /** It is open by its schedule, whoever had opened it before. */
  readonly scheduled: boolean;
  /** Talkgroups of its own that are in other groups. */
  readonly lacking: readonly { readonly talkgroupId: string; readonly groupId: string }[];
}

export interface ScheduleModel {
  /** Under way or to come, in order. */
  readonly openings: readonly OpeningModel[];
  /** Who closed it for the rest of the one under way; empty: nobody. */
  readonly closedBy: string;
}

export interface OpeningModel {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

export interface MemberModel {
  readonly talkgroupId: string;
  readonly legId: string;
  readonly own: boolean;
  readonly by: string;
  readonly reason: string;
  /** Undefined: it stays as long as the group is open. */
  readonly endsUtcMs: number | undefined;
  readonly consentAwaited: boolean;
}

/** What can be joined to a group. */
export interface TalkgroupModel {
  readonly id: string;
  readonly shortName: string;
  readonly networkId: string;
  readonly endToEndEncrypted: boolean;
  /** Id of a control room; empty: none. */
  readonly consentOf: string;
}

export type LegState = 'unknown' | 'down' | 'connecting' | 'up' | 'closed';
export type LegTransmission = 'idle' | 'requested' | 'granted' | 'flowing' | 'carried' | 'refused';

export interface LegModel {
  readonly id: string;
  readonly talkgroup: string;
  readonly networkId: string;
  readonly state: LegState;
  /** Why it is down: a code of the gateway; empty: not said. */
  readonly fault: string;
  /** Number of the far end's answer; 0: it gave none. */
  readonly faultAnswer: number;
  readonly attachment: string;
  readonly transmission: LegTransmission;
  readonly receiving: boolean;
  readonly blocked: boolean;
  /** What the gateway sends comes back on it. */
  readonly isolated: boolean;
  readonly sinceUtcMs: number;
  /** Of the last minute, 0–1. */
  readonly packetLoss: number;
  readonly jitterMs: number;
}

export interface FloorModel {
  readonly holder: TalkerModel | undefined;
  readonly priority: number;
  readonly emergency: boolean;
  /** Start of the over on the page's monotonic clock, ms. */
  readonly sinceMs: number;
  readonly over: number;
  readonly overriding: TalkerModel | undefined;
  readonly queue: readonly { readonly talker: TalkerModel; readonly priority: number }[];
}

export interface OverModel {
  readonly over: number;
  readonly talker: TalkerModel;
  readonly startUtcMs: number;
  readonly durationMs: number;
  readonly end: string;
  /** Leg id → ms of this over that did not get through. */
  readonly lostMs: Readonly<Record<string, number>>;
  readonly emergency: boolean;
  /** From its first word to its last. */
  readonly exercise: boolean;
}

export interface PresenceModel {
  readonly consoleId: string;
  readonly personId: string;
  /** Where it stands with others, as its operator named it; empty: with none. */
  readonly sharedRoom: string;
  readonly display: string;
  readonly controlRoom: string;
  readonly country: string;
}

export interface AlarmModel {
  readonly code: string;
  readonly subject: string;
  readonly atUtcMs: number;
  /** Of lines that wait; 0: not known. */
  readonly count: number;
  /** When its end was told, on the page's monotonic clock; undefined while it lasts. */
  readonly endedMs: number | undefined;
}

export interface DataModel {
  readonly id: number;
  readonly groupId: string;
  readonly sender: TalkerModel;
  readonly atUtcMs: number;
  readonly said: SaidModel;
  /** Ids of legs that it did not reach. */
  readonly undelivered: readonly string[];
  /** Of a text: what became of it on each leg. */
  readonly receipts: readonly ReceiptModel[];
}

export interface ReceiptModel {
  readonly legId: string;
  readonly state: 'sent' | 'delivered' | 'failed';
  /** Why it failed, a word of proto/console.proto. */
  readonly cause: string;
}

export type SaidModel =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'status'; readonly code: number; readonly meaning: LocalisedName | undefined }
  | { readonly kind: 'position'; readonly place: PlaceModel }
  | {
      readonly kind: 'alarm';
      readonly raised: boolean;
      readonly place: PlaceModel | undefined;
      /** When its radio took it back; undefined while it lasts. */
      readonly clearedAtUtcMs: number | undefined;
      /** How often it was raised again. */
      readonly repeats: number;
    };

export const emptyModel: ConsoleModel = {
  gatewayName: undefined,
  timezone: 'UTC',
  signedIn: false,
  locked: false,
  groups: [],
  networks: {},
  alarms: [],
  data: [],
  talkgroups: [],
  places: [],
  positions: [],
  posts: [],
  mapStyle: '',
  controlRooms: [],
  emergencies: [],
  alertPlans: [],
  activePlans: [],
  borderRecords: [],
  hits: [],
  stations: [],
  intercom: { call: undefined, missed: [], over: undefined },
  directLines: [],
  clock: undefined,
  handOvers: [],
  colleagues: [],
};
