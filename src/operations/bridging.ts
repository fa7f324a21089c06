/**
 * Bridging: which talkgroups are joined to which shared groups, by whom, why, and until when. Pure: no clock, no leg,
 * no logger.
 *
 *            open                  two sides are up             close, end reached
 *   closed ────────▶ opening ───────────────────────▶ open ─────────────────────────▶ closing ──▶ closed
 *                       └──────────────────────── close ────────────────────────────────┘
 *                                                        └─ announcement played, or 15 s
 *
 * Rules of the domain that are held here: an end-to-end encrypted talkgroup is never joined (R1); every bridging has a
 * person, a reason and an end (R2); a talkgroup is in one shared group at a time (R4). An end that is reached waits for
 * the over under way and for an emergency; a minute before it is announced. A group may be opened as an exercise
 * (exercise.ts), which gives way to whatever is real.
 *
 * A group of mode scheduled is opened by its schedule as well, or kept open where a person had opened it before. Then
 * the schedule is its reason and its end, and whoever extends or closes it is obeyed. What is elsewhere at that time is
 * not taken away from there: it is lacking, and joined once it is free.
 *
 * Driven by: gateway/operations/bridgings.ts, which performs the actions.
 */
import { type Exercise, type ExerciseName, exerciseOf, isUnderWay, talkedOn, wordDueMs } from './exercise.ts';
import type { ControlRoomId, GroupId, NetworkId, Person, TalkgroupId } from './terms.ts';

/** What there is to be joined; from the configuration. */
export interface Fleet {
  readonly groups: ReadonlyMap<GroupId, GroupFacts>;
  readonly talkgroups: ReadonlyMap<TalkgroupId, TalkgroupFacts>;
}

export interface GroupFacts {
  readonly group: GroupId;
  /** `permanent`: joined without anybody's doing; others may be joined to it for a while. */
  readonly mode: 'permanent' | 'on-demand' | 'scheduled' | 'disabled';
  /** Its own legs, joined whenever it is open. */
  readonly legs: readonly TalkgroupId[];
  /** How long it stays open unless the person says otherwise. */
  readonly autoCloseMs: number;
}

export interface TalkgroupFacts {
  readonly talkgroup: TalkgroupId;
  readonly network: NetworkId;
  readonly endToEndEncrypted: boolean;
  /** The control room whose consent is needed, and which may take it back with one click. */
  readonly consentOf?: ControlRoomId;
}

/** Times in ms. */
export interface BridgingRules {
  readonly membersMax: number;
  /** Longest time from now to an end. */
  readonly durationMaxMs: number;
  /** How long before its end a bridging is announced to close. */
  readonly warnBeforeMs: number;
  /** Nobody spoke for so long: consoles are asked whether to close. */
  readonly quietMs: number;
  /** Longest that closing waits for its announcement. */
  readonly closingMs: number;
  /** Longest that an end waits for the over under way. */
  readonly overMs: number;
  /** How often it is said that an exercise is one, while there is talk. */
  readonly exerciseEveryMs: number;
}

export const bridgingRules: BridgingRules = {
  membersMax: 24,
  durationMaxMs: 24 * 3_600_000,
  warnBeforeMs: 60_000,
  quietMs: 30 * 60_000,
  closingMs: 15_000,
  overMs: 60_000,
  exerciseEveryMs: 120_000,
};

export interface Member {
  readonly talkgroup: TalkgroupId;
  /** A leg of the group's own; it comes and goes with the group. */
  readonly own: boolean;
  readonly by: Person;
  readonly reason: string;
  /** Ends before the group does; Infinity: with it. */
  readonly endsMs: number;
  readonly warned: boolean;
  /** Joined once its owner has consented. */
  readonly consent: 'not-needed' | 'awaited' | 'given';
  readonly up: boolean;
  /** Those behind it have been told that they are joined. */
  readonly welcomed: boolean;
}

export interface Bridging {
  readonly group: GroupId;
  readonly name: 'opening' | 'open' | 'closing';
  readonly by: Person;
  readonly reason: string;
  readonly sinceMs: number;
  /** Infinity for a permanent group. */
  readonly endsMs: number;
  readonly warned: boolean;
  readonly members: ReadonlyMap<TalkgroupId, Member>;
  readonly talking: boolean;
  readonly emergency: boolean;
  /** When it was last spoken, or somebody said to keep it. */
  readonly usedMs: number;
  readonly quietAsked: boolean;
  /** Of `closing`: when it ends whatever happens. */
  readonly closedByMs: number;
  /** The end that its schedule has given it; a person may have given it another since. */
  readonly scheduledMs?: number;
  /** Its own talkgroups that were elsewhere when its schedule opened it, with the groups that have them. */
  readonly lacking: ReadonlyMap<TalkgroupId, GroupId>;
  /** Its own talkgroups whose owners have taken them out, and who did. */
  readonly withdrawn: ReadonlyMap<TalkgroupId, Person>;
  /** Undefined: it is real. */
  readonly exercise: Exercise | undefined;
}

export interface BridgingState {
  readonly fleet: Fleet;
  /** In whose name the configuration acts. */
  readonly gateway: Person;
  readonly rules: BridgingRules;
  readonly bridgings: ReadonlyMap<GroupId, Bridging>;
}

