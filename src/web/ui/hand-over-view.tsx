import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import { saveSheet } from '../app/saved-sheet.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { offersTo, ownOffer } from '../model/hand-over.ts';
import type { HandOverModel } from '../model/incident-model.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { formatMinute } from './format.ts';
import { Refusal } from './refusal.tsx';
import { useSession, useSheets, useTimeline, useView } from './session-context.tsx';
import { ShiftSheet } from './shift-sheet.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { SubmitButton, unsaid } from './submit-button.tsx';
import { useNow } from './use-now.ts';
import { ViewHeader } from './view-header.tsx';
import { refusalKey } from './words.ts';

const shapes: Readonly<Record<HandOverModel['state'], ShapeName>> = {
  offered: 'requested',
  confirmed: 'carried',
  refused: 'denied',
  withdrawn: 'revoked',
  lapsed: 'stale',
};

/** The shift: what there is to hand over, to whom, and what a colleague hands to this person. Nothing is closed by it. */
export function HandOverView() {
  const { t } = useTranslation();
  const { model, operator } = useView();
  const personId = operator?.personId ?? '';
  const [offered] = offersTo(model.handOvers, personId);
  const own = ownOffer(model.handOvers, personId);
  const [note, setNote] = useState('');
  const [readId, setRead] = useState<number>();
  const read = model.handOvers.find(({ id }) => id === readId) ?? offered ?? own;
  const sheet = useRef<HTMLDivElement>(null);
  return (
    <main className="hand-over" id="groups" tabIndex={-1} aria-label={t('view.hand-over')}>
      <ViewHeader title={t('view.hand-over')} />
      <div className="hand-over-ask">
        <p className="hits-hint">{t('handOver.nothingCloses')}</p>
        {offered !== undefined && <Offered handOver={offered} />}
        {own !== undefined && <Own handOver={own} />}
        {own === undefined && <Offer note={note} onNote={setNote} />}
      </div>
      <div className="hand-over-sheet">
        <Keep sheet={sheet} />
        <div ref={sheet}>
          {read === undefined ? <CurrentSheet note={note} /> : <OfferedSheet key={read.id} handOver={read} />}
        </div>
      </div>
      <div className="hand-over-past">
        <h3>{t('handOver.last')}</h3>
        {model.handOvers.length === 0 && <p className="panel-none">{t('handOver.none')}</p>}
        <ul className="hand-over-list">
          {model.handOvers.toReversed().map((each) => (
            <Past key={each.id} handOver={each} onRead={() => setRead(each.id)} />
          ))}
        </ul>
      </div>
    </main>
  );
}

