import { useTranslation } from 'react-i18next';
import { cellText, type FleetChange, type FleetNeed } from '../model/fleet.ts';

/** What a version changes, item by item: what was left, what shall be right. */
export function FleetChanges({ changes }: { changes: readonly FleetChange[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p>{t('fleet.nothing')}</p>;
  return (
    <table className="fleet-changes">
      <caption>{t('fleet.changes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('fleet.field')}</th>
          <th scope="col">{t('fleet.before')}</th>
          <th scope="col">{t('fleet.after')}</th>
        </tr>
      </thead>
      {changes.map(({ section, item, kind, fields }) => (
        <tbody key={`${section} ${item}`} data-kind={kind}>
          <tr>
            <th scope="colgroup" colSpan={3}>
              <code>{`${section} ${item}`}</code> {t(`fleet.kind.${kind}`)}
            </th>
          </tr>
          {fields.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row">
                <code>{path}</code>
              </th>
              <td>{before === undefined ? '' : <del>{cellText(before)}</del>}</td>
              <td>{after === undefined ? '' : <ins>{cellText(after)}</ins>}</td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Whose words are missing. */
export function FleetNeeds({ needs }: { needs: readonly FleetNeed[] }) {
  const { t } = useTranslation();
  return (
    <ul className="fleet-needs">
      {needs.map(({ permission, country }) => (
        <li key={`${permission} ${country ?? ''}`}>
          {permission === 'edit_users_roles'
            ? t('fleet.need.people')
            : country === undefined
              ? t('fleet.need.second')
              : t('fleet.need.country', { country })}
        </li>
      ))}
    </ul>
  );
}
