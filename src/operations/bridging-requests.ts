/** What persons ask of bridged groups: each is answered, and a refusal changes nothing. */
import type { Draft } from './bridging-draft.ts';
import { beginToClose } from './bridging-due.ts';
import { resume, suspend, turnReal } from './bridging-exercise.ts';
import {
  addedMember,
  comingWith,
  join,
  newBridging,
  objections,
  objectionTo,
  ownMember,
  part,
  withdrawnOf,
  withMember,
} from './bridging-members.ts';
import type { Asked, AskedName, Bridging, BridgingEvent, BridgingRefusal, BridgingRules } from './bridging-terms.ts';
import { exerciseOf, isUnderWay } from './exercise.ts';

type RequestOf<N extends AskedName> = Extract<BridgingEvent, Asked & { name: N }>;

export function answerTo(draft: Draft, event: Extract<BridgingEvent, Asked>): void {
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
  const [objection] = objections({ ...draft.state, bridgings: draft.bridgings }, event.group, added, isExercise, event);
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
  bridging = { ...bridging, withdrawn: withdrawnOf(event) };
  for (const talkgroup of comingWith(facts, event)) {
    if (!bridging.members.has(talkgroup)) bridging = join(draft, bridging, ownMember(talkgroup, event.person, reason));
  }
  for (const talkgroup of added) {
    if (bridging.members.has(talkgroup)) continue;
    bridging = join(draft, bridging, addedMember(draft, talkgroup, event.person, reason, Infinity));
  }
  draft.put(bridging);
  return undefined;
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

function isDuration(durationMs: number, { durationMaxMs }: BridgingRules): boolean {
  return durationMs > 0 && durationMs <= durationMaxMs;
}
