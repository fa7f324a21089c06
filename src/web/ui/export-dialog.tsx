import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordingFilter } from '../model/recordings.ts';
import { Dialog } from './dialog.tsx';
import { DialogEnd } from './dialog-end.tsx';
import { groupNames } from './group-names.ts';
import { useRecordings, useSession, useView } from './session-context.tsx';
import { unsaid } from './submit-button.tsx';

/** Asks for an export of what the form of the search says: of which groups, and who approves it. */
export function ExportDialog({ filter, onClose }: { filter: RecordingFilter; onClose: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const { rights } = useRecordings();
  const [reason, setReason] = useState(filter.reason);
  const [secondId, setSecondId] = useState(rights.seconds[0]?.personId ?? '');
  const [groups, setGroups] = useState<ReadonlySet<string>>(new Set(filter.groupId === '' ? [] : [filter.groupId]));
  const [refusal, setRefusal] = useState('');
  const hasIncident = filter.incident.trim() !== '';
  const nameOf = groupNames(model, t('recordings.line'));
  const needs = [
    ...(hasIncident || groups.size > 0 ? [] : [t('recordings.export.someGroup')]),
    ...unsaid([t('recordings.reason'), reason], [t('recordings.export.second'), secondId]),
  ];
  const toggle = (id: string) => {
    const next = new Set(groups);
    if (!next.delete(id)) next.add(id);
    setGroups(next);
  };
  const ask = () => {
    if (needs.length > 0) return;
    void session.recordings.order({ ...filter, reason }, [...groups], secondId).then((refused) => {
      if (refused === '') onClose();
      else setRefusal(refused);
    });
  };
  return (
    <Dialog title={t('recordings.export.title')} onClose={onClose} onSubmit={ask}>
      <p>{hasIncident ? t('recordings.export.ofIncident', { name: filter.incident }) : timeText(filter)}</p>
      <p className="hits-hint">{t('recordings.export.hint')}</p>
      <fieldset className="reasons">
        <legend>{hasIncident ? t('recordings.export.onlyGroups') : t('recordings.export.groups')}</legend>
        {rights.groupIds.map((id) => (
          <label key={id} className="chip">
            <input type="checkbox" checked={groups.has(id)} onChange={() => toggle(id)} />
            <span>{nameOf(id)}</span>
          </label>
        ))}
      </fieldset>
      <label className="dialog-field">
        <span>{t('recordings.reason')}</span>
        <input value={reason} maxLength={200} onChange={({ target }) => setReason(target.value)} />
      </label>
      <label className="dialog-field">
        <span>{t('recordings.export.second')}</span>
        <select value={secondId} onChange={({ target }) => setSecondId(target.value)}>
          {rights.seconds.map(({ personId, display }) => (
            <option key={personId} value={personId}>
              {display}
            </option>
          ))}
        </select>
      </label>
      <DialogEnd word={t('recordings.export.ask')} needs={needs} refusal={refusal} onClose={onClose} />
    </Dialog>
  );
}

function timeText({ from, to }: RecordingFilter): string {
  return `${from.replace('T', ' ')} – ${to.replace('T', ' ')}`;
}
