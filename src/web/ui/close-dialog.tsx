import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import type { GroupModel } from '../model/console-model.ts';
import { Dialog } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { CloseNote } from './schedule.tsx';
import { useSession } from './session-context.tsx';

const noticeS = 60;

/** In a minute, which is announced on the air, or at once. */
export function CloseDialog({ group, onClose }: { group: GroupModel; onClose: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const close = (afterS: number) => {
    void session.operate(group.id, { close: { afterS } }).then((refused) => {
      if (refused === undefined) onClose();
      else setRefusal(refused);
    });
  };
  return (
    <Dialog
      title={t('bridging.closeTitle', { group: group.shortName })}
      onClose={onClose}
      onSubmit={() => close(noticeS)}
    >
      <p>{t('bridging.closeWords')}</p>
      <CloseNote group={group} />
      <Refusal refusal={refusal} />
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <button type="button" onClick={() => close(0)}>
          {t('bridging.closeNow')}
        </button>
        <button type="submit" className="dialog-main">
          {t('bridging.closeSoon')}
        </button>
      </div>
    </Dialog>
  );
}
