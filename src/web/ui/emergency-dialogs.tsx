import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EmergencyModel } from '../model/incident-model.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { unsaid } from './submit-button.tsx';
import { talkerText } from './words.ts';

interface EmergencyDialogProps {
  readonly call: EmergencyModel;
  readonly onClose: () => void;
}

/** A supervisor answers for the home control room that does not, and says what proves that help is on its way. */
export function BehalfDialog({ call, onClose }: EmergencyDialogProps) {
  const { t } = useTranslation();
  const [proof, setProof] = useState('');
  return (
    <AskingDialog
      groupId=""
      title={t('emergency.behalfTitle', { name: talkerText(call.caller, t) })}
      operation={{ acknowledgeEmergency: { emergencyId: call.id, proof } }}
      submit={t('emergency.behalf')}
      needs={unsaid([t('emergency.proof'), proof])}
      onClose={onClose}
    >
      <p>{t('emergency.behalfWords')}</p>
      <label className="dialog-field">
        <span>{t('emergency.proof')}</span>
        <input value={proof} maxLength={200} required onChange={({ target }) => setProof(target.value)} />
      </label>
    </AskingDialog>
  );
}

const causes = ['helped', 'mistaken', 'test', 'handed'] as const;

/** First of two steps: why it is over. */
export function ClearDialog({ call, onClose }: EmergencyDialogProps) {
  const { t } = useTranslation();
  const [cause, setCause] = useState('');
  return (
    <AskingDialog
      groupId=""
      title={t('emergency.clearTitle', { name: talkerText(call.caller, t) })}
      operation={{ clearEmergency: { emergencyId: call.id, cause } }}
      submit={t('emergency.clearNext')}
      needs={unsaid([t('emergency.cause'), cause])}
      onClose={onClose}
    >
      <fieldset className="reasons">
        <legend>{t('emergency.cause')}</legend>
        {causes.map((each) => (
          <label key={each} className="chip">
            <input
              type="radio"
              name="cause"
              checked={cause === t(`emergency.causes.${each}`)}
              onChange={() => setCause(t(`emergency.causes.${each}`))}
            />
            <span>{t(`emergency.causes.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <label className="dialog-field">
        <span>{t('emergency.causeWords')}</span>
        <input value={cause} maxLength={200} required onChange={({ target }) => setCause(target.value)} />
      </label>
    </AskingDialog>
  );
}
