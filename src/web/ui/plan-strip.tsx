import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import { isOpenedBy } from '../model/alert-plan.ts';
import type { ActivePlanModel, AlertPlanModel } from '../model/incident-model.ts';
import { isDispatching } from '../model/operator.ts';
import { ExerciseWord } from './exercise.tsx';
import { formatClock } from './format.ts';
import { ActivateDialog, EndDialog, LevelDialog } from './plan-dialogs.tsx';
import { Refusal } from './refusal.tsx';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useName } from './use-name.ts';

/** Every plan that is active: level, by whom, until when, and which posts are held. */
export function PlanStrips() {
  const { t } = useTranslation();
  const { alertPlans, activePlans } = useView().model;
  const shown = activePlans.flatMap((active) => {
    const plan = alertPlans.find(({ id }) => id === active.id);
    return plan === undefined ? [] : [{ plan, active }];
  });
  if (shown.length === 0) return null;
  return (
    <section className="plans" aria-label={t('plan.label')}>
      {shown.map(({ plan, active }) => (
        <PlanStrip key={plan.id} plan={plan} active={active} />
      ))}
    </section>
  );
}

function PlanStrip({ plan, active }: { plan: AlertPlanModel; active: ActivePlanModel }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model, operator } = useView();
  const [asking, setAsking] = useState<'level' | 'end'>();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const level = plan.levels.find((each) => each.level === active.level);
  const levelName = useName(level?.name);
  const may = isOpenedBy(plan, operator);
  const until = formatClock(active.endsUtcMs, i18n.language, model.timezone);
  const close = () => setAsking(undefined);
  const renew = () => void session.operate('', { renewPlan: { planId: plan.id } }).then(setRefusal);
  const said = [...Object.values(active.authority), active.details.reason ?? '', active.details.place ?? ''];
  return (
    <article className="plan" data-plan={plan.id} data-ending={active.ending} data-exercise={active.exercise}>
      <p className="plan-head">
        {active.exercise ? <ExerciseWord /> : <StateShape name="status" />}
        <strong>{useName(plan.name)}</strong>
        {plan.levels.length > 1 && <span>{t('plan.atLevel', { level: active.level, name: levelName })}</span>}
        <span>{t('plan.until', { time: until, name: active.by })}</span>
        <bdi>{said.filter((words) => words !== '').join(' · ')}</bdi>
      </p>
      {active.posts.length > 0 && <Posts plan={plan} active={active} />}
      {may && (
        <p className="plan-buttons">
          {plan.levels.length > 1 && (
            <button type="button" className="small-button" onClick={() => setAsking('level')}>
              {t('plan.changeLevel')}
            </button>
          )}
          {plan.renewable && (
            <button type="button" className="small-button" onClick={renew}>
              {t('plan.renew', { minutes: plan.expiresMin })}
            </button>
          )}
          <button type="button" className="small-button" onClick={() => setAsking('end')}>
            {t('plan.endOpen')}
          </button>
        </p>
      )}
      <Refusal refusal={refusal} />
      {asking === 'level' && <LevelDialog plan={plan} active={active} onClose={close} />}
      {asking === 'end' && <EndDialog plan={plan} active={active} onClose={close} />}
    </article>
  );
}

/** Held or not, by word and shape; a press tells the other. */
function Posts({ plan, active }: { plan: AlertPlanModel; active: ActivePlanModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { operator } = useView();
  const may = isDispatching(operator);
  const held = active.posts.filter(({ manned }) => manned).length;
  return (
    <details className="plan-posts">
      <summary>{t('plan.posts', { held, all: active.posts.length })}</summary>
      <ul>
        {active.posts.map(({ place, manned, unit }) => (
          <li key={place}>
            <button
              type="button"
              className="plan-post"
              aria-pressed={manned}
              disabled={!may}
              title={may ? undefined : t('refusal.not-permitted')}
              onClick={() =>
                void session.operate('', { markPost: { planId: plan.id, place, manned: !manned, unit: '' } })
              }
            >
              <StateShape name={manned ? 'done' : 'idle'} />
              {place} {t(manned ? 'plan.manned' : 'plan.unmanned')} {unit}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** For those who may activate one, theirs first; one that is active as an exercise can be activated for real. */
export function PlanButton() {
  const { t } = useTranslation();
  const { model, operator } = useView();
  const [isOpen, setOpen] = useState(false);
  const isReal = new Set(model.activePlans.filter(({ exercise }) => !exercise).map(({ id }) => id));
  const plans = model.alertPlans.filter(({ id }) => !isReal.has(id));
  const own = plans.filter((plan) => isOpenedBy(plan, operator));
  if (own.length === 0) return null;
  return (
    <>
      <button type="button" className="view-button" data-shortcut="plan" onClick={() => setOpen(true)}>
        {t('plan.open')}
      </button>
      {isOpen && <ActivateDialog plans={[...new Set([...own, ...plans])]} onClose={() => setOpen(false)} />}
    </>
  );
}
