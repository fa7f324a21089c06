import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { type GapModel, isMissed, withGaps } from '../model/gap.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { mayReplay } from '../model/operator.ts';
import { byTime, type EntryKind, type EntryModel, entryKinds } from '../model/timeline.ts';
import { formatDate, formatMinute } from './format.ts';
import { GapWords } from './gap-words.tsx';
import { useRecall, useSession, useTimeline, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { TimelineRow } from './timeline-row.tsx';
import { useNow } from './use-now.ts';
import { ViewHeader } from './view-header.tsx';
import { recallRefusalKey } from './words.ts';

/** What the gateway keeps of voice, ms. */
const replayMs = 15 * 60_000;

/** What happened, newest first, in the place of the groups: by group and kind, as far back as the gateway knows. */
export function TimelineView() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model, gaps } = useView();
  const { shown, filter, loading } = useTimeline();
  const rows = byTime(shown.entries).reverse();
  const dateOf = (entry: EntryModel) => formatDate(entry.atUtcMs, i18n.language, model.timezone);
  const { crowdedOut, crowdedUtcMs } = shown;
  return (
    <main className="timeline" id="groups" tabIndex={-1} aria-label={t('view.timeline')}>
      <ViewHeader title={t('view.timeline')} />
      <Filters />
      <ReplayRefusal />
      {rows.length === 0 && !loading && <p className="panel-none">{t('timeline.none')}</p>}
      <ol className="timeline-rows" reversed>
        {withGaps(rows, gaps, ({ atUtcMs }) => atUtcMs).map((row) => {
          if ('gap' in row) return <TimelineGap key={`gap-${row.gap.toUtcMs}`} gap={row.gap} />;
          const { item: entry } = row;
          const before = rows[rows.indexOf(entry) - 1];
          const isOtherDay = before === undefined || dateOf(before) !== dateOf(entry);
          return (
            <Fragment key={entry.id}>
              {isOtherDay && <li className="timeline-day">{dateOf(entry)}</li>}
              <TimelineRow entry={entry} model={model} missed={isMissed(gaps, entry.atUtcMs, endOf(entry))}>
                <Replay entry={entry} />
              </TimelineRow>
            </Fragment>
          );
        })}
      </ol>
      {crowdedOut > 0 && (
        <p className="timeline-gap">
          <StateShape name="stale" />
          {t('timeline.gap', { entries: crowdedOut, time: formatMinute(crowdedUtcMs, i18n.language, model.timezone) })}
        </p>
      )}
      {shown.more ? (
        <button type="button" disabled={loading} onClick={() => session.timeline.older()}>
          {loading ? t('timeline.loading') : t('timeline.older')}
        </button>
      ) : (
        rows.length > 0 && <p className="panel-none">{loading ? t('timeline.loading') : t('timeline.beginning')}</p>
      )}
      {filter.kind === 'text' && <p className="panel-none">{t('timeline.noText')}</p>}
    </main>
  );
}

function endOf({ atUtcMs, over }: EntryModel): number {
  return atUtcMs + (over?.durationMs ?? 0);
}

/** When this page had no link; what happened then is fetched where it is not here. */
function TimelineGap({ gap }: { gap: GapModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { shown, loading } = useTimeline();
  const [first] = shown.entries;
  const isHidden = shown.more && first !== undefined && first.atUtcMs > gap.fromUtcMs;
  return (
    <li className="timeline-away">
      <GapWords gap={gap} />
      {isHidden && (
        <button
          type="button"
          className="small-button"
          disabled={loading}
          onClick={() => session.timeline.back(gap.fromUtcMs)}
        >
          {loading ? t('timeline.loading') : t('gap.fetch')}
        </button>
      )}
    </li>
  );
}

function Filters() {
  const { t } = useTranslation();
  const session = useSession();
  const { groups } = useView().model;
  const { filter } = useTimeline();
  return (
    <p className="timeline-filters">
      <label>
        {t('timeline.group')}
        <select value={filter.groupId} onChange={({ target }) => session.timeline.filter({ groupId: target.value })}>
          <option value="">{t('timeline.allGroups')}</option>
          {groups.map(({ id, shortName }) => (
            <option key={id} value={id}>
              {shortName}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('timeline.kindLabel')}
        <select
          value={filter.kind}
          onChange={({ target }) => session.timeline.filter({ kind: target.value as EntryKind | '' })}
        >
          <option value="">{t('timeline.allKinds')}</option>
          {entryKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t(`timeline.kind.${kind}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="small-button" onClick={() => session.show('hand-over')}>
        {t('handOver.open')}
      </button>
    </p>
  );
}

/** To hear an over again, as long as the gateway has its voice. */
function Replay({ entry }: { entry: EntryModel }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { time, model, operator } = useView();
  const { current } = useRecall();
  const nowUtcMs = gatewayUtcMs(time, useNow(10_000));
  const { over, groupId, atUtcMs, who } = entry;
  if (over === undefined || !mayReplay(operator) || nowUtcMs - atUtcMs - over.durationMs >= replayMs) return null;
  const replays = current?.groupId === groupId && current.over.over === over.over;
  const talker = who?.name || t('talker.unknown');
  const label = t('replay.over', { talker, time: formatMinute(atUtcMs, i18n.language, model.timezone) });
  return (
    <button
      type="button"
      className="small-button entry-replay"
      onClick={() => (replays ? session.recall.stop() : session.recall.replay(groupId, overOf(entry)))}
    >
      <StateShape name={replays ? 'stop' : 'replay'} />
      <span className="unseen">{replays ? t('replay.stop') : label}</span>
    </button>
  );
}

function ReplayRefusal() {
  const { t } = useTranslation();
  const { refusal } = useRecall();
  if (refusal === '') return null;
  return (
    <p className="replay-refusal" role="alert">
      {t(recallRefusalKey(refusal))}
    </p>
  );
}

function overOf({ over, who, atUtcMs, what, about, exercise }: EntryModel) {
  return {
    over: over?.over ?? 0,
    talker: {
      partyId: about,
      isConsole: who?.isPerson ?? false,
      callSign: who?.name ?? '',
      address: '',
      organisation: who?.of ?? '',
      country: who?.country ?? '',
      networkId: '',
      language: '',
      verified: who?.unverified !== true,
    },
    startUtcMs: atUtcMs,
    durationMs: over?.durationMs ?? 0,
    end: what,
    lostMs: {},
    emergency: over?.emergency ?? false,
    exercise,
  };
}
