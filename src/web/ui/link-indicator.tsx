import { useTranslation } from 'react-i18next';
import type { Phase } from '../link/link-machine.ts';
import type { LinkQuality } from '../model/link-quality.ts';
import { linkQuality } from '../model/link-quality.ts';
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

/** The link to the gateway: its state, its quality and round trip, or for how long it has been away. */
export function LinkIndicator() {
  const { t } = useTranslation();
  const session = useSession();
  const { link, concealedRatio } = useView();
  const { phase, roundTripMs, lostAtMs, parting } = link;
  const nowMs = useNow(lostAtMs === undefined ? undefined : 1000);
  return (
    <Indicator
      label={t('link.label')}
      word={t(phase === 'waiting' && parting === 'stopping' ? 'link.restarting' : `link.phase.${phase}`)}
      {...looks[phase]}
    >
      {phase === 'live' && roundTripMs !== undefined && (
        <>
          <QualityBars quality={linkQuality(roundTripMs, concealedRatio)} />
          <span className="indicator-figure">{t('link.latency', { ms: Math.max(1, Math.round(roundTripMs)) })}</span>
        </>
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

/** Three bars for good, two for fair, one for poor; the word stands where it is not good. */
function QualityBars({ quality }: { quality: LinkQuality }) {
  const { t } = useTranslation();
  return (
    <span className="quality" data-quality={quality}>
      <span className="quality-bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className={quality === 'good' ? 'unseen' : undefined}>{t(`link.quality.${quality}`)}</span>
    </span>
  );
}
