import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../app/operations.ts';
import type { GroupModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { mayBridge } from '../model/joined.ts';
import { CloseDialog } from './close-dialog.tsx';
import { ExerciseButtons } from './exercise-buttons.tsx';
import { formatMinute } from './format.ts';
import { OpenDialog } from './open-dialog.tsx';
import { ClosedEarly, Lacking } from './schedule.tsx';
import { useSession, useView } from './session-context.tsx';

type Shown = 'open' | 'add' | 'close';

/** A patrol that is late is late by about so much. */
const scheduleExtendedMin = 60;

/** Who opened a group, why and until when, and what can be done about it; of one that waits, how to open it. */
export function BridgingStrip({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown>();
  const { operator } = useView();
  const close = () => setShown(undefined);
  const { bridging } = group;
  const may = mayBridge(group, operator);
  if (group.onDemand && !may) return <ClosedEarly group={group} />;
  if (group.onDemand) {
    return (
      <div className="bridging">
        <ClosedEarly group={group} />
        <button type="button" className="bridging-open" data-shortcut="open" onClick={() => setShown('open')}>
          {t(group.use === 'pursuit' ? 'bridging.openPursuit' : 'bridging.open')}
          <span className="unseen">{group.shortName}</span>
        </button>
        {shown === 'open' && <OpenDialog group={group} onClose={close} />}
      </div>
    );
  }
  if (bridging === undefined || bridging.state === 'closing') return null;
  if (bridging.by === '' && !bridging.scheduled) return null;
  return (
    <div className="bridging" data-ending={bridging.ending}>
      <p className="bridging-words">
        <bdi className="bridging-reason">{bridging.reason || t('schedule.reason')}</bdi>
        {bridging.reason !== '' && <bdi className="bridging-by">{bridging.by || t('schedule.by')}</bdi>}
        <Until group={group} />
      </p>
      <Quiet group={group} may={may} />
      <Lacking group={group} />
      {may && <Buttons group={group} onShow={setShown} />}
      {shown === 'add' && <OpenDialog group={group} adds onClose={close} />}
      {shown === 'close' && <CloseDialog group={group} onClose={close} />}
    </div>
  );
}

function Until({ group }: { group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const endsUtcMs = group.bridging?.endsUtcMs;
  if (endsUtcMs === undefined) return null;
  const time = formatMinute(endsUtcMs, i18n.language, model.timezone);
  const key = group.bridging?.scheduled ? 'schedule.until' : 'bridging.until';
  return <span className="bridging-until">{t(key, { time })}</span>;
}

/** Join, extend, close, and what an exercise asks for. */
function Buttons({ group, onShow }: { group: GroupModel; onShow: (shown: Shown) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="bridging-buttons">
        <button type="button" data-shortcut="join" onClick={() => onShow('add')}>
          {t('bridging.add')}
        </button>
        <ExtendButton group={group} />
        <button type="button" className="bridging-close" data-shortcut="close" onClick={() => onShow('close')}>
          {t('bridging.close')}
        </button>
      </div>
      <ExerciseButtons group={group} />
    </>
  );
}

/** Nobody has spoken for half an hour. */
function Quiet({ group, may }: { group: GroupModel; may: boolean }) {
  const { t } = useTranslation();
  const session = useSession();
  if (group.bridging?.quiet !== true) return null;
  return (
    <p className="bridging-quiet" role="alert">
      {t('bridging.quiet')}
      {may && (
        <button type="button" data-shortcut="keep" onClick={() => void session.operate(group.id, { keep: {} })}>
          {t('bridging.keep')}
        </button>
      )}
    </p>
  );
}

/** An end of its own is put off from now, that of a schedule from then. */
function ExtendButton({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { time } = useView();
  const { bridging, autoCloseMin } = group;
  const minutes = bridging?.scheduled ? scheduleExtendedMin : autoCloseMin;
  const extend = () => {
    const leftMs = (bridging?.endsUtcMs ?? 0) - gatewayUtcMs(time, performance.now());
    const fromS = bridging?.scheduled ? Math.max(0, Math.round(leftMs / 1000)) : 0;
    const operation: Operation = { extend: { durationS: fromS + 60 * minutes } };
    void session.operate(group.id, operation);
  };
  return (
    <button type="button" data-shortcut="extend" onClick={extend}>
      {t('bridging.extend', { minutes })}
    </button>
  );
}
