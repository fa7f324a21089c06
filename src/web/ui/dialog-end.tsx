import { useTranslation } from 'react-i18next';
import { recordingRefusalKey } from './words.ts';

interface DialogEndProps {
  /** What is done. */
  readonly word: string;
  readonly mayBeDone: boolean;
  /** Why it was not done; empty: no reason. */
  readonly refusal: string;
  readonly onClose: () => void;
}

/** Below what a dialog about recordings asks: why it was refused, and its two buttons. */
export function DialogEnd({ word, mayBeDone, refusal, onClose }: DialogEndProps) {
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
        <button type="submit" className="dialog-main" disabled={!mayBeDone}>
          {word}
        </button>
      </div>
    </>
  );
}
