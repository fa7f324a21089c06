import { type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { isUnrecorded, talkFault } from '../model/tile-state.ts';
import { keyLabel, tileKey } from '../ptt/key-map.ts';
import type { PttState } from '../ptt/ptt-machine.ts';
import { Icon } from './icons.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { causeKey } from './words.ts';

interface TalkButtonProps {
  readonly group: GroupModel;
  /** Position in the grid, from 0. */
  readonly index: number;
  readonly ptt: PttState;
  readonly selected: boolean;
}

type Label = 'hold' | 'requesting' | 'waiting' | 'talking' | 'again' | 'unavailable';

function labelOf(group: GroupModel, ptt: PttState): Label {
  const { phase } = ptt;
  if (phase.name === 'idle' || phase.talk.group !== group.id) {
    return talkFault(group, ptt) === '' ? 'hold' : 'unavailable';
  }
  switch (phase.name) {
    case 'requested':
      return 'requesting';
    case 'queued':
      return 'waiting';
    case 'talking':
      return 'talking';
    case 'spent':
      return 'again';
  }
}

/**
 * Hold to talk, by mouse, pen or finger. The pointer is captured, so sliding off the button does not cut the over;
 * whatever ends the capture does.
 */
export function TalkButton({ group, index, ptt, selected }: TalkButtonProps) {
  const { t } = useTranslation();
  const session = useSession();
  const held = useRef<string | undefined>(undefined);
  const label = labelOf(group, ptt);
  const unrecorded = isUnrecorded(useView().model);
  const key = keyLabel(tileKey(useDesk().keys, index));

  const onDown = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0 || held.current !== undefined) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = `pointer ${event.pointerId}`;
    session.select(group.id);
    session.press(group.id, held.current);
  };
  const onUp = (event: PointerEvent<HTMLButtonElement>): void => {
    const source = `pointer ${event.pointerId}`;
    if (held.current !== source) return;
    held.current = undefined;
    session.release(source);
  };

  return (
    <button
      type="button"
      className="talk-button"
      data-talk={label}
      tabIndex={selected ? 0 : -1}
      aria-disabled={label === 'unavailable'}
      onPointerDown={onDown}
      onPointerUp={onUp}
      onPointerCancel={onUp}
      onLostPointerCapture={onUp}
      onClick={(event) => event.stopPropagation()}
      onContextMenu={(event) => event.preventDefault()}
    >
      {key !== '' && <kbd>{key}</kbd>}
      <Icon name={group.mayTalk ? 'microphone' : 'ear'} />
      <span>{t(`talk.${label}`)}</span>
      <span className="unseen">{group.shortName}</span>
      {label === 'unavailable' && <small>{t(causeKey(talkFault(group, ptt)))}</small>}
      {unrecorded && label !== 'unavailable' && <small className="talk-unrecorded">{t('talk.unrecorded')}</small>}
    </button>
  );
}
