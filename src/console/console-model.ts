/**
 * What consoles see: a projection of the voice process' events, the bridges' leg states and the directory into the
 * wire's Snapshot and Deltas. Holds the picture, no socket, clock or logger; every method says what changed.
 *
 * The talker of a leg is whom its network names for the over at hand. A name is not kept for the next over: after the
 * leg falls silent it is forgotten, since a wrong name is worse than none.
 */
import { defaultPermissions, refusalOf } from '../operations/permissions.ts';
import type { Viewer } from '../operations/position-window.ts';
import { isOutsideLaw } from '../operations/recording-access.ts';
import type { Person } from '../operations/terms.ts';
import type { escaut } from '../protocols/generated/console.js';
import type {
  ConsoleId,
  FloorHolder,
  FloorSnapshot,
  GroupId,
  LegId,
  LegReport,
  OverReport,
  PartyId,
} from '../talkgroups/terms.ts';
import type { VoiceEvent, VoiceStatistics } from '../voice/contract.ts';
import type { BridgingView, ConsoleProfile, LegState, ScheduleView, TalkerIdentity, View } from './console-terms.ts';
import type { SaidData } from './data-list.ts';
import type { Talker } from './directory.ts';
import { Incidents } from './incidents.ts';
import { LegPicture } from './leg-picture.ts';
import type { Operator } from './ports.ts';
import type { SessionRights } from './session.ts';
import { ShownUnits } from './shown-units.ts';
import type { Delta, Snapshot } from './wire.ts';
import type { World } from './world.ts';

type Group = escaut.console.v1.Group.$Properties;
type Floor = escaut.console.v1.Floor.$Properties;
type Over = escaut.console.v1.Over.$Properties;
type Presence = escaut.console.v1.ConsolePresence.$Properties;

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

const lastOversMax = 20;
/** Talkers remembered until their over's report comes; several overs can end at once. */
const talkersMax = 256;

export class ConsoleModel {
  readonly incidents = new Incidents();
  readonly units: ShownUnits;
  #world: World;
  readonly #groups = new Map<GroupId, GroupPicture>();
  readonly #legs = new Map<LegId, LegPicture>();
  readonly #profiles = new Map<ConsoleId, ConsoleProfile>();
  /** By number of the over: who talked, for its report. */
  readonly #talkers = new Map<number, Talker>();

  constructor(world: World) {
    this.#world = world;
    this.units = new ShownUnits(world);
    for (const group of world.groups) this.#add(group);
  }