export type BridgingEvent =
  | (Asked & {
      readonly name: 'open';
      readonly reason: string;
      readonly add?: readonly TalkgroupId[];
      readonly durationMs?: number;
      /** As an exercise; absent: for real, also where an exercise was open. */
      readonly exercise?: ExerciseName;
      /** A unit is in distress on it, since it was open before. */
      readonly emergency?: boolean;
    })
  /**
   * `durationMs` counts for members of permanent groups; others end with their group. `consentGivenBy`: before a restart
   * that control room consented to it.
   */
  | (Asked & {
      readonly name: 'add';
      readonly talkgroup: TalkgroupId;
      readonly reason: string;
      readonly durationMs?: number;
      readonly consentGivenBy?: ControlRoomId;
    })
  | (Asked & { readonly name: 'remove'; readonly talkgroup: TalkgroupId })
  /** The end is so long from now. */
  | (Asked & { readonly name: 'extend'; readonly durationMs: number })
  /** `afterMs` 0: at once but for an emergency, with the announcement that it is closed; else announced now as about to close. */
  | (Asked & { readonly name: 'close'; readonly afterMs: number })
  /** Nobody spoke, but it shall stay. */
  | (Asked & { readonly name: 'keep' })
  /** What happens in the exercise is real. */
  | (Asked & { readonly name: 'suspendExercise' })
  /** The exercise goes on. */
  | (Asked & { readonly name: 'resumeExercise' })
  /** The owner's word; `given: false` later takes the talkgroup out at once. */
  | (Asked & { readonly name: 'consent'; readonly talkgroup: TalkgroupId; readonly given: boolean })
  /**
   * By its schedule the group is open until `scheduledMs`, whoever opened it; said again, that follows the clocks of the
   * place. `endsMs`: a person has given it another end, which counts. `emergency`: a unit is in distress on it, since it
   * was open before.
   */
  | {
      readonly name: 'schedule';
      readonly group: GroupId;
      readonly reason: string;
      readonly scheduledMs: number;
      readonly endsMs?: number;
      readonly emergency?: boolean;
    }
  | { readonly name: 'leg'; readonly group: GroupId; readonly talkgroup: TalkgroupId; readonly up: boolean }
  | { readonly name: 'talk'; readonly group: GroupId; readonly talking: boolean }
  | { readonly name: 'emergency'; readonly group: GroupId; readonly open: boolean }
  /** The announcement that it is closed has been heard everywhere. */
  | { readonly name: 'announced'; readonly group: GroupId }
  | { readonly name: 'tick' };

interface Asked {
  readonly request: number;
  readonly person: Person;
  readonly group: GroupId;
}
type AskedName = Extract<BridgingEvent, Asked>['name'];

export type BridgingRefusal =
  | { readonly cause: 'unknown-group' | 'unknown-talkgroup' | 'group-disabled' | 'already-open' | 'not-open' }
  | { readonly cause: 'no-reason' | 'no-end' | 'not-a-member' | 'own-leg' | 'not-owner' | 'permanent' | 'closing' }
  | { readonly cause: 'no-exercise' | 'already-suspended' | 'not-suspended' | 'emergency-open' }
  | { readonly cause: 'end-to-end-encrypted'; readonly talkgroup: TalkgroupId }
  | { readonly cause: 'in-other-group'; readonly talkgroup: TalkgroupId; readonly group: GroupId }
  | { readonly cause: 'already-member'; readonly talkgroup: TalkgroupId }
  | { readonly cause: 'too-many-members'; readonly membersMax: number };

/** Texts of the configuration: `ann-open`, `ann-close`, `ann-closed`, `ann-exercise`, `ann-real`. */
export type BridgingAnnouncement = 'open' | 'close' | 'closed' | 'exercise' | 'real';

export type BridgingAction =
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: BridgingRefusal }
  | { readonly name: 'openGroup'; readonly group: GroupId }
  /** All its legs have left. */
  | { readonly name: 'closeGroup'; readonly group: GroupId }
  | { readonly name: 'join'; readonly group: GroupId; readonly talkgroup: TalkgroupId }
  | { readonly name: 'leave'; readonly group: GroupId; readonly talkgroup: TalkgroupId }
  | {
      readonly name: 'announce';
      readonly announcement: BridgingAnnouncement;
      readonly group: GroupId;
      readonly talkgroups: readonly TalkgroupId[];
    }
  | {
      readonly name: 'askConsent';
      readonly group: GroupId;
      readonly talkgroup: TalkgroupId;
      readonly of: ControlRoomId;
      readonly by: Person;
      readonly reason: string;
    }
  /** An open group is an exercise anew, or none any more: its legs yield to real ones, or no longer. */
  | { readonly name: 'exercise'; readonly group: GroupId; readonly underWay: boolean }
  /** Nobody spoke for long: close? */
  | { readonly name: 'askWhetherToClose'; readonly group: GroupId }
  /** What consoles show of it has changed. */
  | { readonly name: 'changed'; readonly group: GroupId }
  | {
      readonly name: 'record';
      readonly what:
        | AskedName
        | ('opened' | 'expired' | 'closed' | 'gave-way' | 'exercise-suspended' | 'exercise-over')
        | ('schedule' | 'lacking' | 'free');
      readonly group: GroupId;
      readonly talkgroup?: TalkgroupId;
      readonly person?: Person;
      readonly reason?: string;
      /** The group that has the talkgroup which is lacking. */
      readonly elsewhere?: GroupId;
      readonly refusal?: BridgingRefusal;
      /** Of a group that is open as one. */
      readonly exercise?: ExerciseName;
    };

