import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import type { ConsoleModel, GroupModel, TalkgroupModel } from '../model/console-model.ts';
import { inExercise } from '../model/exercise.ts';
import { isPermanent } from '../model/joined.ts';
import { Capacity } from './capacity.tsx';
import { Dialog } from './dialog.tsx';
import { ExerciseChoice, ExerciseTitle } from './exercise.tsx';
import { Flag } from './flag.tsx';
import { shortNetworkName } from './format.ts';
import { Refusal } from './refusal.tsx';
import { OpenNote } from './schedule.tsx';
import { useSession, useView } from './session-context.tsx';
import { SubmitButton, unsaid } from './submit-button.tsx';

/** Categories that a border record knows; any other in the person's own words. */
const reasons = ['flagrant', 'refusal', 'joint', 'hit', 'assistance', 'test'] as const;
const other = 'other';
type Reason = (typeof reasons)[number] | typeof other;

interface OpenDialogProps {
  readonly group: GroupModel;
  /** The group is open: only talkgroups are joined to it, as long as it is open or, if it is permanent, for a time. */
  readonly adds?: boolean;
  readonly onClose: () => void;
}

/**
 * Why, and with whom: a reason and Enter open a group, as an exercise if that is ticked; talkgroups can be joined at once.
 * Of a group that is an exercise: for real.
 */
