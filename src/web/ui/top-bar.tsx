import { useTranslation } from 'react-i18next';
import { accountHash } from '../app/pages.ts';
import { Clock } from './clock.tsx';
import { IntercomButton } from './intercom-dialog.tsx';
import { LinkIndicator } from './link-indicator.tsx';
import { ListeningIndicator } from './listening-indicator.tsx';
import { LogoutButton } from './login-view.tsx';
import { LookButton } from './look-button.tsx';
import { MicrophonePicker } from './microphone-picker.tsx';
import { PlanButton } from './plan-strip.tsx';
import { useView } from './session-context.tsx';
import { useName } from './use-name.ts';
import { ViewSwitch } from './view-switch.tsx';
import { Wordmark } from './wordmark.tsx';

export function TopBar() {
  const { t } = useTranslation();
  const { model, operator } = useView();
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
      <div className="top-bar-ways">
        <ViewSwitch />
        <PlanButton />
        <IntercomButton />
      </div>
      <div className="top-bar-states">
        <LinkIndicator />
        <ListeningIndicator />
        <MicrophonePicker />
        <LookButton />
        {model.signedIn && (
          <a className="small-button account-link" href={accountHash} target="_blank" rel="noopener">
            {t('account.link')}
          </a>
        )}
        {model.signedIn && <LogoutButton />}
      </div>
      <Clock />
    </header>
  );
}
