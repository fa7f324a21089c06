import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { RecordingFilter } from '../model/recordings.ts';
import { zonedText } from '../model/zoned-time.ts';
import { ExportDialog } from './export-dialog.tsx';
import { ExportOrders } from './export-orders.tsx';
import { groupNames } from './group-names.ts';
import { RecordingPlayerBar } from './recording-player-bar.tsx';
import { RecordingRows } from './recording-rows.tsx';
import { useRecordings, useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { ViewHeader } from './view-header.tsx';
import { recordingRefusalKey } from './words.ts';

const hourMs = 3_600_000;
const spans = [
  { name: 'hour', ms: hourMs },
  { name: 'day', ms: 24 * hourMs },
  { name: 'week', ms: 7 * 24 * hourMs },
] as const;
const priorities = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Permanent recordings in the place of the groups: searched with a reason, heard again, and exported by two persons. */
export function RecordingsView() {
  const { t } = useTranslation();
  return (
    <main className="recordings" id="groups" tabIndex={-1} aria-label={t('view.recordings')}>
      <ViewHeader title={t('view.recordings')} />
      <p className="hits-hint">{t('recordings.hint')}</p>
      <ExportOrders />
      <SearchForm />
      <Found />
      <RecordingPlayerBar />
    </main>
  );
}

function SearchForm() {
  const { t } = useTranslation();
  const session = useSession();
  const { model, time } = useView();
  const { rights, searched, loading } = useRecordings();
  const nowUtcMs = gatewayUtcMs(time, performance.now());
  const [form, setForm] = useState<RecordingFilter>(() => searched ?? newest(nowUtcMs, 24 * hourMs, model));
  const [isExporting, setExporting] = useState(false);
  const set = (change: Partial<RecordingFilter>) => setForm((before) => ({ ...before, ...change }));
  const hasIncident = form.incident.trim() !== '';
  const nameOf = groupNames(model, t('recordings.line'));
  return (
    <>
      <form
        className="recordings-form"
        onSubmit={(event) => {
          event.preventDefault();
          void session.recordings.search(form);
        }}
      >
        <fieldset className="recordings-time" disabled={hasIncident}>
          <legend>{t('recordings.time')}</legend>
          <Field label={t('recordings.from')}>
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                value={form.from}
                onChange={({ target }) => set({ from: target.value })}
              />
            )}
          </Field>
          <Field label={t('recordings.to')}>
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                value={form.to}
                onChange={({ target }) => set({ to: target.value })}
              />
            )}
          </Field>
          <span className="recordings-spans">
            {spans.map(({ name, ms }) => (
              <button
                key={name}
                type="button"
                className="small-button"
                onClick={() => set(timesOf(gatewayUtcMs(time, performance.now()), ms, model))}
              >
                {t(`recordings.span.${name}`)}
              </button>
            ))}
          </span>
          <Field label={t('recordings.incident')} hint={t('recordings.incidentHint')}>
            {(ids) => (
              <input
                {...ids}
                value={form.incident}
                maxLength={200}
                onChange={({ target }) => set({ incident: target.value })}
              />
            )}
          </Field>
        </fieldset>
        <div className="recordings-fields">
          <Field label={t('timeline.group')}>
            {(ids) => (
              <select {...ids} value={form.groupId} onChange={({ target }) => set({ groupId: target.value })}>
                <option value="">{t('timeline.allGroups')}</option>
                {searchable(model, rights.groupIds).map((id) => (
                  <option key={id} value={id}>
                    {nameOf(id)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t('recordings.unit')}>
            {(ids) => (
              <input {...ids} value={form.unit} maxLength={64} onChange={({ target }) => set({ unit: target.value })} />
            )}
          </Field>
          <Field label={t('recordings.operator')}>
            {(ids) => (
              <input
                {...ids}
                value={form.operator}
                maxLength={64}
                onChange={({ target }) => set({ operator: target.value })}
              />
            )}
          </Field>
          <Field label={t('recordings.priority')}>
            {(ids) => (
              <select
                {...ids}
                value={form.priorityMin}
                onChange={({ target }) => set({ priorityMin: Number(target.value) })}
              >
                {priorities.map((each) => (
                  <option key={each} value={each}>
                    {each === 0 ? t('recordings.anyPriority') : `≥ ${each}`}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <label className="recordings-check">
            <input
              type="checkbox"
              checked={form.emergencyOnly}
              onChange={({ target }) => set({ emergencyOnly: target.checked })}
            />
            <StateShape name="emergency" />
            {t('recordings.emergencyOnly')}
          </label>
        </div>
        <div className="recordings-ask">
          <Field label={t('recordings.reason')} hint={t('recordings.reasonHint')}>
            {(ids) => (
              <input
                {...ids}
                value={form.reason}
                maxLength={200}
                required
                onChange={({ target }) => set({ reason: target.value })}
              />
            )}
          </Field>
          <button type="submit" className="recordings-search" disabled={loading}>
            {t('recordings.search')}
          </button>
          {rights.export && (
            <button type="button" className="recordings-older" onClick={() => setExporting(true)}>
              {t('recordings.export.open')}
            </button>
          )}
        </div>
      </form>
      {isExporting && <ExportDialog filter={form} onClose={() => setExporting(false)} />}
    </>
  );
}

function Found() {
  const { t } = useTranslation();
  const session = useSession();
  const { searched, rows, more, behind, loading, refusal } = useRecordings();
  return (
    <>
      {refusal !== '' && (
        <p className="replay-refusal recordings-refusal" role="alert">
          <StateShape name="denied" />
          {t(recordingRefusalKey(refusal))}
        </p>
      )}
      {behind && (
        <p className="timeline-gap" role="status">
          <StateShape name="stale" />
          {t('recordings.behind')}
        </p>
      )}
      {searched !== undefined && refusal === '' && !loading && (
        <p className="unseen" role="status">
          {t('recordings.found', { count: rows.length })}
        </p>
      )}
      {searched !== undefined && refusal === '' && rows.length === 0 && !loading && (
        <p className="panel-none">{t('recordings.none')}</p>
      )}
      {rows.length > 0 && <RecordingRows rows={rows} />}
      {loading && <p className="panel-none">{t('recordings.searching')}</p>}
      {more && (
        <button
          type="button"
          className="recordings-older"
          disabled={loading}
          onClick={() => void session.recordings.older()}
        >
          {t('timeline.older')}
        </button>
      )}
    </>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** `ids`: what ties the control to its label and hint. */
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode;
}

function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <span className="recordings-field">
      <label htmlFor={id}>{label}</label>
      {children(hint === undefined ? { id } : { id, 'aria-describedby': hintId })}
      {hint !== undefined && (
        <small id={hintId} className="recordings-hint">
          {hint}
        </small>
      )}
    </span>
  );
}

/** Whoever may search none is shown those that he hears: the gateway tells him that he may not. */
function searchable({ groups }: ConsoleModel, allowed: readonly string[]): readonly string[] {
  return allowed.length > 0 ? allowed : groups.map(({ id }) => id);
}

function timesOf(nowUtcMs: number, ms: number, { timezone }: ConsoleModel): Pick<RecordingFilter, 'from' | 'to'> {
  // Up to the end of this minute.
  return { from: zonedText(nowUtcMs - ms, timezone), to: zonedText(nowUtcMs + 60_000, timezone) };
}

function newest(nowUtcMs: number, ms: number, model: ConsoleModel): RecordingFilter {
  return {
    ...timesOf(nowUtcMs, ms, model),
    ...{ groupId: '', unit: '', operator: '', incident: '', priorityMin: 0, emergencyOnly: false, reason: '' },
  };
}
