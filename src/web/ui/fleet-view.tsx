/** Where people change the fleet data: its versions, who is joined with whom, and a text for the next version. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mayChangeFleet } from '../model/fleet.ts';
import { FleetEdit } from './fleet-edit.tsx';
import { FleetMapping } from './fleet-mapping.tsx';
import { FleetShadows } from './fleet-shadows.tsx';
import { FleetVersions } from './fleet-versions.tsx';
import { useFleet, useSession, useView } from './session-context.tsx';
import { ViewHeader } from './view-header.tsx';

const parts = ['versions', 'mapping', 'shadows', 'edit'] as const;

/** What the page has words of its own for. */
const faults = [
  'unreachable',
  'invalid',
  'base-outdated',
  'version-changed',
  'version-settled',
  'nothing-changed',
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

export function FleetView() {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { operator } = useView();
  const { active, running, owed, waiting, fault } = useFleet();
  const [part, setPart] = useState<(typeof parts)[number]>('versions');
  const code = faults.find((each) => each === fault?.code);
  useEffect(() => void fleet.load(), [fleet]);
  const shown = parts.filter((each) => each !== 'edit' || mayChangeFleet(operator?.role));
  return (
    <main className="fleet" id="groups" aria-label={t('fleet.label')} aria-busy={waiting} tabIndex={-1}>
      <ViewHeader title={t('fleet.label')} />
      <p className="fleet-state">
        {active === 0 ? t('fleet.ofFile') : t('fleet.active', { version: active })}
        {running !== active && ` ${t('fleet.running', { version: running })}`}
      </p>
      {owed.length > 0 && (
        <ul className="fleet-owed">
          {owed.map(({ section, item, when }) => (
            <li key={`${section} ${item}`}>
              <code>{`${section} ${item}`}</code> {when === 'restart' ? t('fleet.owed.restart') : t('fleet.owed.waits')}
            </li>
          ))}
        </ul>
      )}
      <nav className="fleet-parts" aria-label={t('fleet.parts')}>
        {shown.map((each) => (
          <button key={each} type="button" aria-pressed={part === each} onClick={() => setPart(each)}>
            {t(`fleet.part.${each}`)}
          </button>
        ))}
        <button type="button" onClick={() => void fleet.load()}>
          {t('fleet.reload')}
        </button>
      </nav>
      <p className="fleet-fault" role="alert">
        {fault === undefined ? '' : code === undefined ? fault.detail : t(`fleet.fault.${code}`)}
      </p>
      {part === 'versions' ? (
        <FleetVersions />
      ) : part === 'mapping' ? (
        <FleetMapping />
      ) : part === 'shadows' ? (
        <FleetShadows edit={() => setPart('edit')} />
      ) : (
        <FleetEdit done={() => setPart('versions')} />
      )}
    </main>
  );
}
