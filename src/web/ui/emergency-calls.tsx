import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import { alarming, byUrgency, isSilenced, mayAcknowledge, mayClear } from '../model/emergency.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { EmergencyModel } from '../model/incident-model.ts';
import { nearestPlace } from '../model/map-model.ts';
import { keyLabel } from '../ptt/key-map.ts';
import { BehalfDialog, ClearDialog } from './emergency-dialogs.tsx';
import { Flag } from './flag.tsx';
import { formatClock, formatKm, placeText, shortNetworkName } from './format.ts';
import { Icon } from './icons.tsx';
import { Refusal } from './refusal.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { agoText, talkerText } from './words.ts';

/** Below them the groups must stay in sight. */
const shownMax = 3;

/** Every unit in distress, on whatever group, until a person has cleared it; what nobody has seen to stands first. */
export function EmergencyCalls() {
  const { t } = useTranslation();
  const calls = byUrgency(useView().model.emergencies);
  if (calls.length === 0) return null;
  return (
    <section className="emergencies" aria-label={t('emergency.label')}>
      {calls.slice(0, shownMax).map((call) => (
        <EmergencyCall key={call.id} call={call} />
      ))}
      {calls.length > shownMax && (
        <p className="emergency-more">{t('alarm.more', { count: calls.length - shownMax })}</p>
      )}
    </section>
  );
}

