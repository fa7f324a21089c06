import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { authorityMissing, detailsMissing, isOpenedBy } from '../model/alert-plan.ts';
import type { GroupModel } from '../model/console-model.ts';
import { inExercise } from '../model/exercise.ts';
import type { ActivePlanModel, AlertPlanModel, HitModel } from '../model/incident-model.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { Capacity } from './capacity.tsx';
import { ExerciseChoice, ExerciseTitle } from './exercise.tsx';
import { TalkgroupChoice } from './open-dialog.tsx';
import { PlacePick, RoomPair, useRoomPair, Words } from './pickers.tsx';
import { useView } from './session-context.tsx';
import { useName } from './use-name.ts';
import { nameIn, openedByKey } from './words.ts';

type Said = Readonly<Record<string, string>>;

/**
 * Plan, what it asks for, Enter; as an exercise if that is ticked. Nothing that it does not ask for is shown. A plan that
 * the person's role does not open says whose it is: asked for all the same, it is the gateway that refuses.
 */
export function ActivateDialog({ plans, onClose }: { plans: readonly AlertPlanModel[]; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { model, operator } = useView();
  const [planId, setPlanId] = useState(plans[0]?.id ?? '');
  const plan = plans.find(({ id }) => id === planId);
  const [rooms, setRooms] = useRoomPair();
  const [reason, setReason] = useState('');
  const [place, setPlace] = useState('');
  const [hit, setHit] = useState('');
  const [authority, setAuthority] = useState<Said>({});
  const [talkgroups, setTalkgroups] = useState<ReadonlySet<string>>(new Set());
  const [wished, setWished] = useState(false);
  if (plan === undefined) return null;
  const may = isOpenedBy(plan, operator);
  const givesWay = may && model.activePlans.some(({ id }) => id === planId);
  const exercise = may && wished && !givesWay;
  const said: Said = { reason, place, hit, ...rooms };
  const details = Object.fromEntries(plan.requires.map((detail) => [detail, said[detail] ?? '']));
  const [level] = plan.levels;
  const number = level?.level ?? 1;
  const first = model.groups.find(({ id }) => id === level?.groupIds[0]);
  const detailNames = { reason: t('border.category'), place: t('border.place'), hit: t('plan.hit') };
  const needs = [
    ...detailsMissing(plan, details).map((detail) => detailNames[detail as keyof typeof detailNames] ?? detail),
    ...authorityMissing(plan, number, authority).map((country) => authorityText(plan, country, t)),
  ];
  return (
    <AskingDialog
      title={t('plan.activateTitle')}
      groupId=""
      operation={{
        activatePlan: {
          planId,
          level: number,
          talkgroupIds: [...talkgroups],
          details,
          authority: { ...authority },
          exercise,
        },
      }}
      submit={t(exercise ? 'exercise.activate' : 'plan.activate')}
      chosen={planId}
      needs={may ? needs : []}
      onClose={onClose}
    >
      {givesWay && (
        <p className="dialog-warning">{t('exercise.planGives', { plan: nameIn(plan.name, i18n.language) })}</p>
      )}
      {exercise && <ExerciseTitle />}
      <fieldset className="reasons">
        <legend>{t('plan.which')}</legend>
        {plans.map((each) => (
          <PlanChip key={each.id} plan={each} checked={each.id === planId} onChange={() => setPlanId(each.id)} />
        ))}
      </fieldset>
      {may ? (
        <>
          {plan.requires.includes('reason') && (
            <Words
              label={t('border.category')}
              usual={reasons.map((key) => t(`border.categories.${key}`))}
              value={reason}
              onChange={setReason}
            />
          )}
          {plan.requires.includes('origin') && <RoomPair rooms={rooms} onChange={setRooms} />}
          {plan.requires.includes('place') && <PlacePick value={place} onChange={setPlace} />}
          {plan.requires.includes('hit') && <HitPick value={hit} onChange={setHit} exercise={exercise} />}
          <Authority plan={plan} authority={authority} onChange={setAuthority} />
          {first !== undefined && (
            <TalkgroupChoice
              group={first}
              model={model}
              chosen={talkgroups}
              onChange={setTalkgroups}
              exercise={exercise}
              legend={t('bridging.alsoJoin')}
            />
          )}
          {!givesWay && (
            <ExerciseChoice
              label={t('exercise.choosePlan')}
              note={t('exercise.planNote')}
              checked={wished}
              onChange={(chosen) => {
                setWished(chosen);
                setHit('');
              }}
            />
          )}
          <Opens plan={plan} level={number} talkgroupIds={[...talkgroups]} exercise={exercise} />
        </>
      ) : (
        <p className="dialog-warning">{t(openedByKey(plan.openedBy))}</p>
      )}
    </AskingDialog>
  );
}

const reasons = ['robbery', 'theft', 'refusal', 'drugs', 'violence'] as const;

interface HitPickProps {
  readonly value: string;
  readonly onChange: (hit: string) => void;
  readonly exercise: boolean;
}

/** Of those that a person has confirmed, the newest first; to train those that were made up for it, else none of those. */
function HitPick({ value, onChange, exercise }: HitPickProps) {
  const { t } = useTranslation();
  const { hits } = useView().model;
  const confirmed = hits
    .filter((hit) => hit.state === 'confirmed' && hit.exercise === exercise)
    .toSorted((a, b) => b.id - a.id);
  return (
    <label className="dialog-field">
      <span>{t('plan.hit')}</span>
      <select value={value} required onChange={({ target }) => onChange(target.value)}>
        <option value="">{t(confirmed.length === 0 ? 'plan.noHit' : 'plan.chooseHit')}</option>
        {confirmed.map((hit) => (
          <HitOption key={hit.id} hit={hit} />
        ))}
      </select>
    </label>
  );
}

function HitOption({ hit }: { hit: HitModel }) {
  return (
    <option value={String(hit.id)}>
      {hit.read.reference} · {useName(hit.vehicle)} · {useName(hit.read.camera)}
    </option>
  );
}

interface PlanChipProps {
  readonly plan: AlertPlanModel;
  readonly checked: boolean;
  readonly onChange: () => void;
}

function PlanChip({ plan, checked, onChange }: PlanChipProps) {
  return (
    <label className="chip">
      <input type="radio" name="plan" checked={checked} onChange={onChange} />
      <span>{useName(plan.name)}</span>
    </label>
  );
}

interface AuthorityProps {
  readonly plan: AlertPlanModel;
  readonly authority: Said;
  readonly onChange: (authority: Said) => void;
}

/** Who ordered it, and when, country by country. */
function Authority({ plan, authority, onChange }: AuthorityProps) {
  const { t } = useTranslation();
  return Object.keys(plan.authority).map((country) => (
    <label key={country} className="dialog-field">
      <span>{authorityText(plan, country, t)}</span>
      <input
        value={authority[country] ?? ''}
        maxLength={200}
        onChange={({ target }) => onChange({ ...authority, [country]: target.value })}
      />
    </label>
  ));
}

function authorityText({ authority }: AlertPlanModel, country: string, t: TFunction): string {
  return t('plan.authority', { country, who: authority[country] ?? '' });
}

interface OpensProps {
  readonly plan: AlertPlanModel;
  readonly level: number;
  /** Joined to the first group. */
  readonly talkgroupIds?: readonly string[];
  readonly exercise: boolean;
}

/** What happens with the click, before it. */
function Opens({ plan, level, talkgroupIds = [], exercise }: OpensProps) {
  const { t } = useTranslation();
  const { groups } = useView().model;
  const ids = plan.levels.find((each) => each.level === level)?.groupIds ?? [];
  const opens = ids.flatMap((id) => groups.find((group) => group.id === id) ?? []);
  const isApart = (group: GroupModel) => exercise && !group.onDemand && !inExercise(group);
  const names = opens.map((group) => {
    if (isApart(group)) return t('exercise.apart', { group: group.shortName });
    if (!exercise && group.bridging?.exercise !== undefined) return t('exercise.gives', { group: group.shortName });
    return group.onDemand ? group.shortName : t('plan.alreadyOpen', { group: group.shortName });
  });
  return (
    <>
      <p className="dialog-preview">{t('plan.opens', { groups: names.join(' · '), minutes: plan.expiresMin })}</p>
      <Capacity
        wishes={opens
          .filter((group) => !isApart(group))
          .map(({ id }) => ({ groupId: id, talkgroupIds: id === ids[0] ? talkgroupIds : [], exercise }))}
      />
    </>
  );
}

interface ActiveDialogProps {
  readonly plan: AlertPlanModel;
  readonly active: ActivePlanModel;
  readonly onClose: () => void;
}

export function LevelDialog({ plan, active, onClose }: ActiveDialogProps) {
  const { t } = useTranslation();
  const [level, setLevel] = useState(active.level);
  const [authority, setAuthority] = useState<Said>(active.authority);
  const needs = [
    ...(level === active.level ? [t('plan.otherLevel')] : []),
    ...authorityMissing(plan, level, authority).map((country) => authorityText(plan, country, t)),
  ];
  return (
    <AskingDialog
      title={t('plan.levelTitle', { plan: useName(plan.name) })}
      groupId=""
      operation={{ setPlanLevel: { planId: plan.id, level, authority: { ...authority } } }}
      submit={t('plan.setLevel')}
      needs={needs}
      onClose={onClose}
    >
      {active.exercise && <ExerciseTitle />}
      <fieldset className="reasons">
        <legend>{t('plan.level')}</legend>
        {plan.levels.map((each) => (
          <LevelChip key={each.level} level={each} checked={each.level === level} onChange={setLevel} />
        ))}
      </fieldset>
      <Authority plan={plan} authority={authority} onChange={setAuthority} />
      <Opens plan={plan} level={level} exercise={active.exercise} />
    </AskingDialog>
  );
}

interface LevelChipProps {
  readonly level: AlertPlanModel['levels'][number];
  readonly checked: boolean;
  readonly onChange: (level: number) => void;
}

function LevelChip({ level, checked, onChange }: LevelChipProps) {
  return (
    <label className="chip">
      <input type="radio" name="level" checked={checked} onChange={() => onChange(level.level)} />
      <span>
        {level.level} · {useName(level.name)}
      </span>
    </label>
  );
}

export function EndDialog({ plan, active, onClose }: ActiveDialogProps) {
  const { t } = useTranslation();
  const { groups } = useView().model;
  const [authority, setAuthority] = useState<Said>(active.authority);
  const names = active.groupIds.flatMap((id) => groups.find((group: GroupModel) => group.id === id)?.shortName ?? []);
  return (
    <AskingDialog
      title={t('plan.endTitle', { plan: useName(plan.name) })}
      groupId=""
      operation={{ endPlan: { planId: plan.id, authority: { ...authority } } }}
      submit={t('plan.end')}
      onClose={onClose}
    >
      {active.exercise && <ExerciseTitle />}
      <p>{t('plan.endWords', { groups: names.join(', ') })}</p>
      <Authority plan={plan} authority={authority} onChange={setAuthority} />
    </AskingDialog>
  );
}
