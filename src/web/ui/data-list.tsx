import { useTranslation } from 'react-i18next';
import type { DataModel, GroupModel, SaidModel } from '../model/console-model.ts';
import { Flag } from './flag.tsx';
import { formatClock, placeText, shortNetworkName } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { TalkerName } from './talker-name.tsx';
import { useName } from './use-name.ts';

/** What units of the group said beside voice: when, who, what, and which side did not get it. */
export function DataList({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const data = useView().model.data.filter(({ groupId }) => groupId === group.id);
  if (data.length === 0) return <p className="panel-none">{t('data.none')}</p>;
  return (
    <ul className="data">
      {data.map((entry) => (
        <DataRow key={entry.id} entry={entry} group={group} />
      ))}
    </ul>
  );
}

function DataRow({ entry, group }: { entry: DataModel; group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { timezone, networks } = useView().model;
  const { sender, atUtcMs, said, undelivered } = entry;
  const missed = group.legs.filter(({ id }) => undelivered.includes(id));
  return (
    <li data-kind={kindOf(said)}>
      <p className="data-head">
        <StateShape name={shapes[kindOf(said)]} />
        <span className="data-kind">{t(`data.kind.${kindOf(said)}`)}</span>
        <Flag country={sender.country} />
        <TalkerName talker={sender} />
        <span className="data-time">{formatClock(atUtcMs, i18n.language, timezone)}</span>
      </p>
      <Said said={said} />
      {!sender.verified && <p className="data-note">{t('data.unverified')}</p>}
      {said.kind === 'alarm' && said.repeats > 0 && (
        <p className="data-note">{t('data.repeated', { count: said.repeats })}</p>
      )}
      {said.kind === 'alarm' && said.clearedAtUtcMs !== undefined && (
        <p className="data-note">
          {t('data.cleared', { time: formatClock(said.clearedAtUtcMs, i18n.language, timezone) })}
        </p>
      )}
      {missed.map((leg) => (
        <p key={leg.id} className="data-missed">
          {t('data.undelivered', {
            leg: `${shortNetworkName(networks[leg.networkId]?.name ?? leg.networkId)} ${leg.talkgroup}`,
          })}
        </p>
      ))}
    </li>
  );
}

function Said({ said }: { said: SaidModel }) {
  const { t } = useTranslation();
  const meaning = useName(said.kind === 'status' ? said.meaning : undefined);
  switch (said.kind) {
    case 'text':
      return (
        <p className="data-text">
          <bdi>{said.text}</bdi>
        </p>
      );
    case 'status':
      return <p className="data-text">{meaning || t('data.status', { code: said.code })}</p>;
    case 'position':
      return <p className="data-text">{placeText(said.place)}</p>;
    case 'alarm':
      return said.place === undefined ? null : <p className="data-text">{placeText(said.place)}</p>;
  }
}

type Kind = 'text' | 'status' | 'position' | 'alarm' | 'alarmOver';

function kindOf(said: SaidModel): Kind {
  return said.kind === 'alarm' && !said.raised ? 'alarmOver' : said.kind;
}

const shapes = { text: 'text', status: 'status', position: 'position', alarm: 'emergency', alarmOver: 'done' } as const;
