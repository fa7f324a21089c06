/** Faults in plain words. */
import type { TFunction } from 'i18next';
import type { AlarmModel, ConsoleModel, GroupModel, LegModel } from '../model/console-model.ts';
import { shortNetworkName } from './format.ts';
import { alarmKey, keptKey, shortFaultText } from './words.ts';

export function alarmText(model: ConsoleModel, { code, subject }: Pick<AlarmModel, 'code' | 'subject'>, t: TFunction) {
  return t(alarmKey(code), { subject: nameOf(model, code, subject, t), code });
}

/** A group some sides of which are down. */
export interface CrippledGroup {
  readonly shortName: string;
  readonly down: readonly LegModel[];
  readonly up: readonly LegModel[];
}

/** The groups of these legs, as far as the page knows them. */
export function groupsWithout({ groups }: ConsoleModel, legs: ReadonlySet<string>): readonly CrippledGroup[] {
  return groups.flatMap(({ shortName, legs: sides }) => {
    const down = sides.filter(({ id }) => legs.has(id));
    return down.length === 0 ? [] : [{ shortName, down, up: sides.filter(({ state }) => state === 'up') }];
  });
}

/** Which sides of a group are lost, why, and who can still be reached. */
export function groupText(model: ConsoleModel, { shortName: group, down, up }: CrippledGroup, t: TFunction): string {
  const lost = down.map((leg) => {
    const why = shortFaultText(leg, t);
    return why === '' ? networkOf(model, leg) : `${networkOf(model, leg)} (${why})`;
  });
  const names = { group, down: lost.join(', '), up: up.map((leg) => networkOf(model, leg)).join(', ') };
  return t(up.length === 0 ? 'alarm.legsNone' : 'alarm.legs', names);
}

function networkOf({ networks }: ConsoleModel, { networkId }: LegModel): string {
  return shortNetworkName(networks[networkId]?.name ?? networkId);
}

function findLeg(model: ConsoleModel, id: string): { group: GroupModel; leg: LegModel } | undefined {
  for (const group of model.groups) {
    const leg = group.legs.find((candidate) => candidate.id === id);
    if (leg !== undefined) return { group, leg };
  }
  return undefined;
}

function nameOf(model: ConsoleModel, code: string, subject: string, t: TFunction): string {
  if (code === 'leg-down' || code === 'leg-shed' || code === 'loop') return legName(model, subject);
  if (code === 'state-broken' || code === 'state-not-kept') return t(keptKey(subject));
  return code === 'network-on-second-way' ? shortNetworkName(model.networks[subject]?.name ?? subject) : subject;
}

/** Network, talkgroup and shared group; the id where the page does not know the leg. */
function legName(model: ConsoleModel, id: string): string {
  const found = findLeg(model, id);
  if (found === undefined) return id;
  const { group, leg } = found;
  return `${networkOf(model, leg)} ${leg.talkgroup} (${group.shortName})`;
}