function EmergencyCall({ call }: { call: EmergencyModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const group = model.groups.find(({ id }) => id === call.groupId);
  const name = talkerText(call.caller, t);
  return (
    <article className="emergency" data-state={call.state} data-emergency={call.id}>
      <button type="button" className="emergency-who" onClick={() => session.select(call.groupId)}>
        <StateShape name="emergency" />
        <span>
          <span className="emergency-title">
            {t('say.emergency', { group: group?.shortName ?? call.groupId, name })}
          </span>
          <Origin call={call} />
        </span>
      </button>
      <State call={call} />
      <div className="emergency-do">
        <Sound call={call} />
        <Actions call={call} />
      </div>
    </article>
  );
}

/** Where from, and for how long. */
function Origin({ call }: { call: EmergencyModel }) {
  const { t, i18n } = useTranslation();
  const { model, time } = useView();
  const { caller, place, lowered, repeated, sinceUtcMs } = call;
  const network = model.networks[caller.networkId];
  const group = model.groups.find(({ id }) => id === call.groupId);
  const near = place && nearestPlace(model, place);
  const age = agoText(gatewayUtcMs(time, useNow(1000)) - sinceUtcMs, t);
  return (
    <span className="emergency-detail">
      <Flag country={caller.country || (network?.country ?? '')} />
      {caller.organisation !== '' && <bdi>{caller.organisation}</bdi>}
      {network !== undefined && <bdi>{shortNetworkName(network.name)}</bdi>}
      {!caller.verified && <span>{t(caller.address === '' ? 'talker.noIdentity' : 'data.unverified')}</span>}
      <span>{formatClock(sinceUtcMs, i18n.language, model.timezone)}</span>
      <span className="emergency-age">{t('emergency.age', { age })}</span>
      {near !== undefined && (
        <strong>{t('map.near', { code: near.code, km: formatKm(near.distanceM, i18n.language) })}</strong>
      )}
      {place !== undefined && <bdi>{placeText(place)}</bdi>}
      {group?.bridging?.exercise !== undefined && <strong>{t('exercise.none')}</strong>}
      {repeated > 0 && <span>{t('data.repeated', { count: repeated })}</span>}
      {lowered && <span>{t('emergency.lowered')}</span>}
    </span>
  );
}

/** In words: who must answer, who has, or who is about to clear it. */
function State({ call }: { call: EmergencyModel }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const { state, acknowledgedBy, acknowledgedRoom, acknowledgedUtcMs, proof, escalated } = call;
  const rooms = useHomeRooms(call);
  if (state === 'unacknowledged') {
    return (
      <p className="emergency-state" role="alert">
        <strong>{t(escalated ? 'emergency.escalated' : 'emergency.unacknowledged')}</strong>
        <span>{t('emergency.expected', { rooms })}</span>
      </p>
    );
  }
  const at = formatClock(acknowledgedUtcMs, i18n.language, timezone);
  return (
    <p className="emergency-state">
      <span>
        <StateShape name="done" />
        {t('emergency.acknowledged', { name: acknowledgedBy, room: acknowledgedRoom, time: at })}
      </span>
      {proof !== '' && <span>{t('emergency.onBehalf', { rooms, proof })}</span>}
      {state === 'clearing' && (
        <span>{t('emergency.clearing', { name: call.clearingBy, cause: call.clearingCause })}</span>
      )}
    </p>
  );
}

/** That this page sounds for it, and can be silenced; or that it has been. */
function Sound({ call }: { call: EmergencyModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { keys } = useDesk();
  const { model, operator, silenced } = useView();
  if (session.isWall || call.state !== 'unacknowledged') return null;
  if (isSilenced(call, silenced)) {
    return (
      <p className="emergency-silenced">
        <Icon name="speakerOff" />
        {t('emergency.silenced')}
      </p>
    );
  }
  if (alarming([call], model.groups, operator, silenced).length === 0) return null;
  return (
    <button type="button" className="emergency-quiet" data-shortcut="quiet" onClick={() => session.silenceAlarm()}>
      {keys.quiet !== '' && <kbd>{keyLabel(keys.quiet)}</kbd>}
      <Icon name="speaker" />
      {t('emergency.quiet')}
    </button>
  );
}

function useHomeRooms({ homeRooms }: EmergencyModel): string {
  const { controlRooms } = useView().model;
  return homeRooms.map((room) => controlRooms.find(({ id }) => id === room)?.callSign ?? room).join(', ');
}

function Actions({ call }: { call: EmergencyModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { operator } = useView();
  const [open, setOpen] = useState<'behalf' | 'clear'>();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const rooms = useHomeRooms(call);
  if (operator === undefined) return null;
  const { id } = call;
  const ask = (operation: Parameters<typeof session.operate>[1]) => {
    setRefusal(undefined);
    void session.operate('', operation).then(setRefusal);
  };
  const acknowledge = () => ask({ acknowledgeEmergency: { emergencyId: id } });
  const may = mayAcknowledge(call, operator);
  const isMine = call.state === 'clearing' && call.clearingPersonId === operator.personId;
  return (
    <div className="emergency-actions">
      {(may === 'own' || may === 'others') && (
        <button
          type="button"
          data-weight={may === 'own' ? 'main' : 'plain'}
          data-shortcut="acknowledge"
          onClick={acknowledge}
        >
          {t('emergency.acknowledge')}
        </button>
      )}
      {may === 'on-behalf' && (
        <button type="button" data-weight="main" data-shortcut="acknowledge" onClick={() => setOpen('behalf')}>
          {t('emergency.behalf')}
        </button>
      )}
      {call.state === 'acknowledged' && mayClear(call, operator) && (
        <button type="button" onClick={() => setOpen('clear')}>
          {t('emergency.clear')}
        </button>
      )}
      {isMine && (
        <>
          <button type="button" data-weight="main" onClick={() => ask({ confirmClear: { emergencyId: id } })}>
            {t('emergency.confirm')}
          </button>
          <button type="button" onClick={() => ask({ withdrawClear: { emergencyId: id } })}>
            {t('emergency.withdraw')}
          </button>
        </>
      )}
      <Refusal refusal={refusal} rooms={rooms} />
      {open === 'behalf' && <BehalfDialog call={call} onClose={() => setOpen(undefined)} />}
      {open === 'clear' && <ClearDialog call={call} onClose={() => setOpen(undefined)} />}
    </div>
  );
}