export interface BridgingStep {
  readonly state: BridgingState;
  readonly actions: readonly BridgingAction[];
}

/** Nothing is open but the permanent groups. */
export function initialBridgings(fleet: Fleet, gateway: Person, rules: BridgingRules, nowMs: number): BridgingState {
  const bridgings = new Map<GroupId, Bridging>();
  for (const facts of fleet.groups.values()) {
    if (facts.mode !== 'permanent') continue;
    const members = facts.legs.map((talkgroup) => ({ ...ownMember(talkgroup, gateway, ''), welcomed: true }));
    bridgings.set(facts.group, { ...newBridging(facts.group, gateway, '', Infinity, nowMs), members: byId(members) });
  }
  return { fleet, gateway, rules, bridgings };
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: BridgingState, event: BridgingEvent, nowMs: number): BridgingStep {
  const draft = new Draft(state, nowMs);
  if (event.name === 'tick') for (const bridging of state.bridgings.values()) draft.put(bridging);
  else if ('request' in event) answerTo(draft, event);
  else hear(draft, event);
  // What falls due by the event itself is done in the same step, so that no deadline stands in the past.
  for (const group of draft.touched) settle(draft, group);
  for (const { group, lacking } of draft.bridgings.values()) if (lacking.size > 0) takeFree(draft, group);
  return { state: { ...state, bridgings: draft.bridgings }, actions: draft.finish() };
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function deadlineMs({ bridgings, rules }: BridgingState): number {
  let dueMs = Infinity;
  for (const bridging of bridgings.values()) dueMs = Math.min(dueMs, dueOf(bridging, rules));
  return dueMs;
}

/**
 * Why a group could not be opened with these talkgroups: all that speaks against it, for the preview before the person
 * confirms. Empty: it could. `exercise`: it would be one, and take nothing from anybody.
 */
export function objections(
  state: BridgingState,
  group: GroupId,
  add: readonly TalkgroupId[],
  exercise = false,
): readonly BridgingRefusal[] {
  const facts = state.fleet.groups.get(group);
  if (facts === undefined) return [{ cause: 'unknown-group' }];
  if (facts.mode === 'disabled') return [{ cause: 'group-disabled' }];
  const present = state.bridgings.get(group);
  if (present !== undefined && (exercise || present.exercise === undefined)) return [{ cause: 'already-open' }];
  const wanted = [...facts.legs, ...add];
  const against = wanted.flatMap((talkgroup, index) => {
    if (wanted.indexOf(talkgroup) !== index) return [{ cause: 'already-member', talkgroup } as const];
    const objection = objectionTo(state, group, talkgroup, exercise);
    return objection === undefined ? [] : [objection];
  });
  const { membersMax } = state.rules;
  if (wanted.length > membersMax) against.push({ cause: 'too-many-members', membersMax });
  return against;
}

/** Channels that opening would take, by network. */
export function channelsNeeded(
  { fleet }: BridgingState,
  group: GroupId,
  add: readonly TalkgroupId[],
): ReadonlyMap<NetworkId, number> {
  const needed = new Map<NetworkId, number>();
  for (const talkgroup of new Set([...(fleet.groups.get(group)?.legs ?? []), ...add])) {
    const network = fleet.talkgroups.get(talkgroup)?.network;
    if (network !== undefined) needed.set(network, (needed.get(network) ?? 0) + 1);
  }
  return needed;
}

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

type RequestOf<N extends AskedName> = Extract<BridgingEvent, Asked & { name: N }>;

function answerTo(draft: Draft, event: Extract<BridgingEvent, Asked>): void {
  const refusal = perform(draft, event);
  draft.say({ name: 'answer', request: event.request, ...(refusal === undefined ? {} : { refusal }) });
  draft.say({
    name: 'record',
    what: event.name,
    group: event.group,
    person: event.person,
    ...('talkgroup' in event ? { talkgroup: event.talkgroup } : {}),
    ...('reason' in event ? { reason: event.reason } : {}),
    ...(refusal === undefined ? {} : { refusal }),
  });
}

function perform(draft: Draft, event: Extract<BridgingEvent, Asked>): BridgingRefusal | undefined {
  if (event.name === 'open') return open(draft, event);
  const bridging = draft.bridgings.get(event.group);
  if (bridging === undefined) {
    return { cause: draft.state.fleet.groups.has(event.group) ? 'not-open' : 'unknown-group' };
  }
  if (bridging.name === 'closing') return { cause: 'closing' };
  switch (event.name) {
    case 'add':
      return add(draft, bridging, event);
    case 'remove':
      return remove(draft, bridging, event);
    case 'extend':
      return extend(draft, bridging, event);
    case 'close':
      return close(draft, bridging, event);
    case 'keep':
      draft.put({ ...bridging, usedMs: draft.nowMs, quietAsked: false });
      return undefined;
    case 'suspendExercise':
      return suspend(draft, bridging);
    case 'resumeExercise':
      return resume(draft, bridging);
    case 'consent':
      return consent(draft, bridging, event);
  }
}

function open(draft: Draft, event: RequestOf<'open'>): BridgingRefusal | undefined {
  const facts = draft.state.fleet.groups.get(event.group);
  const added = event.add ?? [];
  const { exercise } = event;
  const isExercise = exercise !== undefined;
  const [objection] = objections({ ...draft.state, bridgings: draft.bridgings }, event.group, added, isExercise);
  if (facts === undefined || objection !== undefined) return objection ?? { cause: 'unknown-group' };
  const emergency = event.emergency === true;
  if (emergency && exercise === 'under-way') return { cause: 'emergency-open' };
  const reason = event.reason.trim();
  if (reason === '') return { cause: 'no-reason' };
  const durationMs = event.durationMs ?? facts.autoCloseMs;
  if (!isDuration(durationMs, draft.state.rules)) return { cause: 'no-end' };

  const present = draft.bridgings.get(event.group);
  if (present === undefined) draft.say({ name: 'openGroup', group: event.group });
  const anew = newBridging(event.group, event.person, reason, draft.nowMs + durationMs, draft.nowMs);
  let bridging = present === undefined ? anew : turnReal(draft, present, anew, added);
  if (emergency) bridging = { ...bridging, emergency };
  if (isExercise) bridging = { ...bridging, exercise: exerciseOf(exercise, draft.nowMs) };
  for (const talkgroup of facts.legs) {
    if (!bridging.members.has(talkgroup)) bridging = join(draft, bridging, ownMember(talkgroup, event.person, reason));
  }
  for (const talkgroup of added) {
    if (bridging.members.has(talkgroup)) continue;
    bridging = join(draft, bridging, addedMember(draft, talkgroup, event.person, reason, Infinity));
  }
  draft.put(bridging);
  return undefined;
}

/**
 * What was an exercise is opened for real: whoever stays is told both. Who was joined to it to train leaves, but for
 * those whom the person wants as well; with a unit in distress on it nobody does.
 */
function turnReal(draft: Draft, present: Bridging, anew: Bridging, added: readonly TalkgroupId[]): Bridging {
  const { group, emergency, talking, members } = present;
  draft.say({ name: 'record', what: 'exercise-over', group });
  let bridging: Bridging = { ...anew, emergency, talking, members };
  if (present.name !== 'opening') bridging = { ...bridging, name: 'open' };
  for (const member of members.values()) {
    const isWanted = added.includes(member.talkgroup);
    if (!member.own && !isWanted && !emergency) bridging = part(draft, bridging, member);
    else if (!member.own && !isWanted) bridging = withMember(bridging, { ...member, welcomed: false });
    else {
      const { by, reason } = anew;
      bridging = withMember(bridging, { ...member, by, reason, endsMs: Infinity, warned: false, welcomed: false });
    }
  }
  draft.announce('real', bridging, heardBy(bridging));
  return bridging;
}

function add(draft: Draft, bridging: Bridging, event: RequestOf<'add'>): BridgingRefusal | undefined {
  const { talkgroup, person } = event;
  if (bridging.members.has(talkgroup)) return { cause: 'already-member', talkgroup };
  const isExercise = isUnderWay(bridging.exercise);
  const objection = objectionTo({ ...draft.state, bridgings: draft.bridgings }, event.group, talkgroup, isExercise);
  if (objection !== undefined) return objection;
  const { rules } = draft.state;
  if (bridging.members.size >= rules.membersMax) {
    return { cause: 'too-many-members', membersMax: rules.membersMax };
  }
  const reason = event.reason.trim();
  if (reason === '') return { cause: 'no-reason' };
  let endsMs = Infinity;
  if (bridging.endsMs === Infinity || event.durationMs !== undefined) {
    const durationMs = event.durationMs ?? draft.state.fleet.groups.get(bridging.group)?.autoCloseMs ?? Number.NaN;
    if (!isDuration(durationMs, rules)) return { cause: 'no-end' };
    endsMs = draft.nowMs + durationMs;
  }
  draft.put(join(draft, bridging, addedMember(draft, talkgroup, person, reason, endsMs, event.consentGivenBy)));
  return undefined;
}

function remove(draft: Draft, bridging: Bridging, event: RequestOf<'remove'>): BridgingRefusal | undefined {
  const member = bridging.members.get(event.talkgroup);
  if (member === undefined) return { cause: 'not-a-member' };
  if (member.own) return { cause: 'own-leg' };
  draft.put(part(draft, bridging, member));
  return undefined;
}

function extend(draft: Draft, bridging: Bridging, event: RequestOf<'extend'>): BridgingRefusal | undefined {
  if (bridging.endsMs === Infinity) return { cause: 'permanent' };
  if (!isDuration(event.durationMs, draft.state.rules)) return { cause: 'no-end' };
  // Whoever puts off an end does not bring that of the schedule forward.
  const endsMs = Math.max(draft.nowMs + event.durationMs, bridging.scheduledMs ?? -Infinity);
  draft.put({ ...bridging, endsMs, warned: false });
  return undefined;
}

function close(draft: Draft, bridging: Bridging, event: RequestOf<'close'>): BridgingRefusal | undefined {
  if (bridging.endsMs === Infinity) return { cause: 'permanent' };
  if (!(event.afterMs >= 0 && event.afterMs <= draft.state.rules.warnBeforeMs)) return { cause: 'no-end' };
  // Nobody in distress is cut off: while he is, an end at once is one that is reached.
  if (event.afterMs === 0 && !bridging.emergency) beginToClose(draft, bridging);
  else draft.put({ ...bridging, endsMs: draft.nowMs + event.afterMs, warned: false });
  return undefined;
}

function suspend(draft: Draft, bridging: Bridging): BridgingRefusal | undefined {
  if (bridging.exercise === undefined) return { cause: 'no-exercise' };
  if (!isUnderWay(bridging.exercise)) return { cause: 'already-suspended' };
  draft.put(suspended(draft, bridging));
  return undefined;
}

function resume(draft: Draft, bridging: Bridging): BridgingRefusal | undefined {
  if (bridging.exercise === undefined) return { cause: 'no-exercise' };
  if (isUnderWay(bridging.exercise)) return { cause: 'not-suspended' };
  if (bridging.emergency) return { cause: 'emergency-open' };
  draft.announce('exercise', bridging, heardBy(bridging));
  draft.put({ ...bridging, exercise: exerciseOf('under-way', draft.nowMs) });
  return undefined;
}

/** From here on everything on the group is real, and is said to be. */
function suspended(draft: Draft, bridging: Bridging): Bridging {
  if (!isUnderWay(bridging.exercise)) return bridging;
  draft.announce('real', bridging, heardBy(bridging));
  draft.say({ name: 'record', what: 'exercise-suspended', group: bridging.group });
  // What was said of its end was said of an exercise.
  return { ...bridging, warned: false, exercise: exerciseOf('suspended', draft.nowMs) };
}

function consent(draft: Draft, bridging: Bridging, event: RequestOf<'consent'>): BridgingRefusal | undefined {
  const member = bridging.members.get(event.talkgroup);
  if (member === undefined) return { cause: 'not-a-member' };
  if (draft.state.fleet.talkgroups.get(event.talkgroup)?.consentOf !== event.person.controlRoom) {
    return { cause: 'not-owner' };
  }
  if (!event.given) {
    const { withdrawn } = bridging;
    const kept = member.own ? new Map(withdrawn).set(member.talkgroup, event.person) : withdrawn;
    draft.put({ ...part(draft, bridging, member), withdrawn: kept });
    return undefined;
  }
  if (member.consent !== 'awaited') return undefined;
  draft.say({ name: 'join', group: bridging.group, talkgroup: member.talkgroup });
  draft.put(withMember(bridging, { ...member, consent: 'given' }));
  return undefined;
}

// ── What happens ─────────────────────────────────────────────────────────────────────────────────────────────────────

function hear(draft: Draft, event: Exclude<BridgingEvent, Asked | { name: 'tick' }>): void {
  if (event.name === 'schedule') {
    heed(draft, event);
    return;
  }
  const bridging = draft.bridgings.get(event.group);
  if (bridging === undefined) return;
  switch (event.name) {
    case 'leg': {
      const member = bridging.members.get(event.talkgroup);
      if (member !== undefined) draft.put(withMember(bridging, { ...member, up: event.up }));
      return;
    }
    case 'talk':
      draft.put({
        ...bridging,
        talking: event.talking,
        usedMs: draft.nowMs,
        quietAsked: false,
        exercise: bridging.exercise && talkedOn(bridging.exercise),
      });
      return;
    case 'emergency':
      draft.put(event.open ? suspended(draft, inEmergency(bridging)) : afterEmergency(draft, bridging));
      return;
    case 'announced':
      if (bridging.name === 'closing') draft.put({ ...bridging, closedByMs: draft.nowMs });
      return;
  }
}

/** A wall clock that is put right by less moves no end, ms. */
const sameEndMs = 2000;

function heed(draft: Draft, event: Extract<BridgingEvent, { name: 'schedule' }>): void {
  const { group, scheduledMs, reason } = event;
  const facts = draft.state.fleet.groups.get(group);
  const bridging = draft.bridgings.get(group);
  const endsMs = event.endsMs ?? scheduledMs;
  if (facts?.mode !== 'scheduled' || endsMs <= draft.nowMs || bridging?.name === 'closing') return;
  if (bridging === undefined || bridging.exercise !== undefined) {
    if (bridging === undefined) draft.say({ name: 'openGroup', group });
    draft.say({ name: 'record', what: 'schedule', group, reason });
    const anew = newBridging(group, draft.state.gateway, reason, endsMs, draft.nowMs);
    const opened = bridging === undefined ? anew : turnReal(draft, bridging, anew, []);
    const emergency = opened.emergency || event.emergency === true;
    const missing = facts.legs.filter((talkgroup) => !opened.members.has(talkgroup));
    const joined = joinOwn(draft, { ...opened, scheduledMs, emergency }, missing);
    for (const [talkgroup, elsewhere] of joined.lacking) {
      draft.say({ name: 'record', what: 'lacking', group, talkgroup, elsewhere });
    }
    draft.put(joined);
    return;
  }
  const before = bridging.scheduledMs;
  if (before !== undefined && Math.abs(before - scheduledMs) < sameEndMs) return;
  if (before === undefined) draft.say({ name: 'record', what: 'schedule', group, reason });
  const isItsEnd = before !== undefined && bridging.endsMs === before;
  const later = isItsEnd ? scheduledMs : Math.max(bridging.endsMs, scheduledMs);
  const warned = bridging.warned && later === bridging.endsMs;
  draft.put({ ...bridging, scheduledMs, endsMs: later, warned, quietAsked: false });
}

/** Those that are free; the others are lacking until they are. */
function joinOwn(draft: Draft, bridging: Bridging, talkgroups: readonly TalkgroupId[]): Bridging {
  const { group, by, reason } = bridging;
  const lacking = new Map<TalkgroupId, GroupId>();
  let joined = bridging;
  for (const talkgroup of talkgroups) {
    const objection = objectionTo({ ...draft.state, bridgings: draft.bridgings }, group, talkgroup, false);
    if (objection === undefined) joined = join(draft, joined, ownMember(talkgroup, by, reason));
    else if (objection.cause === 'in-other-group') lacking.set(talkgroup, objection.group);
  }
  return { ...joined, lacking };
}

/** What a group lacks and nobody else has any more is joined to it. */
function takeFree(draft: Draft, group: GroupId): void {
  const bridging = draft.bridgings.get(group);
  if (bridging === undefined || bridging.name === 'closing') return;
  const after = joinOwn(draft, bridging, [...bridging.lacking.keys()]);
  for (const talkgroup of bridging.lacking.keys()) {
    if (!after.lacking.has(talkgroup)) draft.say({ name: 'record', what: 'free', group, talkgroup });
  }
  if (!isAlike(bridging.lacking, after.lacking)) draft.put(after);
}

/** A press during the last words keeps the group open, and those who have heard them are told so. */
function inEmergency(bridging: Bridging): Bridging {
  if (bridging.name !== 'closing') return { ...bridging, emergency: true };
  const members = byId([...bridging.members.values()].map((member) => ({ ...member, welcomed: false })));
  return { ...bridging, name: 'open', emergency: true, closedByMs: Infinity, members };
}

/** What would have ended during the emergency ends with its full notice. */
function afterEmergency(draft: Draft, bridging: Bridging): Bridging {
  const soonestMs = draft.nowMs + draft.state.rules.warnBeforeMs;
  const put = <T extends { readonly endsMs: number; readonly warned: boolean }>(ending: T): T =>
    ending.endsMs < soonestMs ? { ...ending, endsMs: soonestMs, warned: false } : ending;
  const members = byId([...bridging.members.values()].map(put));
  return put({ ...bridging, emergency: false, members });
}

/** Everything that is due of one group, in the order in which it fell due. */
function settle(draft: Draft, group: GroupId): void {
  const { rules } = draft.state;
  let bridging = draft.bridgings.get(group);
  if (bridging === undefined) return;
  if (bridging.name === 'closing') {
    if (draft.nowMs >= bridging.closedByMs) closeGroup(draft, bridging);
    return;
  }
  if (bridging.name === 'opening' && sidesUp(bridging) >= 2) {
    bridging = { ...bridging, name: 'open' };
    draft.say({ name: 'record', what: 'opened', group });
  }
  bridging = welcome(draft, bridging);
  bridging = endMembers(draft, bridging);
  if (draft.nowMs >= warningDueMs(bridging, bridging, rules)) {
    bridging = { ...bridging, warned: true };
    draft.announce('close', bridging, heardBy(bridging));
  }
  if (draft.nowMs >= wordDueMs(bridging.exercise, rules.exerciseEveryMs)) {
    bridging = { ...bridging, exercise: exerciseOf('under-way', draft.nowMs) };
    draft.announce('exercise', bridging, heardBy(bridging));
  }
  if (draft.nowMs >= endDueMs(bridging, bridging.endsMs, rules)) {
    draft.say({ name: 'record', what: 'expired', group });
    beginToClose(draft, bridging);
    return;
  }
  if (draft.nowMs >= quietDueMs(bridging, rules)) {
    bridging = { ...bridging, quietAsked: true };
    draft.say({ name: 'askWhetherToClose', group });
  }
  draft.put(bridging);
}

function dueOf(bridging: Bridging, rules: BridgingRules): number {
  if (bridging.name === 'closing') return bridging.closedByMs;
  let dueMs = Math.min(endDueMs(bridging, bridging.endsMs, rules), warningDueMs(bridging, bridging, rules));
  dueMs = Math.min(dueMs, quietDueMs(bridging, rules));
  dueMs = Math.min(dueMs, wordDueMs(bridging.exercise, rules.exerciseEveryMs));
  for (const member of bridging.members.values()) {
    dueMs = Math.min(dueMs, endDueMs(bridging, member.endsMs, rules), warningDueMs(bridging, member, rules));
  }
  return dueMs;
}

/** A patrol may be silent for hours: nobody is asked before the end of its schedule. */
function quietDueMs({ quietAsked, endsMs, scheduledMs, usedMs }: Bridging, rules: BridgingRules): number {
  return quietAsked || endsMs === Infinity ? Infinity : Math.max(usedMs, scheduledMs ?? usedMs) + rules.quietMs;
}

/** An end waits for the over under way, for a while, and for an emergency as long as it lasts. */
function endDueMs({ emergency, talking }: Bridging, endsMs: number, rules: BridgingRules): number {
  if (emergency) return Infinity;
  return talking ? endsMs + rules.overMs : endsMs;
}

/** Once, a minute before the end; not in the middle of an emergency. */
function warningDueMs(
  { emergency }: Bridging,
  { endsMs, warned }: { readonly endsMs: number; readonly warned: boolean },
  rules: BridgingRules,
): number {
  return emergency || warned ? Infinity : endsMs - rules.warnBeforeMs;
}

/** Tells those who have just been joined; nobody before the group is open. */
function welcome(draft: Draft, bridging: Bridging): Bridging {
  if (bridging.name !== 'open') return bridging;
  const members = [...bridging.members.values()].filter(({ up, welcomed }) => up && !welcomed);
  if (members.length === 0) return bridging;
  draft.announce(
    'open',
    bridging,
    members.map(({ talkgroup }) => talkgroup),
  );
  return members.reduce((all, member) => withMember(all, { ...member, welcomed: true }), bridging);
}

function endMembers(draft: Draft, bridging: Bridging): Bridging {
  const { rules } = draft.state;
  let left = bridging;
  for (const member of bridging.members.values()) {
    if (draft.nowMs >= warningDueMs(bridging, member, rules)) {
      left = withMember(left, { ...member, warned: true });
      if (member.up) draft.announce('close', left, [member.talkgroup]);
    }
    if (draft.nowMs >= endDueMs(bridging, member.endsMs, rules)) {
      draft.say({ name: 'record', what: 'expired', group: bridging.group, talkgroup: member.talkgroup });
      left = part(draft, left, member);
    }
  }
  return left;
}

// ── Joining, parting, closing ────────────────────────────────────────────────────────────────────────────────────────

/** What is real takes a talkgroup from an exercise; an exercise takes none from anybody. */
function objectionTo(
  { fleet, bridgings }: BridgingState,
  group: GroupId,
  talkgroup: TalkgroupId,
  exercise: boolean,
): BridgingRefusal | undefined {
  const facts = fleet.talkgroups.get(talkgroup);
  if (facts === undefined) return { cause: 'unknown-talkgroup' };
  if (facts.endToEndEncrypted) return { cause: 'end-to-end-encrypted', talkgroup };
  for (const other of bridgings.values()) {
    if (other.group !== group && other.members.has(talkgroup) && (exercise || !isUnderWay(other.exercise))) {
      return { cause: 'in-other-group', talkgroup, group: other.group };
    }
  }
  return undefined;
}

function join(draft: Draft, bridging: Bridging, member: Member): Bridging {
  const { group } = bridging;
  const { talkgroup, by, reason } = member;
  takeFromExercises(draft, group, talkgroup);
  const of = draft.state.fleet.talkgroups.get(talkgroup)?.consentOf;
  if (member.consent === 'awaited' && of !== undefined) {
    draft.say({ name: 'askConsent', group, talkgroup, of, by, reason });
  } else {
    draft.say({ name: 'join', group, talkgroup });
  }
  const withdrawn = new Map(bridging.withdrawn);
  withdrawn.delete(talkgroup);
  return withMember({ ...bridging, withdrawn }, member);
}

/** Whoever joins it has been asked before: no other group has it but exercises that give way. */
function takeFromExercises(draft: Draft, group: GroupId, talkgroup: TalkgroupId): void {
  for (const other of draft.bridgings.values()) {
    const member = other.members.get(talkgroup);
    if (other.group === group || member === undefined) continue;
    draft.say({ name: 'record', what: 'gave-way', group: other.group, talkgroup });
    draft.put(part(draft, other, member));
  }
}

function part(draft: Draft, bridging: Bridging, member: Member): Bridging {
  if (member.consent !== 'awaited') {
    draft.say({ name: 'leave', group: bridging.group, talkgroup: member.talkgroup });
  }
  const members = new Map(bridging.members);
  members.delete(member.talkgroup);
  return { ...bridging, members };
}

function beginToClose(draft: Draft, bridging: Bridging): void {
  const heard = heardBy(bridging);
  const closing: Bridging = {
    ...bridging,
    name: 'closing',
    closedByMs: draft.nowMs + (heard.length === 0 ? 0 : draft.state.rules.closingMs),
  };
  draft.put(closing);
  if (heard.length === 0) closeGroup(draft, closing);
  else draft.announce('closed', closing, heard);
}

function closeGroup(draft: Draft, bridging: Bridging): void {
  const { group } = bridging;
  for (const member of bridging.members.values()) part(draft, bridging, member);
  draft.say({ name: 'closeGroup', group });
  draft.say({ name: 'record', what: 'closed', group });
  draft.drop(group);
}

// ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function newBridging(group: GroupId, by: Person, reason: string, endsMs: number, nowMs: number): Bridging {
  return {
    group,
    name: 'opening',
    by,
    reason,
    sinceMs: nowMs,
    endsMs,
    warned: false,
    members: new Map(),
    talking: false,
    emergency: false,
    usedMs: nowMs,
    quietAsked: false,
    closedByMs: Infinity,
    exercise: undefined,
    lacking: new Map(),
    withdrawn: new Map(),
  };
}

