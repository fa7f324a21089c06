import { useTranslation } from 'react-i18next';
import { keyLabel } from '../ptt/key-map.ts';
import { Icon } from './icons.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { useNow } from './use-now.ts';

/** Silences all groups but the selected ones, and those in distress, for half a minute; a second press ends it. */
export function SilenceButton() {
  const { t } = useTranslation();
  const session = useSession();
  const { silentUntilMs } = useView().voice;
  const { keys } = useDesk();
  const nowMs = useNow(silentUntilMs === undefined ? undefined : 500);
  const silent = silentUntilMs !== undefined;
  const seconds = Math.max(0, Math.ceil(((silentUntilMs ?? nowMs) - nowMs) / 1000));
  return (
    <button
      type="button"
      className="small-button silence-button"
      data-shortcut="silence"
      aria-pressed={silent}
      onClick={() => session.sound.setSilent(!silent)}
    >
      {keys.silence !== '' && <kbd>{keyLabel(keys.silence)}</kbd>}
      <Icon name={silent ? 'speakerOff' : 'speaker'} />
      {silent ? t('desk.silent', { seconds }) : t('desk.silence')}
    </button>
  );
}
