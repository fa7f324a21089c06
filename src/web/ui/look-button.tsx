import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icons.tsx';
import { LookSheet } from './look-sheet.tsx';
import { TabsSheet } from './tabs-sheet.tsx';

/** Opens the sheet where language, colours and reading out are chosen. */
export function LookButton() {
  const { t, i18n } = useTranslation();
  const [shown, setShown] = useState<'look' | 'tabs'>();
  return (
    <>
      <button type="button" className="small-button look-button" onClick={() => setShown('look')}>
        <Icon name="look" />
        <span className="look-word">{t('look.open')}</span>
        <span className="look-language">{i18n.language.toUpperCase()}</span>
      </button>
      {shown === 'look' && <LookSheet onClose={() => setShown(undefined)} onTabs={() => setShown('tabs')} />}
      {shown === 'tabs' && <TabsSheet onClose={() => setShown(undefined)} />}
    </>
  );
}
