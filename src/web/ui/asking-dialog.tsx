import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation, OperationRefusal } from '../app/operations.ts';
import { Dialog } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { useSession } from './session-context.tsx';
import { SubmitButton } from './submit-button.tsx';

interface AskingDialogProps {
  readonly title: string;
  /** Empty: it is about no group. */
  readonly groupId: string;
  readonly operation: Operation;
  readonly submit: string;
  /** Which of several that can be chosen here: a refusal is that one's alone. */
  readonly chosen?: string;
  /** What has not been said yet, as its fields are called. */
  readonly needs?: readonly string[];
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that asks one thing of the gateway: it stays with the reason when that is refused. */
export function AskingDialog({
  title,
  groupId,
  operation,
  submit,
  chosen = '',
  needs = [],
  onClose,
  children,
}: AskingDialogProps) {
  const { t } = useTranslation();
  const session = useSession();
  const [answer, setAnswer] = useState<{ readonly to: string; readonly refusal: OperationRefusal }>();
  const ask = () => {
    if (needs.length > 0) return;
    void session.operate(groupId, operation).then((refused) => {
      if (refused === undefined) onClose();
      else setAnswer({ to: chosen, refusal: refused });
    });
  };
  return (
    <Dialog title={title} onClose={onClose} onSubmit={ask}>
      {children}
      <Refusal refusal={answer?.to === chosen ? answer.refusal : undefined} />
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <SubmitButton needs={needs}>{submit}</SubmitButton>
      </div>
    </Dialog>
  );
}
