import type { TFunction } from 'i18next';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Action } from '../ptt/key-map.ts';
import { actions, keyLabel, tileOf } from '../ptt/key-map.ts';
import { Dialog } from './dialog.tsx';
import { useDesk, useSession } from './session-context.tsx';

/** What an action of the table is called. */
function actionWord(action: Action, t: TFunction): string {
  const index = tileOf(action);
  if (index !== undefined) return t('keys.tile', { number: index + 1 });
  return t(`keys.action.${action as Exclude<Action, `tile${string}`>}`);
}

/** All keys: those that are the same everywhere, and the operator's own, each of which he can change here. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const { keys } = useDesk();
  const [waiting, setWaiting] = useState<Action>();
  const [refused, setRefused] = useState('');

  const onKeyDown = (action: Action, event: KeyboardEvent<HTMLButtonElement>): void => {
    if (waiting !== action) return;
    if (event.key === 'Tab' || event.key === 'Shift') return;
    event.preventDefault();
    event.stopPropagation();
    const refusal = take(action, event);
    setRefused(refusal);
    if (refusal === '') setWaiting(undefined);
  };

  /** Words for why the key is not taken; empty when all is done. */
  const take = (action: Action, { code, key, shiftKey: shift }: KeyboardEvent): string => {
    if (key === 'Escape') return '';
    if (key === 'Delete' || key === 'Backspace') {
      session.desk.unbind(action);
      return '';
    }
    const rebinding = session.desk.rebind(action, { code, key, shift });
    if (rebinding.ok) return '';
    return rebinding.why === 'taken' ? t('keys.taken', { action: actionWord(rebinding.by, t) }) : t('keys.reserved');
  };

  return (
    <Dialog title={t('keys.title')} onClose={onClose} onSubmit={onClose}>
      <h3>{t('keys.fixed')}</h3>
      <dl className="key-list">
        <dt>
          <kbd>{t('bar.space')}</kbd>
        </dt>
        <dd>{t('keys.talk')}</dd>
        <dt>
          <kbd>1</kbd>–<kbd>9</kbd> <kbd>←</kbd> <kbd>→</kbd> <kbd>↑</kbd> <kbd>↓</kbd>
        </dt>
        <dd>{t('keys.choose')}</dd>
        <dt>
          <kbd>⇧ ←</kbd> <kbd>⇧ →</kbd>
        </dt>
        <dd>{t('keys.carry')}</dd>
        <dt>
          <kbd>⏎</kbd>
        </dt>
        <dd>{t('keys.press')}</dd>
        <dt>
          <kbd>{t('networks.escape')}</kbd>
        </dt>
        <dd>{t('keys.leave')}</dd>
      </dl>
      <h3>{t('keys.own')}</h3>
      <p className="dialog-preview">{t('keys.hint')}</p>
      <p className="dialog-refusal" role="alert" hidden={refused === ''}>
        {refused}
      </p>
      <ul className="key-table">
        {actions.map((action) => {
          const word = actionWord(action, t);
          const key = keyLabel(keys[action]) || t('keys.none');
          const waits = waiting === action;
          return (
            <li key={action}>
              <span>{word}</span>
              <button
                type="button"
                className="key-choice"
                data-action={action}
                data-waits={waits}
                data-takes-keys={waits ? true : undefined}
                aria-label={waits ? t('keys.waiting') : t('keys.change', { action: word, key })}
                onClick={() => {
                  setRefused('');
                  setWaiting(action);
                }}
                onBlur={() => setWaiting(undefined)}
                onKeyDown={(event) => onKeyDown(action, event)}
              >
                {waits ? t('keys.waiting') : key}
              </button>
            </li>
          );
        })}
      </ul>
      <div className="dialog-buttons">
        <button type="button" className="key-reset" onClick={() => session.desk.resetKeys()}>
          {t('keys.reset')}
        </button>
        <button type="submit" className="dialog-main">
          {t('keys.done')}
        </button>
      </div>
    </Dialog>
  );
}