function ownMember(talkgroup: TalkgroupId, by: Person, reason: string): Member {
  return {
    talkgroup,
    own: true,
    by,
    reason,
    endsMs: Infinity,
    warned: false,
    consent: 'not-needed',
    up: false,
    welcomed: false,
  };
}

/** Whoever belongs to the owning control room has its consent. */
function addedMember(
  draft: Draft,
  talkgroup: TalkgroupId,
  by: Person,
  reason: string,
  endsMs: number,
  consentGivenBy?: ControlRoomId,
): Member {
  const owner = draft.state.fleet.talkgroups.get(talkgroup)?.consentOf;
  const hasConsent = owner === consentGivenBy ? 'given' : 'awaited';
  const consent = owner === undefined || owner === by.controlRoom ? 'not-needed' : hasConsent;
  return { ...ownMember(talkgroup, by, reason), own: false, endsMs, consent };
}

function withMember(bridging: Bridging, member: Member): Bridging {
  return { ...bridging, members: new Map(bridging.members).set(member.talkgroup, member) };
}

function byId(members: readonly Member[]): ReadonlyMap<TalkgroupId, Member> {
  return new Map(members.map((member) => [member.talkgroup, member]));
}

function sidesUp({ members }: Bridging): number {
  return heard(members).length;
}

