import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel } from '../model/console-model.ts';
import { isAnnouncement } from '../model/tile-state.ts';
import type { EntryModel } from '../model/timeline.ts';
import { Flag } from './flag.tsx';
import { formatClock, formatElapsed } from './format.ts';
import { StateShape } from './state-shape.tsx';
import { entryShapes, entryWords } from './timeline-words.ts';
import { shortFaultText } from './words.ts';

interface TimelineRowProps {
  readonly entry: EntryModel;
  /** In which its names stand. */
  readonly model: ConsoleModel;
  /** The page had no link meanwhile. */
  readonly missed?: boolean;
  /** What can be done about it. */
  readonly children?: ReactNode;
}

/** One entry: when, of which kind, on which group, who, what, in whose words. */
export function TimelineRow({ entry, model, missed = false, children }: TimelineRowProps) {
  const { t, i18n } = useTranslation();
  const words = entryWords(entry, model, t, i18n.language);
  const { id, atUtcMs, kind, who, over, refusal } = entry;
  const isGateway = over !== undefined && isAnnouncement({ partyId: entry.about });
  const isOtherThanSaid = kind !== 'announcement' || entry.what !== 'played';
  return (
    <li data-entry={id} data-kind={kind} data-refused={refusal !== ''} data-missed={missed}>
      <time dateTime={new Date(atUtcMs).toISOString()}>{formatClock(atUtcMs, i18n.language, model.timezone)}</time>
      <span className="entry-kind">
        <StateShape name={over?.emergency ? 'emergency' : entryShapes[kind]} />
        {words.kind}
      </span>
      <span className="entry-group">
        <bdi>{words.group}</bdi>
      </span>
      <span className="entry-text">
        {entry.exercise && <strong className="entry-exercise">{t('timeline.exercise')}</strong>}
        {who !== undefined && (
          <span className="entry-who">
            <Flag country={who.country} />
            <bdi>{who.name || t(isGateway ? 'talker.announcement' : 'talker.unknown')}</bdi>
            {who.of !== '' && <bdi className="entry-of">{who.of}</bdi>}
            {who.unverified && <span className="entry-note">{t('timeline.unverified')}</span>}
          </span>
        )}
        {over !== undefined && <span className="entry-length">{formatElapsed(over.durationMs)}</span>}
        {isOtherThanSaid && <span className="entry-what">{words.what}</span>}
        {words.about !== '' && <bdi className="entry-about">{words.about}</bdi>}
        {entry.fault !== '' && <span className="entry-note">{shortFaultText(entry, t)}</span>}
        {entry.words !== '' && <q className="entry-words">{entry.words}</q>}
        {over !== undefined && over.lostMs > 0 && (
          <span className="entry-note">{t('timeline.lost', { ms: over.lostMs })}</span>
        )}
        {missed && over !== undefined && <span className="entry-note">{t('gap.unheard')}</span>}
        {refusal !== '' && (
          <span className="entry-refusal">
            <StateShape name="denied" />
            {t('timeline.refused', { cause: words.refusal })}
          </span>
        )}
        {children}
      </span>
    </li>
  );
}
