import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation, OperationRefusal } from '../app/operations.ts';
import type { GroupModel } from '../model/console-model.ts';
import { OpenDialog } from './open-dialog.tsx';
import { Refusal } from './refusal.tsx';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** That something is real; that the exercise goes on; that the group is wanted for real. */
export function ExerciseButtons({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { emergencies } = useView().model;
  const [opens, setOpens] = useState(false);
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const exercise = group.bridging?.exercise;
  const mayResume = group.mayExercise && !emergencies.some(({ groupId }) => groupId === group.id);
  if (exercise === undefined) return null;
  const ask = async (what: Operation) => {
    setRefusal(await session.operate(group.id, what));
  };
  return (
    <div className="exercise-buttons">
      {exercise === 'under-way' && (
        <button type="button" className="exercise-real" onClick={() => void ask({ suspendExercise: {} })}>
          <StateShape name="real" />
          {t('exercise.real')}
        </button>
      )}
      {exercise === 'suspended' && mayResume && (
        <button type="button" onClick={() => void ask({ resumeExercise: {} })}>
          {t('exercise.resume')}
        </button>
      )}
      <button type="button" onClick={() => setOpens(true)}>
        {t('exercise.openReal')}
      </button>
      <Refusal refusal={refusal} />
      {opens && <OpenDialog group={group} onClose={() => setOpens(false)} />}
    </div>
  );
}
