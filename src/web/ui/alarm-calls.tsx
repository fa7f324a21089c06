import { useTranslation } from 'react-i18next';
import { isOpenAlarm } from '../model/tile-state.ts';
import { formatClock, placeText } from './format.ts';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { talkerText } from './words.ts';

/** Below them the groups must stay in sight. */
const shownMax = 3;

/** Alarms of radios that nobody has seen to: on whatever group, until some operator says that he has. */
export function AlarmCalls() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const calls = model.data.filter(isOpenAlarm);
  const shown = calls.slice(0, shownMax).map(({ id, groupId, sender, atUtcMs, said }) => (
    <div key={id} className="alarm-call" role="alert">
      <StateShape name="emergency" />
      <span>
        {t('say.alarm', {
          group: model.groups.find((group) => group.id === groupId)?.shortName ?? groupId,
          name: talkerText(sender, t),
        })}
        <span className="alarm-call-detail">
          {formatClock(atUtcMs, i18n.language, model.timezone)}
          {!sender.verified && <span>{t('data.unverified')}</span>}
          {said.kind === 'alarm' && said.clearedAtUtcMs !== undefined && (
            <span>{t('data.cleared', { time: formatClock(said.clearedAtUtcMs, i18n.language, model.timezone) })}</span>
          )}
          {said.kind === 'alarm' && said.place !== undefined && <bdi>{placeText(said.place)}</bdi>}
        </span>
      </span>
      <button
        type="button"
        className="alarm-call-seen"
        data-shortcut="acknowledge"
        onClick={() => session.acknowledge(id)}
      >
        {t('data.acknowledge')}
      </button>
    </div>
  ));
  return (
    <>
      {shown}
      {calls.length > shownMax && <p className="alarm-call">{t('alarm.more', { count: calls.length - shownMax })}</p>}
    </>
  );
}
