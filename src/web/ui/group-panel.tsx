import { useTranslation } from 'react-i18next';
import { hearingKey } from '../audio/leg-settings.ts';
import type { GroupModel, LegModel, NetworkModel } from '../model/console-model.ts';
import { BorderRecords } from './border-records.tsx';
import { DataList } from './data-list.tsx';
import { ExerciseMark } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { formatShare, shortNetworkName } from './format.ts';
import { HearingControls } from './hearing-controls.tsx';
import { JoinedGroups } from './joined-groups.tsx';
import { LastOvers } from './last-overs.tsx';
import { RemoveTalker } from './remove-talker.tsx';
import { ReplayControls } from './replay-controls.tsx';
import { ComingOpenings } from './schedule.tsx';
import { useSession, useView } from './session-context.tsx';
import { TalkerName } from './talker-name.tsx';
import { useName } from './use-name.ts';
import { useShownGroups } from './use-shown-groups.ts';
import { YourConsole } from './your-console.tsx';

/** The selected group in detail: how each side is heard, and what was said. */
export function GroupPanel() {
  const { t } = useTranslation();
  const { model, selectedId } = useView();
  const group = model.groups.find((candidate) => candidate.id === selectedId);
  return (
    <aside className="panel" aria-label={t('panel.title')}>
      {group !== undefined && <Details group={group} networks={model.networks} />}
    </aside>
  );
}

/** Where the tile stands among those that are shown; the same as Shift and an arrow, for a finger. */
function TilePlace({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { look } = useSession();
  const { model } = useView();
  const shown = useShownGroups();
  const place = shown.indexOf(group);
  const move = (to: number): void => look.moveTile(model.groups, group.id, shown[to]?.id ?? '');
  if (place < 0) return null;
  return (
    <div className="tile-place">
      <span role="status">{t('group.place', { place: place + 1, groups: shown.length })}</span>
      <button
        type="button"
        className="small-button"
        aria-label={t('group.earlier')}
        aria-disabled={place === 0}
        onClick={() => move(place - 1)}
      >
        ←
      </button>
      <button
        type="button"
        className="small-button"
        aria-label={t('group.later')}
        aria-disabled={place === shown.length - 1}
        onClick={() => move(place + 1)}
      >
        →
      </button>
    </div>
  );
}

interface DetailsProps {
  readonly group: GroupModel;
  readonly networks: Readonly<Record<string, NetworkModel>>;
}

function Details({ group, networks }: DetailsProps) {
  const { t } = useTranslation();
  const { own, operator } = useView();
  const others = group.consoles.filter((presence) => !own.has(presence.consoleId));
  return (
    <>
      <header className="panel-header">
        <h2>
          <bdi>{group.shortName}</bdi> <ExerciseMark group={group} />
        </h2>
        <p>
          <bdi>{useName(group.name)}</bdi>
          <span className="panel-priority">{t('group.priority', { priority: group.priority })}</span>
        </p>
        <TilePlace group={group} />
      </header>
      <section className="panel-queue">
        <h3>{t('queue.label')}</h3>
        <Queue group={group} />
        <RemoveTalker group={group} />
      </section>
      <ComingOpenings group={group} />
      <JoinedGroups group={group} />
      <BorderRecords group={group} />
      <section>
        <h3>{t('panel.hearing')}</h3>
        <ul className="hearing">
          {group.legs.map((leg) => (
            <HearingRow key={leg.id} group={group} leg={leg} network={networks[leg.networkId]} />
          ))}
          <li className="hearing-row">
            <p className="hearing-name">{t('panel.operators')}</p>
            <HearingControls settingsKey={hearingKey('operators', group.id)} party={t('panel.operators')} />
          </li>
        </ul>
      </section>
      <section className="panel-data">
        <h3>{t('data.label')}</h3>
        <DataList group={group} />
      </section>
      <section className="panel-overs">
        <h3>{t('panel.overs')}</h3>
        <ReplayControls group={group} />
        <LastOvers group={group} />
      </section>
      <section>
        <h3>{t('panel.consoles')}</h3>
        {others.length === 0 ? (
          <p className="panel-none">{t('panel.noConsoles')}</p>
        ) : (
          <ul className="presences">
            {others.map((presence) => (
              <li key={presence.consoleId}>
                <Flag country={presence.country} />
                <bdi>{presence.display}</bdi>
                <bdi className="presence-room">{presence.controlRoom}</bdi>
                {presence.personId !== '' && presence.personId === operator?.personId && <YourConsole />}
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

/** Stands also when nobody waits, so that what is below stays where a hand knows it. */
function Queue({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { queue } = group.floor;
  if (queue.length === 0) return <p className="panel-none">{t('queue.empty')}</p>;
  return (
    <ol className="queue">
      {queue.map(({ talker }) => (
        <li key={talker.partyId}>
          <Flag country={talker.country} />
          <TalkerName talker={talker} />
        </li>
      ))}
    </ol>
  );
}

interface HearingRowProps {
  readonly group: GroupModel;
  readonly leg: LegModel;
  readonly network: NetworkModel | undefined;
}

function HearingRow({ group, leg, network }: HearingRowProps) {
  const { t, i18n } = useTranslation();
  const networkName = network === undefined ? leg.networkId : shortNetworkName(network.name);
  return (
    <li className="hearing-row">
      <p className="hearing-name">
        <Flag country={network?.country ?? ''} />
        <bdi>{networkName}</bdi>
        <bdi className="hearing-talkgroup">{leg.talkgroup}</bdi>
        {leg.state === 'up' && (
          <span className="hearing-quality">
            {t('panel.quality', {
              loss: formatShare(leg.packetLoss, i18n.language),
              jitter: Math.round(leg.jitterMs),
            })}
          </span>
        )}
      </p>
      <HearingControls settingsKey={hearingKey(leg.id, group.id)} party={`${networkName} ${leg.talkgroup}`} />
    </li>
  );
}
