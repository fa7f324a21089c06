import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import type { CallModel, MissedCallModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { isOtherOnGroup } from '../model/intercom.ts';
import { keyLabel, type PageAction } from '../ptt/key-map.ts';
import { isKeyDown } from '../ptt/talk-board.ts';
import { Flag } from './flag.tsx';
import { formatClock, formatElapsed } from './format.ts';
import { Refusal } from './refusal.tsx';
import { useDesk, useSession, useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { useNow } from './use-now.ts';
import { callEndKey } from './words.ts';

const missedShownMax = 3;

/** The call of this console, how the last one ended, and whom the operator missed. It stands below every alarm. */
export function IntercomStrip() {
  const { t } = useTranslation();
  const { call, over, missed } = useView().model.intercom;
  return (
    <>
      <section className="calls" role="alert" aria-label={t('intercom.label')}>
        {call !== undefined && <CallStrip key={call.id} call={call} />}
        {call === undefined && over !== undefined && (
          <p className="call" data-call="over">
            <StateShape name="stop" />
            <span>{t(callEndKey(over.end), { name: over.display })}</span>
          </p>
        )}
      </section>
      <section className="calls" role="status" aria-label={t('intercom.label')}>
        {missed
          .slice(-missedShownMax)
          .reverse()
          .map((each) => (
            <MissedStrip key={each.personId} missed={each} />
          ))}
        {missed.length > missedShownMax && (
          <p className="call" data-call="missed">
            {t('alarm.more', { count: missed.length - missedShownMax })}
          </p>
        )}
      </section>
    </>
  );
}

const shapes: Readonly<Record<CallModel['state'], ShapeName>> = {
  calling: 'connecting',
  ringing: 'requested',
  talking: 'together',
};

function CallStrip({ call }: { call: CallModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const { state, display: name, controlRoom, country, hotLine } = call;
  const isRinging = state === 'ringing';
  const line = useView().model.directLines.find(({ consoleId }) => consoleId === call.consoleId);
  const title =
    state === 'talking'
      ? t('intercom.talking', { name })
      : isRinging
        ? t(hotLine ? 'intercom.speaks' : line !== undefined ? 'line.rings' : 'intercom.rings', { name })
        : t(hotLine ? 'intercom.yourLine' : 'intercom.calling', { name });
  const away = isRinging ? 'refuse' : state === 'calling' ? 'cancel' : 'hangUp';
  return (
    <div className="call" data-call={state}>
      <StateShape name={shapes[state]} />
      <strong>{title}</strong>
      <span className="call-who">
        <Flag country={country} />
        <bdi>{isRinging && !hotLine ? [...new Set([name, controlRoom])].filter(Boolean).join(' · ') : controlRoom}</bdi>
      </span>
      <CallAge sinceUtcMs={call.sinceUtcMs} />
      {line?.recorded && <span className="call-recorded">{t('line.recorded')}</span>}
      {state === 'talking' && <Held name={name} />}
      <span className="call-buttons">
        {isRinging && (
          <CallButton
            shortcut="intercom"
            label={t('intercom.answer')}
            main
            onPress={() => session.intercom.answer().then(setRefusal)}
          />
        )}
        <CallButton
          shortcut="hangUp"
          label={t(`intercom.${away}`)}
          onPress={() => session.intercom.hangUp().then(setRefusal)}
        />
      </span>
      <Refusal refusal={refusal} />
    </div>
  );
}

/** Why nobody is heard at present though the call is on. */
function Held({ name }: { name: string }) {
  const { t } = useTranslation();
  const { model, talk } = useView();
  if (isKeyDown(talk)) return <span className="call-held">{t('intercom.onGroup', { name })}</span>;
  return isOtherOnGroup(model) ? <span className="call-held">{t('intercom.otherOnGroup', { name })}</span> : null;
}

interface CallButtonProps {
  readonly shortcut: PageAction;
  readonly label: string;
  readonly main?: boolean;
  readonly onPress: () => void;
}

function CallButton({ shortcut, label, main = false, onPress }: CallButtonProps) {
  const key = keyLabel(useDesk().keys[shortcut]);
  return (
    <button
      type="button"
      className="small-button"
      data-shortcut={shortcut}
      data-weight={main ? 'main' : 'other'}
      onClick={onPress}
    >
      {label} {key !== '' && <kbd>{key}</kbd>}
    </button>
  );
}

/** Seen, not spoken: what changes every second would be read out every second. */
function CallAge({ sinceUtcMs }: { sinceUtcMs: number }) {
  const { time } = useView();
  const ageMs = Math.max(0, gatewayUtcMs(time, useNow(1000)) - sinceUtcMs);
  return (
    <span className="call-age" aria-hidden="true">
      {formatElapsed(ageMs)}
    </span>
  );
}

function MissedStrip({ missed }: { missed: MissedCallModel }) {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const { timezone } = useView().model;
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const { personId, display: name, controlRoom, country, times, atUtcMs } = missed;
  const time = formatClock(atUtcMs, i18n.language, timezone);
  return (
    <div className="call" data-call="missed" data-person={personId}>
      <StateShape name="stale" />
      <strong>{t('intercom.missed', { name })}</strong>
      <span className="call-who">
        <Flag country={country} />
        <bdi>{controlRoom}</bdi>
      </span>
      {times > 1 && <span>{t('intercom.times', { count: times })}</span>}
      <span>{t(times > 1 ? 'intercom.last' : 'intercom.at', { time })}</span>
      <span className="call-buttons">
        <button
          type="button"
          className="small-button"
          onClick={() => void session.intercom.call({ personId }).then(setRefusal)}
        >
          {t('intercom.callBack')}
        </button>
        <button type="button" className="small-button" onClick={() => void session.intercom.seeMissed()}>
          {t('intercom.seen')}
        </button>
      </span>
      <Refusal refusal={refusal} />
    </div>
  );
}
