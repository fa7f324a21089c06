import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation, OperationRefusal } from '../app/console-session.ts';
import type { EmergencyModel } from '../model/console-model.ts';
import { Dialog } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { useSession } from './session-context.tsx';
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
    <Asking
      title={t('emergency.behalfTitle', { name: talkerText(call.caller, t) })}
      operation={{ acknowledgeEmergency: { emergencyId: call.id, proof } }}
      submit={t('emergency.behalf')}
      ready={proof.trim() !== ''}
      onClose={onClose}
    >
      <p>{t('emergency.behalfWords')}</p>
      <label className="dialog-field">
        <span>{t('emergency.proof')}</span>
        <input value={proof} maxLength={200} required onChange={({ target }) => setProof(target.value)} />
      </label>
    </Asking>
  );
}

const causes = ['helped', 'mistaken', 'test', 'handed'] as const;

/** First of two steps: why it is over. */
export function ClearDialog({ call, onClose }: EmergencyDialogProps) {
  const { t } = useTranslation();
  const [cause, setCause] = useState('');
  return (
    <Asking
      title={t('emergency.clearTitle', { name: talkerText(call.caller, t) })}
      operation={{ clearEmergency: { emergencyId: call.id, cause } }}
      submit={t('emergency.clearNext')}
      ready={cause.trim() !== ''}
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
    </Asking>
  );
}

interface AskingProps {
  readonly title: string;
  readonly operation: Operation;
  readonly submit: string;
  readonly ready: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Asking({ title, operation, submit, ready, onClose, children }: AskingProps) {
  const { t } = useTranslation();
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const ask = () => {
    if (!ready) return;
    void session.operate('', operation).then((refused) => {
      if (refused === undefined) onClose();
      else setRefusal(refused);
    });
  };
  return (
    <Dialog title={title} onClose={onClose} onSubmit={ask}>
      {children}
      <Refusal refusal={refusal} />
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <button type="submit" className="dialog-main" disabled={!ready}>
          {submit}
        </button>
      </div>
    </Dialog>
  );
}
