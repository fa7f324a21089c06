import { useTranslation } from 'react-i18next';
import { openExerciseHits, openHits } from '../model/hit.ts';
import type { HitModel } from '../model/incident-model.ts';
import { ExerciseWord } from './exercise.tsx';
import { HitActions } from './hit-actions.tsx';
import { HitAge, HitPlace } from './hit-parts.tsx';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useName } from './use-name.ts';

/**
 * The hit that waits longest for somebody to look at it, and below it the one of an exercise that does; the view of hits
 * has them all.
 */
export function HitCalls() {
  const { t } = useTranslation();
  const { model, page } = useView();
  const waiting = page === 'hits' ? [] : [openHits(model.hits), openExerciseHits(model.hits)];
  return (
    <section className="alarms" role="status" aria-label={t('hits.label')}>
      {waiting.map(([first, ...others]) => first && <HitCall key={first.id} hit={first} more={others.length} />)}
    </section>
  );
}

function HitCall({ hit, more }: { hit: HitModel; more: number }) {
  const { t } = useTranslation();
  return (
    <div className="alarm hit-call" data-hit={hit.id} data-exercise={hit.exercise}>
      {hit.exercise ? <ExerciseWord /> : <StateShape name="requested" />}
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
