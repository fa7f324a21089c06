import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel, NetworkModel } from '../model/console-model.ts';
import type { OwnIds } from '../model/tile-state.ts';
import { tileState } from '../model/tile-state.ts';
import { waitingUnits } from '../model/urgent.ts';
import type { PttState } from '../ptt/ptt-machine.ts';
import { BridgingStrip } from './bridging-strip.tsx';
import { ExerciseBand, tileLabel } from './exercise.tsx';
import { Icon } from './icons.tsx';
import { ConsentAsked } from './joined-groups.tsx';
import { LegList } from './leg-list.tsx';
import { useDesk, useSession } from './session-context.tsx';
import { StateBand } from './state-band.tsx';
import { StateShape } from './state-shape.tsx';
import { TalkButton } from './talk-button.tsx';
import { TalkerCard } from './talker-card.tsx';
import { useName } from './use-name.ts';

interface GroupTileProps {
  readonly group: GroupModel;
  readonly networks: Readonly<Record<string, NetworkModel>>;
  /** Position in the grid, from 0; the first nine have a key. */
  readonly index: number;
  readonly selected: boolean;
  readonly ptt: PttState;
  readonly own: OwnIds;
  readonly lostAtMs: number | undefined;
}

/** What a tile that is dragged by its head carries: the id of its group. */
const dragged = 'application/x-escaut-group';

/** One shared group. A click anywhere on it makes it the one that the space bar talks on. */
export const GroupTile = memo(function GroupTile(props: GroupTileProps) {
  const { group, networks, index, selected, ptt, own, lostAtMs } = props;
  const session = useSession();
  const { multi } = useDesk();
  const state = tileState(group, ptt, own, lostAtMs);
  const isUrgent = ptt.phase.name === 'talking' && ptt.phase.talk.group === group.id && waitingUnits(group).length > 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a wider target for the mouse; keys have the select button within
    <article
      className="tile"
      data-state={state.kind}
      data-selected={selected}
      data-monitored={group.monitored}
      data-on-demand={group.onDemand}
      data-group={group.id}
      data-exercise={group.bridging?.exercise}
      aria-labelledby={tileLabel(group)}
      data-together={multi.name !== 'off' && multi.groups.includes(group.id)}
      data-urgent={isUrgent}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(dragged)) event.preventDefault();
      }}
      onDrop={({ dataTransfer }) => {
        session.look.moveTile(session.store.get().model.groups, dataTransfer.getData(dragged), group.id);
      }}
      onClick={({ target }) => {
        // While groups are put together a button of the tile is that button alone.
        const isButton = target instanceof Element && target.closest('button, dialog') !== null;
        if (multi.name !== 'choosing' || !isButton) session.pick(group.id);
      }}
    >
      <ExerciseBand group={group} />
      <TileHeader group={group} index={index} selected={selected} />
      <StateBand group={group} state={state} ptt={ptt} />
      <BridgingStrip group={group} />
      <ConsentAsked group={group} />
      {group.onDemand || (
        <div className="tile-body">
          <TalkerCard group={group} networks={networks} own={own} lostAtMs={lostAtMs} />
          <TalkButton group={group} index={index} ptt={ptt} selected={selected} />
        </div>
      )}
      <LegList group={group} networks={networks} />
    </article>
  );
});

function TileHeader({ group, index, selected }: Pick<GroupTileProps, 'group' | 'index' | 'selected'>) {
  const { t } = useTranslation();
  const session = useSession();
  const { multi } = useDesk();
  const fullName = useName(group.name);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and the buttons of the panel move a tile as well
    <header
      className="tile-header"
      draggable
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(dragged, group.id);
        dataTransfer.effectAllowed = 'move';
      }}
    >
      <button
        type="button"
        className="tile-select"
        tabIndex={selected ? 0 : -1}
        aria-pressed={selected}
        onClick={(event) => {
          event.stopPropagation();
          session.pick(group.id);
        }}
      >
        {index < 9 && <kbd>{index + 1}</kbd>}
        <span className="unseen">{t('group.select', { group: group.shortName })}</span>
      </button>
      <div className="tile-names">
        <h2 id={`name-${group.id}`}>
          <bdi>{group.shortName}</bdi>
        </h2>
        <p>
          <bdi>{fullName}</bdi>
        </p>
      </div>
      <Together groupId={group.id} />
      {selected && !group.onDemand && multi.name === 'off' && <kbd className="tile-space">{t('group.selected')}</kbd>}
      {group.onDemand || <ListenButton group={group} selected={selected} />}
    </header>
  );
}

/** The group is one of those that are talked on together, or will be. */
function Together({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const { multi } = useDesk();
  if (multi.name === 'off' || !multi.groups.includes(groupId)) return null;
  return (
    <span className="tile-together">
      <StateShape name="together" />
      {t(multi.name === 'on' ? 'multi.in' : 'multi.chosen')}
    </span>
  );
}

function ListenButton({ group, selected }: Pick<GroupTileProps, 'group' | 'selected'>) {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <button
      type="button"
      className="listen-button"
      data-shortcut="listen"
      tabIndex={selected ? 0 : -1}
      data-on={group.monitored}
      aria-description={group.monitored ? t('group.stopListening') : t('group.startListening')}
      onClick={(event) => {
        event.stopPropagation();
        session.setMonitored(group.id, !group.monitored);
      }}
    >
      <Icon name={group.monitored ? 'ear' : 'earOff'} />
      <span>{group.monitored ? t('group.listen') : t('group.ignored')}</span>
      <span className="unseen">{group.shortName}</span>
    </button>
  );
}
