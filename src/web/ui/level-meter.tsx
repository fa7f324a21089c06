import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { meterFloorDbfs, meterFraction } from '../audio/level.ts';
import { useSession } from './session-context.tsx';

/** How often the bar moves: smooth enough to speak by, and a twentieth of what a picture each frame would cost. */
const drawnEveryMs = 50;
/** How fast the bar falls, share of its length a second: peaks stay readable. */
const fallPerS = 1.4;
/** Screen readers get the level so often. */
const spokenEveryMs = 1000;

/** The operator's own level, keyed or not: drawn past React, which has nothing to decide about it. */
export function LevelMeter() {
  const { t } = useTranslation();
  const session = useSession();
  const meter = useRef<HTMLMeterElement>(null);
  const cover = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let [shown, spokenMs] = [0, 0];
    const draw = (): void => {
      const dbfs = session.microphoneLevelDbfs();
      shown = Math.max(meterFraction(dbfs), shown - (fallPerS * drawnEveryMs) / 1000, 0);
      if (cover.current !== null) cover.current.style.transform = `scaleX(${(1 - shown).toFixed(3)})`;
      const nowMs = performance.now();
      if (nowMs - spokenMs < spokenEveryMs) return;
      spokenMs = nowMs;
      if (meter.current !== null) meter.current.value = dbfs;
    };
    const timer = setInterval(draw, drawnEveryMs);
    return () => clearInterval(timer);
  }, [session]);
  return (
    <>
      <div className="level-meter" aria-hidden="true">
        <div ref={cover} className="level-cover" />
      </div>
      <meter ref={meter} className="unseen" aria-label={t('microphone.level')} min={meterFloorDbfs} max={0} />
    </>
  );
}
