import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleView } from '../app/console-session.ts';
import { talkFault } from '../model/tile-state.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { activeTalk } from '../ptt/ptt-machine.ts';
import { DeskSheet } from './desk-sheet.tsx';
import { formatElapsed } from './format.ts';
import { KeySheet } from './key-sheet.tsx';
import { useDesk, useView } from './session-context.tsx';
import { SilenceButton } from './silence-button.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { OverReport, TruthLine } from './truth-line.tsx';
import { useNow } from './use-now.ts';
import { causeKey } from './words.ts';

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
    </footer>
  );
}

type BarState = 'ready' | 'pending' | 'talking' | 'warned' | 'refused';

function barState({ ptt }: ConsoleView): BarState {
  const { phase, notice } = ptt;
  if (phase.name === 'talking') return phase.warned ? 'warned' : 'talking';
  if (phase.name === 'requested' || phase.name === 'queued') return 'pending';
  return notice === undefined ? 'ready' : 'refused';
}

function Ready({ view, typing }: { view: ConsoleView; typing: boolean }) {
  const { t } = useTranslation();
  const group = view.model.groups.find((candidate) => candidate.id === view.selectedId);
  if (group === undefined) return <span className="talk-bar-quiet">{t('bar.nothing')}</span>;
  const fault = talkFault(group, view.ptt);
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
        <bdi className="talk-bar-group">{group.shortName}</bdi>
      )}
      <OverReport group={group} />
    </>
  );
}

function Talking({ view }: { view: ConsoleView }) {
  const { t } = useTranslation();
  const { phase, notice } = view.ptt;
  const groupId = activeTalk(view.ptt)?.group ?? notice?.group;
  const talkedOn = view.model.groups.find(({ id }) => id === groupId);
  const group = talkedOn?.shortName ?? '';
  const line = (shape: ShapeName, words: string) => (
    <>
      <StateShape name={shape} />
      <span className="talk-bar-group">{words}</span>
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
