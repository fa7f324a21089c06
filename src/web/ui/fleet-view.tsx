/** Where people change the fleet data: its versions, who is joined with whom, and a text for the next version. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FleetPartName } from '../model/fleet-parts.ts';
import { fleetParts } from './fleet-parts.tsx';
import { useFleet, useSession, useView } from './session-context.tsx';
import { ViewHeader } from './view-header.tsx';

/** What the page has words of its own for. */
const faults = [
  'unreachable',
  'invalid',
  'base-outdated',
  'version-changed',
  'version-settled',
  'nothing-changed',
  'no-administrator',
  'may-not-edit',
  'role',
  'author-cannot-approve',
  'already-approved',
  'word-not-needed',
  'too-many-waiting',
  'disk-nearly-full',
  'time-out-of-range',
  'locked',
  'no-session',
  'rate',
  'away',
] as const;

const waitCauses = ['open', 'under-way', 'talk', 'control-room', 'with-another'] as const;

export function FleetView() {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { operator } = useView();
  const { active, running, owed, waiting, fault, text, heldText, preview } = useFleet();
  const [name, setName] = useState<FleetPartName>('versions');
  const code = faults.find((each) => each === fault);
  useEffect(() => void fleet.load(), [fleet]);
  const shown = fleetParts.filter(({ isSeen }) => isSeen(operator?.role));
  const part = shown.find((each) => each.name === name);
  return (
    <main className="fleet" id="groups" aria-label={t('fleet.label')} aria-busy={waiting} tabIndex={-1}>
      <ViewHeader title={t('fleet.label')} />
      <p className="fleet-state">
        {active === 0 ? t('fleet.ofFile') : t('fleet.active', { version: active })}
        {running !== active && ` ${t('fleet.running', { version: running })}`}
      </p>
      {owed.length > 0 && (
        <ul className="fleet-owed">
          {owed.map(({ section, item, why }) => (
            <li key={`${section} ${item}`}>
              <code>{`${section} ${item}`}</code> {t('fleet.owed')}{' '}
              <small>({t(`fleet.owedWhy.${waitCauses.find((each) => each === why) ?? 'with-another'}`)})</small>
            </li>
          ))}
        </ul>
      )}
      <nav className="fleet-parts" aria-label={t('fleet.parts')}>
        {shown.map((each) => (
          <button key={each.name} type="button" aria-pressed={part === each} onClick={() => setName(each.name)}>
            {t(`fleet.part.${each.name}`)}
          </button>
        ))}
        <button type="button" onClick={() => void fleet.load()}>
          {t('fleet.reload')}
        </button>
      </nav>
      <p className="fleet-fault" role="alert">
        {fault === undefined ? '' : t(`fleet.fault.${code ?? 'other'}`)}
      </p>
      {text !== heldText && name !== 'edit' && (
        <p className="fleet-next">
          {preview === undefined ? t('fleet.differs') : t('fleet.differsBy', { count: preview.changes.length })}{' '}
          <button type="button" onClick={() => setName('edit')}>
            {t('fleet.toProposal')}
          </button>
        </p>
      )}
      {part !== undefined && <part.View key={part.name} name={part.name} show={setName} />}
    </main>
  );
}
