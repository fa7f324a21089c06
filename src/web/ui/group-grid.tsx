import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { pttOf } from '../ptt/talk-board.ts';
import { GroupTile } from './group-tile.tsx';
import { useView } from './session-context.tsx';
import { useShownGroups } from './use-shown-groups.ts';

/** How much room a tile takes: the more groups somebody can talk on, the more of them have to be seen at once. */
function density(groups: readonly GroupModel[]): 'roomy' | 'close' | 'dense' {
  const joined = groups.filter((group) => !group.onDemand).length;
  if (joined <= 2) return 'roomy';
  return joined <= 6 ? 'close' : 'dense';
}

/**
 * The tab's groups in the operator's order, else in the gateway's (those that are joined first), which never changes by
 * itself: a hand finds a tile where it was.
 */
export function GroupGrid({ grid }: { grid: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  const { model, selectedId, talk, own, link } = useView();
  const groups = useShownGroups();
  return (
    <main
      ref={grid}
      id="groups"
      className="grid"
      data-density={density(groups)}
      aria-label={t('group.list')}
      tabIndex={-1}
    >
      {groups.length === 0 && <p className="grid-empty">{t('group.empty')}</p>}
      {groups.map((group, index) => (
        <GroupTile
          key={group.id}
          group={group}
          networks={model.networks}
          index={index}
          selected={group.id === selectedId}
          ptt={pttOf(talk, group.id)}
          own={own}
          lostAtMs={link.lostAtMs}
        />
      ))}
    </main>
  );
}
