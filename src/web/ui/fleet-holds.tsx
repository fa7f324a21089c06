/** What is held beyond its time, and by whom and why: one auditor holds, two lift. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Hold, holdWishOf, type RetentionModel } from '../model/retention.ts';
import { Dialog } from './dialog.tsx';
import { countryName } from './format.ts';
import { retentionFaultKey, useGroupName, useInstant } from './retention-words.ts';
import { useRetention, useSession, useView } from './session-context.tsx';

export function FleetHolds({ retention }: { retention: RetentionModel }) {
  const { t } = useTranslation();
  const [isSetting, setSetting] = useState(false);
  const [lifting, setLifting] = useState<Hold>();
  const { holds, mayHold } = retention;
  return (
    <section aria-label={t('fleet.retention.holds')} className="retention-holds">
      <h3>{t('fleet.retention.holds')}</h3>
      {holds.length === 0 && <p>{t('fleet.retention.noHolds')}</p>}
      <ul>
        {holds.map((hold) => (
          <Held key={hold.hold} hold={hold} retention={retention} onLift={() => setLifting(hold)} />
        ))}
      </ul>
      {mayHold && (
        <button type="button" onClick={() => setSetting(true)}>
          {t('fleet.retention.hold')}
        </button>
      )}
      {isSetting && <HoldDialog retention={retention} onClose={() => setSetting(false)} />}
      {lifting !== undefined && <LiftDialog hold={lifting} onClose={() => setLifting(undefined)} />}
    </section>
  );
}

interface HeldProps {
  readonly hold: Hold;
  readonly retention: RetentionModel;
  readonly onLift: () => void;
}

function Held({ hold: { hold, fromUtcMs, toUtcMs, groups, reason, lift, ...set }, retention, onLift }: HeldProps) {
  const { t, i18n } = useTranslation();
  const { waiting } = useRetention();
  const instant = useInstant();
  const groupName = useGroupName(retention);
  const from = fromUtcMs === 0 ? t('fleet.retention.begin') : instant(fromUtcMs);
  return (
    <li className="retention-hold" data-hold={hold}>
      <p>
        <strong>{t('fleet.retention.number', { hold })}</strong> <bdi>{reason}</bdi>
      </p>
      <p>
        {t('fleet.retention.span', { from, to: instant(toUtcMs) })} ·{' '}
        <bdi>{groups === undefined ? t('fleet.retention.allGroups') : groups.map(groupName).join(', ')}</bdi>
      </p>
      <p className="retention-soft">
        {set.country === ''
          ? t('fleet.retention.byGateway', { time: instant(set.sinceUtcMs) })
          : t('fleet.retention.by', {
              name: set.by,
              country: countryName(set.country, i18n.language),
              time: instant(set.sinceUtcMs),
            })}
      </p>
      {lift !== undefined && (
        <p className="retention-word" role="status">
          {t(lift.isOwn ? 'fleet.retention.wordOwn' : 'fleet.retention.word', {
            name: lift.by,
            time: instant(lift.untilUtcMs),
          })}
        </p>
      )}
      <button type="button" disabled={waiting} onClick={onLift} aria-label={t('fleet.retention.liftOf', { hold })}>
        {t('fleet.retention.lift')}
      </button>
    </li>
  );
}

function HoldDialog({ retention, onClose }: { retention: RetentionModel; onClose: () => void }) {
  const { t } = useTranslation();
  const { retention: desk } = useSession();
  const { model } = useView();
  const [form, setForm] = useState({ incident: '', from: '', to: '', reason: '' });
  const [groups, setGroups] = useState<readonly string[]>([]);
  const [fault, setFault] = useState('');
  const wish = holdWishOf({ ...form, groups }, model.timezone);
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const toggle = (group: string) =>
    setGroups(groups.includes(group) ? groups.filter((each) => each !== group) : [...groups, group]);
  const ask = async () => {
    if (wish === undefined) return;
    const refused = await desk.hold(wish);
    if (refused === '') onClose();
    else setFault(refused);
  };
  return (
    <Dialog title={t('fleet.retention.hold')} onClose={onClose} onSubmit={() => void ask()}>
      <p>{t('fleet.retention.holdHint')}</p>
      <label className="dialog-field">
        <span>{t('fleet.retention.incident')}</span>
        <input value={form.incident} maxLength={200} onChange={({ target }) => set({ incident: target.value })} />
      </label>
      <label className="dialog-field">
        <span>{t('fleet.retention.from')}</span>
        <input type="datetime-local" value={form.from} onChange={({ target }) => set({ from: target.value })} />
      </label>
      <label className="dialog-field">
        <span>{t('fleet.retention.to')}</span>
        <input type="datetime-local" value={form.to} onChange={({ target }) => set({ to: target.value })} />
      </label>
      <fieldset className="reasons">
        <legend>{t('fleet.retention.onlyGroups')}</legend>
        {retention.groups.map(({ group, short }) => (
          <label key={group} className="chip">
            <input type="checkbox" checked={groups.includes(group)} onChange={() => toggle(group)} />
            <span>{short}</span>
          </label>
        ))}
      </fieldset>
      <Reason reason={form.reason} set={(reason) => set({ reason })} />
      <End word={t('fleet.retention.holdNow')} mayBeDone={wish !== undefined} fault={fault} onClose={onClose} />
    </Dialog>
  );
}

function LiftDialog({ hold: { hold, lift }, onClose }: { hold: Hold; onClose: () => void }) {
  const { t } = useTranslation();
  const { retention: desk } = useSession();
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState('');
  const ask = async () => {
    if (reason.trim() === '') return;
    const refused = await desk.lift(hold, reason.trim());
    if (refused === '') onClose();
    else setFault(refused);
  };
  const isSecond = lift !== undefined && !lift.isOwn;
  return (
    <Dialog title={t('fleet.retention.liftOf', { hold })} onClose={onClose} onSubmit={() => void ask()}>
      <p>{isSecond ? t('fleet.retention.secondHint', { name: lift.by }) : t('fleet.retention.liftHint')}</p>
      <Reason reason={reason} set={setReason} />
      <End
        word={t(isSecond ? 'fleet.retention.liftToo' : 'fleet.retention.lift')}
        mayBeDone={reason.trim() !== ''}
        fault={fault}
        onClose={onClose}
      />
    </Dialog>
  );
}

function Reason({ reason, set }: { reason: string; set: (reason: string) => void }) {
  const { t } = useTranslation();
  return (
    <label className="dialog-field">
      <span>{t('fleet.retention.reason')}</span>
      <input value={reason} maxLength={500} onChange={({ target }) => set(target.value)} />
    </label>
  );
}

interface EndProps {
  readonly word: string;
  readonly mayBeDone: boolean;
  readonly fault: string;
  readonly onClose: () => void;
}

function End({ word, mayBeDone, fault, onClose }: EndProps) {
  const { t } = useTranslation();
  const { waiting } = useRetention();
  return (
    <>
      {fault !== '' && (
        <p className="dialog-refusal" role="alert">
          {t(retentionFaultKey(fault))}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <button type="submit" className="dialog-main" disabled={!mayBeDone || waiting}>
          {word}
        </button>
      </div>
    </>
  );
}
