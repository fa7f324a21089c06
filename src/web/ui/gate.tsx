import { useTranslation } from 'react-i18next';
import type { LinkState } from '../link/link-machine.ts';
import { endingOf } from '../model/login.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { LoginView } from './login-view.tsx';
import { useSession } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { Wordmark } from './wordmark.tsx';

/** What the page shows before it is a console for the first time, and when the gateway will not have it. */
export function Gate({ link }: { link: LinkState }) {
  const { t } = useTranslation();
  const ending = link.refusal?.reason === 'token' ? endingOf(link.refusal.detail) : undefined;
  return (
    <div className="gate">
      <main className="gate-card">
        <Wordmark />
        {link.refusal === undefined ? (
          <>
            <h1>
              <StateShape name="connecting" />
              {t('gate.connecting')}
            </h1>
            <p role="status">{link.attempt > 1 ? t('gate.unreachable') : ''}</p>
          </>
        ) : ending === undefined ? (
          <Refused link={link} />
        ) : (
          <LoginView ending={ending} />
        )}
        <LanguageSwitch />
      </main>
    </div>
  );
}

function Refused({ link }: { link: LinkState }) {
  const { t } = useTranslation();
  const session = useSession();
  const { reason } = link.refusal ?? { reason: 'unspecified' };
  return (
    <>
      <h1>
        <StateShape name="denied" />
        {t(`gate.${reason}`)}
      </h1>
      <p role="alert">{t(`gate.${reason}Help`)}</p>
      {(reason === 'version' || reason === 'protocol') && (
        <button type="button" className="gate-button" onClick={() => location.reload()}>
          {t('gate.reload')}
        </button>
      )}
      {reason === 'replaced' && (
        <button type="button" className="gate-button" onClick={() => session.takeOver()}>
          {t('gate.takeOver')}
        </button>
      )}
    </>
  );
}
