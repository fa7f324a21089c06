import { useTranslation } from 'react-i18next';
import type { LocalisedName } from '../model/terms.ts';
import { nameIn } from './words.ts';

/** A name of the configuration in the page's language; empty while it is not known. */
export function useName(name: LocalisedName | undefined): string {
  const { language } = useTranslation().i18n;
  if (name === undefined) return '';
  return nameIn(name, language);
}
