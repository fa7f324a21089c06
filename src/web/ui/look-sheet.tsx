import { useTranslation } from 'react-i18next';
import { verbosities } from '../model/floor-news.ts';
import { themes } from '../model/theme.ts';
import { Dialog } from './dialog.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { useLook, useSession } from './session-context.tsx';

/** In which language the page speaks, how it looks and what it reads out. */
export function LookSheet({ onClose, onTabs }: { onClose: () => void; onTabs: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const { look } = session;
  const { theme, verbosity, order } = useLook();
  return (
    <Dialog title={t('look.title')} onClose={onClose} onSubmit={onClose}>
      <div className="dialog-field">
        <h3>{t('language.label')}</h3>
        <LanguageSwitch />
      </div>
      <fieldset>
        <legend>{t('theme.label')}</legend>
        <div className="reasons">
          {(['auto', ...themes] as const).map((choice) => (
            <label key={choice} className="chip">
              <input
                type="radio"
                name="theme"
                value={choice}
                checked={choice === theme}
                onChange={() => look.chooseTheme(choice)}
              />
              <span>{t(`theme.${choice}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend>{t('look.say')}</legend>
        <div className="reasons">
          {verbosities.map((choice) => (
            <label key={choice} className="chip">
              <input
                type="radio"
                name="verbosity"
                value={choice}
                checked={choice === verbosity}
                onChange={() => look.chooseVerbosity(choice)}
              />
              <span>{t(`look.sayWhat.${choice}`)}</span>
            </label>
          ))}
        </div>
        <p className="dialog-preview">{t('look.sayHelp')}</p>
      </fieldset>
      <div className="dialog-buttons">
        <button type="button" className="wall-button" onClick={() => session.showWall()}>
          {t('wall.open')}
        </button>
        {order.length > 0 && (
          <button type="button" className="order-reset" onClick={() => look.resetOrder()}>
            {t('look.resetOrder')}
          </button>
        )}
        <button type="button" className="tabs-button" onClick={onTabs}>
          {t('tabs.open')}
        </button>
        <button type="submit" className="dialog-main">
          {t('keys.done')}
        </button>
      </div>
    </Dialog>
  );
}
