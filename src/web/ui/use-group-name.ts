import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';

/** The group's full name in the page's language. */
export function useGroupName(group: GroupModel): string {
  const { language } = useTranslation().i18n;
  return language === 'fr' || language === 'nl' ? group.name[language] : group.name.en;
}
