import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { GroupTile } from './group-tile.tsx';
import { useView } from './session-context.tsx';

/** All groups in the gateway's order, which never changes by itself: a hand finds a tile where it was. */
export function GroupGrid({ grid }: { grid: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  const { model, selectedId, ptt, own, link } = useView();
  return (
    <main ref={grid} id="groups" className="grid" aria-label={t('group.list')} tabIndex={-1}>
      {model.groups.length === 0 && <p className="grid-empty">{t('group.empty')}</p>}
      {model.groups.map((group, index) => (
        <GroupTile
          key={group.id}
          group={group}
          networks={model.networks}
          index={index}
          selected={group.id === selectedId}
          ptt={ptt}
          own={own}
          lostAtMs={link.lostAtMs}
        />
      ))}
    </main>
  );
}
