/** People and their roles, and what they log in by: whoever left is out at once, a link for a password takes two. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { AccountsDesk } from '../app/accounts.ts';
import { mayChangeSection } from '../model/fleet.ts';
import { idOf } from '../model/fleet-draft.ts';
import { FleetSection } from './fleet-section.tsx';
import { formatClock, formatDate } from './format.ts';
import { useView } from './session-context.tsx';

const faults = [
  'unreachable',
  'role',
  'may-not-edit',
  'own-account',
  'nobody',
  'not-asked',
  'asked-by-you',
  'too-many-orders',
  'locked',
  'no-session',
  'rate',
  'away',
] as const;

export function FleetPeople() {
  const { operator } = useView();
  const [desk] = useState(() => new AccountsDesk());
  const may = mayChangeSection(operator?.role, 'people');
  useEffect(() => {
    if (may) void desk.load();
  }, [desk, may]);
  return (
    <>
      {may && <LinksAsked desk={desk} />}
      <FleetSection section="people" beside={(item) => may && <Account desk={desk} person={idOf(item)} />} />
    </>
  );
}

function useAccounts(desk: AccountsDesk) {
  return useSyncExternalStore(desk.store.watch, desk.store.get);
}

/** Links that somebody has asked for, and what became of the last thing that was done. */
function LinksAsked({ desk }: { desk: AccountsDesk }) {
  const { t } = useTranslation();
  const { operator } = useView();
  const { accounts, link, fault, waiting } = useAccounts(desk);
  const asked = accounts.filter(({ linkAskedBy }) => linkAskedBy !== undefined);
  const code = faults.find((each) => each === fault);
  return (
    <div className="fleet-links">
      <p className="fleet-fault" role="alert">
        {fault === '' ? '' : t(`fleet.fault.${code ?? 'other'}`)}
      </p>
      {link !== undefined && (
        <div role="status" className="fleet-link">
          <p>{t('fleet.account.link', { name: link.person })}</p>
          <code>{link.url}</code>
        </div>
      )}
      {asked.length > 0 && (
        <section aria-label={t('fleet.account.asked')}>
          <h3>{t('fleet.account.asked')}</h3>
          <ul className="fleet-list">
            {asked.map(({ person, linkAskedBy }) => (
              <li key={person}>
                {t('fleet.account.askedBy', { person, name: linkAskedBy?.display ?? '' })}{' '}
                {linkAskedBy?.person === operator?.personId ? (
                  t('fleet.account.otherGives')
                ) : (
                  <button
                    type="button"
                    className="fleet-own"
                    disabled={waiting}
                    onClick={() => void desk.act('give', person)}
                  >
                    {t('fleet.account.give', { person })}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** What one of them logs in by. */
function Account({ desk, person }: { desk: AccountsDesk; person: string }) {
  const { t, i18n } = useTranslation();
  const { operator, model } = useView();
  const { accounts, waiting } = useAccounts(desk);
  const [isSure, setSure] = useState(false);
  const account = accounts.find((each) => each.person === person);
  if (account === undefined) return null;
  const { state, hasSecondFactor, sinceUtcMs, linkAskedBy } = account;
  const isOwn = person === operator?.personId;
  return (
    <section className="fleet-listen" aria-label={t('fleet.account.label')}>
      <h4>{t('fleet.account.label')}</h4>
      <p>{t(`fleet.account.state.${state}`)}</p>
      {state === 'active' && <p>{hasSecondFactor ? t('fleet.account.second') : t('fleet.account.noSecond')}</p>}
      {sinceUtcMs !== undefined && (
        <p>
          {t('fleet.account.since', {
            time: `${formatDate(sinceUtcMs, i18n.language, model.timezone)} ${formatClock(sinceUtcMs, i18n.language, model.timezone)}`,
          })}
        </p>
      )}
      {linkAskedBy !== undefined && <p>{t('fleet.account.askedBy', { person, name: linkAskedBy.display })}</p>}
      {isOwn ? (
        <p>{t('fleet.fault.own-account')}</p>
      ) : (
        <div className="fleet-buttons">
          <button
            type="button"
            disabled={waiting || linkAskedBy !== undefined}
            onClick={() => void desk.act('ask', person)}
          >
            {t('fleet.account.ask')}
          </button>
          {(state === 'active' || state === 'invited') && !isSure && (
            <button type="button" disabled={waiting} onClick={() => setSure(true)}>
              {t('fleet.account.disable')}
            </button>
          )}
          {isSure && state !== 'disabled' && (
            <button
              type="button"
              className="dialog-main"
              disabled={waiting}
              onClick={() => void desk.act('disable', person).then(() => setSure(false))}
            >
              {t('fleet.account.sure', { person })}
            </button>
          )}
        </div>
      )}
      <p>{t('fleet.account.hint')}</p>
    </section>
  );
}
