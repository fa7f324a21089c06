import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import type { TalkerModel } from '../model/terms.ts';
import { isAnnouncement } from '../model/tile-state.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { useView } from './session-context.tsx';
import { unsaid } from './submit-button.tsx';
import { talkerText } from './words.ts';

const reasons = ['stuckKey', 'wrongGroup', 'mayNotTalk'] as const;

/** For supervisors, while somebody else talks who is not in distress. The dialog stays with the over that was meant. */
export function RemoveTalker({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { operator, own } = useView();
  const [meant, setMeant] = useState<{ readonly talker: TalkerModel; readonly over: number }>();
  const { holder, emergency, over } = group.floor;
  const canBeCut = holder !== undefined && !emergency && !own.has(holder.partyId) && !isAnnouncement(holder);
  if (operator?.role !== 'supervisor') return null;
  return (
    <>
      <p className="remove-talker">
        {canBeCut && (
          <button type="button" className="small-button" onClick={() => setMeant({ talker: holder, over })}>
            {t('remove.button', { name: talkerText(holder, t) })}
          </button>
        )}
      </p>
      {meant !== undefined && <RemoveDialog group={group} {...meant} onClose={() => setMeant(undefined)} />}
    </>
  );
}

interface RemoveDialogProps {
  readonly group: GroupModel;
  readonly talker: TalkerModel;
  readonly over: number;
  readonly onClose: () => void;
}

function RemoveDialog({ group, talker, over, onClose }: RemoveDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<string>(t('remove.reasons.stuckKey'));
  return (
    <AskingDialog
      groupId={group.id}
      title={t('remove.title', { name: talkerText(talker, t) })}
      operation={{ removeTalker: { over, reason } }}
      submit={t('remove.submit')}
      needs={unsaid([t('remove.reason'), reason])}
      onClose={onClose}
    >
      <p>{t('remove.words')}</p>
      <fieldset className="reasons">
        <legend>{t('remove.reason')}</legend>
        {reasons.map((each) => (
          <label key={each} className="chip">
            <input
              type="radio"
              name="reason"
              checked={reason === t(`remove.reasons.${each}`)}
              onChange={() => setReason(t(`remove.reasons.${each}`))}
            />
            <span>{t(`remove.reasons.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <label className="dialog-field">
        <span>{t('remove.reasonWords')}</span>
        <input value={reason} maxLength={200} required onChange={({ target }) => setReason(target.value)} />
      </label>
    </AskingDialog>
  );
}
