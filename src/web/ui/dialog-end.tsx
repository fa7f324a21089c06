import { useTranslation } from 'react-i18next';
import { SubmitButton } from './submit-button.tsx';
import { recordingRefusalKey } from './words.ts';

interface DialogEndProps {
  /** What is done. */
  readonly word: string;
  /** What has not been said yet, as its fields are called; empty: all of it. */
  readonly needs: readonly string[];
  /** Why it was not done; empty: no reason. */
  readonly refusal: string;
  readonly onClose: () => void;
}

/** Below what a dialog about recordings asks: why it was refused, and its two buttons. */
export function DialogEnd({ word, needs, refusal, onClose }: DialogEndProps) {
  const { t } = useTranslation();
  return (
    <>
      {refusal !== '' && (
        <p className="dialog-refusal" role="alert">
          {t(recordingRefusalKey(refusal))}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <SubmitButton needs={needs}>{word}</SubmitButton>
      </div>
    </>
  );
}
