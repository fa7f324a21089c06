import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { isHushed } from '../model/shared-room.ts';
import type { TileState } from '../model/tile-state.ts';
import { unreachedLegs } from '../model/tile-state.ts';
import { waitingUnits } from '../model/urgent.ts';
import type { PttState } from '../ptt/ptt-machine.ts';
import { formatElapsed } from './format.ts';
import { NextOpening } from './schedule.tsx';
import { useDesk, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { causeKey, talkerText } from './words.ts';

interface StateBandProps {
  readonly group: GroupModel;
  readonly state: TileState;
  readonly ptt: PttState;
}

/** The group's state, readable across the room: colour, shape, word, and what goes with it. */
export function StateBand({ group, state, ptt }: StateBandProps) {
  const { t } = useTranslation();
  return (
    <div className="state-band">
      <StateShape name={state.kind} />
      <span className="state-word">{t(`state.${state.kind}`)}</span>
      <span className="state-detail">
        <Detail group={group} state={state} ptt={ptt} />
      </span>
    </div>
  );
}

function Detail({ group, state, ptt }: StateBandProps) {
  const { t } = useTranslation();
  switch (state.kind) {
    case 'queued':
      return t('detail.queued', { position: state.position });
    case 'requested':
      return t('detail.requested');
    case 'blocked':
      return t('detail.blocked');
    case 'denied':
    case 'revoked':
      return t(causeKey(state.cause));
    case 'onDemand':
      return t('detail.onDemand');
    case 'scheduled':
      return <NextOpening group={group} />;
    case 'opening':
      return t('detail.opening');
    case 'closing':
      return null;
    case 'stale':
      return <StaleAge sinceMs={state.sinceMs} />;
    case 'warned':
      return (
        <>
          {ptt.phase.name === 'talking' && <Remaining untilMs={ptt.phase.limitAtMs} />}
          <Urgent group={group} />
        </>
      );
    case 'transmitting': {
      if (waitingUnits(group).length > 0) return <Urgent group={group} />;
      const unreached = unreachedLegs(group).map((leg) => leg.talkgroup);
      return unreached.length > 0 ? t('detail.unreached', { legs: unreached.join(', ') }) : null;
    }
    default:
      return (
        <>
          <SameRoom group={group} />
          <Waiting group={group} />
        </>
      );
  }
}

/** A field unit wants to speak while the operator talks. */
function Urgent({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const [first] = waitingUnits(group);
  if (first === undefined) return null;
  return (
    <span className="urgent-mark">
      <StateShape name="urgent" />
      {t('urgent.wants', { name: talkerText(first, t) })}
    </span>
  );
}

/** The operator hears him across the room, and so not from his loudspeaker. */
function SameRoom({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { own } = useView();
  const { room } = useDesk();
  return isHushed(group, own, room) && t('room.hushed');
}

/** Who waits for the floor; the next one by name, since he will be heard next. */
function Waiting({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { queue } = group.floor;
  const next = queue[0];
  if (next === undefined) return null;
  return (
    <span className="state-queue">
      <StateShape name="queued" />
      {t('queue.next', { name: talkerText(next.talker, t).replaceAll(/(?<=\d) (?=\d)/g, '\u00a0') })}
      {queue.length > 1 && <span>+{queue.length - 1}</span>}
    </span>
  );
}

function StaleAge({ sinceMs }: { sinceMs: number }) {
  const { t } = useTranslation();
  return t('detail.stale', { age: formatElapsed(useNow(1000) - sinceMs) });
}

function Remaining({ untilMs }: { untilMs: number }) {
  const { t } = useTranslation();
  return t('detail.remaining', { seconds: Math.max(0, Math.ceil((untilMs - useNow(200)) / 1000)) });
}
