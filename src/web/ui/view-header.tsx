import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from './session-context.tsx';

/** The head of a view that stands in the place of the groups: its name, and the way back by button or Escape. */
export function ViewHeader({ title }: { title: string }) {
  const { t } = useTranslation();
  const session = useSession();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // A question that is open takes Escape for itself.
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) session.show('groups');
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [session]);
  return (
    <header className="view-header">
      <h2>{title}</h2>
      <button type="button" onClick={() => session.show('groups')}>
        {t('networks.back')} <kbd>{t('networks.escape')}</kbd>
      </button>
    </header>
  );
}