function heardBy({ members }: Bridging): readonly TalkgroupId[] {
  return heard(members);
}

function heard(members: ReadonlyMap<TalkgroupId, Member>): readonly TalkgroupId[] {
  return [...members.values()].filter(({ up }) => up).map(({ talkgroup }) => talkgroup);
}

function isDuration(durationMs: number, { durationMaxMs }: BridgingRules): boolean {
  return durationMs > 0 && durationMs <= durationMaxMs;
}

/** One step in the making. */
class Draft {
  readonly state: BridgingState;
  readonly nowMs: number;
  readonly touched = new Set<GroupId>();
  #bridgings: Map<GroupId, Bridging>;
  readonly #actions: BridgingAction[] = [];

  constructor(state: BridgingState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
    this.#bridgings = new Map(state.bridgings);
  }

  get bridgings(): ReadonlyMap<GroupId, Bridging> {
    return this.#bridgings;
  }

  put(bridging: Bridging): void {
    this.#bridgings.set(bridging.group, bridging);
    this.touched.add(bridging.group);
  }

  drop(group: GroupId): void {
    this.#bridgings.delete(group);
  }

  say(action: BridgingAction): void {
    this.#actions.push(action);
  }

  announce(announcement: BridgingAnnouncement, { group }: Bridging, talkgroups: readonly TalkgroupId[]): void {
    if (talkgroups.length > 0) this.say({ name: 'announce', announcement, group, talkgroups });
  }

