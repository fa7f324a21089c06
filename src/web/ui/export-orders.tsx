import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportOrderModel } from '../model/recordings.ts';
import { Dialog } from './dialog.tsx';
import { DialogEnd } from './dialog-end.tsx';
import { formatDate, formatMinute } from './format.ts';
import { groupNames } from './group-names.ts';
import { useRecordings, useSession, useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { unsaid } from './submit-button.tsx';
import { exportFaultKey, recordingRefusalKey } from './words.ts';

const shapes: Readonly<Record<ExportOrderModel['state'], ShapeName>> = {
  asked: 'requested',
  refused: 'denied',
  withdrawn: 'stop',
  lapsed: 'stale',
  building: 'connecting',
  ready: 'done',
  failed: 'down',
  gone: 'closed',
};

/** Exports that this person ordered or answers for, the newest first: how far each is, and what he can do about it. */
export function ExportOrders() {
  const { t } = useTranslation();
  const { orders } = useRecordings();
  if (orders.length === 0) return null;
  return (
    <section className="export-orders" aria-label={t('recordings.export.label')}>
      <h3>{t('recordings.export.label')}</h3>
      <ul>
        {orders.toReversed().map((order) => (
          <Order key={order.id} order={order} />
        ))}
      </ul>
    </section>
  );
}

function Order({ order }: { order: ExportOrderModel }) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const { id, state, by, second, reason, incident, fromUtcMs, toUtcMs, groupIds, words, fault, done, all } = order;
  const { octets, recordings, gaps, manifestSha256, fingerprint } = order;
  const at = (utcMs: number) =>
    `${formatDate(utcMs, i18n.language, model.timezone)} ${formatMinute(utcMs, i18n.language, model.timezone)}`;
  return (
    <li data-order={id} data-state={state}>
      <p className="hit-head">
        <StateShape name={shapes[state]} />
        <strong>{t(`recordings.export.state.${state}`)}</strong>
        <span>{t('recordings.export.persons', { by, second })}</span>
        <q>{reason}</q>
      </p>
      <p className="hit-read">
        {incident !== '' && <bdi>{incident}</bdi>}
        <span>
          {at(fromUtcMs)} – {at(toUtcMs)}
        </span>
        <bdi>{groupIds.map(groupNames(model, t('recordings.line'))).join(', ')}</bdi>
      </p>
      {words !== '' && <p className="hit-read">{words}</p>}
      {state === 'failed' && <p className="hit-read export-fault">{t(exportFaultKey(fault))}</p>}
      {state === 'building' && (
        <p className="hit-read">
          <progress max={Math.max(1, all)} value={done} aria-label={t('recordings.export.progress')} />
          {all > 0 && `${done} / ${all}`}
        </p>
      )}
      {manifestSha256 !== '' && (
        <p className="hit-read export-hash">
          <span>{t('recordings.export.made', { recordings, gaps, size: Math.max(1, Math.round(octets / 1024)) })}</span>
          <span>
            {t('recordings.export.hash')} <code>{manifestSha256}</code>
          </span>
          <span>
            {t('recordings.export.fingerprint')} <code>{fingerprint.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
          </span>
        </p>
      )}
      <OrderButtons order={order} />
    </li>
  );
}

function OrderButtons({ order: { id, state, byPersonId, secondPersonId } }: { order: ExportOrderModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { operator } = useView();
  const [refusal, setRefusal] = useState('');
  const [isRefusing, setRefusing] = useState(false);
  const isSecond = state === 'asked' && operator?.personId === secondPersonId;
  const isMine = state === 'asked' && operator?.personId === byPersonId;
  const answer = (said: 'approve' | 'withdraw') => void session.recordings.answerOrder(id, said).then(setRefusal);
  return (
    <>
      {(isSecond || isMine || state === 'ready') && (
        <p className="hit-buttons">
          {isSecond && (
            <button type="button" className="small-button" onClick={() => answer('approve')}>
              {t('recordings.export.approve')}
            </button>
          )}
          {isSecond && (
            <button type="button" className="small-button" onClick={() => setRefusing(true)}>
              {t('recordings.export.refuse')}
            </button>
          )}
          {isMine && (
            <button type="button" className="small-button" onClick={() => answer('withdraw')}>
              {t('recordings.export.withdraw')}
            </button>
          )}
          {state === 'ready' && (
            <button
              type="button"
              className="small-button"
              onClick={() => void session.recordings.fetchPackage(id).then(setRefusal)}
            >
              {t('recordings.export.fetch')}
            </button>
          )}
        </p>
      )}
      {refusal !== '' && (
        <p className="replay-refusal" role="alert">
          {t(recordingRefusalKey(refusal))}
        </p>
      )}
      {isRefusing && <RefuseDialog id={id} onClose={() => setRefusing(false)} />}
    </>
  );
}

function RefuseDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const [words, setWords] = useState('');
  const [refusal, setRefusal] = useState('');
  const needs = unsaid([t('recordings.reason'), words]);
  const refuse = () => {
    if (needs.length > 0) return;
    void session.recordings.answerOrder(id, 'refuse', words).then((refused) => {
      if (refused === '') onClose();
      else setRefusal(refused);
    });
  };
  return (
    <Dialog title={t('recordings.export.refuseTitle')} onClose={onClose} onSubmit={refuse}>
      <label className="dialog-field">
        <span>{t('recordings.reason')}</span>
        <input value={words} maxLength={200} onChange={({ target }) => setWords(target.value)} />
      </label>
      <DialogEnd word={t('recordings.export.refuseNow')} needs={needs} refusal={refusal} onClose={onClose} />
    </Dialog>
  );
}
