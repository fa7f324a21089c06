/** Several groups under one key: how they are put together, and that they are. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { keyLabel } from '../ptt/key-map.ts';
import { spokenName } from './exercise.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

export function MultiButton() {
  const { t } = useTranslation();
  const session = useSession();
  const { multi, keys } = useDesk();
  const isOff = multi.name === 'off';
  return (
    <button
      type="button"
      className="small-button multi-button"
      data-shortcut="multi"
      aria-pressed={!isOff}
      onClick={() => {
        const { selectedId } = session.store.get();
        session.desk.multi(isOff ? { name: 'begin', group: '' } : { name: 'leave' });
        if (isOff) session.pick(selectedId);
      }}
    >
      {keys.multi !== '' && <kbd>{keyLabel(keys.multi)}</kbd>}
      {t('multi.open')}
    </button>
  );
}

/** Stands for as long as groups are being put together or are; Escape leaves it. */
export function MultiBanner() {
  const { t } = useTranslation();
  const session = useSession();
  const { multi } = useDesk();
  const { model, page } = useView();
  const leave = (): void => session.desk.multi({ name: 'leave' });
  const isOff = multi.name === 'off';
  useEffect(() => {
    if (isOff || page !== 'groups') return;
    const onKey = ({ key }: KeyboardEvent): void => {
      const isAsked = document.querySelector('dialog:modal') !== null;
      if (key === 'Escape' && !isAsked) session.desk.multi({ name: 'leave' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isOff, page, session]);
  if (isOff) return null;
  const names = model.groups.filter(({ id }) => multi.groups.includes(id)).map((group) => spokenName(group, t));
  return (
    <section className="multi-banner" data-multi={multi.name} aria-label={t('multi.open')}>
      <StateShape name="together" />
      <p role="status">
        {t(multi.name === 'on' ? 'multi.on' : 'multi.choose')} <strong>{names.join(' + ')}</strong>
      </p>
      {multi.name === 'choosing' && <Confirm count={names.length} />}
      <button type="button" className="small-button" onClick={leave}>
        {t('multi.leave')} <kbd>{t('networks.escape')}</kbd>
      </button>
    </section>
  );
}

/** Has the focus from the start, so that Enter confirms. */
function Confirm({ count }: { count: number }) {
  const { t } = useTranslation();
  const session = useSession();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <button
      ref={button}
      type="button"
      className="small-button multi-confirm"
      aria-disabled={count < 2}
      title={count < 2 ? t('multi.needs') : undefined}
      onClick={() => session.desk.multi({ name: 'confirm' })}
    >
      {t('multi.confirm', { groups: count })} <kbd>⏎</kbd>
    </button>
  );
}
