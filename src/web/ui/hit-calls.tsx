import { useTranslation } from 'react-i18next';
import type { HitModel } from '../model/console-model.ts';
import { openHits } from '../model/hit.ts';
import { HitActions } from './hit-actions.tsx';
import { HitAge, HitPlace } from './hit-parts.tsx';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useName } from './use-name.ts';

/** The hit that waits longest for somebody to look at it; the view of hits has them all. */
export function HitCalls() {
  const { t } = useTranslation();
  const { model, page } = useView();
  const [first, ...others] = openHits(model.hits);
  return (
    <section className="alarms" role="status" aria-label={t('hits.label')}>
      {first !== undefined && page !== 'hits' && <HitCall hit={first} more={others.length} />}
    </section>
  );
}

function HitCall({ hit, more }: { hit: HitModel; more: number }) {
  const { t } = useTranslation();
  return (
    <div className="alarm hit-call" data-hit={hit.id}>
      <StateShape name="requested" />
      <strong>{t('hits.new')}</strong>
      <bdi>{useName(hit.vehicle)}</bdi>
      <HitPlace read={hit.merged.at(-1) ?? hit.read} />
      <bdi>{useName(hit.reason)}</bdi>
      <HitAge hit={hit} />
      {more > 0 && <span>{t('hits.more', { count: more })}</span>}
      <HitActions hit={hit} />
    </div>
  );
}
