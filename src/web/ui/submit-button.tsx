import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';

interface SubmitButtonProps {
  /** What has not been said yet, as its fields are called; empty: all of it. */
  readonly needs: readonly string[];
  readonly children: ReactNode;
}

/** Answers a question. While something is missing it says what: beside it, to whoever rests on it, and aloud. */
export function SubmitButton({ needs, children }: SubmitButtonProps) {
  const { t } = useTranslation();
  const id = useId();
  const isMissing = needs.length > 0;
  const missing = isMissing ? t('dialog.missing', { what: needs.join(', ') }) : undefined;
  return (
    <>
      {isMissing && (
        <span id={id} className="dialog-missing">
          {missing}
        </span>
      )}
      <button
        type="submit"
        className="dialog-main"
        aria-disabled={isMissing}
        title={missing}
        aria-describedby={isMissing ? id : undefined}
      >
        {children}
      </button>
    </>
  );
}

/** The names of those fields in which nothing stands. */
export function unsaid(...fields: readonly (readonly [name: string, said: string])[]): string[] {
  return fields.flatMap(([name, said]) => (said.trim() === '' ? [name] : []));
}
