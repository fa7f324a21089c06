import { useTranslation } from 'react-i18next';
import type { GroupModel, OpeningModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { openingNext, openingNow } from '../model/schedule.ts';
import { formatDate, formatMinute, formatMoment } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';

interface OfGroup {
  readonly group: GroupModel;
}

/** When a group that is closed opens by itself, in a few words. */
export function NextOpening({ group }: OfGroup) {
  const { t } = useTranslation();
  const utcMs = useGatewayUtcMs();
  const words = useSpan(utcMs);
  const next = group.schedule && openingNext(group.schedule, utcMs);
  return next === undefined ? t('schedule.none') : t('schedule.opens', words(next));
}

/** Somebody has closed it in the middle of its window. */
export function ClosedEarly({ group: { schedule } }: OfGroup) {
  const { t } = useTranslation();
  const utcMs = useGatewayUtcMs();
  const words = useSpan(utcMs);
  const now = schedule && openingNow(schedule, utcMs);
  if (schedule === undefined || schedule.closedBy === '' || now === undefined) return null;
  return <p className="schedule-closed">{t('schedule.closedBy', { name: schedule.closedBy, time: words(now).to })}</p>;
}

/** Talkgroups of its own that somebody else has: by name, and where they are. */
export function Lacking({ group }: OfGroup) {
  const { t } = useTranslation();
  const { model } = useView();
  const lacking = group.bridging?.lacking ?? [];
  return lacking.map(({ talkgroupId, groupId }) => (
    <p key={talkgroupId} className="schedule-lacking" role="status">
      <StateShape name="requested" />
      <span>
        {t('schedule.lacking', {
          talkgroup: model.talkgroups.find(({ id }) => id === talkgroupId)?.shortName ?? talkgroupId,
          group: model.groups.find(({ id }) => id === groupId)?.shortName ?? groupId,
        })}
      </span>
    </p>
  ));
}

/** What comes in any case, for whoever opens it by hand. */
export function OpenNote({ group: { schedule } }: OfGroup) {
  const { t } = useTranslation();
  const utcMs = useGatewayUtcMs();
  const words = useSpan(utcMs);
  const next = schedule && openingNext(schedule, utcMs);
  return next === undefined ? null : <p>{t('schedule.openNote', words(next))}</p>;
}

/** What closing means while its window lasts. */
export function CloseNote({ group: { schedule } }: OfGroup) {
  const { t } = useTranslation();
  const utcMs = useGatewayUtcMs();
  const words = useSpan(utcMs);
  const now = schedule && openingNow(schedule, utcMs);
  return now === undefined ? null : <p>{t('schedule.closeNote', { time: words(now).to })}</p>;
}

/** The next days, or what comes after them. */
export function ComingOpenings({ group: { schedule } }: OfGroup) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const utcMs = useGatewayUtcMs();
  if (schedule === undefined) return null;
  const now = openingNow(schedule, utcMs);
  const coming = schedule.openings.filter(({ toUtcMs }) => utcMs < toUtcMs);
  const minute = (at: number) => formatMinute(at, i18n.language, model.timezone);
  return (
    <section className="schedule">
      <h3>{t('schedule.label')}</h3>
      {coming.length === 0 && <p className="panel-none">{t('schedule.none')}</p>}
      <ul>
        {coming.map((opening) => (
          <li key={opening.fromUtcMs} data-now={opening === now}>
            <span>{formatDate(opening.fromUtcMs, i18n.language, model.timezone)}</span>
            <span>{t('schedule.span', { from: minute(opening.fromUtcMs), to: minute(opening.toUtcMs) })}</span>
            {opening === now && (
              <span className="schedule-mark">
                <StateShape name={schedule.closedBy === '' ? 'up' : 'closed'} />
                {schedule.closedBy === '' ? t('schedule.now') : t('schedule.early', { name: schedule.closedBy })}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function useGatewayUtcMs(): number {
  const { time } = useView();
  return gatewayUtcMs(time, useNow(10_000));
}

/** Its two ends; the day stands where it is not today, and that of the end where it is not the night after. */
function useSpan(utcMs: number): (opening: OpeningModel) => { from: string; to: string } {
  const { i18n } = useTranslation();
  const { model } = useView();
  return ({ fromUtcMs, toUtcMs }) => ({
    from: formatMoment(fromUtcMs, utcMs, i18n.language, model.timezone),
    to:
      toUtcMs - fromUtcMs < 86_400_000
        ? formatMinute(toUtcMs, i18n.language, model.timezone)
        : formatMoment(toUtcMs, utcMs, i18n.language, model.timezone),
  });
}
