/** How long evidence is kept and by which law, what is held, what was deleted, and what goes next. For auditors. */
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DeletionReport, type NextGone, type RetentionModel, sumsOf } from '../model/retention.ts';
import { FleetHolds } from './fleet-holds.tsx';
import { AskedChanges, ChangeDialog } from './fleet-retention-change.tsx';
import { countryName } from './format.ts';
import { retentionFaultKey, useGroupName, useInstant, useKindCount, useRuleName } from './retention-words.ts';
import { useRetention, useSession } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** What a second person waits to see. */
const readEveryMs = 20_000;

export function FleetRetention() {
  const { t } = useTranslation();
  const { retention: desk } = useSession();
  const { retention, fault } = useRetention();
  useEffect(() => {
    void desk.load();
    const timer = setInterval(() => void desk.load(), readEveryMs);
    return () => clearInterval(timer);
  }, [desk]);
  return (
    <div className="retention" aria-busy={retention === undefined && fault === ''}>
      <p>{t('fleet.retention.about')}</p>
      <p className="fleet-fault" role="alert">
        {fault === '' ? '' : t(retentionFaultKey(fault))}
      </p>
      {retention !== undefined && (
        <>
          {retention.halted !== undefined && (
            <p className="retention-halted" role="status">
              <StateShape name="stale" />
              {t('alarm.code.retention-halted')}
            </p>
          )}
          <Rules retention={retention} />
          <FleetHolds retention={retention} />
          <Next retention={retention} />
          <Reports retention={retention} />
        </>
      )}
    </div>
  );
}

function Rules({ retention }: { retention: RetentionModel }) {
  const { t, i18n } = useTranslation();
  const ruleName = useRuleName();
  const instant = useInstant();
  /** Of the dialog; '' adds one. */
  const [changing, setChanging] = useState<string>();
  const { rules, groups, mayHold, mayAdd } = retention;
  const [kept, keptOf] = [t('fleet.retention.rules'), t('fleet.retention.groups')];
  return (
    <section aria-label={kept}>
      <AskedChanges retention={retention} />
      <KeptTable
        name="rules"
        caption={kept}
        columns={['law', 'kept', 'keptFrom', 'source', ...(mayHold ? ['change' as const] : [])]}
      >
        {rules.map(({ rule, days, setBy, setUtcMs, keptFrom }) => (
          <tr key={rule} data-rule={rule}>
            <th scope="row">{ruleName(rule)}</th>
            <td>{t('fleet.retention.days', { count: days })}</td>
            <td>
              <time dateTime={keptFrom}>{keptFrom}</time>
            </td>
            <td>
              {setBy === undefined
                ? t('fleet.retention.ofFile')
                : t('fleet.retention.setBy', { names: setBy, time: instant(setUtcMs ?? 0) })}
            </td>
            {mayHold && (
              <td>
                <button
                  type="button"
                  aria-label={t('fleet.retention.changeOf', { rule: ruleName(rule) })}
                  onClick={() => setChanging(rule)}
                >
                  {t('fleet.retention.change')}
                </button>
              </td>
            )}
          </tr>
        ))}
      </KeptTable>
      {mayHold && mayAdd.length > 0 && (
        <button type="button" onClick={() => setChanging('')}>
          {t('fleet.retention.add')}
        </button>
      )}
      {changing !== undefined && (
        <ChangeDialog retention={retention} rule={changing} onClose={() => setChanging(undefined)} />
      )}
      <KeptTable name="groups" caption={keptOf} columns={['group', 'countries', 'kept', 'law']}>
        {groups.map(({ group, short, countries, days, rule }) => (
          <tr key={group} data-group={group}>
            <th scope="row">
              <bdi>{short}</bdi>
            </th>
            <td>{countries.map((each) => countryName(each, i18n.language)).join(', ') || '–'}</td>
            <td>{t('fleet.retention.days', { count: days })}</td>
            <td>{ruleName(rule)}</td>
          </tr>
        ))}
      </KeptTable>
    </section>
  );
}

type Column = 'law' | 'kept' | 'keptFrom' | 'source' | 'change' | 'group' | 'countries' | 'goes' | 'what' | 'ofDay';

