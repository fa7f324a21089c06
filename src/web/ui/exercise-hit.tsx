import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDispatching } from '../model/operator.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { ExerciseTitle } from './exercise.tsx';
import { useView } from './session-context.tsx';
import { unsaid } from './submit-button.tsx';

const fields = ['vehicle', 'reason', 'camera', 'heading'] as const;
type Said = Readonly<Record<(typeof fields)[number], string>>;

/** For those who judge hits: makes one up, of which nothing is real. */
export function ExerciseHitButton() {
  const { t } = useTranslation();
  const { operator } = useView();
  const [isOpen, setOpen] = useState(false);
  if (!isDispatching(operator)) return null;
  return (
    <div className="hit-buttons">
      <button type="button" className="small-button" onClick={() => setOpen(true)}>
        {t('exercise.enterHit')}
      </button>
      {isOpen && <ExerciseHitDialog onClose={() => setOpen(false)} />}
    </div>
  );
}

function ExerciseHitDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState<Said>({ vehicle: '', reason: '', camera: '', heading: '' });
  const asked = fields.filter((field) => field !== 'heading');
  const needs = unsaid(...asked.map((field) => [t(`exercise.hit.${field}`), said[field]] as const));
  return (
    <AskingDialog
      title={t('exercise.enterHitTitle')}
      groupId=""
      operation={{ enterExerciseHit: { ...said } }}
      submit={t('exercise.enterHitNow')}
      needs={needs}
      onClose={onClose}
    >
      <ExerciseTitle />
      <p>{t('exercise.hitNote')}</p>
      {fields.map((field) => (
        <label key={field} className="dialog-field">
          <span>{t(`exercise.hit.${field}`)}</span>
          <input
            value={said[field]}
            maxLength={80}
            onChange={({ target }) => setSaid({ ...said, [field]: target.value })}
          />
        </label>
      ))}
    </AskingDialog>
  );
}
