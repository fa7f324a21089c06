import { useTranslation } from 'react-i18next';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { HitModel, HitReadModel } from '../model/incident-model.ts';
import { Flag } from './flag.tsx';
import { formatClock } from './format.ts';
import { useView } from './session-context.tsx';
import { useName } from './use-name.ts';
import { useNow } from './use-now.ts';
import { agoText } from './words.ts';

/** Camera and heading of one read, with the flag of the system that sent it. */
export function HitPlace({ read }: { read: HitReadModel }) {
  const camera = useName(read.camera);
  const heading = useName(read.heading);
  return (
    <span className="hit-place">
      <Flag country={read.country} />
      <bdi>{heading === '' ? camera : `${camera} → ${heading}`}</bdi>
    </span>
  );
}

/** When it was read last, and how long ago. */
export function HitAge({ hit }: { hit: HitModel }) {
  const { t, i18n } = useTranslation();
  const { model, time } = useView();
  const { readUtcMs } = hit.merged.at(-1) ?? hit.read;
  const age = agoText(gatewayUtcMs(time, useNow(1000)) - readUtcMs, t);
  return (
    <span className="hit-age">
      {t('hits.age', { time: formatClock(readUtcMs, i18n.language, model.timezone), age })}
    </span>
  );
}