interface KeptTableProps {
  readonly name: string;
  /** Shown above it; undefined: it stands there already. */
  readonly caption?: string;
  readonly label?: string;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
}

function KeptTable({ name, caption, label, columns, children }: KeptTableProps) {
  const { t } = useTranslation();
  return (
    <table className={`retention-table retention-${name}`} aria-label={label}>
      {caption !== undefined && <caption>{caption}</caption>}
      <thead>
        <tr>
          {columns.map((each) => (
            <th key={each} scope="col">
              {t(`fleet.retention.column.${each}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

function Next({ retention }: { retention: RetentionModel }) {
  const { t } = useTranslation();
  const { next, nextMore, pending } = retention;
  const kindCount = useKindCount();
  const groupName = useGroupName(retention);
  const ruleName = useRuleName();
  const row = ({ goes, day, group, rule, hold, ...what }: NextGone) => (
    <tr key={`${goes} ${what.kind} ${what.part} ${day} ${group} ${rule} ${hold}`} data-is-held={hold !== undefined}>
      <td>
        {hold === undefined ? (
          <time dateTime={goes}>{goes}</time>
        ) : (
          <strong>{t('fleet.retention.stays', { hold })}</strong>
        )}
      </td>
      <td>{kindCount(what)}</td>
      <td>
        <time dateTime={day}>{day}</time>
      </td>
      <td>
        <bdi>{groupName(group)}</bdi>
      </td>
      <td>{ruleName(rule)}</td>
    </tr>
  );
  return (
    <section aria-label={t('fleet.retention.next')} className="retention-next">
      <h3>{t('fleet.retention.next')}</h3>
      {pending.length > 0 && (
        <p className="retention-halted">
          <StateShape name="stale" />
          {t('fleet.retention.pending', { count: pending.length })}
        </p>
      )}
      {next.length === 0 ? (
        <p>{t('fleet.retention.nothingNext')}</p>
      ) : (
        <KeptTable name="going" label={t('fleet.retention.next')} columns={['goes', 'what', 'ofDay', 'group', 'law']}>
          {next.map(row)}
        </KeptTable>
      )}
      {nextMore > 0 && <p>{t('fleet.retention.more', { count: nextMore })}</p>}
    </section>
  );
}

function Reports({ retention }: { retention: RetentionModel }) {
  const { t } = useTranslation();
  const { reports, reportFault } = retention;
  return (
    <section aria-label={t('fleet.retention.reports')} className="retention-reports">
      <h3>{t('fleet.retention.reports')}</h3>
      {reports.length > 0 || reportFault !== undefined ? (
        <p data-is-whole={reportFault === undefined}>
          <StateShape name={reportFault === undefined ? 'up' : 'down'} />
          {reportFault === undefined
            ? t('fleet.retention.whole', { count: reports.length })
            : t('fleet.retention.notWhole', { fault: reportFault })}
        </p>
      ) : (
        <p>{t('fleet.retention.noReports')}</p>
      )}
      {reports.map((report) => (
        <Report key={report.day} report={report} retention={retention} />
      ))}
    </section>
  );
}

function Report({ report, retention }: { report: DeletionReport; retention: RetentionModel }) {
  const { t } = useTranslation();
  const kindCount = useKindCount();
  const groupName = useGroupName(retention);
  const ruleName = useRuleName();
  const { day, removed, more, spared } = report;
  const sums = sumsOf(report).map(kindCount);
  return (
    <details className="retention-report" data-day={day}>
      <summary>
        <time dateTime={day}>{day}</time>{' '}
        {sums.length === 0 ? t('fleet.retention.nothingGone') : `${sums.join(', ')}${more > 0 ? ' …' : ''}`}
        {spared > 0 && ` · ${t('fleet.retention.spared', { count: spared })}`}
      </summary>
      {removed.length > 0 && (
        <ul>
          {removed.map((each) => (
            <li key={`${each.kind} ${each.part} ${each.day} ${each.group} ${each.rule} ${each.count} ${each.octets}`}>
              {t('fleet.retention.gone', {
                what: kindCount(each),
                group: groupName(each.group),
                day: each.day,
                rule: ruleName(each.rule),
              })}
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <p>{t('fleet.retention.more', { count: more })}</p>}
    </details>
  );
}
