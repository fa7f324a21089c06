import { useTranslation } from 'react-i18next';
import { byNeed } from '../model/hit.ts';
import type { HitModel } from '../model/incident-model.ts';
import { ExerciseWord } from './exercise.tsx';
import { ExerciseHitButton } from './exercise-hit.tsx';
import { formatClock } from './format.ts';
import { HitActions } from './hit-actions.tsx';
import { HitAge, HitPlace } from './hit-parts.tsx';
import { useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { useName } from './use-name.ts';
import { ViewHeader } from './view-header.tsx';

const shapes: Readonly<Record<HitModel['state'], ShapeName>> = {
  unvalidated: 'requested',
  confirmed: 'done',
  rejected: 'revoked',
  lapsed: 'stale',
};

/** The hits of the day in the place of the groups: what somebody must look at first, reads of one vehicle as one. */
export function HitsView() {
  const { t } = useTranslation();
  const { model } = useView();
  const hits = byNeed(model.hits);
  return (
    <main className="hits" id="groups" tabIndex={-1}>
      <ViewHeader title={t('hits.label')} />
      <p className="hits-hint">{t('hits.hint')}</p>
      <ExerciseHitButton />
      {hits.length === 0 && <p className="panel-none">{t('hits.none')}</p>}
      <ul>
        {hits.map((hit) => (
          <HitRow key={hit.id} hit={hit} />
        ))}
      </ul>
    </main>
  );
}

function HitRow({ hit }: { hit: HitModel }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const { id, state, read, merged, checked, validatedBy, controlRoom, validatedUtcMs } = hit;
  const at = (utcMs: number) => formatClock(utcMs, i18n.language, timezone);
  return (
    <li data-hit={id} data-state={state} data-exercise={hit.exercise}>
      <p className="hit-head">
        {hit.exercise && <ExerciseWord />}
        <StateShape name={shapes[state]} />
        <strong>{t(`hits.state.${state}`)}</strong>
        <bdi className="hit-vehicle">{useName(hit.vehicle)}</bdi>
        <bdi>{useName(hit.reason)}</bdi>
        <HitAge hit={hit} />
      </p>
      {[read, ...merged].map((each) => (
        <p key={`${each.source} ${each.reference}`} className="hit-read">
          <HitPlace read={each} />
          {merged.length > 0 && <span>{at(each.readUtcMs)}</span>}
          <bdi>{t('hits.source', { source: each.source, reference: each.reference })}</bdi>
        </p>
      ))}
      {merged.length > 0 && <p className="hit-read">{t('hits.merged', { count: merged.length + 1 })}</p>}
      {validatedBy !== '' && (
        <p className="hit-read">
          {t('hits.validated', { name: validatedBy, room: controlRoom, time: at(validatedUtcMs), checked })}
        </p>
      )}
      <HitActions hit={hit} />
    </li>
  );
}
