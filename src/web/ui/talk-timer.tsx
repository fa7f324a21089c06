import { useTranslation } from 'react-i18next';
import { formatElapsed } from './format.ts';
import { useNow } from './use-now.ts';

interface TalkTimerProps {
  readonly sinceMs: number;
  /** Where the count stopped; undefined while it runs. */
  readonly untilMs: number | undefined;
  /** Undefined for an over without a limit: an emergency. */
  readonly limitMs: number | undefined;
  readonly warnMs: number;
}

/** How long the over has lasted, on a bar up to the limit with the mark of the warning. */
export function TalkTimer({ sinceMs, untilMs, limitMs, warnMs }: TalkTimerProps) {
  const { t } = useTranslation();
  const nowMs = useNow(untilMs === undefined ? 200 : undefined);
  const elapsedMs = Math.max(0, (untilMs ?? nowMs) - sinceMs);
  const spent = limitMs === undefined ? 0 : Math.min(1, elapsedMs / limitMs);
  return (
    <div
      className="talk-timer"
      role="timer"
      aria-live="off"
      aria-label={t('talker.elapsed')}
      data-warned={elapsedMs >= warnMs}
    >
      {limitMs !== undefined && (
        <div className="talk-timer-track">
          <div className="talk-timer-bar" style={{ transform: `scaleX(${spent})` }} />
          <div className="talk-timer-mark" style={{ insetInlineStart: `${Math.min(1, warnMs / limitMs) * 100}%` }} />
        </div>
      )}
      <span className="talk-timer-figure">
        {formatElapsed(elapsedMs)}
        {limitMs !== undefined && <span className="talk-timer-limit"> / {formatElapsed(limitMs)}</span>}
      </span>
    </div>
  );
}
