import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { meterFloorDbfs, meterFraction } from '../audio/level.ts';
import { useSession } from './session-context.tsx';

/** How fast the bar falls, share of its length a second: peaks stay readable. */
const fallPerS = 1.4;
/** Screen readers get the level so often, not sixty times a second. */
const spokenEveryMs = 1000;

/** The operator's own level, keyed or not: drawn past React, since it moves with every picture. */
export function LevelMeter() {
  const { t } = useTranslation();
  const session = useSession();
  const meter = useRef<HTMLMeterElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let [shown, lastMs, spokenMs, request] = [0, performance.now(), 0, 0];
    const draw = (nowMs: number): void => {
      const dbfs = session.microphoneLevelDbfs();
      const fallen = shown - (fallPerS * (nowMs - lastMs)) / 1000;
      shown = Math.max(meterFraction(dbfs), fallen, 0);
      lastMs = nowMs;
      if (bar.current !== null) bar.current.style.clipPath = `inset(0 ${(1 - shown) * 100}% 0 0)`;
      if (nowMs - spokenMs > spokenEveryMs) {
        spokenMs = nowMs;
        if (meter.current !== null) meter.current.value = dbfs;
      }
      request = requestAnimationFrame(draw);
    };
    request = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(request);
  }, [session]);
  return (
    <>
      <div className="level-meter" aria-hidden="true">
        <div ref={bar} className="level-bar" />
      </div>
      <meter ref={meter} className="unseen" aria-label={t('microphone.level')} min={meterFloorDbfs} max={0} />
    </>
  );
}