  /** Everything to be done; consoles are told of each group that is not what it was. */
  finish(): readonly BridgingAction[] {
    const changed = [...this.touched].filter(
      (group) => !same(this.state.bridgings.get(group), this.#bridgings.get(group)),
    );
    const actions = this.#actions.map((action) => (action.name === 'record' ? this.#marked(action) : action));
    return [
      ...changed.flatMap((group) => this.#exerciseOf(group)),
      ...actions,
      ...changed.map((group) => ({ name: 'changed', group }) as const),
    ];
  }

  /** First of all: what is said of the group from now on is said with the word, or without it. */
  #exerciseOf(group: GroupId): readonly BridgingAction[] {
    const before = this.state.bridgings.get(group);
    const after = this.#bridgings.get(group);
    if (before === undefined || after === undefined) return [];
    const underWay = isUnderWay(after.exercise);
    return isUnderWay(before.exercise) === underWay ? [] : [{ name: 'exercise', group, underWay }];
  }

  #marked(record: Extract<BridgingAction, { name: 'record' }>): BridgingAction {
    const { exercise } = this.#bridgings.get(record.group) ?? this.state.bridgings.get(record.group) ?? {};
    return exercise === undefined ? record : { ...record, exercise: exercise.name };
  }
}

/** Alike in what consoles show. */
function same(before: Bridging | undefined, after: Bridging | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (before === after) return true;
  const keys = ['name', 'by', 'reason', 'endsMs', 'warned', 'quietAsked', 'scheduledMs'] as const;
  if (keys.some((key) => before[key] !== after[key]) || before.members.size !== after.members.size) return false;
  if (before.exercise?.name !== after.exercise?.name) return false;
  if (!isAlike(before.lacking, after.lacking)) return false;
  return [...after.members].every(([talkgroup, { consent, up, endsMs }]) => {
    const old = before.members.get(talkgroup);
    return old?.consent === consent && old.up === up && old.endsMs === endsMs;
  });
}

function isAlike(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
