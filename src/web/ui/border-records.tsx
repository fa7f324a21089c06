import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GroupModel } from '../model/console-model.ts';
import type { BorderRecordModel } from '../model/incident-model.ts';
import { isDispatching } from '../model/operator.ts';
import { AcceptDialog, CrossingDialog, NoticeDialog, StopDialog } from './border-dialogs.tsx';
import { ExerciseWord } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { formatClock, formatElapsed } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

type Asking = 'notice' | 'crossing' | { readonly accept: BorderRecordModel } | { readonly stop: BorderRecordModel };

/** Crossings of the border on the group: notice, acceptance, times by source, stop orders. Nothing is judged here. */
export function BorderRecords({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { model, operator } = useView();
  const [asking, setAsking] = useState<Asking>();
  const records = model.borderRecords.filter(({ groupId }) => groupId === group.id).toReversed();
  const may = isDispatching(operator);
  const close = () => setAsking(undefined);
  return (
    <section className="border-records">
      <h3>{t('border.label')}</h3>
      {records.length === 0 && <p className="panel-none">{t('border.none')}</p>}
      <ul>
        {records.map((record) => (
          <Row
            key={record.id}
            record={record}
            isHost={may && operator?.controlRoomId === record.host}
            mayStop={may}
            onAccept={() => setAsking({ accept: record })}
            onStop={() => setAsking({ stop: record })}
          />
        ))}
      </ul>
      {may && (
        <p className="border-buttons">
          <button type="button" className="small-button" onClick={() => setAsking('notice')}>
            {t('border.notice')}
          </button>
          <button type="button" className="small-button" data-shortcut="crossing" onClick={() => setAsking('crossing')}>
            {t('border.mark')}
          </button>
        </p>
      )}
      {asking === 'notice' && <NoticeDialog group={group} onClose={close} />}
      {asking === 'crossing' && <CrossingDialog group={group} records={records} onClose={close} />}
      {typeof asking === 'object' && 'accept' in asking && <AcceptDialog record={asking.accept} onClose={close} />}
      {typeof asking === 'object' && 'stop' in asking && <StopDialog record={asking.stop} onClose={close} />}
    </section>
  );
}

interface RowProps {
  readonly record: BorderRecordModel;
  readonly isHost: boolean;
  readonly mayStop: boolean;
  readonly onAccept: () => void;
  readonly onStop: () => void;
}

function Row({ record, isHost, mayStop, onAccept, onStop }: RowProps) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const roomOf = useRooms();
  const at = (utcMs: number) => formatClock(utcMs, i18n.language, timezone);
  const { acceptedUtcMs, stoppedUtcMs, noticeLateMs, crossings, from, to, place, unit, state } = record;
  const isOpen = state !== 'closed';
  return (
    <li data-state={state} data-record={record.id}>
      <p className="border-head">
        <StateShape name={stoppedUtcMs > 0 ? 'revoked' : state === 'notified' ? 'requested' : 'done'} />
        <strong>{record.id}</strong>
        {record.exercise && <ExerciseWord />}
        <span>{t(stoppedUtcMs > 0 ? 'border.state.stopped' : `border.state.${state}`)}</span>
        {unit !== '' && <bdi>{unit}</bdi>}
        {from !== '' && (
          <span className="border-way">
            <Flag country={from} />
            {from} → <Flag country={to} />
            {to}
          </span>
        )}
        {place !== '' && <bdi>{place}</bdi>}
      </p>
      <p>
        <bdi>{record.category}</bdi>
      </p>
      <p>
        {t('border.given', { origin: roomOf(record.origin), host: roomOf(record.host), time: at(record.noticeUtcMs) })}
      </p>
      {acceptedUtcMs > 0 && (
        <p>{t('border.accepted', { name: record.acceptedBy, time: at(acceptedUtcMs), condition: record.condition })}</p>
      )}
      {crossings.length > 0 && (
        <p>
          {crossings.map(({ source, atUtcMs }) => (
            <span key={source} className="border-source">
              {t(`border.source.${sourceOf(source)}`, { time: at(atUtcMs) })}
            </span>
          ))}
        </p>
      )}
      {noticeLateMs !== undefined && noticeLateMs > 0 && (
        <p className="border-late">
          <StateShape name="warned" />
          {t('border.late', { age: formatElapsed(noticeLateMs) })}
        </p>
      )}
      {stoppedUtcMs > 0 && (
        <p className="border-late">
          {t('border.stopped', { authority: record.stopAuthority, name: record.stoppedBy, time: at(stoppedUtcMs) })}
        </p>
      )}
      {isOpen && (
        <p className="border-buttons">
          {isHost && acceptedUtcMs === 0 && (
            <button type="button" className="small-button" onClick={onAccept}>
              {t('border.accept')}
            </button>
          )}
          {mayStop && stoppedUtcMs === 0 && record.basis === 'pursuit' && (
            <button type="button" className="small-button" onClick={onStop}>
              {t('border.stop')}
            </button>
          )}
        </p>
      )}
    </li>
  );
}

function sourceOf(source: string): 'voice-mark' | 'status' | 'position' {
  return source === 'status' || source === 'position' ? source : 'voice-mark';
}

function useRooms(): (id: string) => string {
  const { controlRooms } = useView().model;
  return (room) => controlRooms.find(({ id }) => id === room)?.callSign ?? room;
}
