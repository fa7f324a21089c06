import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TabPlan } from '../model/group-tabs.ts';
import { place, tabName, tabsOf, takesAnotherTab } from '../model/group-tabs.ts';
import { Dialog } from './dialog.tsx';
import { useLook, useSession, useView } from './session-context.tsx';
import { tabWord } from './tab-bar.tsx';

/** Which tabs there are, and which group stands on which of them or on all. */
export function TabsSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { look } = useSession();
  const { model } = useView();
  const { plan: own } = useLook();
  const [plan, setPlan] = useState<TabPlan>(
    () =>
      own ?? {
        tabs: tabsOf(model.groups, undefined).map((tab) => ({
          name: tabWord(tab, t) || t('tabs.numbered', { number: 1 }),
          groups: tab.groups.map(({ id }) => id),
        })),
        everywhere: [],
      },
  );
  const change = (tabs: TabPlan['tabs']): void => setPlan({ ...plan, tabs });
  const onDone = (): void => {
    look.planTabs(plan);
    onClose();
  };

  return (
    <Dialog title={t('tabs.title')} onClose={onClose} onSubmit={onDone}>
      <ol className="tab-names">
        {plan.tabs.map(({ name, groups }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a tab is its place
          <li key={index}>
            <input
              type="text"
              aria-label={t('tabs.name', { number: index + 1 })}
              value={name}
              required
              onChange={(event) => change(plan.tabs.with(index, { name: tabName(event.target.value), groups }))}
            />
            <button
              type="button"
              className="small-button"
              aria-label={t('tabs.earlier', { name })}
              disabled={index === 0}
              onClick={() => change(plan.tabs.toSpliced(index, 1).toSpliced(index - 1, 0, { name, groups }))}
            >
              ↑
            </button>
            <button
              type="button"
              className="small-button"
              disabled={plan.tabs.length === 1}
              onClick={() => change(plan.tabs.toSpliced(index, 1))}
            >
              {t('tabs.remove')}
            </button>
          </li>
        ))}
      </ol>
      {takesAnotherTab(plan) && (
        <button
          type="button"
          className="small-button tab-add"
          onClick={() =>
            change([...plan.tabs, { name: t('tabs.numbered', { number: plan.tabs.length + 1 }), groups: [] }])
          }
        >
          {t('tabs.add')}
        </button>
      )}
      <h3>{t('tabs.groups')}</h3>
      <ul className="tab-places">
        {model.groups.map(({ id, shortName }) => (
          <li key={id}>
            <label>
              <bdi>{shortName}</bdi>
              <select
                value={
                  plan.everywhere.includes(id)
                    ? -1
                    : Math.max(
                        0,
                        plan.tabs.findIndex((tab) => tab.groups.includes(id)),
                      )
                }
                onChange={(event) => setPlan(place(plan, id, Number(event.target.value)))}
              >
                <option value={-1}>{t('tabs.everywhere')}</option>
                {plan.tabs.map(({ name }, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a tab is its place
                  <option key={index} value={index}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </li>
        ))}
      </ul>
      <div className="dialog-buttons">
        <button
          type="button"
          onClick={() => {
            look.planTabs(undefined);
            onClose();
          }}
        >
          {t('tabs.reset')}
        </button>
        <button type="submit" className="dialog-main">
          {t('keys.done')}
        </button>
      </div>
    </Dialog>
  );
}
