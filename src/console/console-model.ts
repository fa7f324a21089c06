/**
 * What consoles see: a projection of the voice process' events, the bridges' leg states and the directory into the
 * wire's Snapshot and Deltas. Holds the picture, no socket, clock or logger; every method says what changed.
 *
 * The talker of a leg is whom its network names for the over at hand. A name is not kept for the next over: after the
 * leg falls silent it is forgotten, since a wrong name is worse than none.
 */
import type { Fault } from '../base/faults.ts';
import { recordsMax } from '../operations/border-record.ts';
import { defaultPermissions, refusalOf } from '../operations/permissions.ts';
import {
  initialPositions,
  lostTo,
  maySee,
  type PositionState,
  type Sighting,
  seenBy,
  share,
  sight,
  type Viewer,
} from '../operations/position-window.ts';
import type { Opening } from '../operations/schedule.ts';
import type { Person } from '../operations/terms.ts';
import { escaut } from '../protocols/generated/console.js';
import type {
  ConsoleId,
  FloorHolder,
  FloorSnapshot,
  GroupId,
  LegId,
  LegReport,
  LegTransmission,
  OverReport,
  PartyId,
} from '../talkgroups/terms.ts';
import type { VoiceEvent, VoiceStatistics } from '../voice/contract.ts';
import { DataList, type SaidData } from './data-list.ts';
import type { Talker } from './directory.ts';
import { type Hit, HitList } from './hit-list.ts';
import type { SessionRights } from './session.ts';
import type { Delta, Receipt, Snapshot } from './wire.ts';
import type { World } from './world.ts';

type Wire = typeof escaut.console.v1;
type Group = escaut.console.v1.Group.$Properties;
type Leg = escaut.console.v1.Leg.$Properties;
type Floor = escaut.console.v1.Floor.$Properties;
type Over = escaut.console.v1.Over.$Properties;
type Alarm = escaut.console.v1.Alarm.$Properties;
type DataSaid = escaut.console.v1.DataSaid.$Properties;
type UnitPosition = escaut.console.v1.UnitPosition.$Properties;
export type ActivePlan = escaut.console.v1.ActivePlan.$Properties;
export type BorderRecord = escaut.console.v1.BorderRecord.$Properties;
export type Emergency = escaut.console.v1.Emergency.$Properties;
type Presence = escaut.console.v1.ConsolePresence.$Properties;
type LegStateCode = InstanceType<Wire['Leg']>['state'];
type TransmissionCode = InstanceType<Wire['Leg']>['transmission'];

/** The call that carries a leg, as its bridge tells. */
export interface LegState {
  readonly leg: LegId;
  readonly state: 'up' | 'connecting' | 'down' | 'closed';
  /** Why it is down. */
  readonly fault?: Fault;
  readonly attachment?: string;
  readonly sinceUtcMs: number;
}

/** Whom a network names. */
export interface TalkerIdentity {
  readonly leg: LegId;
  readonly address: string;
  /** `over`: the present talker, or the next one within 2 s. `call`: whoever talks while this call lasts. */
  readonly lasts: 'over' | 'call';
}

/** Somebody who can be seen as a talker or listener at a console. */
export interface ConsoleProfile {
  readonly console: ConsoleId;
  readonly person: string;
  readonly display: string;
  readonly controlRoom: string;
  readonly country: string;
  readonly language: string;
  /** Where it stands with other consoles, as its operator named it. */
  readonly sharedRoom?: string;
}

/** What is joined to a group at present, as consoles are told. */
export interface BridgingView {
  readonly group: GroupId;
  readonly state: 'closed' | 'opening' | 'open' | 'closing';
  readonly by: string;
  readonly controlRoom: string;
  readonly reason: string;
  readonly sinceUtcMs: number;
  /** Undefined: it does not end. */
  readonly endsUtcMs: number | undefined;
  readonly ending: boolean;
  readonly quiet: boolean;
  /** Absent: it is real. */
  readonly exercise?: 'under-way' | 'suspended';
  /** It is open by its schedule, whoever had opened it before. */
  readonly scheduled: boolean;
  readonly members: readonly MemberView[];
  /** Its own talkgroups that are in other groups. */
  readonly lacking: readonly { readonly talkgroup: string; readonly group: GroupId }[];
}

/** When a group opens by itself. */
export interface ScheduleView {
  readonly group: GroupId;
  readonly openings: readonly Opening[];
  /** Who closed it for the rest of the one under way; empty: nobody. */
  readonly closedBy: string;
}

