import { useTranslation } from 'react-i18next';
import { offersTo } from '../model/hand-over.ts';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** A colleague hands his shift to this person, who has not answered. */
export function HandOverCalls() {
  const { t } = useTranslation();
  const session = useSession();
  const { model, operator, page } = useView();
  const [first] = offersTo(model.handOvers, operator?.personId ?? '');
  return (
    <section className="alarms" role="status" aria-label={t('view.hand-over')}>
      {first !== undefined && page !== 'hand-over' && (
        <div className="alarm hand-over-call">
          <StateShape name="carried" />
          <strong>{t('handOver.call', { name: first.from })}</strong>
          <bdi>{first.note}</bdi>
          <button type="button" className="small-button" onClick={() => session.show('hand-over')}>
            {t('handOver.read')}
          </button>
        </div>
      )}
    </section>
  );
}
