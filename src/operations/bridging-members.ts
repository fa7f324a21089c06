/** Members of bridged groups: who may be joined, who is, and how they come and go (R1, R4). */
import type { Draft } from './bridging-draft.ts';
import type { Bridging, BridgingRefusal, BridgingState, GroupFacts, Had, Member } from './bridging-terms.ts';
import { isUnderWay } from './exercise.ts';
import type { ControlRoomId, GroupId, Person, TalkgroupId } from './terms.ts';

/**
 * Why a group could not be opened with these talkgroups: all that speaks against it, for the preview before the person
 * confirms. Empty: it could. `exercise`: it would be one, and take nothing from anybody.
 */
export function objections(
  state: BridgingState,
  group: GroupId,
  add: readonly TalkgroupId[],
  exercise = false,
  had: Had = {},
): readonly BridgingRefusal[] {
  const facts = state.fleet.groups.get(group);
  if (facts === undefined) return [{ cause: 'unknown-group' }];
  if (facts.mode === 'disabled') return [{ cause: 'group-disabled' }];
  const present = state.bridgings.get(group);
  if (present !== undefined && (exercise || present.exercise === undefined)) return [{ cause: 'already-open' }];
  const wanted = [...comingWith(facts, had), ...add];
  const against = wanted.flatMap((talkgroup, index) => {
    if (wanted.indexOf(talkgroup) !== index) return [{ cause: 'already-member', talkgroup } as const];
    const objection = objectionTo(state, group, talkgroup, exercise);
    return objection === undefined ? [] : [objection];
  });
  const { membersMax } = state.rules;
  if (wanted.length > membersMax) against.push({ cause: 'too-many-members', membersMax });
  return against;
}

/** A group's own talkgroups, but for those that it had no more before a restart. */
export function comingWith({ legs }: GroupFacts, { withdrawn = [], without = [] }: Had): readonly TalkgroupId[] {
  const away = new Set([...withdrawn.map(({ talkgroup }) => talkgroup), ...without]);
  return legs.filter((talkgroup) => !away.has(talkgroup));
}

/** Who took out what, as a bridging has it. */
export function withdrawnOf({ withdrawn = [] }: Had): Bridging['withdrawn'] {
  return new Map(withdrawn.map(({ talkgroup, by }) => [talkgroup, by]));
}

/** What is real takes a talkgroup from an exercise; an exercise takes none from anybody. */
export function objectionTo(
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

export function join(draft: Draft, bridging: Bridging, member: Member): Bridging {
  const { group } = bridging;
  const { talkgroup, by, reason } = member;
  takeFromExercises(draft, group, talkgroup);
  const of = draft.state.fleet.talkgroups.get(talkgroup)?.consentOf;
  if (member.consent === 'awaited' && of !== undefined) {
    draft.say({ name: 'askConsent', group, talkgroup, of, by, reason });
  } else {
    draft.say({ name: 'join', group, talkgroup });
  }
  return withMember(bridging, member);
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

export function part(draft: Draft, bridging: Bridging, member: Member): Bridging {
  if (member.consent !== 'awaited') {
    draft.say({ name: 'leave', group: bridging.group, talkgroup: member.talkgroup });
  }
  const members = new Map(bridging.members);
  members.delete(member.talkgroup);
  return { ...bridging, members };
}

export function newBridging(group: GroupId, by: Person, reason: string, endsMs: number, nowMs: number): Bridging {
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

export function ownMember(talkgroup: TalkgroupId, by: Person, reason: string): Member {
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
export function addedMember(
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

export function withMember(bridging: Bridging, member: Member): Bridging {
  return { ...bridging, members: new Map(bridging.members).set(member.talkgroup, member) };
}

export function byId(members: readonly Member[]): ReadonlyMap<TalkgroupId, Member> {
  return new Map(members.map((member) => [member.talkgroup, member]));
}

/** Those whose legs are up. */
export function heardBy({ members }: Bridging): readonly TalkgroupId[] {
  return [...members.values()].filter(({ up }) => up).map(({ talkgroup }) => talkgroup);
}
