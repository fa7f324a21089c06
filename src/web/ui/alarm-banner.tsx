import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel, GroupModel, LegModel } from '../model/console-model.ts';
import { formatElapsed, shortNetworkName } from './format.ts';
import { Icon } from './icons.tsx';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { alarmKey, keptKey } from './words.ts';

const legFaultsShownMax = 3;

/** Every fault in plain words for as long as it lasts. It cannot be closed: what is broken is not put away by a click. */
export function AlarmBanner() {
  const { t } = useTranslation();
  const { model, link } = useView();
  // Legs fail together, by the attachment: they share one line.
  const down = model.alarms.filter(({ code, endedMs }) => code === 'leg-down' && endedMs === undefined);
  // One without a channel is said to be that, in words of its own.
  const isShed = (leg: string) => model.alarms.some(({ code, subject }) => code === 'leg-shed' && subject === leg);
  const legs = down.filter(({ subject }) => !isShed(subject));
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
      {others.map(({ code, subject, endedMs }) => (
        <p key={`${code} ${subject}`} className="alarm" data-severity={endedMs === undefined ? 'major' : 'ended'}>
          {endedMs === undefined ? <Icon name="fault" /> : <StateShape name="done" />}
          <span>
            {endedMs !== undefined && <strong>{t('alarm.ended')} </strong>}
            {t(alarmKey(code), { subject: nameOf(model, code, subject, t), code })}
          </span>
        </p>
      ))}
      {legs.length > 0 && (
        <p className="alarm" data-severity="major">
          <Icon name="fault" />
          <span>
            {legs.slice(0, legFaultsShownMax).map(({ code, subject }) => (
              <span key={subject} className="alarm-leg">
                {t(alarmKey(code), { subject: legName(model, subject), code })}
                <bdi className="alarm-reason">{findLeg(model, subject)?.leg.reason}</bdi>
              </span>
            ))}
            {legs.length > legFaultsShownMax && t('alarm.more', { count: legs.length - legFaultsShownMax })}
          </span>
        </p>
      )}
    </section>
  );
}

function findLeg(model: ConsoleModel, id: string): { group: GroupModel; leg: LegModel } | undefined {
  for (const group of model.groups) {
    const leg = group.legs.find((candidate) => candidate.id === id);
    if (leg !== undefined) return { group, leg };
  }
  return undefined;
}

function nameOf(model: ConsoleModel, code: string, subject: string, t: TFunction): string {
  if (code === 'leg-down' || code === 'leg-shed' || code === 'loop') return legName(model, subject);
  if (code === 'state-broken') return t(keptKey(subject));
  return code === 'network-on-second-way' ? shortNetworkName(model.networks[subject]?.name ?? subject) : subject;
}

/** Network, talkgroup and shared group; the id where the page does not know the leg. */
function legName(model: ConsoleModel, id: string): string {
  const found = findLeg(model, id);
  if (found === undefined) return id;
  const { group, leg } = found;
  const network = shortNetworkName(model.networks[leg.networkId]?.name ?? leg.networkId);
  return `${network} ${leg.talkgroup} (${group.shortName})`;
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
