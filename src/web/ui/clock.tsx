import { useTranslation } from 'react-i18next';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { formatClock, formatDate, formatElapsed, formatMinute } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';

/** The gateway's time, by which every over is stamped: of its zone, of UTC, and for how long nobody has compared it. */
export function Clock() {
  const { t, i18n } = useTranslation();
  const { time, model, link } = useView();
  const nowMs = useNow(250);
  const utcMs = gatewayUtcMs(time, nowMs);
  if (utcMs === 0 || time === undefined) return null;
  return (
    <div className="clock" role="timer" aria-live="off" aria-label={t('clock.label')}>
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
