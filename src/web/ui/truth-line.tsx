import { useTranslation } from 'react-i18next';
import type { GroupModel, LegModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { lossesOf, ownLastOver, truthOf } from '../model/truth.ts';
import { ExerciseWord } from './exercise.tsx';
import { shortNetworkName } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';

/** While the operator talks: whether he is heard, side by side, and in plain words where he is not. */
export function TruthLine({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const nameOf = useNetworkNames();
  const { failing, pending, flowing, carried } = truthOf(group);
  const count = failing.length + pending.length + flowing.length;
  const why = (leg: LegModel) => (leg.state === 'up' ? t('truth.refused') : t(`leg.state.${leg.state}`));
  return (
    <ul className="truth" aria-label={t('truth.label')}>
      {count === failing.length && (
        <li data-truth="failing">
          <StateShape name="down" />
          {t('truth.none')}
        </li>
      )}
      {failing.map((leg) => (
        <li key={leg.id} data-truth="failing">
          <StateShape name={leg.state === 'up' ? 'denied' : 'down'} />
          {t('truth.failing', { networks: nameOf(leg), why: why(leg) })}
        </li>
      ))}
      {pending.length > 0 && (
        <li data-truth="pending">
          <StateShape name="requested" />
          {t('truth.pending', { networks: pending.map(nameOf).join(', ') })}
        </li>
      )}
      {flowing.length > 0 && flowing.length === count && (
        <li data-truth="flowing">
          <StateShape name={carried.length === count ? 'carried' : 'transmitting'} />
          {t('truth.flowing', { sides: count })}
        </li>
      )}
      {carried.length > 0 && (
        <li data-truth="flowing">{t('truth.confirmed', { confirmed: carried.length, sides: count })}</li>
      )}
    </ul>
  );
}

/** For some seconds after his over: whether every side had all of it. */
export function OverReport({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { own, time } = useView();
  const nowMs = useNow(1000);
  const nameOf = useNetworkNames();
  const over = ownLastOver(group, own, gatewayUtcMs(time, nowMs));
  if (over === undefined) return null;
  const losses = lossesOf(group, over);
  return (
    <ul className="truth">
      {over.exercise && (
        <li>
          <ExerciseWord />
        </li>
      )}
      {losses.length === 0 && (
        <li data-truth="flowing">
          <StateShape name="done" />
          {t('truth.complete')}
        </li>
      )}
      {losses.map(({ leg, ms }) => (
        <li key={leg.id} data-truth="failing">
          <StateShape name="revoked" />
          {t('truth.lost', { ms, network: nameOf(leg) })}
        </li>
      ))}
    </ul>
  );
}

function useNetworkNames(): (leg: LegModel) => string {
  const { networks } = useView().model;
  return ({ networkId, talkgroup }) => {
    const network = networks[networkId];
    return network === undefined ? talkgroup : shortNetworkName(network.name);
  };
}
