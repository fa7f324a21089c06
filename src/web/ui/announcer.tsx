/**
 * Floor changes for those who do not see the page: one polite line for what others do, assertive ones for distress and
 * for what happens to the operator's own talk. How much of it the operator has chosen.
 */
import type { TFunction } from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleView } from '../app/console-session.ts';
import type { GroupModel } from '../model/console-model.ts';
import { byUrgency } from '../model/emergency.ts';
import type { OwnIds } from '../model/tile-state.ts';
import { isEmergency } from '../model/tile-state.ts';
import type { PttState } from '../ptt/ptt-machine.ts';
import { activeTalk } from '../ptt/ptt-machine.ts';
import { spokenName } from './exercise.tsx';
import { useLook, useView } from './session-context.tsx';
import { causeKey, endKey, talkerText } from './words.ts';

export function Announcer() {
  const { t } = useTranslation();
  const view = useView();
  const { verbosity } = useLook();
  const said = useRef<readonly GroupModel[]>(view.model.groups);
  const [floor, setFloor] = useState('');
  useEffect(() => {
    const lines = floorLines(said.current, view, t);
    said.current = view.model.groups;
    if (lines.length > 0 && verbosity === 'all') setFloor(lines.join('. '));
  }, [view, verbosity, t]);
  return (
    <div className="unseen">
      <p aria-live="polite">{floor}</p>
      <p aria-live="assertive">{verbosity === 'off' ? '' : emergencyLine(view, t)}</p>
      <p aria-live="assertive">{ownLines(view, t)}</p>
    </div>
  );
}

function floorLines(before: readonly GroupModel[], view: ConsoleView, t: TFunction): string[] {
  return view.model.groups.flatMap((group) => {
    const old = before.find((candidate) => candidate.id === group.id);
    if (old === undefined || old === group || !group.monitored) return [];
    return [...cutLine(old, group, view.own, t), ...floorLine(old, group, view.own, t)];
  });
}

function floorLine(old: GroupModel, group: GroupModel, own: OwnIds, t: TFunction): string[] {
  const { holder, over } = group.floor;
  if (holder?.partyId === old.floor.holder?.partyId && over === old.floor.over) return [];
  if (holder === undefined) return [t('say.free', { group: spokenName(group, t) })];
  if (own.has(holder.partyId) || isEmergency(group, own)) return [];
  return [t('say.talks', { group: spokenName(group, t), name: talkerText(holder, t) })];
}

function cutLine(old: GroupModel, group: GroupModel, own: OwnIds, t: TFunction): string[] {
  const { cut } = group;
  if (cut === undefined || cut === old.cut || own.has(cut.talker.partyId)) return [];
  const name = talkerText(cut.talker, t);
  return [t('say.cut', { group: spokenName(group, t), name, cause: t(endKey(cut.end)) })];
}

/** Also on groups that the operator does not listen to, until somebody sees to it. */
function emergencyLine({ model }: ConsoleView, t: TFunction): string {
  return byUrgency(model.emergencies)
    .filter(({ state }) => state === 'unacknowledged')
    .map(({ groupId, caller }) => {
      const group = model.groups.find(({ id }) => id === groupId)?.shortName ?? groupId;
      return t('say.emergency', { group, name: talkerText(caller, t) });
    })
    .join('. ');
}

/** Of several groups together each by its name. */
function ownLines({ model, talk }: ConsoleView, t: TFunction): string {
  const others = Object.entries(talk.others);
  const { lead } = talk;
  if (others.length === 0) return ownLine(lead, t);
  const all = [[activeTalk(lead)?.group ?? lead.notice?.group ?? '', lead] as const, ...others];
  return all
    .map(([id, ptt]) => `${model.groups.find((group) => group.id === id)?.shortName ?? ''}: ${ownLine(ptt, t)}`)
    .join('. ');
}

function ownLine({ phase, notice }: PttState, t: TFunction): string {
  if (phase.name === 'talking') return t(phase.warned ? 'state.warned' : 'state.transmitting');
  if (phase.name === 'queued') return `${t('state.queued')}. ${t('detail.queued', { position: phase.position })}`;
  return notice === undefined ? '' : `${t(`state.${notice.kind}`)}. ${t(causeKey(notice.cause))}`;
}
