import { useTranslation } from 'react-i18next';
import { Icon } from './icons.tsx';
import { LevelMeter } from './level-meter.tsx';
import { useSession, useView } from './session-context.tsx';

/** Which microphone, whether it works, and how loud it is. */
export function MicrophonePicker() {
  const { t } = useTranslation();
  const session = useSession();
  const { state, deviceId, devices } = useView().voice.microphone;
  const live = state === 'live';
  return (
    <div className="microphone" data-tone={live ? 'good' : 'bad'}>
      <Icon name="microphone" />
      {live ? (
        <>
          <select
            className="microphone-choice"
            aria-label={t('microphone.choose')}
            value={deviceId}
            onChange={(event) => session.pickMicrophone(event.target.value)}
          >
            {devices.map((device, index) => (
              <option key={device.id} value={device.id}>
                {device.label || t('microphone.unnamed', { number: index + 1 })}
              </option>
            ))}
          </select>
          <LevelMeter />
        </>
      ) : (
        <>
          <span className="microphone-fault">{t(`microphone.state.${state}`)}</span>
          {state !== 'asking' && (
            <button type="button" className="small-button" onClick={() => session.retryMicrophone()}>
              {t('microphone.retry')}
            </button>
          )}
        </>
      )}
    </div>
  );
}
