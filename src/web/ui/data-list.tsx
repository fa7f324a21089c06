import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DataModel, GroupModel, ReceiptModel, SaidModel } from '../model/console-model.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { Flag } from './flag.tsx';
import { formatClock, placeText, shortNetworkName } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { unsaid } from './submit-button.tsx';
import { TalkerName } from './talker-name.tsx';
import { useName } from './use-name.ts';
import { failureKey } from './words.ts';

/** What the gateway takes of a text. */
const textMax = 200;

/** What was said on the group beside voice: when, who, what, and what became of it on each side; and to write to all. */
export function DataList({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const [isWriting, setWriting] = useState(false);
  const data = useView().model.data.filter(({ groupId }) => groupId === group.id);
  return (
    <>
      {data.length === 0 && <p className="panel-none">{t('data.none')}</p>}
      <ul className="data">
        {data.map((entry) => (
          <DataRow key={entry.id} entry={entry} group={group} />
        ))}
      </ul>
      {group.mayTalk && (
        <button type="button" className="small-button" onClick={() => setWriting(true)}>
          <StateShape name="text" />
          {t('data.write')}
        </button>
      )}
      {isWriting && <TextDialog group={group} onClose={() => setWriting(false)} />}
    </>
  );
}

function TextDialog({ group, onClose }: { group: GroupModel; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  return (
    <AskingDialog
      title={t('data.writeTitle', { group: group.shortName })}
      groupId={group.id}
      operation={{ sendText: { text } }}
      submit={t('data.send')}
      needs={unsaid([t('data.words'), text])}
      onClose={onClose}
    >
      <label className="dialog-field">
        <span>{t('data.words')}</span>
        <input value={text} maxLength={textMax} onChange={({ target }) => setText(target.value)} />
      </label>
    </AskingDialog>
  );
}

function DataRow({ entry, group }: { entry: DataModel; group: GroupModel }) {
  const { t, i18n } = useTranslation();
  const { timezone, networks } = useView().model;
  const { sender, atUtcMs, said, undelivered, receipts } = entry;
  const told = receipts.map(({ legId }) => legId);
  const missed = group.legs.filter(({ id }) => undelivered.includes(id) && !told.includes(id));
  return (
    <li data-kind={kindOf(said)}>
      <p className="data-head">
        <StateShape name={shapes[kindOf(said)]} />
        <span className="data-kind">{t(`data.kind.${kindOf(said)}`)}</span>
        <Flag country={sender.country} />
        <TalkerName talker={sender} />
        <span className="data-time">{formatClock(atUtcMs, i18n.language, timezone)}</span>
      </p>
      <Said said={said} />
      {!sender.verified && <p className="data-note">{t('data.unverified')}</p>}
      {said.kind === 'alarm' && said.repeats > 0 && (
        <p className="data-note">{t('data.repeated', { count: said.repeats })}</p>
      )}
      {said.kind === 'alarm' && said.clearedAtUtcMs !== undefined && (
        <p className="data-note">
          {t('data.cleared', { time: formatClock(said.clearedAtUtcMs, i18n.language, timezone) })}
        </p>
      )}
      {receipts.length > 0 && (
        <ul className="receipts">
          {receipts.map((receipt) => (
            <ReceiptRow key={receipt.legId} receipt={receipt} group={group} />
          ))}
        </ul>
      )}
      {missed.map((leg) => (
        <p key={leg.id} className="data-missed">
          {t('data.undelivered', {
            leg: `${shortNetworkName(networks[leg.networkId]?.name ?? leg.networkId)} ${leg.talkgroup}`,
          })}
        </p>
      ))}
    </li>
  );
}

/** What became of a text on one side, by word and shape. */
function ReceiptRow({ receipt, group }: { receipt: ReceiptModel; group: GroupModel }) {
  const { t } = useTranslation();
  const { networks } = useView().model;
  const { legId, state, cause } = receipt;
  const leg = group.legs.find(({ id }) => id === legId);
  const name = leg && `${shortNetworkName(networks[leg.networkId]?.name ?? leg.networkId)} ${leg.talkgroup}`;
  return (
    <li data-receipt={state}>
      <StateShape name={receiptShapes[state]} />
      <bdi>{name ?? legId}</bdi>
      <span>{state === 'failed' ? t(failureKey(cause)) : t(`data.receipt.${state}`)}</span>
    </li>
  );
}

function Said({ said }: { said: SaidModel }) {
  const { t } = useTranslation();
  const meaning = useName(said.kind === 'status' ? said.meaning : undefined);
  switch (said.kind) {
    case 'text':
      return (
        <p className="data-text">
          <bdi>{said.text}</bdi>
        </p>
      );
    case 'status':
      return <p className="data-text">{meaning || t('data.status', { code: said.code })}</p>;
    case 'position':
      return <p className="data-text">{placeText(said.place)}</p>;
    case 'alarm':
      return said.place === undefined ? null : <p className="data-text">{placeText(said.place)}</p>;
  }
}

type Kind = 'text' | 'status' | 'position' | 'alarm' | 'alarmOver';

function kindOf(said: SaidModel): Kind {
  return said.kind === 'alarm' && !said.raised ? 'alarmOver' : said.kind;
}

const shapes = { text: 'text', status: 'status', position: 'position', alarm: 'emergency', alarmOver: 'done' } as const;

const receiptShapes = { sent: 'requested', delivered: 'carried', failed: 'revoked' } as const;
