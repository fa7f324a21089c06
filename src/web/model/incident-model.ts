/** What lasts beside the groups as the page has it: alert plans, border records, hits, emergencies, places, shifts. */
import type { LocalisedName, TalkerModel } from './terms.ts';

/** An alert plan as it is configured. */
export interface AlertPlanModel {
  readonly id: string;
  readonly name: LocalisedName;
  readonly openedBy: readonly string[];
  /** At least one. */
  readonly levels: readonly PlanLevelModel[];
  /** Of reason, origin, host, place, hit. */
  readonly requires: readonly string[];
  /** By country: whose order it needs. */
  readonly authority: Readonly<Record<string, string>>;
  readonly renewable: boolean;
  readonly expiresMin: number;
}

export interface PlanLevelModel {
  readonly level: number;
  readonly name: LocalisedName;
  readonly groupIds: readonly string[];
  readonly posts: readonly string[];
}

export interface ActivePlanModel {
  readonly id: string;
  readonly level: number;
  readonly by: string;
  readonly details: Readonly<Record<string, string>>;
  readonly authority: Readonly<Record<string, string>>;
  readonly endsUtcMs: number;
  readonly ending: boolean;
  readonly groupIds: readonly string[];
  readonly posts: readonly { readonly place: string; readonly manned: boolean; readonly unit: string }[];
  /** Nothing of it is real. */
  readonly exercise: boolean;
}

/** One crossing: what was said of it, when, and by which source. */
export interface BorderRecordModel {
  readonly id: string;
  readonly groupId: string;
  readonly state: 'notified' | 'accepted' | 'closed';
  /** Call sign; empty until it is known. */
  readonly unit: string;
  /** Ids of control rooms. */
  readonly origin: string;
  readonly host: string;
  readonly category: string;
  readonly basis: 'pursuit' | 'joint-patrol';
  readonly place: string;
  readonly from: string;
  readonly to: string;
  readonly noticeUtcMs: number;
  readonly noticeBy: string;
  readonly crossings: readonly { readonly source: string; readonly atUtcMs: number }[];
  /** 0: not yet. */
  readonly acceptedUtcMs: number;
  readonly acceptedBy: string;
  readonly condition: string;
  /** 0: no stop order. */
  readonly stoppedUtcMs: number;
  readonly stoppedBy: string;
  readonly stopAuthority: string;
  readonly closedUtcMs: number;
  /** Undefined while nobody has crossed; 0: in time. */
  readonly noticeLateMs: number | undefined;
  /** Nothing of it is real. */
  readonly exercise: boolean;
}

/** A hit of a number-plate camera; neither plate nor photo ever comes here. */
export interface HitModel {
  readonly id: number;
  readonly read: HitReadModel;
  /** The same vehicle again, in the order in which it came. */
  readonly merged: readonly HitReadModel[];
  readonly vehicle: LocalisedName;
  readonly reason: LocalisedName;
  readonly state: 'unvalidated' | 'confirmed' | 'rejected' | 'lapsed';
  readonly cameUtcMs: number;
  /** Empty while nobody has. */
  readonly validatedBy: string;
  readonly controlRoom: string;
  readonly checked: string;
  readonly validatedUtcMs: number;
  /** Made up to train. */
  readonly exercise: boolean;
}

export interface HitReadModel {
  readonly source: string;
  readonly country: string;
  readonly reference: string;
  readonly camera: LocalisedName;
  readonly heading: LocalisedName | undefined;
  readonly readUtcMs: number;
}

/** A unit in distress, until a person has cleared it. */
export interface EmergencyModel {
  readonly id: number;
  readonly groupId: string;
  readonly caller: TalkerModel;
  readonly sinceUtcMs: number;
  readonly state: 'unacknowledged' | 'acknowledged' | 'clearing';
  /** Pressed again, so often. */
  readonly repeated: number;
  /** Its radio took it back. */
  readonly lowered: boolean;
  /** Ids of control rooms of which any one acknowledges. */
  readonly homeRooms: readonly string[];
  readonly reminders: number;
  readonly escalated: boolean;
  readonly acknowledgedBy: string;
  readonly acknowledgedRoom: string;
  readonly acknowledgedUtcMs: number;
  readonly proof: string;
  readonly clearingBy: string;
  readonly clearingPersonId: string;
  readonly clearingCause: string;
  readonly place: PlaceModel | undefined;
}

/** WGS 84. */
export interface PlaceModel {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly radiusM: number | undefined;
}

export interface MapPlaceModel {
  readonly code: string;
  readonly name: LocalisedName;
  readonly sector: string;
  readonly place: PlaceModel;
}

export interface PositionModel {
  readonly unitId: string;
  readonly talker: TalkerModel;
  readonly place: PlaceModel;
  readonly atUtcMs: number;
  readonly groupId: string;
}

/** A place that an alert plan wants held. */
export interface PostModel {
  /** Its code. */
  readonly place: string;
  readonly manned: boolean;
  /** Name of the plan. */
  readonly plan: LocalisedName;
  /** Of a plan of an exercise alone. */
  readonly exercise: boolean;
}

/** A shift that is handed over. */
export interface HandOverModel {
  readonly id: number;
  readonly state: 'offered' | 'confirmed' | 'refused' | 'withdrawn' | 'lapsed';
  readonly from: string;
  readonly fromPersonId: string;
  readonly to: string;
  readonly toPersonId: string;
  readonly note: string;
  readonly offeredUtcMs: number;
  /** 0: not yet. */
  readonly endedUtcMs: number;
  /** Why it was refused. */
  readonly reason: string;
}

/** To whom this person may hand his shift. */
export interface ColleagueModel {
  readonly personId: string;
  readonly display: string;
}
