/**
 * Alert plans: which groups are open at which level, by whose order, until when, and which posts are held. Pure.
 *
 *             activate              level (up, down), renew
 *   nothing ───────────▶ active ◀──────────────────────────┐
 *                          │ └──────────────────────────────┘
 *                          │ end, by a person or by its time ──▶ announced, its groups close a minute later ──▶ nothing
 *
 * What a plan has opened it closes; a group that was open before stays open. Above the first level the authority of each
 * country must have been stated: the plan carries the words, nobody here judges them.
 *
 * A plan may be activated as an exercise. It then opens its groups as exercises and leaves alone those that are open for
 * real. As soon as something real happens on one of its groups, or the plan is activated for real, its exercise is over.
 *
 * Driven by: gateway/operations/plans.ts, which performs the actions.
 */
import { defaultPermissions, refusalOf } from './permissions.ts';
import type { GroupId, Person, Role, TalkgroupId } from './terms.ts';

type PlanId = string;
type PlaceCode = string;

/** What a person must say before a plan is active. */
export const planDetails = ['reason', 'origin', 'host', 'place', 'hit'] as const;
export type PlanDetail = (typeof planDetails)[number];
export type Details = Readonly<Partial<Record<PlanDetail, string>>>;

interface PlanLevel {
  readonly level: number;
  readonly groups: readonly GroupId[];
  readonly posts: readonly PlaceCode[];
}

/** A plan as it is configured. */
export interface PlanFacts {
  readonly plan: PlanId;
  readonly openedBy: readonly Role[];
  /** From the lowest; a plan without levels has one. */
  readonly levels: readonly PlanLevel[];
  readonly requires: readonly PlanDetail[];
  /** Countries whose authority has to be stated, ISO 3166-1. */
  readonly authorities: readonly string[];
  readonly expiresMs: number;
  readonly renewable: boolean;
}

interface Post {
  readonly manned: boolean;
  /** Who holds it; absent: nobody has said. */
  readonly unit?: string;
}

export interface ActivePlan {
  readonly plan: PlanId;
  readonly level: number;
  readonly by: Person;
  readonly details: Details;
  /** By country: who ordered it, and when, in words. */
  readonly authority: Readonly<Record<string, string>>;
  readonly sinceMs: number;
  readonly endsMs: number;
  /** It is about to end, and that has been shown. */
  readonly warned: boolean;
  readonly posts: ReadonlyMap<PlaceCode, Post>;
  /** Groups that it has opened, and will close. */
  readonly opened: readonly GroupId[];
  /** Nothing of it is real. */
  readonly exercise?: true;
  /** Of an exercise: groups of its level that are open for real, which hear nothing of it. */
  readonly apart?: readonly GroupId[];
}

export interface PlanState {
  readonly facts: ReadonlyMap<PlanId, PlanFacts>;
  readonly active: ReadonlyMap<PlanId, ActivePlan>;
}

export type PlanEvent =
  | (Asked & {
      readonly name: 'activate';
      readonly level: number;
      /** Talkgroups to be joined to the first group. */
      readonly add: readonly TalkgroupId[];
      readonly details: Details;
      readonly authority: Readonly<Record<string, string>>;
      /** Groups that are open already: those stay when it ends. */
      readonly open: ReadonlySet<GroupId>;
      /** As an exercise, with the groups that are open as one; `open` are then those that are not. */
      readonly training?: ReadonlySet<GroupId>;
    })
  | (Asked & {
      readonly name: 'level';
      readonly level: number;
      readonly authority: Readonly<Record<string, string>>;
      readonly open: ReadonlySet<GroupId>;
      readonly training?: ReadonlySet<GroupId>;
    })
  | (Asked & { readonly name: 'renew' })
  | (Asked & { readonly name: 'end'; readonly authority: Readonly<Record<string, string>> })
  | (Asked & { readonly name: 'post'; readonly place: PlaceCode; readonly manned: boolean; readonly unit: string })
  /** A unit says by a status that it holds a post, or no longer; where it is is known. In an exercise: of its posts. */
  | {
      readonly name: 'said';
      readonly unit: string;
      readonly place: PlaceCode;
      readonly manned: boolean;
      readonly exercise?: true;
    }
  /** What happens on the group is no exercise any more. */
  | { readonly name: 'real'; readonly group: GroupId }
  | { readonly name: 'tick' };

interface Asked {
  readonly request: number;
  readonly person: Person;
  readonly plan: PlanId;
}
type AskedName = Extract<PlanEvent, Asked>['name'];

export type PlanRefusal =
  | 'unknown-plan'
  | 'not-permitted'
  | 'already-active'
  | 'not-active'
  | 'detail-missing'
  | 'authority-missing'
  | 'unknown-level'
  | 'not-renewable'
  | 'unknown-post'
  | 'groups-in-use';

