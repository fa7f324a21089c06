import { useTranslation } from 'react-i18next';
import type { Texts } from '../i18n/i18n.ts';
import { cellText, type FleetChange, type FleetNeed } from '../model/fleet.ts';
import { formSections } from '../model/fleet-forms.ts';

/** What a version changes, item by item: what was left, what shall be right. */
export function FleetChanges({ changes }: { changes: readonly FleetChange[] }) {
  const { t } = useTranslation();
  const { sectionOf, fieldOf } = useNames();
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
              {sectionOf(section)} <code>{item}</code> <span className="fleet-mark">{t(`fleet.kind.${kind}`)}</span>
            </th>
          </tr>
          {fields.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row">
                {fieldOf(path)} <code>{path}</code>
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

interface Names {
  readonly sectionOf: (section: string) => string;
  readonly fieldOf: (path: string) => string;
}

/** Sections and fields as the forms call them. A field for which they have no word is told by its path alone. */
function useNames(): Names {
  const { t, i18n } = useTranslation();
  return {
    sectionOf: (section) => {
      const known = formSections.find((each) => each === section);
      if (known !== undefined) return t(`fleet.part.${known}`);
      if (section === 'sharedGroups') return t('fleet.form.group');
      return section === 'talkgroups' ? t('fleet.form.talkgroup') : section;
    },
    fieldOf: (path) => {
      const names = path.replaceAll(/\[[^\]]*\]/g, '').split('.');
      if (!names.every((name) => i18n.exists(`fleet.fields.${name}`))) return '';
      return names.map((name) => t(`fleet.fields.${name as keyof Texts['fleet']['fields']}`)).join(', ');
    },
  };
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
