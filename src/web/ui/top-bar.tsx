import { useTranslation } from 'react-i18next';
import { Clock } from './clock.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { LinkIndicator } from './link-indicator.tsx';
import { ListeningIndicator } from './listening-indicator.tsx';
import { MicrophonePicker } from './microphone-picker.tsx';
import { useSession, useView } from './session-context.tsx';
import { useName } from './use-name.ts';
import { Wordmark } from './wordmark.tsx';

export function TopBar() {
  const { t } = useTranslation();
  const session = useSession();
  const { model, operator, page } = useView();
  const name = useName(model.gatewayName);
  return (
    <header className="top-bar">
      <div className="top-bar-name">
        <Wordmark />
        <div className="top-bar-gateway">
          <h1>{name || t('app.console')}</h1>
          {operator !== undefined && (
            <p>
              <bdi>{operator.display}</bdi>
            </p>
          )}
        </div>
      </div>
      <div className="top-bar-states">
        <button
          type="button"
          className="map-button"
          data-shortcut="map"
          aria-pressed={page === 'map'}
          onClick={() => session.show(page === 'map' ? 'groups' : 'map')}
        >
          {t('map.open')}
        </button>
        <button
          type="button"
          className="networks-button"
          data-shortcut="networks"
          aria-pressed={page === 'networks'}
          onClick={() => session.show(page === 'networks' ? 'groups' : 'networks')}
        >
          {t('networks.open')}
        </button>
        <LinkIndicator />
        <ListeningIndicator />
        <MicrophonePicker />
        <LanguageSwitch />
      </div>
      <Clock />
    </header>
  );
}
