import { useTranslation } from 'react-i18next';
import type { Phase } from '../link/link-machine.ts';
import { formatElapsed } from './format.ts';
import { Indicator, type Tone } from './indicator.tsx';
import { useSession, useView } from './session-context.tsx';
import type { ShapeName } from './state-shape.tsx';
import { useNow } from './use-now.ts';

const looks: Readonly<Record<Phase, { readonly tone: Tone; readonly shape: ShapeName }>> = {
  idle: { tone: 'pending', shape: 'connecting' },
  connecting: { tone: 'pending', shape: 'connecting' },
  greeting: { tone: 'pending', shape: 'connecting' },
  live: { tone: 'good', shape: 'up' },
  waiting: { tone: 'bad', shape: 'stale' },
  refused: { tone: 'bad', shape: 'denied' },
};

/** The link to the gateway: its state, and its round trip or for how long it has been away. */
export function LinkIndicator() {
  const { t } = useTranslation();
  const session = useSession();
  const { link } = useView();
  const { phase, roundTripMs, lostAtMs, parting } = link;
  const nowMs = useNow(lostAtMs === undefined ? undefined : 1000);
  return (
    <Indicator
      label={t('link.label')}
      word={t(phase === 'waiting' && parting === 'stopping' ? 'link.restarting' : `link.phase.${phase}`)}
      {...looks[phase]}
    >
      {phase === 'live' && roundTripMs !== undefined && (
        <span className="indicator-figure">{t('link.latency', { ms: Math.max(1, Math.round(roundTripMs)) })}</span>
      )}
      {lostAtMs !== undefined && (
        <span className="indicator-figure">{t('link.lostFor', { age: formatElapsed(nowMs - lostAtMs) })}</span>
      )}
      {phase === 'waiting' && (
        <button type="button" className="small-button" onClick={() => session.retryLink()}>
          {t('link.retry')}
        </button>
      )}
    </Indicator>
  );
}