function Offered({ handOver }: { handOver: HandOverModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const [isRefusing, setRefusing] = useState(false);
  const { id: handOverId, from } = handOver;
  const confirm = () => void session.operate('', { confirmShift: { handOverId } }).then(setRefusal);
  return (
    <section className="hand-over-asked" data-hand-over={handOverId}>
      <p className="hand-over-head">
        <StateShape name="requested" />
        <strong>{t('handOver.call', { name: from })}</strong>
      </p>
      <p className="border-buttons">
        <button type="button" className="dialog-main" onClick={confirm}>
          {t('handOver.confirm')}
        </button>
        <button type="button" className="small-button" onClick={() => setRefusing(true)}>
          {t('handOver.refuse')}
        </button>
      </p>
      <Refusal refusal={refusal} />
      {isRefusing && <RefuseDialog handOver={handOver} onClose={() => setRefusing(false)} />}
    </section>
  );
}

function RefuseDialog({ handOver, onClose }: { handOver: HandOverModel; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const { id: handOverId, from } = handOver;
  return (
    <AskingDialog
      title={t('handOver.refuseTitle', { name: from })}
      groupId=""
      operation={{ refuseShift: { handOverId, reason } }}
      submit={t('handOver.refuse')}
      needs={unsaid([t('handOver.reason'), reason])}
      onClose={onClose}
    >
      <label className="dialog-field">
        {t('handOver.reason')}
        <input value={reason} maxLength={200} onChange={({ target }) => setReason(target.value)} />
      </label>
    </AskingDialog>
  );
}

function Own({ handOver }: { handOver: HandOverModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const { id: handOverId, to } = handOver;
  const withdraw = () => void session.operate('', { withdrawShift: { handOverId } }).then(setRefusal);
  return (
    <section className="hand-over-asked" role="status">
      <p className="hand-over-head">
        <StateShape name="requested" />
        <strong>{t('handOver.waits', { name: to })}</strong>
        <button type="button" className="small-button" onClick={withdraw}>
          {t('handOver.withdraw')}
        </button>
      </p>
      <Refusal refusal={refusal} />
    </section>
  );
}

function Offer({ note, onNote }: { note: string; onNote: (note: string) => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const { colleagues } = useView().model;
  const [personId, setPerson] = useState('');
  const [refusal, setRefusal] = useState<OperationRefusal>();
  if (colleagues.length === 0) return <p className="hits-hint">{t('handOver.nobody')}</p>;
  const isKnown = colleagues.some((each) => each.personId === personId);
  const offer = () => {
    void session.operate('', { offerShift: { personId, note } }).then((refused) => {
      setRefusal(refused);
      if (refused === undefined) onNote('');
    });
  };
  return (
    <form
      className="hand-over-offer"
      onSubmit={(event) => {
        event.preventDefault();
        if (isKnown) offer();
      }}
    >
      <label className="dialog-field">
        {t('handOver.note')}
        <textarea value={note} maxLength={1000} rows={3} onChange={({ target }) => onNote(target.value)} />
      </label>
      <label className="dialog-field">
        {t('handOver.to')}
        <select value={isKnown ? personId : ''} onChange={({ target }) => setPerson(target.value)}>
          <option value="">{t('handOver.choose')}</option>
          {colleagues.map(({ personId: id, display }) => (
            <option key={id} value={id}>
              {display}
            </option>
          ))}
        </select>
      </label>
      <SubmitButton needs={isKnown ? [] : [t('handOver.to')]}>{t('handOver.offer')}</SubmitButton>
      <Refusal refusal={refusal} />
    </form>
  );
}

/** On paper, or as one file. */
function Keep({ sheet }: { sheet: RefObject<HTMLDivElement | null> }) {
  const { t, i18n } = useTranslation();
  const { time, model } = useView();
  const save = () => {
    const found = sheet.current?.querySelector('.sheet');
    const utcMs = gatewayUtcMs(time, performance.now());
    const clock = formatMinute(utcMs, i18n.language, model.timezone).replace(':', '');
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: model.timezone }).format(utcMs);
    if (found) saveSheet(found, t('handOver.sheet.heading'), i18n.language, `escaut-${day}-${clock}.html`);
  };
  return (
    <p className="border-buttons hand-over-keep">
      <button type="button" className="small-button" onClick={() => window.print()}>
        {t('handOver.print')}
      </button>
      <button type="button" className="small-button" onClick={save}>
        {t('handOver.save')}
      </button>
    </p>
  );
}

function CurrentSheet({ note }: { note: string }) {
  const { t } = useTranslation();
  const { model, operator, time } = useView();
  const { newest } = useTimeline();
  const atUtcMs = gatewayUtcMs(time, useNow(1000));
  return (
    <>
      <h3>{t('handOver.current')}</h3>
      <ShiftSheet
        model={model}
        timeline={newest}
        atUtcMs={atUtcMs}
        name={operator?.display ?? ''}
        room={operator?.controlRoom ?? ''}
        note={note}
      />
    </>
  );
}

/** As it was when the shift was offered. */
function OfferedSheet({ handOver }: { handOver: HandOverModel }) {
  const { t } = useTranslation();
  const session = useSession();
  const { operator } = useView();
  const { id, from, note } = handOver;
  const sheet = useSheets().sheets.get(id);
  useEffect(() => session.sheets.ask(id), [session, id]);
  if (sheet === undefined) return <p role="status">{t('timeline.loading')}</p>;
  if (typeof sheet === 'string') {
    const words = { talkgroup: '', group: '', rooms: '' };
    return <p role="alert">{t('handOver.notRead', { cause: t(refusalKey(sheet), words) })}</p>;
  }
  return <ShiftSheet {...sheet} name={from} room={operator?.controlRoom ?? ''} note={note} />;
}

function Past({ handOver, onRead }: { handOver: HandOverModel; onRead: () => void }) {
  const { t, i18n } = useTranslation();
  const { timezone } = useView().model;
  const at = (utcMs: number) => formatMinute(utcMs, i18n.language, timezone);
  const { id, state, from, to, offeredUtcMs, endedUtcMs, reason } = handOver;
  return (
    <li data-hand-over={id} data-state={state}>
      <StateShape name={shapes[state]} />
      <strong>
        {endedUtcMs === 0
          ? t(`handOver.state.${state}`)
          : t('handOver.ended', { state: t(`handOver.state.${state}`), time: at(endedUtcMs) })}
      </strong>
      <bdi>{t('handOver.line', { from, to, time: at(offeredUtcMs) })}</bdi>
      {reason !== '' && <q>{reason}</q>}
      <button type="button" className="small-button" onClick={onRead}>
        {t('handOver.read')}
      </button>
    </li>
  );
}
