import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withLeg } from '../app/fleet-text.ts';
import { faultKey, itemsOf, mappingOf, textOf } from '../model/fleet.ts';
import type { FleetPartProps } from '../model/fleet-parts.ts';
import { FleetChanges, FleetNeeds } from './fleet-changes.tsx';
import { FaultText } from './fleet-faults.tsx';
import { useFleet, useSession } from './session-context.tsx';

/** A text for the next version: edited as it is or by a form, looked at before it is proposed. */
export function FleetEdit({ show }: FleetPartProps) {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { text, preview, waiting } = useFleet();
  const [reason, setReason] = useState('');
  const [from, setFrom] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const errors = preview?.problems.filter(({ severity }) => severity === 'error') ?? [];
  const isReady = preview !== undefined && errors.length === 0 && preview.changes.length > 0 && reason.trim() !== '';
  return (
    <form
      className="fleet-edit"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void fleet.propose(reason, from).then((was) => was && show('versions'));
      }}
    >
      <LegForm />
      <label>
        {t('fleet.text')}
        <textarea
          ref={area}
          value={text}
          rows={22}
          spellCheck={false}
          onChange={(event) => fleet.edit(event.target.value)}
        />
      </label>
      <div>
        <button type="button" disabled={waiting} onClick={() => void fleet.preview()}>
          {t('fleet.preview')}
        </button>
      </div>
      {preview !== undefined && (
        <section aria-label={t('fleet.effects')} className="fleet-effects">
          {preview.problems.length > 0 && (
            <ul className="fleet-problems">
              {preview.problems.map((fault) => (
                <li key={faultKey(fault)} data-severity={fault.severity}>
                  <button type="button" onClick={() => showLine(area.current, fault.line)}>
                    {t('fleet.line', { line: fault.line })}
                  </button>{' '}
                  <code>{fault.path}</code> <FaultText fault={fault} />
                </li>
              ))}
            </ul>
          )}
          {errors.length === 0 && <FleetChanges changes={preview.changes} />}
          <FleetNeeds needs={preview.needs} />
        </section>
      )}
      <label>
        {t('fleet.reason')}
        <input type="text" value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </label>
      <label>
        {t('fleet.fromLabel')}
        <input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <div>
        <button type="submit" className="dialog-main" disabled={!isReady || waiting}>
          {t('fleet.propose')}
        </button>
      </div>
    </form>
  );
}

/** A talkgroup joined to a group, or joined otherwise. */
function LegForm() {
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { data, text } = useFleet();
  const groups = mappingOf(data);
  const talkgroups = itemsOf(data, 'talkgroups');
  const [group, setGroup] = useState('');
  const [talkgroup, setTalkgroup] = useState('');
  const [mayTalk, setMayTalk] = useState(true);
  const [priorityMax, setPriorityMax] = useState(14);
  const [isShadow, setShadow] = useState(false);
  const [isUnread, setUnread] = useState(false);
  const put = async () => {
    const changed = await withLeg(text, { group, talkgroup, mayTalk, priorityMax, isShadow });
    setUnread(changed === undefined);
    if (changed !== undefined) fleet.edit(changed);
  };
  return (
    <fieldset className="fleet-form">
      <legend>{t('fleet.form.label')}</legend>
      <label>
        {t('fleet.form.group')}
        <select value={group} onChange={(event) => setGroup(event.target.value)}>
          <option value="">–</option>
          {groups.map(({ id, short }) => (
            <option key={id} value={id}>
              {short}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('fleet.form.talkgroup')}
        <select value={talkgroup} onChange={(event) => setTalkgroup(event.target.value)}>
          <option value="">–</option>
          {talkgroups.map((each) => (
            <option key={textOf(each, 'id')} value={textOf(each, 'id')}>
              {`${textOf(each, 'short')} (${textOf(each, 'network')})`}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('fleet.form.priority')}
        <input
          type="number"
          min={1}
          max={14}
          value={priorityMax}
          onChange={(event) => setPriorityMax(Math.min(14, Math.max(1, Number(event.target.value) || 1)))}
        />
      </label>
      <label className="fleet-check">
        <input type="checkbox" checked={mayTalk} onChange={(event) => setMayTalk(event.target.checked)} />
        {t('fleet.form.mayTalk')}
      </label>
      <label className="fleet-check">
        <input type="checkbox" checked={isShadow} onChange={(event) => setShadow(event.target.checked)} />
        {t('fleet.form.isShadow')}
      </label>
      <button type="button" disabled={group === '' || talkgroup === ''} onClick={() => void put()}>
        {t('fleet.form.put')}
      </button>
      {isUnread && <p role="alert">{t('fleet.form.unread')}</p>}
    </fieldset>
  );
}

/** Shown above a line that is looked for. */
const linesBefore = 4;

function showLine(area: HTMLTextAreaElement | null, line: number): void {
  if (area === null) return;
  const before = area.value
    .split('\n')
    .slice(0, line - 1)
    .join('\n');
  const start = line === 1 ? 0 : before.length + 1;
  const end = area.value.indexOf('\n', start);
  area.focus();
  area.setSelectionRange(start, end < 0 ? area.value.length : end);
  // Chromium does not scroll to what a script selects: some lines of what stands before it are shown with it.
  area.scrollTop = (area.scrollHeight * Math.max(0, line - linesBefore)) / area.value.split('\n').length;
}
