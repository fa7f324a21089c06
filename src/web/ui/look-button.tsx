import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icons.tsx';
import { LookSheet } from './look-sheet.tsx';

/** Opens the sheet where language, colours and reading out are chosen. */
export function LookButton() {
  const { t, i18n } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <>
      <button type="button" className="small-button look-button" onClick={() => setShown(true)}>
        <Icon name="look" />
        <span className="look-word">{t('look.open')}</span>
        <span className="look-language">{i18n.language.toUpperCase()}</span>
      </button>
      {shown && <LookSheet onClose={() => setShown(false)} />}
    </>
  );
}