export function OpenDialog({ group, adds = false, onClose }: OpenDialogProps) {
  const { t } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const ends = adds && !isPermanent(group);
  const [chosen, setChosen] = useState<Reason | undefined>(ends ? other : undefined);
  const [words, setWords] = useState(ends ? (group.bridging?.reason ?? '') : '');
  const [minutes, setMinutes] = useState(group.autoCloseMin);
  const [talkgroups, setTalkgroups] = useState<ReadonlySet<string>>(new Set());
  const [exercise, setExercise] = useState(false);
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const [busy, setBusy] = useState(false);
  const reason = chosen === other ? words : chosen === undefined ? '' : t(`reason.${chosen}`);

  const needs = [
    ...unsaid([t('bridging.reason'), reason]),
    ...(adds && talkgroups.size === 0 ? [t('bridging.whatToJoin')] : []),
  ];

  const submit = async () => {
    if (busy) return;
    if (needs.length > 0) {
      if (reason.trim() === '') setRefusal({ cause: 'no-reason', talkgroupId: '', groupId: '' });
      return;
    }
    setBusy(true);
    const durationS = ends ? 0 : 60 * minutes;
    const refused = adds
      ? await addAll([...talkgroups], (talkgroupId) =>
          session.operate(group.id, { add: { talkgroupId, reason, durationS } }),
        )
      : await session.operate(group.id, { open: { reason, talkgroupIds: [...talkgroups], durationS, exercise } });
    setBusy(false);
    setRefusal(refused);
    if (refused === undefined) onClose();
  };

  const givesWay = !adds && group.bridging?.exercise !== undefined;
  const trains = exercise || (adds && inExercise(group));
  const title = t(adds ? 'bridging.addTitle' : 'bridging.openTitle', { group: group.shortName });
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => void submit()}>
      {!adds && <OpenNote group={group} />}
      {!adds && (
        <p className="dialog-preview">
          {t('bridging.joins', {
            networks: [...new Set(group.legs.map(({ networkId }) => networkName(model, networkId)))].join(', '),
          })}
        </p>
      )}
      {givesWay && <p className="dialog-warning">{t('exercise.gives', { group: group.shortName })}</p>}
      {trains && <ExerciseTitle />}
      {!ends && (
        <fieldset className="reasons">
          <legend>{t('bridging.reason')}</legend>
          {([...reasons, other] as const).map((key) => (
            <label key={key} className="chip">
              <input type="radio" name="reason" value={key} checked={chosen === key} onChange={() => setChosen(key)} />
              <span>{t(`reason.${key}`)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {chosen === other && (
        <label className="dialog-field">
          <span>{t('bridging.reasonWords')}</span>
          <input type="text" maxLength={200} value={words} onChange={(event) => setWords(event.target.value)} />
        </label>
      )}
      <TalkgroupChoice
        group={group}
        model={model}
        chosen={talkgroups}
        onChange={setTalkgroups}
        exercise={trains}
        legend={t(adds ? 'bridging.whatToJoin' : 'bridging.alsoJoin')}
      />
      {!ends && <Duration minutes={minutes} standard={group.autoCloseMin} onChange={setMinutes} />}
      {!adds && !givesWay && group.mayExercise && (
        <ExerciseChoice
          label={t('exercise.choose')}
          note={t('exercise.note')}
          checked={exercise}
          onChange={setExercise}
        />
      )}
      {(!adds || talkgroups.size > 0) && (
        <Capacity wishes={[{ groupId: group.id, talkgroupIds: [...talkgroups], exercise: trains }]} />
      )}
      <Refusal refusal={refusal} />
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t('bridging.cancel')}
        </button>
        <SubmitButton needs={needs}>
          {t(adds ? 'bridging.add' : exercise ? 'exercise.openNow' : 'bridging.openNow')}
        </SubmitButton>
      </div>
    </Dialog>
  );
}

/** One after another; the first that is refused ends it. */
async function addAll(
  talkgroups: readonly string[],
  add: (talkgroup: string) => Promise<OperationRefusal | undefined>,
): Promise<OperationRefusal | undefined> {
  for (const talkgroup of talkgroups) {
    const refused = await add(talkgroup);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

interface TalkgroupChoiceProps {
  readonly group: GroupModel;
  readonly model: ConsoleModel;
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  /** To train: nothing is taken from other groups. */
  readonly exercise?: boolean;
  readonly legend: string;
}

/** All that exist, by network; those that cannot be joined say why. */
export function TalkgroupChoice({ group, model, chosen, onChange, exercise = false, legend }: TalkgroupChoiceProps) {
  const { t } = useTranslation();
  const own = new Set(group.legs.map(({ id }) => id));
  // Those that can be joined first: the list is longer than its place.
  const others = model.talkgroups
    .filter(({ id }) => !own.has(`${group.id}/${id}`))
    .map((talkgroup) => ({ talkgroup, why: whyNot(talkgroup, group, model, exercise) }))
    .sort((a, b) => Number(a.why !== undefined) - Number(b.why !== undefined));
  if (others.length === 0) return null;
  return (
    <fieldset className="talkgroups">
      <legend>{legend}</legend>
      {others.map(({ talkgroup, why }) => (
        <label key={talkgroup.id} className="talkgroup" data-off={why !== undefined}>
          <input
            type="checkbox"
            disabled={why !== undefined}
            checked={chosen.has(talkgroup.id)}
            onChange={(event) => {
              const next = new Set(chosen);
              if (event.target.checked) next.add(talkgroup.id);
              else next.delete(talkgroup.id);
              onChange(next);
            }}
          />
          <Flag country={model.networks[talkgroup.networkId]?.country ?? ''} />
          <bdi>{talkgroup.shortName}</bdi>
          <span className="talkgroup-note">
            {why === undefined ? networkName(model, talkgroup.networkId) : t(`notJoined.${why.cause}`, why)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

type WhyNot = { readonly cause: 'encrypted' } | { readonly cause: 'elsewhere'; readonly group: string };

/** What is real takes a talkgroup from an exercise. */
function whyNot(
  talkgroup: TalkgroupModel,
  group: GroupModel,
  model: ConsoleModel,
  exercise: boolean,
): WhyNot | undefined {
  if (talkgroup.endToEndEncrypted) return { cause: 'encrypted' };
  const there = model.groups.find((other) => {
    const { id, onDemand, legs } = other;
    if (id === group.id || onDemand || (!exercise && inExercise(other))) return false;
    return legs.some((leg) => leg.id === `${id}/${talkgroup.id}`);
  });
  return there === undefined ? undefined : { cause: 'elsewhere', group: there.shortName };
}

interface DurationProps {
  readonly minutes: number;
  readonly standard: number;
  readonly onChange: (minutes: number) => void;
}

function Duration({ minutes, standard, onChange }: DurationProps) {
  const { t } = useTranslation();
  const choices = [...new Set([30, 60, 90, 120, 240, 480, standard])].sort((a, b) => a - b);
  return (
    <label className="dialog-field">
      <span>{t('bridging.duration')}</span>
      <select value={minutes} onChange={(event) => onChange(Number(event.target.value))}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {t('bridging.minutes', { minutes: choice })}
          </option>
        ))}
      </select>
    </label>
  );
}

function networkName(model: ConsoleModel, id: string): string {
  const network = model.networks[id];
  return network === undefined ? id : shortNetworkName(network.name);
}
