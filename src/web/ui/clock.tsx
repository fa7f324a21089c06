import { useTranslation } from 'react-i18next';
import type { ClockModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { formatClock, formatDate, formatElapsed, formatLapse, formatMinute } from './format.ts';
import { useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';

/** The gateway's time, by which every over is stamped: of its zone, of UTC, whether it is right, and for how long nobody has compared it. */
export function Clock() {
  const { t, i18n } = useTranslation();
  const { time, model, link } = useView();
  const nowMs = useNow(250);
  const utcMs = gatewayUtcMs(time, nowMs);
  if (utcMs === 0 || time === undefined) return null;
  return (
    <div className="clock" role="timer" aria-live="off" aria-label={t('clock.label')}>
      {model.clock !== undefined && link.lostAtMs === undefined && <Quality clock={model.clock} />}
      <span className="clock-time">{formatClock(utcMs, i18n.language, model.timezone)}</span>
      <span className="clock-date">
        {formatDate(utcMs, i18n.language, model.timezone)} ·{' '}
        {t('clock.utc', { time: formatMinute(utcMs, 'en', 'UTC') })}
      </span>
      {link.lostAtMs !== undefined && (
        <span className="clock-stale">
          <StateShape name="stale" />
          {t('clock.stale', { age: formatElapsed(nowMs - time.measuredMs) })}
        </span>
      )}
    </div>
  );
}

/** Where no time server is configured nobody promised anything: no sign, and quiet. */
const shapes: Readonly<Record<ClockModel['state'], ShapeName | undefined>> = {
  agreed: 'done',
  off: 'warned',
  unknown: 'unknown',
  unmeasured: undefined,
};

/** Whether that time is right: within 50 ms, by how much it is not, or that nobody knows. */
function Quality({ clock }: { readonly clock: ClockModel }) {
  const { t, i18n } = useTranslation();
  const { state, offsetMs, boundMs, source } = clock;
  const way = offsetMs < 0 ? 'behind' : 'ahead';
  const word = state === 'off' ? t(`clock.${way}`, { by: formatLapse(offsetMs, i18n.language) }) : t(`clock.${state}`);
  const figures = `${formatLapse(offsetMs, i18n.language)} ± ${formatLapse(boundMs, i18n.language)}, ${source}`;
  const title = state === 'unmeasured' ? t('clock.noServer') : source === '' ? undefined : figures;
  const shape = shapes[state];
  return (
    <span className="clock-quality" data-state={state} title={title}>
      {shape !== undefined && <StateShape name={shape} />}
      {word}
    </span>
  );
}
