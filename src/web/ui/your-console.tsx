import { useTranslation } from 'react-i18next';

/** Beside a console at which the operator himself has opened the page a second time. */
export function YourConsole() {
  const { t } = useTranslation();
  return <strong className="your-console">{t('panel.yourConsole')}</strong>;
}
