/** Faults in plain words. */
import type { TFunction } from 'i18next';
import type { AlarmModel, ConsoleModel, GroupModel, LegModel } from '../model/console-model.ts';
import { shortNetworkName } from './format.ts';
import { alarmKey, keptKey } from './words.ts';

export function alarmText(model: ConsoleModel, { code, subject }: Pick<AlarmModel, 'code' | 'subject'>, t: TFunction) {
  return t(alarmKey(code), { subject: nameOf(model, code, subject, t), code });
}

export function findLeg(model: ConsoleModel, id: string): { group: GroupModel; leg: LegModel } | undefined {
  for (const group of model.groups) {
    const leg = group.legs.find((candidate) => candidate.id === id);
    if (leg !== undefined) return { group, leg };
  }
  return undefined;
}

function nameOf(model: ConsoleModel, code: string, subject: string, t: TFunction): string {
  if (code === 'leg-down' || code === 'leg-shed' || code === 'loop') return legName(model, subject);
  if (code === 'state-broken') return t(keptKey(subject));
  return code === 'network-on-second-way' ? shortNetworkName(model.networks[subject]?.name ?? subject) : subject;
}

/** Network, talkgroup and shared group; the id where the page does not know the leg. */
function legName(model: ConsoleModel, id: string): string {
  const found = findLeg(model, id);
  if (found === undefined) return id;
  const { group, leg } = found;
  const network = shortNetworkName(model.networks[leg.networkId]?.name ?? leg.networkId);
  return `${network} ${leg.talkgroup} (${group.shortName})`;
}