export interface MemberView {
  readonly talkgroup: string;
  readonly leg: LegId;
  readonly own: boolean;
  readonly by: string;
  readonly reason: string;
  /** Undefined: with the group. */
  readonly endsUtcMs: number | undefined;
  readonly consentAwaited: boolean;
}

/** What one console's own choice adds to the picture. */
export interface View {
  readonly monitored: ReadonlySet<GroupId>;
  readonly rights: SessionRights;
}

interface GroupPicture {
  base: Group;
  legs: readonly LegId[];
  floor: Floor;
  floorSource: FloorSnapshot | undefined;
  /** Overs under way that are an exercise so far. */
  exerciseOvers: ReadonlySet<number>;
  lastOvers: Over[];
  consoles: Presence[];
}

interface LegPicture {
  readonly group: GroupId;
  readonly network: string;
  wire: Leg;
  callAddress: string | undefined;
  /** It has named somebody since it last fell silent: a name of before may be that of the talker before. */
  namedAnew: boolean;
  overAddress: { readonly address: string; readonly atMs: number } | undefined;
  /** What RTCP said last. */
  rtcpAddress: string | undefined;
  quality: { readonly received: number; readonly lost: number }[];
  qualityToldMs: number;
}

export type AlarmCode =
  | 'evidence-away'
  | 'evidence-unsafe'
  | 'signing-key-not-kept'
  | 'retention-halted'
  | 'not-recorded'
  | 'voice-plane-restarting'
  | 'media-worker-lost'
  | 'attachment-down'
  | 'network-on-second-way'
  | 'state-broken'
  | 'leg-down'
  | 'leg-shed'
  | 'loop'
  | 'certificate-expiring';

const lastOversMax = 20;
/** Talkers remembered until their over's report comes; several overs can end at once. */
const talkersMax = 256;
/** A network may name the talker a little before his voice comes. */
const namedAheadMsMax = 2000;
const qualitySamples = 60;
/** Quality is no event: it is told when it moved visibly, and not often. */
const qualityEveryMs = 5000;
const lossStep = 0.01;
const jitterStepMs = 10;

const { Leg: wireLeg } = escaut.console.v1;
const stateCodes: Readonly<Record<LegState['state'], LegStateCode>> = {
  down: wireLeg.State.DOWN,
  connecting: wireLeg.State.CONNECTING,
  up: wireLeg.State.UP,
  closed: wireLeg.State.CLOSED,
};
const transmissionCodes: Readonly<Record<LegTransmission, TransmissionCode>> = {
  idle: wireLeg.Transmission.IDLE,
  requested: wireLeg.Transmission.REQUESTED,
  granted: wireLeg.Transmission.GRANTED,
  flowing: wireLeg.Transmission.FLOWING,
  carried: wireLeg.Transmission.CARRIED,
  refused: wireLeg.Transmission.REFUSED,
};

export class ConsoleModel {
  readonly #world: World;
  readonly #groups = new Map<GroupId, GroupPicture>();
  readonly #legs = new Map<LegId, LegPicture>();
  readonly #profiles = new Map<ConsoleId, ConsoleProfile>();
  /** By number of the over: who talked, for its report. */
  readonly #talkers = new Map<number, Talker>();
  /** Faults that last. Bounded by what there is to fail: legs, attachments, workers. */
  readonly #alarms = new Map<string, Alarm>();
  readonly #data = new DataList();
  #positions: PositionState<UnitPosition> = initialPositions;
  /** Open ones; bounded by operations/emergency.ts. */
  readonly #emergencies = new Map<number, Emergency>();
  readonly #plans = new Map<string, ActivePlan>();
  readonly #hits = new HitList();
  /** Bounded by operations/border-record.ts, whose last ones these are. */
  readonly #borderRecords = new Map<string, BorderRecord>();

