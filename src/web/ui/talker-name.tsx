import { useTranslation } from 'react-i18next';
import type { TalkerModel } from '../model/terms.ts';
import { isAnnouncement, talkerTitle } from '../model/tile-state.ts';

/**
 * A talker as text: the call sign, else the address, else the words for an unknown one. Isolated, so that a name in
 * another direction of writing moves nothing around it.
 */
export function TalkerName({ talker }: { talker: TalkerModel }) {
  const { t } = useTranslation();
  const title = isAnnouncement(talker) ? t('talker.announcement') : talkerTitle(talker);
  return title === '' ? <span>{t('talker.unknown')}</span> : <bdi>{title}</bdi>;
}
