/** Service tokens below the networks: whose, until when, when they were last used; makes one, and ends one at once. */
import { useEffect, useId, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { TokensDesk } from '../app/service-tokens.ts';
import { holderKey, type MadeToken, type ServiceToken, type ServiceTokens } from '../model/service-token.ts';
import { useInstant } from './retention-words.ts';
import { type ShapeName, StateShape } from './state-shape.tsx';

const faults = [
  'unreachable',
  'locked',
  'no-session',
  'rate',
  'away',
  'not-permitted',
  'disk-nearly-full',
  'too-many-tokens',
  'days-out-of-range',
  'token-revoked',
] as const;
const shapes: Readonly<Record<ServiceToken['state'] | 'file', ShapeName>> = {
  ...{ valid: 'up', ending: 'warned', expired: 'closed', revoked: 'denied', file: 'up' },
};
/** When it was last used, and what others have made or ended. */
const readEveryMs = 20_000;

export function ServiceTokensSection() {
  const { t } = useTranslation();
  const [desk] = useState(() => new TokensDesk());
  const { known, made, fault } = useTokens(desk);
  useEffect(() => {
    void desk.load();
    const timer = setInterval(() => void desk.load(), readEveryMs);
    return () => clearInterval(timer);
  }, [desk]);
  const code = faults.find((each) => each === fault);
  return (
    <section
      className="service-tokens network"
      aria-label={t('serviceTokens.label')}
      aria-busy={known === undefined && fault === ''}
    >
      <h3>{t('serviceTokens.label')}</h3>
      <p className="service-tokens-who">{t('serviceTokens.about')}</p>
      <p className="fleet-fault" role="alert">
        {fault === '' ? '' : t(`serviceTokens.fault.${code ?? 'other'}`, { ...known?.bounds })}
      </p>
      {known !== undefined && (
        <>
          {made === undefined ? <Make desk={desk} known={known} /> : <Made desk={desk} made={made} />}
          <Tokens desk={desk} known={known} />
        </>
      )}
    </section>
  );
}

function useTokens(desk: TokensDesk) {
  return useSyncExternalStore(desk.store.watch, desk.store.get);
}

interface PartProps {
  readonly desk: TokensDesk;
  readonly known: ServiceTokens;
}

function Make({ desk, known: { holders, bounds } }: PartProps) {
  const { t } = useTranslation();
  const { waiting } = useTokens(desk);
  const [key, setKey] = useState('');
  const [days, setDays] = useState('90');
  const takers = holders.filter(({ takesTokens }) => takesTokens);
  const holder = takers.find((each) => holderKey(each) === key);
  if (takers.length === 0) return <p>{t('serviceTokens.noHolder')}</p>;
  return (
    <form
      className="service-tokens-make"
      aria-label={t('serviceTokens.make')}
      onSubmit={(event) => {
        event.preventDefault();
        if (holder !== undefined) void desk.make(holder, Number(days));
      }}
    >
      <label>
        <span>{t('serviceTokens.for')}</span>
        <select required value={key} onChange={({ target }) => setKey(target.value)}>
          <option value="">{t('serviceTokens.choose')}</option>
          {takers.map((each) => (
            <option key={holderKey(each)} value={holderKey(each)}>
              {`${each.id} – ${t(`serviceTokens.scope.${each.scope}`)}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t('serviceTokens.days', { ...bounds })}</span>
        <input
          type="number"
          inputMode="numeric"
          required
          step={1}
          min={bounds.min}
          max={bounds.max}
          value={days}
          onChange={({ target }) => setDays(target.value)}
        />
      </label>
      <button type="submit" disabled={waiting || holder === undefined}>
        {t('serviceTokens.make')}
      </button>
    </form>
  );
}

/** The one time that the token is shown, with how whoever it is for is given it. */
function Made({ desk, made: { id, holder, scope, expiresUtcMs, token } }: { desk: TokensDesk; made: MadeToken }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const field = useId();
  const [copied, setCopied] = useState<boolean>();
  const copy = async () => {
    // Off TLS and loopback a browser has no clipboard for pages: then he copies what is selected.
    const isDone = await Promise.resolve(navigator.clipboard?.writeText(token).then(() => true)).catch(() => false);
    if (isDone !== true) document.querySelector<HTMLInputElement>('.service-token-secret')?.select();
    setCopied(isDone === true);
  };
  return (
    <div className="service-token-made">
      <p role="status">
        <strong>{t('serviceTokens.made', { id, holder, time: instant(expiresUtcMs) })}</strong>{' '}
        {t('serviceTokens.once')}
      </p>
      <label htmlFor={field}>{t('serviceTokens.secret')}</label>
      <div className="service-token-row">
        <input
          id={field}
          className="service-token-secret"
          readOnly
          value={token}
          autoComplete="off"
          spellCheck={false}
          onFocus={({ target }) => target.select()}
        />
        <button type="button" onClick={() => void copy()}>
          {t('serviceTokens.copy')}
        </button>
        <button type="button" onClick={() => desk.forget()}>
          {t('serviceTokens.done')}
        </button>
      </div>
      <p role="status">{copied === undefined ? '' : t(copied ? 'serviceTokens.copied' : 'serviceTokens.notCopied')}</p>
      <p>{t(`serviceTokens.give.${scope}`)}</p>
      <code>
        {scope === 'hits' ? 'Authorization: Bearer escaut_…' : 'python3 agent.py … --token "$(cat link-token)"'}
      </code>
    </div>
  );
}

function Tokens({ desk, known: { tokens, holders } }: PartProps) {
  const { t } = useTranslation();
  const ofFile = holders.filter(({ hasFileSecret }) => hasFileSecret);
  if (tokens.length + ofFile.length === 0) return <p>{t('serviceTokens.none')}</p>;
  return (
    <table className="service-tokens-table">
      <caption>{t('serviceTokens.known')}</caption>
      <thead>
        <tr>
          {(['for', 'state', 'ends', 'used', 'madeBy', 'end'] as const).map((each) => (
            <th key={each} scope="col">
              {t(`serviceTokens.column.${each}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <Token key={token.id} desk={desk} token={token} />
        ))}
        {ofFile.map(({ id, scope }) => (
          <tr key={`${scope} ${id}`} data-state="valid" data-holder={id}>
            <th scope="row">
              <bdi>{id}</bdi> <small>{t(`serviceTokens.scope.${scope}`)}</small>
            </th>
            <td>
              <State name="file" />
            </td>
            <td>{t('serviceTokens.stays')}</td>
            <td>–</td>
            <td>–</td>
            <td>{t('serviceTokens.endsInFile')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ name }: { name: ServiceToken['state'] | 'file' }) {
  const { t } = useTranslation();
  return (
    <span className="service-token-state">
      <StateShape name={shapes[name]} />
      {t(`serviceTokens.state.${name}`)}
    </span>
  );
}

function Token({ desk, token }: { desk: TokensDesk; token: ServiceToken }) {
  const { t } = useTranslation();
  const instant = useInstant();
  const { waiting } = useTokens(desk);
  const [isSure, setSure] = useState(false);
  const { id, holder, scope, state, days, madeUtcMs, madeBy, expiresUtcMs, revokedUtcMs, revokedBy } = token;
  const { usedUtcMs, usedFrom } = token;
  const known = (['hits', 'link'] as const).find((each) => each === scope);
  const isGood = state === 'valid' || state === 'ending';
  return (
    <tr data-state={state} data-token={id} data-holder={holder}>
      <th scope="row">
        <bdi>{holder}</bdi> <small>{known === undefined ? scope : t(`serviceTokens.scope.${known}`)}</small>{' '}
        <code>{id}</code>
      </th>
      <td>
        <State name={state} />
      </td>
      <td>
        {revokedUtcMs === undefined ? (
          <time>{instant(expiresUtcMs)}</time>
        ) : (
          <>
            <time>{instant(revokedUtcMs)}</time> {revokedBy !== undefined && <bdi>{revokedBy}</bdi>}
          </>
        )}{' '}
        {isGood && (
          <strong>
            {days === 0
              ? t('serviceTokens.endsToday')
              : days === 1
                ? t('serviceTokens.endsInOne')
                : t('serviceTokens.endsIn', { count: days })}
          </strong>
        )}
      </td>
      <td>
        {usedUtcMs === undefined ? (
          t('serviceTokens.neverUsed')
        ) : (
          <>
            <time>{instant(usedUtcMs)}</time> <bdi>{usedFrom ?? ''}</bdi>
          </>
        )}
      </td>
      <td>
        <bdi>{madeBy ?? '–'}</bdi> <time>{instant(madeUtcMs)}</time>
      </td>
      <td>
        {isGood &&
          (isSure ? (
            <>
              <p>{t(scope === 'link' ? 'serviceTokens.afterLink' : 'serviceTokens.afterHits')}</p>
              <button
                type="button"
                className="service-token-sure"
                disabled={waiting}
                onClick={() => void desk.revoke(id)}
              >
                {t('serviceTokens.sure', { id })}
              </button>{' '}
              <button type="button" onClick={() => setSure(false)}>
                {t('serviceTokens.keep')}
              </button>
            </>
          ) : (
            <button type="button" aria-label={t('serviceTokens.endOf', { id, holder })} onClick={() => setSure(true)}>
              {t('serviceTokens.end')}
            </button>
          ))}
      </td>
    </tr>
  );
}
