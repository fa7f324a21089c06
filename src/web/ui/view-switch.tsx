import { useTranslation } from 'react-i18next';
import { pages } from '../app/pages.ts';
import { openHits } from '../model/hit.ts';
import { useSession, useView } from './session-context.tsx';

/** The way to hand a shift over leads by the timeline, which goes with it. */
const switched = pages.filter((name) => name !== 'hand-over');

/** The views of the page. The key of one that is shown leads back to the groups. */
export function ViewSwitch() {
  const { t } = useTranslation();
  const session = useSession();
  const { page, model } = useView();
  const waiting = openHits(model.hits).length;
  return (
    <nav className="views" aria-label={t('view.label')}>
      {switched.map((name) => (
        <button
          key={name}
          type="button"
          className={`view-button ${name}-button`}
          data-shortcut={name}
          aria-pressed={page === name}
          onClick={() => session.show(page === name ? 'groups' : name)}
        >
          {t(`view.${name}`)}
          {name === 'hits' && waiting > 0 && <span className="view-badge">{waiting}</span>}
        </button>
      ))}
    </nav>
  );
}
