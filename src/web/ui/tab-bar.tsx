import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import en from '../i18n/en.json' with { type: 'json' };
import type { Texts } from '../i18n/i18n.ts';
import type { GroupModel } from '../model/console-model.ts';
import type { GroupTab } from '../model/group-tabs.ts';
import { tabsOf } from '../model/group-tabs.ts';
import { useLook, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useShownGroups } from './use-shown-groups.ts';

/** The tabs of groups, where there are several. One says what is going on behind it, so that nothing is missed. */
export function TabBar() {
  const { t } = useTranslation();
  const { look } = useSession();
  const { model, selectedId } = useView();
  const { plan, tab } = useLook();
  const shown = useShownGroups();
  const tabs = tabsOf(model.groups, plan);
  if (tabs.length < 2) return null;
  return (
    <nav className="tabs" aria-label={t('tabs.label')}>
      {tabs.map((each, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a tab is its place
          key={index}
          type="button"
          className="tab"
          aria-pressed={index === tab}
          data-shortcut={index === tab + 1 ? 'nextTab' : index === tab - 1 ? 'previousTab' : undefined}
          onClick={() => look.showTab(index)}
        >
          <span>{tabWord(each, t)}</span>
          {each.groups.some(({ id }) => id === selectedId) && <kbd>{t('bar.space')}</kbd>}
          <TabNews hidden={each.groups.filter((group) => !shown.includes(group))} />
        </button>
      ))}
    </nav>
  );
}

/** What a tab is called. */
export function tabWord({ name, use }: GroupTab, t: TFunction): string {
  if (name !== '' || use === '') return name;
  const known = Object.hasOwn(en.use, use) ? (use as keyof Texts['use']) : 'other';
  return t(`use.${known}`);
}

/** Distress shows its tile on every tab, so what a tab hides is at most talk. */
function TabNews({ hidden }: { hidden: readonly GroupModel[] }) {
  const { t } = useTranslation();
  const talking = hidden.filter(({ floor, monitored }) => floor.holder !== undefined && monitored);
  if (talking.length === 0) return null;
  return (
    <span className="tab-news">
      <StateShape name="receiving" />
      {t('tabs.talking', { groups: talking.length })}
    </span>
  );
}
