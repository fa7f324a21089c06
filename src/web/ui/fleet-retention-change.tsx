/** How long something is kept, set otherwise: what would go is shown before anybody may ask, and a second auditor sets it. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AskedChange, ChangePreview, RetentionModel } from '../model/retention.ts';
import { Dialog } from './dialog.tsx';
import { retentionFaultKey, useGroupName, useInstant, useKindCount, useRuleName } from './retention-words.ts';
import { useRetention, useSession } from './session-context.tsx';

/** What one auditor has asked for, and a second may ask for too. */
export function AskedChanges({ retention }: { retention: RetentionModel }) {
  const { t } = useTranslation();
  const ruleName = useRuleName();
  const instant = useInstant();
  const [second, setSecond] = useState<AskedChange>();
  return (
    <>
      {retention.asked.map((each) => (
        <div key={`${each.rule}=${each.days}`} className="retention-hold" data-asked={each.rule}>
          <p className="retention-word" role="status">
            {t(each.isOwn ? 'fleet.retention.askedOwn' : 'fleet.retention.asked', {
              name: each.by,
              rule: ruleName(each.rule),
              count: each.days,
              time: instant(each.untilUtcMs),
            })}
          </p>
          <p>
            <bdi>{each.reason}</bdi>
          </p>
          {!each.isOwn && (
            <button type="button" onClick={() => setSecond(each)}>
              {t('fleet.retention.setToo')}
            </button>
          )}
        </div>
      ))}
      {second !== undefined && (
        <ChangeDialog retention={retention} rule={second.rule} asked={second} onClose={() => setSecond(undefined)} />
      )}
    </>
  );
}

interface ChangeProps {
  readonly retention: RetentionModel;
  /** '': one that is not in force is chosen. */
  readonly rule: string;
  /** By whom it has been asked for; undefined: nobody yet. */
  readonly asked?: AskedChange;
  readonly onClose: () => void;
}

export function ChangeDialog({ retention, rule: given, asked, onClose }: ChangeProps) {
  const { t } = useTranslation();
  const { retention: desk } = useSession();
  const { waiting } = useRetention();
  const ruleName = useRuleName();
  const { mayAdd, bounds, rules } = retention;
  const [rule, setRule] = useState(given || (mayAdd[0] ?? ''));
  const known = asked?.days ?? rules.find((each) => each.rule === given)?.days;
  const [days, setDays] = useState(known === undefined ? '' : `${known}`);
  const [reason, setReason] = useState('');
  const [preview, setPreview] = useState<ChangePreview>();
  const [fault, setFault] = useState('');
  const isShown = preview?.rule === rule && preview.days === Number(days);
  const show = async () => {
    const answer = await desk.preview(rule, Number(days));
    setPreview(typeof answer === 'string' ? undefined : answer);
    setFault(typeof answer === 'string' ? answer : '');
  };
  const ask = async () => {
    if (!isShown) return show();
    if (reason.trim() === '') return;
    const refused = await desk.change(rule, Number(days), reason.trim());
    if (refused === '') onClose();
    else setFault(refused);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, of what somebody has asked for already
  useEffect(() => {
    if (asked !== undefined) void show();
  }, []);
  return (
    <Dialog
      title={given === '' ? t('fleet.retention.add') : t('fleet.retention.changeOf', { rule: ruleName(given) })}
      onClose={onClose}
      onSubmit={() => void ask()}
    >
      <p>
        {asked === undefined ? t('fleet.retention.changeHint') : t('fleet.retention.changeSecond', { name: asked.by })}
      </p>
      {given === '' && (
        <label className="dialog-field">
          <span>{t('fleet.retention.column.law')}</span>
          <select value={rule} onChange={({ target }) => setRule(target.value)}>
            {mayAdd.map((each) => (
              <option key={each} value={each}>
                {ruleName(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="dialog-field">
        <span>{t('fleet.retention.newDays')}</span>
        <input
          type="number"
          inputMode="numeric"
          step={1}
          value={days}
          readOnly={asked !== undefined}
          onChange={({ target }) => setDays(target.value)}
        />
      </label>
      {isShown && preview !== undefined && <Effects preview={preview} retention={retention} />}
      {isShown && (
        <label className="dialog-field">
          <span>{t('fleet.retention.changeReason')}</span>
          <input value={reason} maxLength={500} onChange={({ target }) => setReason(target.value)} />
        </label>
      )}
      {fault !== '' && (
        <p className="dialog-refusal" role="alert">
          {t(retentionFaultKey(fault), { ...bounds })}
        </p>
      )}
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <button
          type="submit"
          className="dialog-main"
          disabled={waiting || days === '' || (isShown && reason.trim() === '')}
        >
          {t(!isShown ? 'fleet.retention.show' : asked === undefined ? 'fleet.retention.ask' : 'fleet.retention.set')}
        </button>
      </div>
    </Dialog>
  );
}

function Effects({ preview, retention }: { preview: ChangePreview; retention: RetentionModel }) {
  const { t } = useTranslation();
  const kindCount = useKindCount();
  const groupName = useGroupName(retention);
  const ruleName = useRuleName();
  const { daysBefore, goes, more, groups } = preview;
  const others = groups.filter((each) => each.days !== each.daysBefore);
  return (
    <section className="retention-effects" aria-label={t('fleet.retention.effects')}>
      <p>{daysBefore === undefined ? t('fleet.retention.noRule') : t('fleet.retention.now', { count: daysBefore })}</p>
      {others.length === 0 && groups.length > 0 && <p>{t('fleet.retention.sameGroups')}</p>}
      <ul>
        {others.map(({ group, short, days, daysBefore: before, rule }) => (
          <li key={group}>
            {rule === preview.rule
              ? t('fleet.retention.groupDaysOnly', { group: short, before, days })
              : t('fleet.retention.groupDays', { group: short, before, days, rule: ruleName(rule) })}
          </li>
        ))}
      </ul>
      <h3>{t('fleet.retention.goesThen')}</h3>
      {goes.length === 0 && <p>{t('fleet.retention.nothingGoes')}</p>}
      <ul>
        {goes.map((each) => (
          <li key={`${each.kind} ${each.part} ${each.day} ${each.group} ${each.rule} ${each.hold}`}>
            {t('fleet.retention.gone', {
              what: kindCount(each),
              group: groupName(each.group),
              day: each.day,
              rule: each.hold === undefined ? ruleName(each.rule) : t('fleet.retention.stays', { hold: each.hold }),
            })}
          </li>
        ))}
      </ul>
      {more > 0 && <p>{t('fleet.retention.more', { count: more })}</p>}
    </section>
  );
}
