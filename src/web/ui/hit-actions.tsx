import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HitModel } from '../model/incident-model.ts';
import { isDispatching } from '../model/operator.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { ExerciseTitle } from './exercise.tsx';
import { Words } from './pickers.tsx';
import { useView } from './session-context.tsx';
import { unsaid } from './submit-button.tsx';

/** Confirm or reject, each with what was compared; nothing for those who may not. */
export function HitActions({ hit }: { hit: HitModel }) {
  const { t } = useTranslation();
  const { operator } = useView();
  const [asking, setAsking] = useState<'confirm' | 'reject'>();
  const may = isDispatching(operator);
  if (!may || (hit.state !== 'unvalidated' && hit.state !== 'lapsed')) return null;
  return (
    <div className="hit-buttons">
      <button type="button" className="small-button" onClick={() => setAsking('confirm')}>
        {t('hits.confirm')}
      </button>
      <button type="button" className="small-button" onClick={() => setAsking('reject')}>
        {t('hits.reject')}
      </button>
      {asking !== undefined && (
        // Its end is told late: it must not end the other question, which may have been asked meanwhile.
        <HitDialog
          key={asking}
          hit={hit}
          as={asking}
          onClose={() => setAsking((now) => (now === asking ? undefined : now))}
        />
      )}
    </div>
  );
}

interface HitDialogProps {
  readonly hit: HitModel;
  readonly as: 'confirm' | 'reject';
  readonly onClose: () => void;
}

function HitDialog({ hit, as, onClose }: HitDialogProps) {
  const { t } = useTranslation();
  const [checked, setChecked] = useState('');
  const usual =
    as === 'confirm'
      ? [t('hits.checked.photoAndPlate'), t('hits.checked.photo')]
      : [t('hits.checked.otherVehicle'), t('hits.checked.misread')];
  const { source, reference } = hit.read;
  return (
    <AskingDialog
      title={t(`hits.title.${as}`, { reference })}
      groupId=""
      operation={{ validateHit: { hitId: hit.id, confirmed: as === 'confirm', checked } }}
      submit={t(`hits.now.${as}`)}
      needs={unsaid([t('hits.compared'), checked])}
      onClose={onClose}
    >
      {hit.exercise && <ExerciseTitle />}
      <p>{hit.exercise ? t('exercise.compareHit') : t('hits.compare', { source })}</p>
      <Words label={t('hits.compared')} usual={usual} value={checked} onChange={setChecked} />
    </AskingDialog>
  );
}
