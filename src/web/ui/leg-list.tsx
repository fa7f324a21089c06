import type { TFunction } from 'i18next';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel, LegModel, NetworkModel } from '../model/console-model.ts';
import { Flag } from './flag.tsx';
import { shortNetworkName } from './format.ts';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { shortFaultText } from './words.ts';

interface LegListProps {
  readonly group: GroupModel;
  readonly networks: Readonly<Record<string, NetworkModel>>;
}

/** The group's side in every network: its state, the way the voice goes, and while talking how far it has come. */
export function LegList({ group, networks }: LegListProps) {
  const { t } = useTranslation();
  const members = group.bridging?.members ?? [];
  const awaiting = new Set(members.filter(({ consentAwaited }) => consentAwaited).map(({ legId }) => legId));
  return (
    <ul
      className="legs"
      style={{ '--leg-columns': columnsFor(group.legs.length) } as CSSProperties}
      aria-label={t('leg.list', { group: group.shortName })}
    >
      {group.legs.map((leg) => (
        <LegCell key={leg.id} leg={leg} network={networks[leg.networkId]} consentAwaited={awaiting.has(leg.id)} />
      ))}
    </ul>
  );
}

/** Up to four in a row, more in rows of equal length. */
function columnsFor(legs: number): number {
  return Math.ceil(legs / Math.ceil(legs / 4));
}

/** How a leg looks: `activity` decides the colour, `steps` how much of the truth line is filled. */
interface Look {
  readonly activity: 'fault' | 'pending' | 'receiving' | 'blocked' | 'sending' | 'refused' | 'quiet';
  readonly shape: ShapeName;
  readonly steps: number;
}

function lookOf(leg: LegModel): Look {
  if (leg.state === 'down' || leg.state === 'unknown') return { activity: 'fault', shape: 'down', steps: 0 };
  if (leg.state === 'connecting') return { activity: 'pending', shape: 'connecting', steps: 0 };
  if (leg.state === 'closed') return { activity: 'quiet', shape: 'closed', steps: 0 };
  if (leg.isolated || leg.blocked) return { activity: 'blocked', shape: 'blocked', steps: 0 };
  if (leg.receiving) return { activity: 'receiving', shape: 'receiving', steps: 0 };
  switch (leg.transmission) {
    case 'requested':
      return { activity: 'pending', shape: 'requested', steps: 1 };
    case 'granted':
      return { activity: 'sending', shape: 'granted', steps: 2 };
    case 'flowing':
      return { activity: 'sending', shape: 'transmitting', steps: 3 };
    case 'carried':
      return { activity: 'sending', shape: 'carried', steps: 4 };
    case 'refused':
      return { activity: 'refused', shape: 'denied', steps: 1 };
    case 'idle':
      return { activity: 'quiet', shape: 'up', steps: 0 };
  }
}

const awaited: Look = { activity: 'pending', shape: 'requested', steps: 0 };

interface LegCellProps {
  readonly leg: LegModel;
  readonly network: NetworkModel | undefined;
  /** Its owner has not consented yet. */
  readonly consentAwaited: boolean;
}

function LegCell({ leg, network, consentAwaited }: LegCellProps) {
  const { t } = useTranslation();
  const { activity, shape, steps } = consentAwaited ? awaited : lookOf(leg);
  return (
    <li className="leg" data-activity={activity}>
      <span className="leg-network">
        <Flag country={network?.country ?? ''} />
        <bdi>{network === undefined ? leg.networkId : shortNetworkName(network.name)}</bdi>
      </span>
      <bdi className="leg-talkgroup">{leg.talkgroup}</bdi>
      <span className="leg-state">
        <StateShape name={shape} />
        <span>{consentAwaited ? t('leg.consentAwaited') : legWord(leg, t)}</span>
        {activity === 'fault' && leg.fault !== '' && <span className="leg-fault">{shortFaultText(leg, t)}</span>}
      </span>
      <span className="leg-steps" data-steps={steps} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
    </li>
  );
}

function legWord(leg: LegModel, t: TFunction): string {
  if (leg.state !== 'up') return t(`leg.state.${leg.state}`);
  if (leg.isolated) return t('leg.isolated');
  if (leg.blocked) return t('leg.blocked');
  if (leg.receiving) return t('leg.receiving');
  return t(`leg.transmission.${leg.transmission}`);
}
