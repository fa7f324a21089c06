import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import { type Callable, callables } from '../model/intercom.ts';
import { Dialog } from './dialog.tsx';
import { Flag } from './flag.tsx';
import { Refusal } from './refusal.tsx';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { YourConsole } from './your-console.tsx';

/** Opens the list of whoever can be called; while somebody calls, its key answers. */
export function IntercomButton() {
  const { t } = useTranslation();
  const { model } = useView();
  const [isOpen, setOpen] = useState(false);
  const isCalled = model.intercom.call?.state === 'ringing';
  return (
    <>
      <button
        type="button"
        className="view-button"
        data-shortcut={isCalled ? undefined : 'intercom'}
        onClick={() => setOpen(true)}
      >
        {t('intercom.open')}
      </button>
      {isOpen && <IntercomDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function IntercomDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const { model, own, operator } = useView();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  if (operator === undefined) return null;
  const list = callables(model.stations, own, operator);
  const told = (refused: OperationRefusal | undefined) => {
    setRefusal(refused);
    if (refused === undefined) onClose();
  };
  return (
    <Dialog title={t('intercom.title')} onClose={onClose} onSubmit={onClose}>
      <p>{t('intercom.hint')}</p>
      {list.length === 0 && <p className="panel-none">{t('intercom.none')}</p>}
      <ul className="stations">
        {list.map((each) => (
          <StationRow
            key={each.station.consoleId}
            callable={each}
            onCall={() => void session.intercom.call(each.to).then(told)}
            onHeld={setRefusal}
          />
        ))}
      </ul>
      <Refusal refusal={refusal} />
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('intercom.close')}
        </button>
      </div>
    </Dialog>
  );
}

interface StationRowProps {
  readonly callable: Callable;
  readonly onCall: () => void;
  readonly onHeld: (refusal: OperationRefusal | undefined) => void;
}

function StationRow({ callable: { station, to, busy }, onCall, onHeld }: StationRowProps) {
  const { t } = useTranslation();
  const { consoleId, display: name, controlRoom, country } = station;
  return (
    <li data-console={consoleId} data-busy={busy}>
      <span className="station-who">
        <bdi className="station-name">{name}</bdi>
        {'consoleId' in to && <YourConsole />}
        <span className="call-who">
          <Flag country={country} />
          <bdi>{controlRoom}</bdi>
        </span>
      </span>
      <span className="station-state">
        <StateShape name={busy ? 'together' : 'idle'} />
        {t(busy ? 'intercom.busy' : 'intercom.free')}
      </span>
      <button
        type="button"
        className="small-button"
        aria-label={t(busy ? 'intercom.callBusy' : 'intercom.callName', { name })}
        onClick={onCall}
      >
        {t('intercom.call')}
      </button>
      <HotLineButton name={name} to={to} onHeld={onHeld} />
    </li>
  );
}

interface HotLineButtonProps {
  readonly name: string;
  readonly to: Callable['to'];
  readonly onHeld: (refusal: OperationRefusal | undefined) => void;
}

/** Held by mouse, pen or finger, or by Enter while it has the focus: whoever it is hears us for so long. */
function HotLineButton({ name, to, onHeld }: HotLineButtonProps) {
  const { t } = useTranslation();
  const session = useSession();
  const { call } = useView().model.intercom;
  const held = useRef(false);
  const [isHeld, setHeld] = useState(false);
  const hold = () => {
    if (held.current) return;
    held.current = true;
    setHeld(true);
    void session.intercom.hold(to).then(onHeld);
  };
  const letGo = () => {
    if (!held.current) return;
    held.current = false;
    setHeld(false);
    session.intercom.letGo();
  };
  const onPointerDown = (event: PointerEvent<HTMLButtonElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    hold();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (!event.repeat) hold();
  };
  const isHeard = isHeld && call !== undefined;
  return (
    <button
      type="button"
      className="small-button hot-line"
      data-held={isHeard}
      aria-label={isHeard ? undefined : t('intercom.holdName', { name })}
      onPointerDown={onPointerDown}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onLostPointerCapture={letGo}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => event.key === 'Enter' && letGo()}
      onBlur={letGo}
      onContextMenu={(event) => event.preventDefault()}
    >
      {isHeard ? t('intercom.held', { name }) : t('intercom.hold')}
    </button>
  );
}
