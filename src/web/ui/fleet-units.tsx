import { useTranslation } from 'react-i18next';
import { faultKey, mayChangeSection } from '../model/fleet.ts';
import { FaultText } from './fleet-faults.tsx';
import { FleetSection } from './fleet-section.tsx';
import { useFleet, useSession, useView } from './session-context.tsx';

/** Units, one by one or all of them by way of a spreadsheet. */
export function FleetUnits() {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { operator } = useView();
  const { waiting, tableFaults } = useFleet();
  return (
    <>
      <fieldset className="fleet-form">
        <legend>{t('fleet.units.label')}</legend>
        <a className="fleet-file" href="api/v1/fleet/units.csv" download="units.csv">
          {t('fleet.units.save')}
        </a>
        {mayChangeSection(operator?.role, 'units') && (
          <label className="fleet-file">
            {t('fleet.units.read')}
            <input
              type="file"
              className="unseen"
              accept=".csv,text/csv"
              disabled={waiting}
              onChange={(event) => {
                const [file] = event.target.files ?? [];
                if (file !== undefined) void file.text().then((csv) => fleet.readUnits(csv));
                event.target.value = ''; // the same file again, once it is mended
              }}
            />
          </label>
        )}
        {tableFaults.length > 0 && (
          <ul className="fleet-problems" role="alert">
            {tableFaults.map((fault) => (
              <li key={faultKey(fault)} data-severity="error">
                {t('fleet.line', { line: fault.line })} <code>{fault.path}</code> <FaultText fault={fault} />
              </li>
            ))}
          </ul>
        )}
      </fieldset>
      <FleetSection section="units" />
    </>
  );
}
