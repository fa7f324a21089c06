/** What makes an exercise plain: word, shape and stripes on whatever names its group, until something real happens there. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { exercisesBefore, inExercise, isSuspended } from '../model/exercise.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** Beside a name; nothing where all is real. */
export function ExerciseMark({ group }: { group: GroupModel | undefined }) {
  return inExercise(group) ? <ExerciseWord /> : null;
}

export function ExerciseWord() {
  const { t } = useTranslation();
  return (
    <span className="exercise-mark">
      <StateShape name="exercise" />
      {t('exercise.word')}
    </span>
  );
}

/** At the top of a dialog that is about an exercise. */
export function ExerciseTitle() {
  return (
    <p className="exercise-band" data-exercise="under-way">
      <ExerciseWord />
    </p>
  );
}

interface ExerciseChoiceProps {
  readonly label: string;
  readonly note: string;
  readonly checked: boolean;
  readonly onChange: (exercise: boolean) => void;
}

/** The tick that makes an exercise of what a dialog does. */
export function ExerciseChoice({ label, note, checked, onChange }: ExerciseChoiceProps) {
  return (
    <label className="exercise-choice">
      <input type="checkbox" checked={checked} onChange={({ target }) => onChange(target.checked)} />
      <span className="exercise-choice-words">
        {label}
        <span className="exercise-note">{note}</span>
      </span>
    </label>
  );
}

/** What names a tile: the group, and that it is an exercise. */
export function tileLabel({ id, bridging }: GroupModel): string {
  return bridging?.exercise === undefined ? `name-${id}` : `name-${id} exercise-${id}`;
}

/** The name of a group in a line that is read out. */
export function spokenName(group: GroupModel, t: TFunction): string {
  return inExercise(group) ? t('exercise.named', { group: group.shortName }) : group.shortName;
}

/** Over the whole width of a tile, above all else on it. */
export function ExerciseBand({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const exercise = group.bridging?.exercise;
  if (exercise === undefined) return null;
  return (
    <p className="exercise-band" data-exercise={exercise} id={`exercise-${group.id}`}>
      <span className="exercise-band-words">
        <StateShape name={exercise === 'under-way' ? 'exercise' : 'real'} />
        {t(exercise === 'under-way' ? 'exercise.word' : 'exercise.suspended')}
      </span>
    </p>
  );
}

/** Under the head of the page, for as long as the operator works in an exercise. */
export function ExerciseBanner() {
  const { t } = useTranslation();
  const { model, selectedId } = useView();
  const before = exercisesBefore(model, selectedId);
  const names = (groups: readonly GroupModel[]) => groups.map(({ shortName }) => shortName).join(', ');
  const underWay = before.filter(inExercise);
  const suspended = before.filter(isSuspended);
  return (
    <>
      {underWay.length > 0 && (
        <section className="exercise-banner" data-exercise="under-way" aria-label={t('exercise.word')}>
          <p className="exercise-band-words" role="status">
            <StateShape name="exercise" />
            <strong>{t('exercise.word')}</strong>
            <span className="exercise-banner-detail">{t('exercise.banner', { groups: names(underWay) })}</span>
          </p>
        </section>
      )}
      {suspended.length > 0 && (
        <section className="exercise-banner" data-exercise="suspended" aria-label={t('exercise.suspended')}>
          <p className="exercise-band-words" role="alert">
            <StateShape name="real" />
            {t('exercise.suspendedOn', { groups: names(suspended) })}
          </p>
        </section>
      )}
    </>
  );
}
