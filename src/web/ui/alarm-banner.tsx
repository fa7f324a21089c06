import { useTranslation } from 'react-i18next';
import type { ConsoleModel, GroupModel, LegModel } from '../model/console-model.ts';
import { formatElapsed, shortNetworkName } from './format.ts';
import { Icon } from './icons.tsx';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { alarmKey } from './words.ts';

const legFaultsShownMax = 3;

/** Every fault in plain words for as long as it lasts. It cannot be closed: what is broken is not put away by a click. */
export function AlarmBanner() {
  const { t } = useTranslation();
  const { model, link } = useView();
  const faults = link.lostAtMs === undefined ? legFaults(model) : [];
  return (
    <section className="alarms" role="alert" aria-label={t('alarm.label')}>
      {link.lostAtMs !== undefined && (
        <p className="alarm" data-severity="critical">
          <Icon name="fault" />
          <span>{t('alarm.link')}</span>
          <LostFor sinceMs={link.lostAtMs} />
        </p>
      )}
      {model.alarms.map(({ code, subject, endedMs }) => (
        <p key={`${code} ${subject}`} className="alarm" data-severity={endedMs === undefined ? 'major' : 'ended'}>
          {endedMs === undefined ? <Icon name="fault" /> : <StateShape name="done" />}
          <span>
            {endedMs !== undefined && <strong>{t('alarm.ended')} </strong>}
            {t(alarmKey(code), { subject, code })}
          </span>
        </p>
      ))}
      {faults.length > 0 && (
        <p className="alarm" data-severity="major">
          <Icon name="fault" />
          <span>
            {faults.slice(0, legFaultsShownMax).map(({ group, leg }) => (
              <span key={leg.id} className="alarm-leg">
                {t('alarm.legDown', { leg: legName(model, leg), group: group.shortName })}
                {leg.reason !== '' && <bdi className="alarm-reason">{leg.reason}</bdi>}
              </span>
            ))}
            {faults.length > legFaultsShownMax && t('alarm.more', { count: faults.length - legFaultsShownMax })}
          </span>
        </p>
      )}
    </section>
  );
}

function legFaults(model: ConsoleModel): { group: GroupModel; leg: LegModel }[] {
  return model.groups.flatMap((group) =>
    group.legs.filter((leg) => leg.state === 'down').map((leg) => ({ group, leg })),
  );
}

function legName(model: ConsoleModel, leg: LegModel): string {
  return `${shortNetworkName(model.networks[leg.networkId]?.name ?? leg.networkId)} ${leg.talkgroup}`;
}

/** Seen, not spoken: an alert that changes every second would be read out every second. */
function LostFor({ sinceMs }: { sinceMs: number }) {
  return (
    <span className="alarm-age" aria-hidden="true">
      {formatElapsed(useNow(1000) - sinceMs)}
    </span>
  );
}
