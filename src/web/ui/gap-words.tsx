import { useTranslation } from 'react-i18next';
import type { GapModel } from '../model/gap.ts';
import { formatClock } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { agoText } from './words.ts';

/** From when to when this page had no link, and how much of it is known. */
export function GapWords({ gap: { fromUtcMs, toUtcMs, told } }: { gap: GapModel }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const clock = (utcMs: number): string => formatClock(utcMs, i18n.language, timezone);
  const lapse = agoText(Math.max(1000, toUtcMs - fromUtcMs), t);
  return (
    <span className="gap-words" data-told={told}>
      <StateShape name="stale" />
      <strong>{t(told ? 'gap.notHeard' : 'gap.notSeen', { lapse })}</strong>
      <span>{t('gap.between', { from: clock(fromUtcMs), to: clock(toUtcMs) })}</span>
    </span>
  );
}
