/**
 * The room's wall: what goes on, and nothing to press. Opened by the address `#wall`; such a page neither sounds nor
 * listens, and no key of it talks.
 */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import { inOrder } from '../model/tile-order.ts';
import { tileState } from '../model/tile-state.ts';
import { initialPtt } from '../ptt/ptt-machine.ts';
import { AlarmBanner } from './alarm-banner.tsx';
import { Clock } from './clock.tsx';
import { EmergencyCalls } from './emergency-calls.tsx';
import { ExerciseBand, tileLabel } from './exercise.tsx';
import { formatMinute } from './format.ts';
import { LegList } from './leg-list.tsx';
import { LinkIndicator } from './link-indicator.tsx';
import { PlanStrips } from './plan-strip.tsx';
import { useLook, useSession, useView } from './session-context.tsx';
import { StateBand } from './state-band.tsx';
import { TalkerCard } from './talker-card.tsx';
import { useName } from './use-name.ts';
import { Wordmark } from './wordmark.tsx';

export function Wall() {
  const { t } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const name = useName(model.gatewayName);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') session.leaveWall();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [session]);
  const joined = inOrder(model.groups, useLook().order).filter(({ onDemand }) => !onDemand);
  return (
    <div className="wall">
      <header className="wall-top">
        <Wordmark />
        <h1>{name}</h1>
        <div inert>
          <LinkIndicator />
        </div>
        <Clock />
      </header>
      <div className="banners" inert>
        <EmergencyCalls />
        <AlarmBanner />
        <PlanStrips />
      </div>
      <main className="wall-grid" aria-label={t('group.list')}>
        {joined.map((group) => (
          <WallTile key={group.id} group={group} />
        ))}
      </main>
    </div>
  );
}

/** Why a group is open and until when, if a person or its hours have opened it. */
function Why({ group: { bridging } }: { group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  if (bridging === undefined || (bridging.by === '' && !bridging.scheduled)) return null;
  return (
    <p className="wall-why">
      <bdi className="bridging-reason">{bridging.reason || t('schedule.reason')}</bdi>
      {bridging.endsUtcMs !== undefined && (
        <span>{t('bridging.until', { time: formatMinute(bridging.endsUtcMs, i18n.language, timezone) })}</span>
      )}
    </p>
  );
}

function WallTile({ group }: { group: GroupModel }) {
  const { model, own, link } = useView();
  const state = tileState(group, initialPtt, own, link.lostAtMs);
  return (
    <article
      className="tile"
      data-state={state.kind}
      data-monitored
      data-group={group.id}
      data-exercise={group.bridging?.exercise}
      aria-labelledby={tileLabel(group)}
    >
      <ExerciseBand group={group} />
      <header className="tile-header">
        <h2 id={`name-${group.id}`}>
          <bdi>{group.shortName}</bdi>
        </h2>
        <p>
          <bdi>{useName(group.name)}</bdi>
        </p>
      </header>
      <StateBand group={group} state={state} ptt={initialPtt} />
      <Why group={group} />
      <TalkerCard group={group} networks={model.networks} own={own} lostAtMs={link.lostAtMs} />
      <LegList group={group} networks={model.networks} />
    </article>
  );
}
