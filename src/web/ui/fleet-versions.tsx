import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FleetVersion, mayChangeFleet } from '../model/fleet.ts';
import { FleetChanges, FleetNeeds } from './fleet-changes.tsx';
import { formatClock, formatDate } from './format.ts';
import { useFleet, useSession, useView } from './session-context.tsx';

/** All versions, the newest first; beside them the one that is looked at. */
export function FleetVersions() {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { versions, chosen, next } = useFleet();
  const version = versions.find(({ number }) => number === chosen);
  return (
    <div className="fleet-versions">
      <nav aria-label={t('fleet.part.versions')}>
        {versions.length === 0 && <p>{t('fleet.none')}</p>}
        <ul className="fleet-list">
          {versions.map((each) => (
            <li key={each.number}>
              <button
                type="button"
                aria-current={each.number === chosen}
                data-version-state={each.state}
                onClick={() => void fleet.choose(each.number)}
              >
                <strong>{each.number}</strong> <span>{t(`fleet.state.${stateOf(each)}`)}</span> <bdi>{each.reason}</bdi>
              </button>
            </li>
          ))}
        </ul>
        {next > 0 && (
          <button type="button" onClick={() => void fleet.more()}>
            {t('fleet.more')}
          </button>
        )}
      </nav>
      {version === undefined ? (
        versions.length > 0 && <p>{t('fleet.choose')}</p>
      ) : (
        <Version key={version.number} version={version} />
      )}
    </div>
  );
}

function Version({ version }: { version: FleetVersion }) {
  const { t, i18n } = useTranslation();
  const { operator, model } = useView();
  const { changes } = useFleet();
  const { number, author, reason, state, proposedAt, from, needs, decisions, backTo, fault } = version;
  const at = (iso: string) => {
    const utcMs = Date.parse(iso);
    const clock = formatClock(utcMs, i18n.language, model.timezone);
    return `${formatDate(utcMs, i18n.language, model.timezone)} ${clock}`;
  };
  return (
    <section className="fleet-version" aria-label={t('fleet.version', { version: number })}>
      <h3>
        {t('fleet.version', { version: number })}: {t(`fleet.state.${stateOf(version)}`)}
      </h3>
      <p>
        <bdi>{reason}</bdi>
      </p>
      <p>{t('fleet.by', { name: author.display, country: author.country, time: at(proposedAt) })}</p>
      {backTo !== undefined && <p>{t('fleet.backTo', { version: backTo })}</p>}
      {fault !== undefined && <p>{t('fleet.unfit')}</p>}
      {state === 'approved' && <p>{t('fleet.from', { time: at(from) })}</p>}
      <ul>
        {decisions.map(({ name, by, at: when, reason: why }) => (
          <li key={`${name} ${by.person}`}>
            {t(`fleet.decided.${decisionOf(name)}`, { name: by.display, country: by.country, time: at(when) })}{' '}
            <bdi>{why}</bdi>
          </li>
        ))}
      </ul>
      <FleetNeeds needs={needs} />
      {mayChangeFleet(operator?.role) && (
        <VersionWords version={version} isOwn={author.person === operator?.personId} />
      )}
      {changes !== undefined && <FleetChanges changes={changes} />}
    </section>
  );
}

/** What the person can say to it; the gateway judges, and says why not. */
function VersionWords({ version: { number, state }, isOwn }: { version: FleetVersion; isOwn: boolean }) {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { waiting } = useFleet();
  const [reason, setReason] = useState('');
  const isOpen = state === 'proposed' || state === 'approved';
  const done = (was: boolean) => was && setReason('');
  return (
    <form className="fleet-words" onSubmit={(event) => event.preventDefault()}>
      <label>
        {t('fleet.reason')}
        <input type="text" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </label>
      {isOpen && !isOwn && (
        <button
          type="button"
          className="dialog-main"
          disabled={waiting}
          onClick={() => void fleet.say('agree', number, reason).then(done)}
        >
          {t('fleet.agree')}
        </button>
      )}
      {isOpen && (
        <button
          type="button"
          disabled={waiting || (!isOwn && reason.trim() === '')}
          onClick={() => void fleet.say(isOwn ? 'withdraw' : 'refuse', number, reason).then(done)}
        >
          {isOwn ? t('fleet.withdraw') : t('fleet.refuse')}
        </button>
      )}
      {state === 'past' && (
        <button
          type="button"
          disabled={waiting || reason.trim() === ''}
          onClick={() => void fleet.back(number, reason).then(done)}
        >
          {t('fleet.back')}
        </button>
      )}
      {state === 'active' && (
        <button
          type="button"
          disabled={waiting || reason.trim() === ''}
          onClick={() => void fleet.back(Math.max(0, number - 1), reason).then(done)}
        >
          {t('fleet.undo')}
        </button>
      )}
    </form>
  );
}

const states = ['proposed', 'approved', 'due', 'active', 'past', 'refused', 'withdrawn', 'outdated', 'unfit'] as const;

function stateOf({ state }: FleetVersion): (typeof states)[number] {
  return states.find((each) => each === state) ?? 'proposed';
}

function decisionOf(name: string): 'approved' | 'refused' | 'withdrawn' {
  return name === 'refused' || name === 'withdrawn' ? name : 'approved';
}