  #add(group: World['groups'][number]): void {
    this.#groups.set(group.id, {
      base: { ...groupFacts(group), onDemand: group.onDemand, mayTalk: !group.onDemand },
      legs: group.legs.map((leg) => leg.id),
      floor: {},
      floorSource: undefined,
      exerciseOvers: new Set(),
      lastOvers: [],
      consoles: [],
    });
    for (const leg of group.legs) this.#legs.set(leg.id, new LegPicture(group.id, leg));
  }

  /**
   * The fleet data is another. A group that is joined goes on: what is in use is the same but for its names, and whose legs
   * are others is told of next (setBridging). What was last said on one that is not joined stays to be read. Each console
   * is to be shown all of it.
   */
  setWorld(world: World): void {
    const before = new Map(this.#groups);
    this.#world = world;
    this.units.setWorld(world);
    this.#groups.clear();
    for (const group of world.groups) {
      const known = before.get(group.id);
      before.delete(group.id);
      const isJoined = known !== undefined && known.base.onDemand !== true;
      if (isJoined) {
        this.#groups.set(group.id, { ...known, base: { ...known.base, ...groupFacts(group) } });
        continue;
      }
      for (const leg of known?.legs ?? []) this.#legs.delete(leg);
      this.#add(group);
      const added = this.#groups.get(group.id);
      if (known === undefined || added === undefined) continue;
      const { schedule } = known.base;
      const base = { ...added.base, ...(schedule && { schedule }) };
      this.#groups.set(group.id, { ...added, base, lastOvers: known.lastOvers, exerciseOvers: known.exerciseOvers });
    }
    for (const { legs } of before.values()) {
      for (const leg of legs) this.#legs.delete(leg);
    }
  }

  /** Groups on which somebody can be heard. */
  get joinedGroups(): ReadonlySet<GroupId> {
    const joined = [...this.#groups].filter(([, { base }]) => base.onDemand !== true);
    return new Set(joined.map(([id]) => id));
  }

  /**
   * What a person may hear by his control room, and as an auditor by his country's law, and talk on by his role, of all
   * groups, open or not.
   */
  rightsOf(person: Person & Partial<Pick<Operator, 'country'>>): SessionRights {
    const { groups } = this.#world;
    const { role, controlRoom, country = '' } = person;
    const hears = groups.filter(({ monitoredBy, countries }) => {
      const isOfRoom = monitoredBy.length === 0 || monitoredBy.includes(controlRoom);
      return isOfRoom && !isOutsideLaw({ role, country }, countries);
    });
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
      this.#legs.set(leg, new LegPicture(view.group, { id: leg, talkgroup: at.shortName, network: at.networkId }));
    }
    const cleared = gone.flatMap((leg) => this.incidents.clearAlarm('leg-down', leg, utcMs));
    for (const leg of gone) {
      const at = known.legs.find(({ id }) => id === leg);
      if (at === undefined) this.#legs.delete(leg);
      else this.#legs.set(leg, new LegPicture(view.group, at));
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
      places: [...this.#world.places],
      mapStyle: this.#world.mapStyle,
      alertPlans: [...this.#world.alertPlans],
      ...this.units.shown(viewer, nowMs),
      ...this.incidents.shown(utcMs),
    };
  }

  /** What there is to hand over to a colleague: what is open, what waits, what is at fault. */
  sheetOf(person: Person, utcMs: number): Snapshot {
    const rights = this.rightsOf(person);
    const view = { monitored: new Set<GroupId>(), rights };
    const open = [...this.joinedGroups].filter((id) => rights.hears.has(id));
    const groups = open.flatMap((id) => this.group(id, view) ?? []);
    const { alarms, emergencies, activePlans, borderRecords, hits } = this.incidents.shown(utcMs);
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
      alarms,
      emergencies,
      alertPlans: this.#world.alertPlans.filter(({ id }) => activePlans.some(({ planId }) => planId === id)),
      activePlans,
      borderRecords: borderRecords.filter(({ state }) => state !== 'closed'),
      hits: hits.filter(({ state }) => state === 'unvalidated'),
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
    leg.setState(report);
    return [leg.delta, ...this.#legAlarm(report)];
  }

  /** While a leg is called again and again the fault lasts. */
  #legAlarm({ leg, state, sinceUtcMs }: LegState): readonly Delta[] {
    if (state === 'down') return this.incidents.raiseAlarm('leg-down', leg, sinceUtcMs);
    return state === 'connecting' ? [] : this.incidents.clearAlarm('leg-down', leg, sinceUtcMs);
  }

  /** Whom the network names; a talk that is already shown gets its name. */
  setIdentity(identity: TalkerIdentity, nowMs: number): readonly Delta[] {
    const leg = this.#legs.get(identity.leg);
    if (leg === undefined) return [];
    leg.setIdentity(identity, nowMs);
    const picture = this.#groups.get(leg.group)!;
    const { floorSource } = picture;
    if (floorSource === undefined || !partiesOf(floorSource).includes(identity.leg)) return [];
    return [this.#drawFloor(picture, floorSource)];
  }

  /** Whether the network of a leg has named anybody since the last talk on it ended. */
  isNamedAnew(leg: LegId): boolean {
    return this.#legs.get(leg)?.isNamedAnew === true;
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
    return this.units.say(data, { groupId: leg.group, sender, atUtcMs: utcMs }, nowMs);
  }

  /** An operator wrote to all sides of a group. */
  showText(group: GroupId, sender: Talker, text: string, utcMs: number, nowMs: number): Delta {
    const from = { groupId: group, sender, atUtcMs: utcMs };
    return this.units.say({ leg: '', address: sender.partyId ?? '', said: { text } }, from, nowMs);
  }

  /**
   * RTCP says the name again and again, also between overs: then it is news only when it is another one. The last
   * talker's would be taken for the next one's.
   */
  #namedByRtcp(id: LegId, address: string, nowMs: number): readonly Delta[] {
    const leg = this.#legs.get(id);
    if (leg === undefined) return [];
    const repeated = !leg.isOtherByRtcp(address);
    const { floorSource } = this.#groups.get(leg.group)!;
    const talking = leg.isReceiving || (floorSource !== undefined && partiesOf(floorSource).includes(id));
    return repeated && !talking ? [] : this.setIdentity({ leg: id, address, lasts: 'over' }, nowMs);
  }

  #floorMoved(floor: FloorSnapshot, nowMs: number): readonly Delta[] {
    const picture = this.#groups.get(floor.group);
    if (picture === undefined) return [];
    const before = new Set(picture.floorSource === undefined ? [] : oversOf(picture.floorSource));
    for (const holder of [floor.holder, floor.overriding]) {
      if (holder === undefined || before.has(holder.over)) continue;
      this.#legs.get(holder.party)?.forgetOldName(nowMs);
      const isExercise = this.inExercise(floor.group) && !holder.emergency;
      if (isExercise) picture.exerciseOvers = new Set([...picture.exerciseOvers, holder.over].slice(-talkersMax));
    }
    return [this.#drawFloor(picture, floor)];
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
      return { partyId: party, isConsole: false, ...this.#world.directory.identify(leg.network, leg.address) };
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
    leg.report(report, nowMs);
    return [leg.delta];
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

  #measured({ legs }: VoiceStatistics, nowMs: number): readonly Delta[] {
    return legs.flatMap((measured) => {
      const leg = this.#legs.get(measured.leg);
      return leg?.measure(measured, nowMs) === true ? [leg.delta] : [];
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
    for (const leg of this.#legs.values()) if (leg.rest()) deltas.push(leg.delta);
    return deltas;
  }
}

function groupFacts(group: World['groups'][number]): Group {
  const { id, shortName, name, use, priority, talkLimitMs, talkWarnMs, autoCloseMin } = group;
  return { id, shortName, name, use, priority, talkLimitMs, talkWarnMs, autoCloseMin };
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

function mapValues(values: Readonly<Record<string, number>>, how: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, how(value)]));
}
