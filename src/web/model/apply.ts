/**
 * The model's reducer: a Snapshot replaces, a Delta changes one thing. Pure. A delta about a group that is not shown
 * changes nothing.
 */
import type { escaut } from '../../protocols/generated/console.js';
import { plansMax, postsOf, readActivePlan, readAlertPlan } from './alert-plan.ts';
import { borderRecordsMax, readBorderRecord } from './border-record.ts';
import { cleanText } from './clean-text.ts';
import { readClock } from './clock.ts';
import type { AlarmModel, ConsoleModel, DataModel, GroupModel, OverModel } from './console-model.ts';
import { putDirectLine, readDirectLines } from './direct-line.ts';
import { emergenciesMax, readEmergency } from './emergency.ts';
import { putHandOver, readColleagues, readHandOver, readHandOvers } from './hand-over.ts';
import { hitsMax, putHit, readHit } from './hit.ts';
import { readIntercom, readStations } from './intercom.ts';
import { changePositions, readMapPlaces, readMapStyle, readPositions } from './read-map.ts';
import type { Arrival } from './read-wire.ts';
import {
  dataMax,
  lastOversMax,
  readConsoles,
  readControlRooms,
  readCut,
  readData,
  readFloor,
  readGroup,
  readGroups,
  readLeg,
  readName,
  readNetwork,
  readOver,
  readTalkgroups,
  readTimezone,
  readWide,
} from './read-wire.ts';
import { isOpenAlarm } from './tile-state.ts';

type Snapshot = escaut.console.v1.Snapshot.$Properties;
type Delta = escaut.console.v1.Delta.$Properties;
type Alarm = escaut.console.v1.Alarm.$Properties;

/** How long the end of a fault stays on the page. */
export const endedAlarmMs = 8000;
const alarmsMax = 200;

/** A fault that was known and is not in the snapshot has ended while the link was away, and is shown as ended. */
export function applySnapshot(model: ConsoleModel, snapshot: Snapshot, arrival: Arrival): ConsoleModel {
  const networks = (snapshot.networks ?? []).slice(0, 100).map(readNetwork);
  return {
    gatewayName: readName(snapshot.gatewayName, 'Escaut'),
    timezone: readTimezone(snapshot.timezone),
    signedIn: snapshot.signedIn === true,
    locked: snapshot.locked === true,
    groups: readGroups(snapshot.groups, arrival),
    networks: Object.fromEntries(networks.map((network) => [network.id, network])),
    alarms: alarmsOf(model.alarms, snapshot.alarms ?? [], arrival.nowMs),
    talkgroups: readTalkgroups(snapshot.talkgroups),
    places: readMapPlaces(snapshot.places),
    positions: readPositions(snapshot.positions),
    posts: postsOf(
      (snapshot.activePlans ?? []).slice(0, plansMax).map(readActivePlan),
      (snapshot.alertPlans ?? []).slice(0, plansMax).map(readAlertPlan),
    ),
    alertPlans: (snapshot.alertPlans ?? []).slice(0, plansMax).map(readAlertPlan),
    activePlans: (snapshot.activePlans ?? []).slice(0, plansMax).map(readActivePlan),
    mapStyle: readMapStyle(snapshot.mapStyle),
    controlRooms: readControlRooms(snapshot.controlRooms),
    hits: (snapshot.hits ?? []).slice(-hitsMax).map(readHit),
    handOvers: readHandOvers(snapshot.handOvers),
    colleagues: readColleagues(snapshot.colleagues),
    borderRecords: (snapshot.borderRecords ?? []).slice(0, borderRecordsMax).map(readBorderRecord),
    emergencies: (snapshot.emergencies ?? []).slice(0, emergenciesMax).map(readEmergency),
    stations: readStations(snapshot.stations),
    intercom: readIntercom(snapshot.intercom, model.intercom, arrival.nowMs),
    directLines: readDirectLines(snapshot.directLines),
    clock: readClock(snapshot.clock),
    data: (snapshot.data ?? []).slice(0, dataMax).flatMap((said) => readData(said) ?? []),
  };
}

function alarmsOf(before: readonly AlarmModel[], told: readonly Alarm[], nowMs: number): AlarmModel[] {
  const lasting = told.map(readAlarm);
  const ended = before
    .filter((alarm) => !lasting.some((other) => isSame(alarm, other)))
    .map((alarm) => ({ ...alarm, endedMs: alarm.endedMs ?? nowMs }));
  return [...lasting, ...ended].slice(0, alarmsMax);
}

function readAlarm({ code, subject, atUtcMs, count }: Alarm): AlarmModel {
  const at = { subject: cleanText(subject), atUtcMs: readWide(atUtcMs), count: count ?? 0 };
  return { code: code ?? '', ...at, endedMs: undefined };
}

function isSame(one: AlarmModel, other: AlarmModel): boolean {
  return one.code === other.code && one.subject === other.subject;
}

