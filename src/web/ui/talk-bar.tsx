import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleView } from '../app/console-session.ts';
import { ownState, talkFault } from '../model/tile-state.ts';
import { urgentCalls } from '../model/urgent.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { activeTalk, type PttState } from '../ptt/ptt-machine.ts';
import { DeskSheet } from './desk-sheet.tsx';
import { ExerciseMark } from './exercise.tsx';
import { formatElapsed } from './format.ts';
import { KeySheet } from './key-sheet.tsx';
import { MultiButton } from './multi-select.tsx';
import { ReplayBar } from './replay-bar.tsx';
import { useDesk, useView } from './session-context.tsx';
import { SilenceButton } from './silence-button.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { OverReport, TruthLine } from './truth-line.tsx';
import { useNow } from './use-now.ts';
import { causeKey, talkerText } from './words.ts';

/** What the space bar does at this moment, and what it is doing: the last line that an operator should have to read. */
export function TalkBar({ typing }: { typing: boolean }) {
  const view = useView();
  const state = barState(view);
  return (
    <footer className="talk-bar" data-talk={state}>
      <div className="talk-bar-state">
        {state === 'ready' ? <Ready view={view} typing={typing} /> : <Talking view={view} />}
      </div>
      <KeyHelp />
      <ReplayBar />
    </footer>
  );
}

type BarState = 'ready' | 'pending' | 'talking' | 'warned' | 'refused';

function machinesOf({ talk }: ConsoleView): readonly PttState[] {
  return [talk.lead, ...Object.values(talk.others)];
}

function barState(view: ConsoleView): BarState {
  const phases = machinesOf(view).map(({ phase }) => phase);
  if (phases.some((phase) => phase.name === 'talking' && phase.warned)) return 'warned';
  if (phases.some(({ name }) => name === 'talking')) return 'talking';
  if (phases.some(({ name }) => name === 'requested' || name === 'queued')) return 'pending';
  return machinesOf(view).some(({ notice }) => notice !== undefined) ? 'refused' : 'ready';
}

function Ready({ view, typing }: { view: ConsoleView; typing: boolean }) {
  const { t } = useTranslation();
  const { multi } = useDesk();
  const ids = multi.name === 'on' ? multi.groups : [view.selectedId];
  const groups = view.model.groups.filter(({ id }) => ids.includes(id));
  const [group] = groups;
  if (group === undefined) return <span className="talk-bar-quiet">{t('bar.nothing')}</span>;
  const fault = talkFault(group, view.talk.lead);
  const off = typing || fault !== '';
  return (
    <>
      <kbd className="talk-bar-key" data-off={off}>
        {t('bar.space')}
      </kbd>
      <span className="talk-bar-quiet">{off ? t('bar.doesNotTalk') : t('bar.talksOn')}</span>
      {off ? (
        <span className="talk-bar-why">{fault === '' ? t('bar.typing') : t(causeKey(fault))}</span>
      ) : (
        groups.map((each, index) => (
          <span key={each.id} className="talk-bar-name">
            <bdi className="talk-bar-group">{index > 0 ? `+ ${each.shortName}` : each.shortName}</bdi>
            <ExerciseMark group={each} />
          </span>
        ))
      )}
      {groups.length === 1 && <OverReport group={group} />}
    </>
  );
}

function Talking({ view }: { view: ConsoleView }) {
  return (
    <>
      {Object.keys(view.talk.others).length === 0 ? <OnOne view={view} /> : <OnSeveral view={view} />}
      <UrgentCalls view={view} />
    </>
  );
}

function OnOne({ view }: { view: ConsoleView }) {
  const { t } = useTranslation();
  const { lead } = view.talk;
  const { phase, notice } = lead;
  const groupId = activeTalk(lead)?.group ?? notice?.group;
  const talkedOn = view.model.groups.find(({ id }) => id === groupId);
  const group = talkedOn?.shortName ?? '';
  const line = (shape: ShapeName, words: string) => (
    <>
      <StateShape name={shape} />
      <span className="talk-bar-group">{words}</span>
      <ExerciseMark group={talkedOn} />
    </>
  );
  if (phase.name === 'requested') return line('requested', t('bar.requesting', { group }));
  if (phase.name === 'queued') return line('queued', t('bar.waiting', { group }));
  if (phase.name === 'talking') {
    return (
      <>
        {line(phase.warned ? 'warned' : 'transmitting', t('bar.onAir', { group }))}
        <OnAirTime sinceMs={phase.sinceMs} limitAtMs={phase.limitAtMs} />
        {talkedOn !== undefined && <TruthLine group={talkedOn} />}
      </>
    );
  }
  if (notice === undefined) return null;
  return line(notice.kind, t(`bar.${notice.kind}`, { group, cause: t(causeKey(notice.cause)) }));
}

