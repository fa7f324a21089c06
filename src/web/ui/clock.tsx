import { useTranslation } from 'react-i18next';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { formatClock, formatDate } from './format.ts';
import { useView } from './session-context.tsx';
import { useNow } from './use-now.ts';

/** The gateway's time, by which every over is stamped. */
export function Clock() {
  const { t, i18n } = useTranslation();
  const { time, model } = useView();
  const utcMs = gatewayUtcMs(time, useNow(250));
  if (utcMs === 0) return null;
  return (
    <div className="clock" role="timer" aria-live="off" aria-label={t('clock.label')}>
      <span className="clock-time">{formatClock(utcMs, i18n.language, model.timezone)}</span>
      <span className="clock-date">{formatDate(utcMs, i18n.language, model.timezone)}</span>
    </div>
  );
}