export function applyDelta(model: ConsoleModel, delta: Delta, arrival: Arrival): ConsoleModel {
  if (delta.floor) {
    const { floor } = delta.floor;
    return change(model, delta.floor.groupId, (group) => ({ ...group, floor: readFloor(floor, group.floor, arrival) }));
  }
  if (delta.leg?.leg) {
    const leg = readLeg(delta.leg.leg);
    return change(model, delta.leg.groupId, (group) => ({ ...group, legs: put(group.legs, leg) }));
  }
  if (delta.over?.over) {
    const over = readOver(delta.over.over);
    return change(model, delta.over.groupId, (group) => ({ ...group, lastOvers: putOver(group.lastOvers, over) }));
  }
  if (delta.overCut) {
    const cut = readCut(delta.overCut, arrival);
    return change(model, delta.overCut.groupId, (group) => ({ ...group, cut }));
  }
  if (delta.group?.group) {
    const group = readGroup(delta.group.group, arrival);
    return {
      ...model,
      groups: delta.group.removed ? model.groups.filter((other) => other.id !== group.id) : put(model.groups, group),
    };
  }
  if (delta.stations) return { ...model, stations: readStations(delta.stations.stations) };
  if (delta.intercom) return { ...model, intercom: readIntercom(delta.intercom, model.intercom, arrival.nowMs) };
  if (delta.directLine) return { ...model, directLines: putDirectLine(model.directLines, delta.directLine) };
  if (delta.clock) return { ...model, clock: readClock(delta.clock) };
  if (delta.handOver) return { ...model, handOvers: putHandOver(model.handOvers, readHandOver(delta.handOver)) };
  if (delta.hit) return { ...model, hits: putHit(model.hits, readHit(delta.hit)) };
  if (delta.presence) {
    const consoles = readConsoles(delta.presence.consoles);
    return change(model, delta.presence.groupId, (group) => ({ ...group, consoles }));
  }
  if (delta.alarm) {
    const alarm = readAlarm(delta.alarm);
    const others = model.alarms.filter((other) => !isSame(alarm, other));
    const endedMs = delta.alarm.raised ? undefined : arrival.nowMs;
    return { ...model, alarms: [{ ...alarm, endedMs }, ...others].slice(0, alarmsMax) };
  }
  if (delta.data) {
    const said = readData(delta.data);
    return said === undefined ? model : { ...model, data: putData(model.data, said) };
  }
  if (delta.activePlan) {
    const activePlans = put(model.activePlans, readActivePlan(delta.activePlan)).slice(-plansMax);
    return { ...model, activePlans, posts: postsOf(activePlans, model.alertPlans) };
  }
  if (delta.planEnded) {
    const activePlans = model.activePlans.filter(({ id }) => id !== delta.planEnded);
    return { ...model, activePlans, posts: postsOf(activePlans, model.alertPlans) };
  }
  if (delta.borderRecord) {
    const records = put(model.borderRecords, readBorderRecord(delta.borderRecord)).slice(-borderRecordsMax);
    return { ...model, borderRecords: records };
  }
  if (delta.forgotten) return withoutForgotten(model, delta.forgotten);
  if (delta.emergency) {
    const emergency = readEmergency(delta.emergency);
    const others = model.emergencies.filter(({ id }) => id !== emergency.id);
    return { ...model, emergencies: [...others, emergency].slice(-emergenciesMax) };
  }
  if (delta.emergencyOver) {
    const { emergencyId } = delta.emergencyOver;
    return { ...model, emergencies: model.emergencies.filter(({ id }) => id !== emergencyId) };
  }
  return delta.positions ? changePositions(model, delta.positions) : model;
}

/** Newest first; what is only brought up to date stays in its place. */
function putOver(before: readonly OverModel[], over: OverModel): OverModel[] {
  if (before.some((other) => other.over === over.over)) {
    return before.map((other) => (other.over === over.over ? over : other));
  }
  return [over, ...before].slice(0, lastOversMax);
}

/** What was said anew is the newest again; what is only brought up to date stays in its place. */
function putData(before: readonly DataModel[], said: DataModel): DataModel[] {
  const isOld = before.some(({ id, atUtcMs }) => id === said.id && atUtcMs === said.atUtcMs);
  if (isOld) return before.map((other) => (other.id === said.id ? said : other));
  const all = [said, ...before.filter(({ id }) => id !== said.id)];
  if (all.length <= dataMax) return all;
  const last = all.findLastIndex((other) => !isOpenAlarm(other));
  return all.toSpliced(last <= 0 ? dataMax : last, 1);
}

/** Listening is the operator's own wish: shown at once, the gateway's word follows. */
export function applyMonitored(model: ConsoleModel, groupId: string, monitored: boolean): ConsoleModel {
  return change(model, groupId, (group) => ({ ...group, monitored }));
}

/** Drops what ended more than {@link endedAlarmMs} ago; the same object when there is nothing to drop. */
export function forgetEnded(model: ConsoleModel, nowMs: number): ConsoleModel {
  const alarms = model.alarms.filter((alarm) => alarm.endedMs === undefined || nowMs - alarm.endedMs < endedAlarmMs);
  const { over } = model.intercom;
  const isOld = over !== undefined && nowMs - over.endedMs >= endedAlarmMs;
  if (alarms.length === model.alarms.length && !isOld) return model;
  return { ...model, alarms, intercom: isOld ? { ...model.intercom, over: undefined } : model.intercom };
}

function change(
  model: ConsoleModel,
  groupId: string | null | undefined,
  how: (group: GroupModel) => GroupModel,
): ConsoleModel {
  if (!model.groups.some((group) => group.id === groupId)) return model;
  return { ...model, groups: model.groups.map((group) => (group.id === groupId ? how(group) : group)) };
}

/** Replaces by id, or adds at the end. */
function put<Item extends { readonly id: string }>(items: readonly Item[], item: Item): Item[] {
  return items.some((other) => other.id === item.id)
    ? items.map((other) => (other.id === item.id ? item : other))
    : [...items, item];
}

/** What the gateway has no longer at hand. */
function withoutForgotten(model: ConsoleModel, forgotten: escaut.console.v1.Forgotten.$Properties): ConsoleModel {
  const { hitIds, borderRecordIds, handOverIds } = forgotten;
  return {
    ...model,
    hits: model.hits.filter(({ id }) => !hitIds?.includes(id)),
    borderRecords: model.borderRecords.filter(({ id }) => !borderRecordIds?.includes(id)),
    handOvers: model.handOvers.filter(({ id }) => !handOverIds?.includes(id)),
  };
}