/** Of each group that the key talks on, what has become of it. */
function OnSeveral({ view }: { view: ConsoleView }) {
  const { t } = useTranslation();
  const phases = machinesOf(view).flatMap(({ phase }) => (phase.name === 'talking' ? phase : []));
  return (
    <>
      <ul className="talk-bar-several">
        {machinesOf(view).map((ptt) => {
          const id = activeTalk(ptt)?.group ?? ptt.notice?.group;
          const group = view.model.groups.find((candidate) => candidate.id === id);
          const kind = group === undefined ? undefined : ownState(group.id, ptt)?.kind;
          if (group === undefined || kind === undefined) return null;
          return (
            <li key={group.id} data-result={kind}>
              <StateShape name={kind} />
              <bdi className="talk-bar-group">{group.shortName}</bdi>
              <ExerciseMark group={group} />
              {t(`state.${kind}`)}
              {ptt.notice !== undefined && ` (${t(causeKey(ptt.notice.cause))})`}
            </li>
          );
        })}
      </ul>
      {phases.length > 0 && (
        <OnAirTime
          sinceMs={Math.min(...phases.map(({ sinceMs }) => sinceMs))}
          limitAtMs={Math.min(...phases.map(({ limitAtMs }) => limitAtMs))}
        />
      )}
    </>
  );
}

/** Field units that want to speak while the operator does. */
function UrgentCalls({ view }: { view: ConsoleView }) {
  const { t } = useTranslation();
  const calls = urgentCalls(view.model, view.talk);
  return (
    <div className="urgent-calls" role="alert">
      {calls.map(({ groupId, talker }) => (
        <span key={`${groupId} ${talker.partyId}`} className="urgent-mark">
          <StateShape name="urgent" />
          {t('urgent.wants', { name: talkerText(talker, t) })}
        </span>
      ))}
    </div>
  );
}

function OnAirTime({ sinceMs, limitAtMs }: { sinceMs: number; limitAtMs: number }) {
  const elapsed = formatElapsed(useNow(200) - sinceMs);
  const limit = limitAtMs === Infinity ? '' : ` / ${formatElapsed(limitAtMs - sinceMs)}`;
  return (
    <span className="talk-bar-time">
      {elapsed}
      {limit}
    </span>
  );
}

/** The keys that everybody needs, the way to all others, and why a key has just done nothing. */
function KeyHelp() {
  const { t } = useTranslation();
  const { keys, idleAction } = useDesk();
  const [shown, setShown] = useState<'keys' | 'desk'>();
  const close = (): void => setShown(undefined);
  return (
    <div className="key-help">
      <p role="status">
        {idleAction !== undefined && <span>{t('keys.idle', { action: t(`keys.action.${idleAction}`) })}</span>}
      </p>
      {idleAction === undefined && (
        <p className="key-help-keys">
          <span className="key-help-title">{t('bar.keys')}</span>
          <kbd>1</kbd>–<kbd>9</kbd>
          <kbd>←</kbd>
          <kbd>→</kbd>
          <span>{t('bar.choose')}</span>
        </p>
      )}
      <MultiButton />
      <SilenceButton />
      <button type="button" className="small-button" data-shortcut="desk" onClick={() => setShown('desk')}>
        {keys.desk !== '' && <kbd>{keyLabel(keys.desk)}</kbd>}
        {t('desk.open')}
      </button>
      <button type="button" className="small-button" data-shortcut="help" onClick={() => setShown('keys')}>
        {keys.help !== '' && <kbd>{keyLabel(keys.help)}</kbd>}
        {t('keys.open')}
      </button>
      {shown === 'keys' && <KeySheet onClose={close} />}
      {shown === 'desk' && <DeskSheet onClose={close} />}
    </div>
  );
}
