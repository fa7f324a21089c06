/**
 * The model's reducer: a Snapshot replaces, a Delta changes one thing. Pure. A delta about a group that is not shown
 * changes nothing.
 */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { AlarmModel, ConsoleModel, GroupModel } from './console-model.ts';
import type { Arrival } from './read-wire.ts';
import {
  lastOversMax,
  readConsoles,
  readFloor,
  readGroup,
  readGroups,
  readLeg,
  readNetwork,
  readOver,
  readWide,
} from './read-wire.ts';

type Snapshot = escaut.console.v1.Snapshot.$Properties;
type Delta = escaut.console.v1.Delta.$Properties;

/** How long the end of a fault stays on the page. */
export const endedAlarmMs = 8000;
const alarmsMax = 20;

/** The code that tells a fault's end, where the gateway gives that end a code of its own. */
const endings: Readonly<Record<string, string>> = {
  'voice-plane-back': 'voice-plane-restarting',
  'media-worker-back': 'media-worker-lost',
  'attachment-up': 'attachment-down',
};

/** Alarms are kept: a snapshot does not tell them, and a fault must not vanish because the link was away. */
export function applySnapshot(model: ConsoleModel, snapshot: Snapshot, arrival: Arrival): ConsoleModel {
  const networks = (snapshot.networks ?? []).slice(0, 100).map(readNetwork);
  return {
    gatewayName: cleanText(snapshot.gatewayName),
    groups: readGroups(snapshot.groups, arrival),
    networks: Object.fromEntries(networks.map((network) => [network.id, network])),
    alarms: model.alarms,
  };
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
    return change(model, delta.over.groupId, (group) => ({
      ...group,
      lastOvers: [over, ...group.lastOvers.filter((other) => other.over !== over.over)].slice(0, lastOversMax),
    }));
  }
  if (delta.group?.group) {
    const group = readGroup(delta.group.group, arrival);
    return {
      ...model,
      groups: delta.group.removed ? model.groups.filter((other) => other.id !== group.id) : put(model.groups, group),
    };
  }
  if (delta.presence) {
    const consoles = readConsoles(delta.presence.consoles);
    return change(model, delta.presence.groupId, (group) => ({ ...group, consoles }));
  }
  if (delta.alarm) {
    const { code, raised, subject, atUtcMs } = delta.alarm;
    const alarm = { code: code ?? '', subject: cleanText(subject), atUtcMs: readWide(atUtcMs) };
    return { ...model, alarms: applyAlarm(model.alarms, alarm, raised ?? false, arrival.nowMs) };
  }
  return model;
}

/** Listening is the operator's own wish: shown at once, the gateway's word follows. */
export function applyMonitored(model: ConsoleModel, groupId: string, monitored: boolean): ConsoleModel {
  return change(model, groupId, (group) => ({ ...group, monitored }));
}

/** Drops what ended more than {@link endedAlarmMs} ago; the same object when there is nothing to drop. */
export function forgetEnded(model: ConsoleModel, nowMs: number): ConsoleModel {
  const alarms = model.alarms.filter((alarm) => alarm.endedMs === undefined || nowMs - alarm.endedMs < endedAlarmMs);
  return alarms.length === model.alarms.length ? model : { ...model, alarms };
}

function applyAlarm(
  alarms: readonly AlarmModel[],
  alarm: Omit<AlarmModel, 'endedMs'>,
  raised: boolean,
  nowMs: number,
): AlarmModel[] {
  const begun = endings[alarm.code];
  const code = begun ?? alarm.code;
  const others = alarms.filter((other) => other.code !== code || other.subject !== alarm.subject);
  const ended = begun !== undefined || !raised;
  return [{ ...alarm, code, endedMs: ended ? nowMs : undefined }, ...others].slice(0, alarmsMax);
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
