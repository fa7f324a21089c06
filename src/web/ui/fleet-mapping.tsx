import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type MappedLeg, mappingOf, pictureOf, rowHeight } from '../model/fleet.ts';
import { useFleet, useView } from './session-context.tsx';

const width = 1000;
const boxWidth = 210;
const boxHeight = 32;
const edges = { left: boxWidth, right: width - boxWidth } as const;
const middle = width / 2;

/** Who is joined with whom: networks left and right, groups in the middle; the same as a list for whoever reads it. */
export function FleetMapping() {
  const { t } = useTranslation();
  const { data } = useFleet();
  const { model } = useView();
  const groups = mappingOf(data);
  const countryOf = (network: string) => model.networks[network]?.country ?? '';
  const nameOf = (network: string) => model.networks[network]?.name ?? network;
  const [first] = Object.values(model.networks);
  const picture = pictureOf(groups, countryOf, first?.country ?? '');
  return (
    <div className="fleet-mapping">
      <svg viewBox={`0 0 ${width} ${picture.height}`} aria-hidden="true">
        {picture.lines.map(({ group, leg, side, from, to }) => (
          <g key={`${group} ${leg.talkgroup}`} data-talks={leg.mayTalk}>
            <path d={curve(edges[side], from, side === 'left' ? middle - boxWidth / 2 : middle + boxWidth / 2, to)} />
            {leg.priorityMax < 14 && (
              <text
                x={side === 'left' ? edges.left + 12 : edges.right - 12}
                y={from - 6}
                textAnchor={side === 'left' ? 'start' : 'end'}
              >
                {t('fleet.clampShort', { priority: leg.priorityMax })}
              </text>
            )}
          </g>
        ))}
        {picture.talkgroups.map(({ id, short, network, side, y }) => (
          <Box key={id} x={side === 'left' ? 0 : edges.right} y={y} words={short} more={nameOf(network)} />
        ))}
        {picture.groups.map(({ group, y }) => (
          <Box
            key={group.id}
            x={middle - boxWidth / 2}
            y={y}
            words={group.short}
            more={modeText(group.mode, t)}
            isGroup
          />
        ))}
      </svg>
      <ul className="fleet-groups">
        {groups.map((group) => (
          <li key={group.id}>
            <h3>
              <bdi>{group.short}</bdi> <small>{modeText(group.mode, t)}</small>
            </h3>
            <p>{t('fleet.priority', { priority: group.priority })}</p>
            <ul className="fleet-legs">
              {group.legs.map((leg) => (
                <li key={leg.talkgroup}>
                  <bdi>{leg.short}</bdi> (<bdi>{nameOf(leg.network)}</bdi>): {legText(leg, t)}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BoxProps {
  readonly x: number;
  readonly y: number;
  readonly words: string;
  readonly more: string;
  readonly isGroup?: boolean;
}

function Box({ x, y, words, more, isGroup = false }: BoxProps) {
  return (
    <g className="fleet-box" data-group={isGroup}>
      <rect x={x} y={y - boxHeight / 2} width={boxWidth} height={Math.min(boxHeight, rowHeight)} rx="6" />
      <text x={x + 10} y={y - 1}>
        {words}
      </text>
      <text x={x + 10} y={y + 11} className="fleet-box-more">
        {more}
      </text>
    </g>
  );
}

function curve(fromX: number, fromY: number, toX: number, toY: number): string {
  const bend = (fromX + toX) / 2;
  return `M${fromX} ${fromY}C${bend} ${fromY} ${bend} ${toY} ${toX} ${toY}`;
}

function legText({ mayTalk, priorityMax }: MappedLeg, t: TFunction): string {
  const talks = mayTalk ? t('fleet.talks') : t('fleet.hearsOnly');
  return priorityMax < 14 ? `${talks}, ${t('fleet.clamp', { priority: priorityMax })}` : talks;
}

function modeText(mode: string, t: TFunction): string {
  return t(`fleet.mode.${modes.find((each) => each === mode) ?? 'permanent'}`);
}

const modes = ['permanent', 'on-demand', 'scheduled', 'disabled'] as const;
