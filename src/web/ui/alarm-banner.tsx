import { useTranslation } from 'react-i18next';
import { alarmText, groupsWithout, groupText } from './alarm-text.ts';
import { formatElapsed } from './format.ts';
import { Icon } from './icons.tsx';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';

const groupsShownMax = 3;

/** Every fault in plain words for as long as it lasts. It cannot be closed: what is broken is not put away by a click. */
export function AlarmBanner() {
  const { t } = useTranslation();
  const { model, link } = useView();
  // Legs fail together, by the attachment: they share one line, that says what still works.
  const down = model.alarms.filter(({ code, endedMs }) => code === 'leg-down' && endedMs === undefined);
  // One without a channel is said to be that, in words of its own.
  const isShed = (leg: string) => model.alarms.some(({ code, subject }) => code === 'leg-shed' && subject === leg);
  const legs = down.filter(({ subject }) => !isShed(subject));
  const groups = groupsWithout(model, new Set(legs.map(({ subject }) => subject)));
  const told = groups.slice(0, groupsShownMax);
  const untold = legs.length - told.reduce((sum, { down: lost }) => sum + lost.length, 0);
  const others = model.alarms.filter((alarm) => !down.includes(alarm));
  return (
    <section className="alarms" role="alert" aria-label={t('alarm.label')}>
      {link.lostAtMs !== undefined && (
        <p className="alarm" data-severity="critical">
          <Icon name="fault" />
          <span>{t(lossKey(link.parting))}</span>
          <LostFor sinceMs={link.lostAtMs} />
        </p>
      )}
      {others.map(({ code, subject, count, endedMs }) => (
        <p key={`${code} ${subject}`} className="alarm" data-severity={endedMs === undefined ? 'major' : 'ended'}>
          {endedMs === undefined ? <Icon name="fault" /> : <StateShape name="done" />}
          <span>
            {endedMs !== undefined && <strong>{t('alarm.ended')} </strong>}
            {alarmText(model, { code, subject }, t)}
            {count > 0 && endedMs === undefined && (
              <span className="alarm-count"> {t('alarm.waiting', { count })}</span>
            )}
          </span>
        </p>
      ))}
      {legs.length > 0 && (
        <p className="alarm" data-severity="major">
          <Icon name="fault" />
          <span>
            {told.map((group) => (
              <span key={group.shortName} className="alarm-group">
                {groupText(model, group, t)}
              </span>
            ))}
            {untold > 0 && t('alarm.more', { count: untold })}
          </span>
        </p>
      )}
    </section>
  );
}

function lossKey(parting: string): 'alarm.restart' | 'alarm.slow' | 'alarm.link' {
  if (parting === 'stopping') return 'alarm.restart';
  return parting === 'slow-consumer' ? 'alarm.slow' : 'alarm.link';
}

/** Seen, not spoken: an alert that changes every second would be read out every second. */
function LostFor({ sinceMs }: { sinceMs: number }) {
  return (
    <span className="alarm-age" aria-hidden="true">
      {formatElapsed(useNow(1000) - sinceMs)}
    </span>
  );
}