  constructor(world: World) {
    this.#world = world;
    for (const group of world.groups) {
      const { id, shortName, name, use, priority, talkLimitMs, talkWarnMs, onDemand, autoCloseMin } = group;
      const limits = { talkLimitMs, talkWarnMs, autoCloseMin };
      this.#groups.set(id, {
        base: { id, shortName, name, use, priority, ...limits, onDemand, mayTalk: !onDemand },
        legs: group.legs.map((leg) => leg.id),
        floor: {},
        floorSource: undefined,
        exerciseOvers: new Set(),
        lastOvers: [],
        consoles: [],
      });
      for (const leg of group.legs) this.#legs.set(leg.id, newLeg(id, leg));
      // A permanent one is open from the start.
      const shared = group.sharesPositions && !onDemand ? group.legs.map((leg) => leg.id) : [];
      this.#positions = share(this.#positions, id, shared, -Infinity);
    }
  }

  /** Groups on which somebody can be heard. */
  get joinedGroups(): ReadonlySet<GroupId> {
    const joined = [...this.#groups].filter(([, { base }]) => base.onDemand !== true);
    return new Set(joined.map(([id]) => id));
  }

  /** What a person may hear by his control room and talk on by his role, of all groups, open or not. */
  rightsOf(person: Person): SessionRights {
    const { groups } = this.#world;
    const hears = groups.filter(
      ({ monitoredBy }) => monitoredBy.length === 0 || monitoredBy.includes(person.controlRoom),
    );
    const may = (permission: 'talk' | 'lead_exercise') => {
      const its = groups.filter(({ use }) => {
        return refusalOf(defaultPermissions, person, permission, { test: use === 'test' }) === undefined;
      });
      return new Set(its.map(({ id }) => id));
    };
    return { hears: new Set(hears.map(({ id }) => id)), talks: may('talk'), leads: may('lead_exercise') };
  }

  /**
   * A group is opened, closed, or something is joined to it. Its picture is each console's own: ask `group` for it.
   * Legs that are new or gone, and their faults, are told here.
   */
  setBridging(view: BridgingView, utcMs: number): readonly Delta[] {
    const picture = this.#groups.get(view.group);
    const known = this.#world.groups.find(({ id }) => id === view.group);
    if (picture === undefined || known === undefined) return [];
    const closed = view.state === 'closed';
    const { shortName, name } = known;
    const wanted = closed ? known.legs.map(({ id }) => id) : view.members.map(({ leg }) => leg);
    const gone = picture.legs.filter((leg) => !wanted.includes(leg) || closed);
    for (const { leg, talkgroup } of view.members) {
      const at = this.#world.talkgroups.find(({ id }) => id === talkgroup);
      if (this.#legs.has(leg) || at === undefined) continue;
      this.#legs.set(leg, newLeg(view.group, { id: leg, talkgroup: at.shortName, network: at.networkId }));
    }
    const cleared = gone.flatMap((leg) => this.clearAlarm('leg-down', leg, utcMs));
    for (const leg of gone) {
      const at = known.legs.find(({ id }) => id === leg);
      if (at === undefined) this.#legs.delete(leg);
      else this.#legs.set(leg, newLeg(view.group, at));
    }
    picture.legs = wanted.filter((leg) => this.#legs.has(leg));
    const { bridging: _, ...base } = picture.base;
    const shown = { ...base, shortName, name, onDemand: closed, mayTalk: !closed };
    picture.base = closed ? shown : { ...shown, bridging: bridgingOf(view) };
    // Who talks as it becomes real is not heard in an exercise to his end; others may be reported later.
    if (!closed && view.exercise !== 'under-way') {
      const talking = picture.floorSource === undefined ? [] : oversOf(picture.floorSource);
      picture.exerciseOvers = new Set([...picture.exerciseOvers].filter((over) => !talking.includes(over)));
    }
    if (closed) {
      picture.floor = {};
      picture.floorSource = undefined;
      picture.consoles = [];
    }
    return cleared;
  }

  /** Its picture is each console's own: ask `group` for it. */
  setSchedule({ group, openings, closedBy }: ScheduleView): void {
    const picture = this.#groups.get(group);
    if (picture === undefined) return;
    picture.base = { ...picture.base, schedule: { openings: openings.map((each) => ({ ...each })), closedBy } };
  }

  /** Whose positions are shared changes with a group (rule R5); what somebody loses by it. */
  setWindow({ group, state, members }: BridgingView, nowMs: number): (viewer: Viewer) => Delta | undefined {
    const before = this.#positions;
    const isOpen = state === 'open' && this.#world.groups.find(({ id }) => id === group)?.sharesPositions === true;
    const legs = isOpen ? members.filter(({ consentAwaited }) => !consentAwaited).map(({ leg }) => leg) : [];
    const after = share(before, group, legs, nowMs);
    this.#positions = after;
    return (viewer) => {
      const withdrawn = lostTo(before, after, viewer, after.units.keys());
      const dataWithdrawn = this.#data.entries.flatMap((data) => {
        const sighting = this.#sightingOf(data);
        const isLost = sighting && maySee(before, sighting, viewer) && !maySee(after, sighting, viewer);
        return isLost ? (data.id ?? []) : [];
      });
      if (withdrawn.length + dataWithdrawn.length === 0) return undefined;
      return { positions: { withdrawn: [...withdrawn], dataWithdrawn } };
    };
  }

  /** A unit said where it is; what somebody is to be told of it. */
  placeUnit({ leg, address, said }: SaidData, data: DataSaid, nowMs: number): (viewer: Viewer) => Delta | undefined {
    const { sender, groupId = '', atUtcMs = 0 } = data;
    const { position: place } = said;
    if (!place || !sender) return () => undefined;
    // Without address one leg is one unit: more cannot be told apart.
    const unit = `${sender.networkId} ${address === '' ? leg : address.replaceAll(/\s/g, '')}`;
    const before = this.#positions;
    const shown = { unitId: unit, unit: sender, place, groupId, atUtcMs };
    const position = { unit, country: sender.country ?? '', leg, atMs: nowMs, shown };
    const after = sight(before, position);
    this.#positions = after;
    const touched = [unit, ...[...before.units.keys()].filter((each) => !after.units.has(each))];
    return (viewer) => {
      const seen = maySee(after, position, viewer) ? [shown] : [];
      const withdrawn = [...lostTo(before, after, viewer, touched)];
      return seen.length + withdrawn.length === 0 ? undefined : { positions: { seen, withdrawn } };
    };
  }

  /** Whether somebody may be told it: what says where a unit is, is not for everybody. */
  isFor({ data }: Delta, viewer: Viewer): boolean {
    const sighting = data ? this.#sightingOf(data) : undefined;
    return sighting === undefined || maySee(this.#positions, sighting, viewer);
  }

  /** Undefined where no place is told. That of an alarm is for all who hear it: he calls for help. */
  #sightingOf(data: DataSaid): Sighting | undefined {
    const atMs = this.#data.placeToldMs(data);
    return atMs === undefined ? undefined : { country: data.sender?.country ?? '', leg: data.legId ?? '', atMs };
  }

  /** The whole picture as one console sees it. */
  snapshot(view: View, utcMs: number, viewer: Viewer = { countries: [] }, nowMs = 0): Snapshot {
    return {
      gatewayName: this.#world.gatewayName,
      groups: [...this.#groups.keys()].map((id) => this.group(id, view)!),
      networks: [...this.#world.networks],
      talkgroups: [...this.#world.talkgroups],
      controlRooms: [...this.#world.controlRooms],
      gatewayUtcMs: utcMs,
      timezone: this.#world.timezone,
      alarms: [...this.#alarms.values()],
      data: this.#data.entries.filter((data) => this.isFor({ data }, viewer)),
      places: [...this.#world.places],
      positions: seenBy(this.#positions, viewer, nowMs).map(({ shown }) => shown),
      mapStyle: this.#world.mapStyle,
      emergencies: [...this.#emergencies.values()],
      alertPlans: [...this.#world.alertPlans],
      activePlans: [...this.#plans.values()],
      borderRecords: [...this.#borderRecords.values()],
      hits: this.#hits.shown(utcMs),
    };
  }

  /** What there is to hand over to a colleague: what is open, what waits, what is at fault. */
  sheetOf(person: Person, utcMs: number): Snapshot {
    const rights = this.rightsOf(person);
    const view = { monitored: new Set<GroupId>(), rights };
    const open = [...this.joinedGroups].filter((id) => rights.hears.has(id));
    const groups = open.flatMap((id) => this.group(id, view) ?? []);
    const plans = [...this.#plans.values()];
    return {
      gatewayName: this.#world.gatewayName,
      timezone: this.#world.timezone,
      gatewayUtcMs: utcMs,
      groups: groups.map(({ floor: _, lastOvers: __, consoles: ___, ...group }) => group),
      networks: [...this.#world.networks],
      talkgroups: this.#world.talkgroups.filter(({ id }) =>
        groups.some(({ bridging }) => bridging?.members?.some(({ talkgroupId }) => talkgroupId === id)),
      ),
      controlRooms: [...this.#world.controlRooms],
      alarms: [...this.#alarms.values()],
      emergencies: [...this.#emergencies.values()],
      alertPlans: this.#world.alertPlans.filter(({ id }) => plans.some(({ planId }) => planId === id)),
      activePlans: plans,
      borderRecords: [...this.#borderRecords.values()].filter(({ state }) => state !== 'closed'),
      hits: this.#hits.shown(utcMs).filter(({ state }) => state === 'unvalidated'),
      places: [...this.#world.places],
    };
  }

  /** One group as one console sees it; undefined when there is none of that id. */
  group(id: GroupId, view: View): Group | undefined {
    const picture = this.#groups.get(id);
    if (picture === undefined) return undefined;
    const { base, legs, floor, lastOvers, consoles } = picture;
    const monitored = view.monitored.has(id);
    const mayTalk = base.mayTalk === true && view.rights.talks.has(id);
    const mayExercise = view.rights.leads.has(id);
    return {
      ...base,
      mayTalk,
      mayExercise,
      legs: legs.map((leg) => this.#legs.get(leg)!.wire),
      floor,
      lastOvers,
      consoles,
      monitored,
    };
  }

  /** Whom consoles saw talk in one of the last overs of a group. */
  talkerOf(group: GroupId, over: number): Talker | undefined {
    return this.#groups.get(group)?.lastOvers.find((each) => each.over === over)?.talker ?? undefined;
  }

  /** Whether one of the last overs of a group was one of an exercise. */
  isExercise(group: GroupId, over: number): boolean {
    return this.#groups.get(group)?.lastOvers.find((each) => each.over === over)?.exercise === true;
  }

  inExercise(group: GroupId): boolean {
    return this.#groups.get(group)?.base.bridging?.exercise === 'under-way';
  }

  /** Whom consoles see talk as a party, or would. */
  talkerNow(group: GroupId, party: PartyId): Talker {
    const floor = this.#groups.get(group)?.floor;
    return [floor?.overriding, floor?.holder].find((each) => each?.partyId === party) ?? this.#talker(party);
  }

  /** Who sits at a console; known as a talker until `forgetConsole`. */
  knowConsole(profile: ConsoleProfile): void {
    this.#profiles.set(profile.console, profile);
  }

  forgetConsole(console: ConsoleId): void {
    this.#profiles.delete(console);
  }

  handleVoiceEvent(event: VoiceEvent, nowMs: number): readonly Delta[] {
    switch (event.name) {
      case 'floor':
        return this.#floorMoved(event.floor, nowMs);
      case 'leg':
        return this.#legReported(event.report, nowMs);
      case 'over':
        return this.#overEnded(event.report);
      case 'cut':
        return this.#overCut(event);
      case 'identity':
        return this.#namedByRtcp(event.leg, event.address, nowMs);
      case 'statistics':
        return this.#measured(event.statistics, nowMs);
      case 'ready':
        return this.#voiceIsAfresh();
      default:
        return [];
    }
  }

  setLegState(report: LegState): readonly Delta[] {
    const leg = this.#legs.get(report.leg);
    if (leg === undefined) return [];
    const { state, fault, attachment, sinceUtcMs } = report;
    if (state !== 'up') leg.callAddress = undefined;
    const { code = '', answer = 0 } = fault ?? {};
    leg.wire = { ...leg.wire, state: stateCodes[state], fault: code, faultAnswer: answer, sinceUtcMs };
    if (attachment !== undefined) leg.wire = { ...leg.wire, attachment };
    return [this.#legDelta(leg), ...this.#legAlarm(report)];
  }

  /** While a leg is called again and again the fault lasts. */
  #legAlarm({ leg, state, sinceUtcMs }: LegState): readonly Delta[] {
    if (state === 'down') return this.raiseAlarm('leg-down', leg, sinceUtcMs);
    return state === 'connecting' ? [] : this.clearAlarm('leg-down', leg, sinceUtcMs);
  }

  /** Whom the network names; a talk that is already shown gets its name. */
  setIdentity({ leg: id, address, lasts }: TalkerIdentity, nowMs: number): readonly Delta[] {
    const leg = this.#legs.get(id);
    if (leg === undefined) return [];
    leg.namedAnew = true;
    if (lasts === 'call') leg.callAddress = address === '' ? undefined : address;
    else leg.overAddress = address === '' ? undefined : { address, atMs: nowMs };
    const picture = this.#groups.get(leg.group)!;
    const { floorSource } = picture;
    if (floorSource === undefined || !partiesOf(floorSource).includes(id)) return [];
    return [this.#drawFloor(picture, floorSource)];
  }

  /** Whether the network of a leg has named anybody since the last talk on it ended. */
  isNamedAnew(leg: LegId): boolean {
    return this.#legs.get(leg)?.namedAnew === true;
  }

  /** Names the room in which a console stands with others; empty: with none. */
  shareRoom(console: ConsoleId, room: string): void {
    const profile = this.#profiles.get(console);
    if (profile !== undefined) this.#profiles.set(console, { ...profile, sharedRoom: room });
  }

  /** The consoles that hear a group; no Delta when they are those that were told. */
  setPresence(group: GroupId, consoles: readonly ConsoleId[]): readonly Delta[] {
    const picture = this.#groups.get(group);
    if (picture === undefined) return [];
    const present = consoles.flatMap((id): Presence[] => {
      const profile = this.#profiles.get(id);
      if (profile === undefined) return [];
      const { person: personId, display, controlRoom, country, sharedRoom = '' } = profile;
      return [{ consoleId: id, personId, display, controlRoom, country, sharedRoom }];
    });
    const same =
      present.length === picture.consoles.length &&
      present.every((one, index) => {
        const old = picture.consoles[index];
        return one.consoleId === old?.consoleId && one.sharedRoom === old?.sharedRoom;
      });
    if (same) return [];
    picture.consoles = present;
    return [{ presence: { groupId: group, consoles: present } }];
  }

  /** Whom an address on a leg belongs to; empty: its network did not say. */
  identify(leg: LegId, address: string): Talker {
    return this.#world.directory.identify(this.#legs.get(leg)?.network ?? '', address === '' ? undefined : address);
  }

  /** Undefined when there is no such leg. */
  showData(data: SaidData, utcMs: number, nowMs: number): Delta | undefined {
    const leg = this.#legs.get(data.leg);
    if (leg === undefined) return undefined;
    const identity = this.identify(data.leg, data.address);
    const verified = identity.verified === true && data.unproven !== true;
    const sender = { partyId: data.leg, isConsole: false, ...identity, verified };
    return { data: this.#data.add(data, { groupId: leg.group, sender, atUtcMs: utcMs }, nowMs) };
  }

  /** An operator wrote to all sides of a group. */
  showText(group: GroupId, sender: Talker, text: string, utcMs: number, nowMs: number): Delta {
    const from = { groupId: group, sender, atUtcMs: utcMs };
    return { data: this.#data.add({ leg: '', address: sender.partyId ?? '', said: { text } }, from, nowMs) };
  }

  noteReceipt(id: number, receipt: Receipt): readonly Delta[] {
    const data = this.#data.noteReceipt(id, receipt);
    return data === undefined ? [] : [{ data }];
  }

  noteUndelivered(id: number, leg: LegId): readonly Delta[] {
    const data = this.#data.noteUndelivered(id, leg);
    return data === undefined ? [] : [{ data }];
  }

  setEmergency(emergency: Emergency): readonly Delta[] {
    this.#emergencies.set(emergency.id ?? 0, emergency);
    return [{ emergency }];
  }

  /** An emergency runs on one of these groups, or on none that is known yet. */
  hasEmergency(hears: ReadonlySet<GroupId>): boolean {
    return [...this.#emergencies.values()].some(({ groupId }) => !groupId || hears.has(groupId));
  }

  setPlan(plan: ActivePlan): readonly Delta[] {
    this.#plans.set(plan.planId ?? '', plan);
    return [{ activePlan: plan }];
  }

  endPlan(plan: string): readonly Delta[] {
    return this.#plans.delete(plan) ? [{ planEnded: plan }] : [];
  }

  setBorderRecord(record: BorderRecord): readonly Delta[] {
    this.#borderRecords.set(record.id ?? '', record);
    if (this.#borderRecords.size > recordsMax)
      this.#borderRecords.delete(this.#borderRecords.keys().next().value ?? '');
    return [{ borderRecord: record }];
  }

  setHit(hit: Hit): readonly Delta[] {
    this.#hits.set(hit);
    return [{ hit }];
  }

  clearEmergency(emergencyId: number, groupId: GroupId): readonly Delta[] {
    return this.#emergencies.delete(emergencyId) ? [{ emergencyOver: { emergencyId, groupId } }] : [];
  }

  /** Says nothing when the fault is known. `subject` names the thing, e.g. a worker or an attachment. */
  raiseAlarm(code: AlarmCode, subject: string, utcMs: number): readonly Delta[] {
    const key = `${code} ${subject}`;
    if (this.#alarms.has(key)) return [];
    const alarm = { code, subject, raised: true, atUtcMs: utcMs };
    this.#alarms.set(key, alarm);
    return [{ alarm }];
  }

  clearAlarm(code: AlarmCode, subject: string, utcMs: number): readonly Delta[] {
    if (!this.#alarms.delete(`${code} ${subject}`)) return [];
    return [{ alarm: { code, subject, raised: false, atUtcMs: utcMs } }];
  }

  /**
   * RTCP says the name again and again, also between overs: then it is news only when it is another one. The last
   * talker's would be taken for the next one's.
   */
  #namedByRtcp(id: LegId, address: string, nowMs: number): readonly Delta[] {
    const leg = this.#legs.get(id);
    if (leg === undefined) return [];
    const repeated = leg.rtcpAddress === address;
    leg.rtcpAddress = address;
    const { floorSource } = this.#groups.get(leg.group)!;
    const talking = leg.wire.receiving || (floorSource !== undefined && partiesOf(floorSource).includes(id));
    return repeated && !talking ? [] : this.setIdentity({ leg: id, address, lasts: 'over' }, nowMs);
  }

  #floorMoved(floor: FloorSnapshot, nowMs: number): readonly Delta[] {
    const picture = this.#groups.get(floor.group);
    if (picture === undefined) return [];
    const before = new Set(picture.floorSource === undefined ? [] : oversOf(picture.floorSource));
    for (const holder of [floor.holder, floor.overriding]) {
      if (holder === undefined || before.has(holder.over)) continue;
      this.#forgetOldName(holder.party, nowMs);
      const isExercise = this.inExercise(floor.group) && !holder.emergency;
      if (isExercise) picture.exerciseOvers = new Set([...picture.exerciseOvers, holder.over].slice(-talkersMax));
    }
    return [this.#drawFloor(picture, floor)];
  }

  /** A name that was given long before this over began was somebody else's. */
  #forgetOldName(party: PartyId, nowMs: number): void {
    const leg = this.#legs.get(party);
    if (leg?.overAddress === undefined || leg.wire.receiving) return;
    if (nowMs - leg.overAddress.atMs > namedAheadMsMax) leg.overAddress = undefined;
  }

  #drawFloor(picture: GroupPicture, source: FloorSnapshot): Delta {
    const { holder, overriding } = source;
    picture.floorSource = source;
    picture.floor = {
      ...(holder === undefined
        ? {}
        : {
            holder: this.#talking(holder),
            priority: holder.priority,
            emergency: holder.emergency,
            sinceUtcMs: holder.sinceUtcMs,
            over: holder.over,
          }),
      ...(overriding === undefined ? {} : { overriding: this.#talking(overriding) }),
      queue: source.queue.map(({ party, priority }) => ({ talker: this.#talker(party), priority })),
    };
    return { floor: { groupId: source.group, floor: picture.floor } };
  }

  #talking(holder: FloorHolder): Talker {
    const named = this.#talker(holder.party);
    const known = this.#talkers.get(holder.over);
    // The end of an over is told in several steps; his name must not fade at the first.
    const talker = known?.address && !named.address ? known : named;
    this.#talkers.set(holder.over, talker);
    if (this.#talkers.size > talkersMax) this.#talkers.delete(this.#talkers.keys().next().value!);
    return talker;
  }

  #talker(party: PartyId): Talker {
    const leg = this.#legs.get(party);
    if (leg !== undefined) {
      const address = leg.overAddress?.address ?? leg.callAddress;
      return { partyId: party, isConsole: false, ...this.#world.directory.identify(leg.network, address) };
    }
    const profile = this.#profiles.get(party);
    return {
      partyId: party,
      isConsole: true,
      callSign: profile?.display ?? '',
      organisation: profile?.controlRoom ?? '',
      country: profile?.country ?? '',
      language: profile?.language ?? '',
      verified: true,
    };
  }

  #legReported(report: LegReport, nowMs: number): readonly Delta[] {
    const leg = this.#legs.get(report.leg);
    if (leg === undefined) return [];
    const { receiving, blocked, isolated = false } = report;
    if (receiving && !leg.wire.receiving) this.#forgetOldName(report.leg, nowMs);
    if (!receiving && leg.wire.receiving) {
      leg.overAddress = undefined;
      leg.namedAnew = false;
    }
    leg.wire = { ...leg.wire, receiving, blocked, isolated, transmission: transmissionCodes[report.transmission] };
    return [this.#legDelta(leg)];
  }

  #overEnded(report: OverReport): readonly Delta[] {
    const picture = this.#groups.get(report.group);
    if (picture === undefined) return [];
    const talker = this.#talkers.get(report.over) ?? this.#talker(report.party);
    this.#talkers.delete(report.over);
    const exercise = picture.exerciseOvers.has(report.over) && !report.emergency;
    // Reports come as late as the slowest leg.
    picture.exerciseOvers = new Set([...picture.exerciseOvers].filter((each) => each !== report.over));
    const over: Over = {
      over: report.over,
      talker,
      startUtcMs: report.startUtcMs,
      durationMs: Math.max(0, Math.round(report.durationMs)),
      end: report.end,
      lostMs: mapValues(report.lostMs, (lostMs) => Math.max(0, Math.round(lostMs))),
      emergency: report.emergency,
      ...(exercise && { exercise }),
    };
    picture.lastOvers = [over, ...picture.lastOvers].slice(0, lastOversMax);
    return [{ over: { groupId: report.group, over } }];
  }

  #overCut({ group, over, party, end, late }: Extract<VoiceEvent, { name: 'cut' }>): readonly Delta[] {
    const picture = this.#groups.get(group);
    if (picture === undefined) return [];
    const ended = picture.lastOvers.find((each) => each.over === over);
    const talker = ended?.talker ?? this.#talkers.get(over) ?? this.#talker(party);
    const cut: Delta = { overCut: { groupId: group, over, talker, end, late } };
    if (ended === undefined) return [cut];
    const amended: Over = { ...ended, end };
    picture.lastOvers = picture.lastOvers.map((each) => (each === ended ? amended : each));
    return [cut, { over: { groupId: group, over: amended } }];
  }

  #measured(statistics: VoiceStatistics, nowMs: number): readonly Delta[] {
    return statistics.legs.flatMap((measured) => {
      const leg = this.#legs.get(measured.leg);
      if (leg === undefined) return [];
      leg.quality = [...leg.quality, { received: measured.packetsReceived, lost: measured.packetsLost }].slice(
        -qualitySamples - 1,
      );
      const packetLoss = lossOf(leg.quality);
      const { jitterMs } = measured;
      const moved =
        Math.abs(packetLoss - (leg.wire.packetLoss ?? 0)) >= lossStep ||
        Math.abs(jitterMs - (leg.wire.jitterMs ?? 0)) >= jitterStepMs;
      if (!moved || nowMs - leg.qualityToldMs < qualityEveryMs) return [];
      leg.qualityToldMs = nowMs;
      leg.wire = { ...leg.wire, packetLoss, jitterMs };
      return [this.#legDelta(leg)];
    });
  }

  /** A restarted voice process holds no floor and hears nobody yet. */
  #voiceIsAfresh(): readonly Delta[] {
    const deltas: Delta[] = [];
    for (const [group, picture] of this.#groups) {
      if (picture.floorSource !== undefined && partiesOf(picture.floorSource).length > 0) {
        deltas.push(this.#drawFloor(picture, { group, queue: [] }));
      }
    }
    for (const leg of this.#legs.values()) {
      leg.overAddress = undefined;
      leg.quality = [];
      const { receiving, blocked, isolated, transmission } = leg.wire;
      if (!receiving && !blocked && !isolated && !transmission) continue;
      const atRest = { receiving: false, blocked: false, isolated: false, transmission: wireLeg.Transmission.IDLE };
      leg.wire = { ...leg.wire, ...atRest };
      deltas.push(this.#legDelta(leg));
    }
    return deltas;
  }

  #legDelta(leg: LegPicture): Delta {
    return { leg: { groupId: leg.group, leg: leg.wire } };
  }
}

function newLeg(
  group: GroupId,
  { id, talkgroup, network }: { readonly id: LegId; readonly talkgroup: string; readonly network: string },
): LegPicture {
  return {
    group,
    network,
    wire: { id, talkgroup, networkId: network, state: wireLeg.State.CLOSED },
    callAddress: undefined,
    namedAnew: false,
    overAddress: undefined,
    rtcpAddress: undefined,
    quality: [],
    qualityToldMs: -Infinity,
  };
}

function bridgingOf(view: BridgingView): escaut.console.v1.Bridging.$Properties {
  const { state, by, controlRoom, reason, sinceUtcMs, endsUtcMs, ending, quiet, members, scheduled, lacking } = view;
  const { exercise = '' } = view;
  return {
    scheduled,
    lacking: lacking.map(({ talkgroup, group }) => ({ talkgroupId: talkgroup, groupId: group })),
    state,
    by,
    controlRoom,
    reason,
    sinceUtcMs,
    endsUtcMs: endsUtcMs ?? 0,
    ending,
    quiet,
    exercise,
    members: members.map((member) => ({
      talkgroupId: member.talkgroup,
      legId: member.leg,
      own: member.own,
      by: member.by,
      reason: member.reason,
      endsUtcMs: member.endsUtcMs ?? 0,
      consentAwaited: member.consentAwaited,
    })),
  };
}

function partiesOf({ holder, overriding, queue }: FloorSnapshot): PartyId[] {
  return [holder, overriding, ...queue].flatMap((one) => one?.party ?? []);
}

function oversOf({ holder, overriding }: FloorSnapshot): number[] {
  return [holder, overriding].flatMap((one) => one?.over ?? []);
}

/** Share of the last minute's packets that did not come, 0–1; counters that fell back tell nothing. */
function lossOf(samples: readonly { readonly received: number; readonly lost: number }[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 0;
  const received = last.received - first.received;
  const lost = last.lost - first.lost;
  return received >= 0 && lost > 0 ? lost / (received + lost) : 0;
}

function mapValues(values: Readonly<Record<string, number>>, how: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, how(value)]));
}