export type PlanAction =
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: PlanRefusal }
  | {
      readonly name: 'open';
      readonly plan: ActivePlan;
      readonly group: GroupId;
      readonly add: readonly TalkgroupId[];
      readonly durationMs: number;
    }
  /** To groups that were open already. */
  | { readonly name: 'join'; readonly plan: ActivePlan; readonly group: GroupId; readonly add: readonly TalkgroupId[] }
  | { readonly name: 'extend'; readonly group: GroupId; readonly durationMs: number; readonly plan: ActivePlan }
  /** Announced, and closed a minute later. */
  | { readonly name: 'close'; readonly group: GroupId; readonly plan: ActivePlan }
  | {
      readonly name: 'announce';
      readonly what: 'activated' | 'level' | 'ended';
      readonly plan: ActivePlan;
      readonly groups: readonly GroupId[];
    }
  | { readonly name: 'changed'; readonly plan: ActivePlan }
  | { readonly name: 'ended'; readonly plan: PlanId }
  | {
      readonly name: 'record';
      readonly what: AskedName | 'expired' | 'said' | 'exercise-over';
      readonly plan: PlanId;
      readonly exercise?: true;
      readonly person?: Person;
      /** That was asked for. */
      readonly level?: number;
      /** Of a post. */
      readonly place?: PlaceCode;
      readonly manned?: boolean;
      /** Of a post: who holds it or leaves it. */
      readonly unit?: string;
      /** What was said of it, in persons' own words and the ids of the configuration. */
      readonly words?: readonly string[];
      readonly refusal?: PlanRefusal;
    };

export interface PlanStep {
  readonly state: PlanState;
  readonly actions: readonly PlanAction[];
}

/** It is shown as about to end so long before, ms. */
const warnBeforeMs = 5 * 60_000;

/** `active`: those that were active when the gateway stopped. */
export function openPlans(facts: readonly PlanFacts[], active: readonly ActivePlan[] = []): PlanState {
  const known = new Map(facts.map((each) => [each.plan, each]));
  return {
    facts: known,
    active: new Map(active.filter(({ plan }) => known.has(plan)).map((each) => [each.plan, each])),
  };
}

/** Groups of a plan at a level; none where it has no such level. */
function groupsAt({ levels }: PlanFacts, level: number): readonly GroupId[] {
  return levels.find((each) => each.level === level)?.groups ?? [];
}

