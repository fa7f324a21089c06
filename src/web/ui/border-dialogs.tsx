import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { unitsHeard } from '../model/border-record.ts';
import type { GroupModel } from '../model/console-model.ts';
import type { BorderRecordModel } from '../model/incident-model.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { PlacePick, RoomPair, useRoomPair, Words } from './pickers.tsx';
import { unsaid } from './submit-button.tsx';

const categories = ['robbery', 'theft', 'refusal', 'drugs', 'violence', 'other'] as const;
const conditions = ['follow', 'noArrest', 'none'] as const;

interface GroupDialogProps {
  readonly group: GroupModel;
  readonly onClose: () => void;
}

/** Notice to the host control room: who asks, who is asked, for which offence, and where. */
export function NoticeDialog({ group, onClose }: GroupDialogProps) {
  const { t } = useTranslation();
  const [rooms, setRooms] = useRoomPair();
  const [category, setCategory] = useState('');
  const [place, setPlace] = useState('');
  const notice = { origin: rooms.origin, host: rooms.host, category, basis: 'pursuit', place };
  return (
    <AskingDialog
      title={t('border.noticeTitle', { group: group.shortName })}
      groupId={group.id}
      operation={{ openRecord: notice }}
      submit={t('border.noticeGive')}
      needs={unsaid([t('border.category'), category])}
      onClose={onClose}
    >
      <RoomPair rooms={rooms} onChange={setRooms} />
      <Words
        label={t('border.category')}
        usual={categories.map((key) => t(`border.categories.${key}`))}
        value={category}
        onChange={setCategory}
      />
      <PlacePick value={place} onChange={setPlace} optional />
    </AskingDialog>
  );
}

/** Who crosses, where and which way; on a record of which notice was given, or a new one. */
export function CrossingDialog({
  group,
  records,
  onClose,
}: GroupDialogProps & { readonly records: readonly BorderRecordModel[] }) {
  const { t } = useTranslation();
  const waiting = records.filter(({ state, crossings }) => {
    return state !== 'closed' && !crossings.some(({ source }) => source === 'voice-mark');
  });
  const [recordId, setRecordId] = useState(waiting[0]?.id ?? '');
  const record = waiting.find(({ id }) => id === recordId);
  const [rooms, setRooms] = useRoomPair();
  const [category, setCategory] = useState('');
  const [isPatrol, setPatrol] = useState(group.use === 'joint-patrol');
  const units = unitsHeard(group);
  const [unit, setUnit] = useState(record?.unit || (units[0] ?? ''));
  const [place, setPlace] = useState(record?.place ?? '');
  const [from, setFrom] = useState(record?.from || 'BE');
  const to = from === 'BE' ? 'FR' : 'BE';
  const list = useId();
  const basis = isPatrol ? 'joint-patrol' : 'pursuit';
  const what = isPatrol ? t('border.patrol') : category;
  const needs = unsaid(
    [t('border.unit'), unit],
    [t('border.place'), place],
    [t('border.category'), record === undefined ? what : record.id],
  );
  return (
    <AskingDialog
      title={t('border.markTitle')}
      groupId={group.id}
      operation={{ markCrossing: { recordId, unit, place, from, to, ...rooms, category: what, basis } }}
      submit={t('border.markNow')}
      needs={needs}
      onClose={onClose}
    >
      <label className="dialog-field">
        <span>{t('border.record')}</span>
        <select value={recordId} onChange={({ target }) => setRecordId(target.value)}>
          {waiting.map(({ id, category: why }) => (
            <option key={id} value={id}>
              {id} · {why}
            </option>
          ))}
          <option value="">{t('border.newRecord')}</option>
        </select>
      </label>
      <label className="dialog-field">
        <span>{t('border.unit')}</span>
        <input value={unit} list={list} maxLength={64} required onChange={({ target }) => setUnit(target.value)} />
        <datalist id={list}>
          {units.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      </label>
      <PlacePick value={place} onChange={setPlace} />
      <fieldset className="reasons">
        <legend>{t('border.way')}</legend>
        {(['BE', 'FR'] as const).map((each) => (
          <label key={each} className="chip">
            <input type="radio" name="way" checked={from === each} onChange={() => setFrom(each)} />
            <span>{each === 'BE' ? 'BE → FR' : 'FR → BE'}</span>
          </label>
        ))}
      </fieldset>
      {record === undefined && (
        <>
          <label className="dialog-check">
            <input type="checkbox" checked={isPatrol} onChange={({ target }) => setPatrol(target.checked)} />
            <span>{t('border.patrol')}</span>
          </label>
          <RoomPair rooms={rooms} onChange={setRooms} />
          {!isPatrol && (
            <Words
              label={t('border.category')}
              usual={categories.map((key) => t(`border.categories.${key}`))}
              value={category}
              onChange={setCategory}
            />
          )}
        </>
      )}
    </AskingDialog>
  );
}

interface RecordDialogProps {
  readonly record: BorderRecordModel;
  readonly onClose: () => void;
}

/** The host control room takes note, and says under which condition. */
export function AcceptDialog({ record, onClose }: RecordDialogProps) {
  const { t } = useTranslation();
  const [condition, setCondition] = useState('');
  return (
    <AskingDialog
      title={t('border.acceptTitle', { record: record.id, unit: record.unit })}
      groupId={record.groupId}
      operation={{ acceptPursuit: { recordId: record.id, condition } }}
      submit={t('border.acceptNow')}
      onClose={onClose}
    >
      <Words
        label={t('border.condition')}
        usual={conditions.map((key) => t(`border.conditions.${key}`))}
        value={condition}
        onChange={setCondition}
      />
    </AskingDialog>
  );
}

/** On whose authority the pursuit ends at once: said on the air. */
export function StopDialog({ record, onClose }: RecordDialogProps) {
  const { t } = useTranslation();
  const [authority, setAuthority] = useState('');
  return (
    <AskingDialog
      title={t('border.stopTitle', { record: record.id })}
      groupId={record.groupId}
      operation={{ orderStop: { recordId: record.id, authority } }}
      submit={t('border.stopNow')}
      needs={unsaid([t('border.authority'), authority])}
      onClose={onClose}
    >
      <p>{t('border.stopWords')}</p>
      <label className="dialog-field">
        <span>{t('border.authority')}</span>
        <input value={authority} maxLength={60} required onChange={({ target }) => setAuthority(target.value)} />
      </label>
    </AskingDialog>
  );
}
