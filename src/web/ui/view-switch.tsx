import { useTranslation } from 'react-i18next';
import { pages } from '../app/pages.ts';
import { seesFleet } from '../model/fleet.ts';
import { openHits } from '../model/hit.ts';
import { useRecordings, useSession, useView } from './session-context.tsx';

/** The way to hand a shift over leads by the timeline, which goes with it. */
const switched = pages.filter((name) => name !== 'hand-over');

/** The views of the page. The key of one that is shown leads back to the groups. */
export function ViewSwitch() {
  const { t } = useTranslation();
  const session = useSession();
  const { page, model, operator } = useView();
  const { rights, orders } = useRecordings();
  const waiting = openHits(model.hits).length;
  const toApprove = orders.filter(
    ({ state, secondPersonId }) => state === 'asked' && secondPersonId === operator?.personId,
  ).length;
  // Whoever may not search is not led there; who goes by the address is told by the gateway.
  const mayOpen = {
    recordings: rights.search || page === 'recordings',
    fleet: model.signedIn && seesFleet(operator?.role),
    proofs: model.signedIn,
  };
  const offered = switched.filter((name) => !Object.hasOwn(mayOpen, name) || mayOpen[name as keyof typeof mayOpen]);
  return (
    <nav className="views" aria-label={t('view.label')}>
      {offered.map((name) => (
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
          {name === 'recordings' && toApprove > 0 && (
            <span className="view-badge">
              {toApprove}
              <span className="unseen"> {t('recordings.toApprove')}</span>
            </span>
          )}
        </button>
      ))}
    </nav>
  );
}