/** Groups that the plan has at its level. */
export function groupsOf(facts: PlanFacts, { level, apart = [] }: ActivePlan): readonly GroupId[] {
  return groupsAt(facts, level).filter((group) => !apart.includes(group));
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: PlanState, event: PlanEvent, nowMs: number): PlanStep {
  const draft = new Draft(state, nowMs);
  if ('request' in event) answerTo(draft, event);
  else if (event.name === 'said') hear(draft, event);
  else if (event.name === 'real') giveWay(draft, event.group);
  for (const plan of draft.active.values()) age(draft, plan);
  return draft.finish();
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function deadlineMs({ active }: PlanState): number {
  const due = [...active.values()].map(({ endsMs, warned }) => (warned ? endsMs : endsMs - warnBeforeMs));
  return Math.min(Infinity, ...due);
}

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type RequestOf<N extends AskedName> = Extract<PlanEvent, Asked & { name: N }>;

function answerTo(draft: Draft, event: Extract<PlanEvent, Asked>): void {
  const before = draft.active.get(event.plan);
  const refusal = perform(draft, event);
  const { request, person, plan, name: what } = event;
  const exercise = event.name === 'activate' ? event.training !== undefined : before?.exercise === true;
  draft.say({ name: 'answer', request, ...(refusal === undefined ? {} : { refusal }) });
  const words = wordsOf(event);
  draft.say({
    name: 'record',
    what,
    plan,
    person,
    ...(exercise && { exercise }),
    ...('level' in event ? { level: event.level } : {}),
    ...(event.name === 'post' ? { place: event.place, manned: event.manned, ...heldBy(event.unit) } : {}),
    ...(words.length === 0 ? {} : { words }),
    ...(refusal === undefined ? {} : { refusal }),
  });
}

function heldBy(unit: string): { readonly unit?: string } {
  return unit === '' ? {} : { unit };
}

function wordsOf(event: Extract<PlanEvent, Asked>): readonly string[] {
  const parts = event.name === 'activate' ? Object.values(event.details) : [];
  const authority = 'authority' in event ? event.authority : {};
  const ordered = Object.entries(authority).map(([country, words]) => `${country}: ${words}`);
  return [...parts, ...ordered];
}

function perform(draft: Draft, event: Extract<PlanEvent, Asked>): PlanRefusal | undefined {
  const facts = draft.state.facts.get(event.plan);
  if (facts === undefined) return 'unknown-plan';
  const { openedBy } = facts;
  // Posts are told by whoever leads units; all else is the plan's own matter.
  const refused =
    event.name === 'post'
      ? refusalOf(defaultPermissions, event.person, 'open_close_bridge')
      : refusalOf(defaultPermissions, event.person, 'activate_alert_plan', { openedBy });
  if (refused !== undefined) return 'not-permitted';
  if (event.name === 'activate') return activate(draft, facts, event);
  const active = draft.active.get(event.plan);
  if (active === undefined) return 'not-active';
  switch (event.name) {
    case 'level':
      return setLevel(draft, facts, active, event);
    case 'renew':
      return renew(draft, facts, active);
    case 'end':
      end(draft, facts, { ...active, authority: { ...active.authority, ...stated(event.authority) } });
      return undefined;
    case 'post':
      return active.posts.has(event.place) ? hold(draft, active, event) : 'unknown-post';
  }
}

function activate(draft: Draft, facts: PlanFacts, event: RequestOf<'activate'>): PlanRefusal | undefined {
  const { level, details, add, open, training, person } = event;
  const present = draft.active.get(facts.plan);
  if (present !== undefined && (training !== undefined || present.exercise !== true)) return 'already-active';
  if (!facts.levels.some((each) => each.level === level)) return 'unknown-level';
  if (facts.requires.some((detail) => (details[detail] ?? '').trim() === '')) return 'detail-missing';
  const authority = stated(event.authority);
  if (!suffices(facts, level, authority)) return 'authority-missing';
  const { groups, needed, apart } = share(groupsAt(facts, level), open, training);
  if (groups.length === 0) return 'groups-in-use';
  if (present !== undefined) endExercise(draft, present, groups);
  const plan: ActivePlan = {
    plan: facts.plan,
    level,
    by: person,
    details,
    authority,
    sinceMs: draft.nowMs,
    endsMs: draft.nowMs + facts.expiresMs,
    warned: false,
    posts: postsAt(facts, level, new Map()),
    opened: needed,
    ...(training !== undefined && { exercise: true, apart }),
  };
  for (const [index, group] of groups.entries()) {
    const joined = index === 0 ? add : [];
    if (needed.includes(group)) {
      draft.say({ name: 'open', plan, group, add: joined, durationMs: facts.expiresMs });
    } else if (joined.length > 0) draft.say({ name: 'join', plan, group, add: joined });
  }
  draft.put(plan);
  draft.say({ name: 'announce', what: 'activated', plan, groups });
  return undefined;
}

function setLevel(
  draft: Draft,
  facts: PlanFacts,
  active: ActivePlan,
  event: RequestOf<'level'>,
): PlanRefusal | undefined {
  const { level, open, training } = event;
  if (!facts.levels.some((each) => each.level === level)) return 'unknown-level';
  const authority = { ...active.authority, ...stated(event.authority) };
  if (!suffices(facts, level, authority)) return 'authority-missing';
  const { groups, needed, apart } = share(groupsAt(facts, level), open, training);
  if (groups.length === 0) return 'groups-in-use';
  const idle = active.opened.filter((group) => !groups.includes(group));
  const opened = [...active.opened.filter((group) => groups.includes(group)), ...needed];
  const posts = postsAt(facts, level, active.posts);
  const plan = { ...active, level, authority, opened, posts, ...(active.exercise && { apart }) };
  for (const group of needed) {
    draft.say({ name: 'open', plan, group, add: [], durationMs: Math.max(0, plan.endsMs - draft.nowMs) });
  }
  draft.put(plan);
  draft.say({ name: 'announce', what: 'level', plan, groups });
  for (const group of idle) draft.say({ name: 'close', plan, group });
  return undefined;
}

/** Which of its groups a plan has, which of those it must open, and which an exercise leaves alone. */
function share(groups: readonly GroupId[], open: ReadonlySet<GroupId>, training?: ReadonlySet<GroupId>) {
  const apart = training === undefined ? [] : groups.filter((group) => open.has(group));
  const own = groups.filter((group) => !apart.includes(group));
  return { groups: own, needed: own.filter((group) => !open.has(group) && training?.has(group) !== true), apart };
}

function renew(draft: Draft, facts: PlanFacts, active: ActivePlan): PlanRefusal | undefined {
  if (!facts.renewable) return 'not-renewable';
  const plan = { ...active, endsMs: draft.nowMs + facts.expiresMs, warned: false };
  for (const group of plan.opened) draft.say({ name: 'extend', plan, group, durationMs: facts.expiresMs });
  draft.put(plan);
  return undefined;
}

function end(draft: Draft, facts: PlanFacts, plan: ActivePlan): void {
  draft.drop(plan);
  draft.say({ name: 'announce', what: 'ended', plan, groups: groupsOf(facts, plan) });
  for (const group of plan.opened) draft.say({ name: 'close', plan, group });
  draft.say({ name: 'ended', plan: plan.plan });
}

function hold(draft: Draft, plan: ActivePlan, event: { place: PlaceCode; manned: boolean; unit: string }): undefined {
  const { place, manned } = event;
  const unit = event.unit.trim();
  const posts = new Map(plan.posts).set(place, { manned, ...(unit === '' ? {} : { unit }) });
  draft.put({ ...plan, posts });
  return undefined;
}

// ── What units say, and time ─────────────────────────────────────────────────────────────────────────────────────────

/** A unit that leaves releases the post that it held, wherever it is by then. */
function hear(draft: Draft, { unit, place, manned, exercise }: Extract<PlanEvent, { name: 'said' }>): void {
  for (const plan of draft.active.values()) {
    if (plan.exercise !== exercise) continue;
    const held = [...plan.posts].find(([, post]) => post.unit === unit && post.manned)?.[0];
    const at = manned ? place : (held ?? place);
    const before = plan.posts.get(at);
    if (before === undefined || (before.manned === manned && before.unit === unit)) continue;
    hold(draft, plan, { place: at, manned, unit });
    draft.say({
      name: 'record',
      what: 'said',
      plan: plan.plan,
      place: at,
      manned,
      unit,
      ...(exercise && { exercise }),
    });
  }
}

function giveWay(draft: Draft, group: GroupId): void {
  for (const plan of draft.active.values()) {
    const facts = draft.state.facts.get(plan.plan);
    if (plan.exercise !== true || facts === undefined || !groupsOf(facts, plan).includes(group)) continue;
    endExercise(draft, plan, [group]);
    draft.drop(plan);
    draft.say({ name: 'ended', plan: plan.plan });
  }
}

/** Nothing more is said of it; its groups close but for those that are real now. */
function endExercise(draft: Draft, plan: ActivePlan, real: readonly GroupId[]): void {
  draft.say({ name: 'record', what: 'exercise-over', plan: plan.plan, exercise: true });
  for (const group of plan.opened) if (!real.includes(group)) draft.say({ name: 'close', plan, group });
}

function age(draft: Draft, plan: ActivePlan): void {
  const facts = draft.state.facts.get(plan.plan);
  if (facts === undefined) return;
  if (draft.nowMs >= plan.endsMs) {
    end(draft, facts, plan);
    const { exercise } = plan;
    draft.say({ name: 'record', what: 'expired', plan: plan.plan, ...(exercise && { exercise }) });
  } else if (!plan.warned && draft.nowMs >= plan.endsMs - warnBeforeMs) draft.put({ ...plan, warned: true });
}

/** At the first level the others' word may still be awaited; above it each authority has spoken. */
function suffices({ authorities, levels }: PlanFacts, level: number, authority: ActivePlan['authority']): boolean {
  if (authorities.length === 0) return true;
  const said = authorities.filter((country) => authority[country] !== undefined);
  const isFirst = levels.length > 1 && level === levels[0]?.level;
  return isFirst ? said.length > 0 : said.length === authorities.length;
}

function stated(authority: Readonly<Record<string, string>>): Record<string, string> {
  const words = Object.entries(authority).map(([country, said]) => [country, said.trim()] as const);
  return Object.fromEntries(words.filter(([, said]) => said !== ''));
}

/** Posts that stay keep what is known of them. */
function postsAt(facts: PlanFacts, level: number, before: ReadonlyMap<PlaceCode, Post>): ReadonlyMap<PlaceCode, Post> {
  const posts = facts.levels.find((each) => each.level === level)?.posts ?? [];
  return new Map(posts.map((place) => [place, before.get(place) ?? { manned: false }]));
}

/** One step in the making. */
class Draft {
  readonly state: PlanState;
  readonly nowMs: number;
  readonly #active: Map<PlanId, ActivePlan>;
  readonly #actions: PlanAction[] = [];

  constructor(state: PlanState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
    this.#active = new Map(state.active);
  }

  get active(): ReadonlyMap<PlanId, ActivePlan> {
    return this.#active;
  }

  put(plan: ActivePlan): void {
    this.#active.set(plan.plan, plan);
  }

  drop({ plan }: ActivePlan): void {
    this.#active.delete(plan);
  }

  say(action: PlanAction): void {
    this.#actions.push(action);
  }

  finish(): PlanStep {
    const before = this.state.active;
    for (const [id, plan] of this.#active) if (before.get(id) !== plan) this.say({ name: 'changed', plan });
    return { state: { ...this.state, active: this.#active }, actions: this.#actions };
  }
}
