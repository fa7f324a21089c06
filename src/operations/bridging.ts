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
 * In parts: what persons ask (bridging-requests), what falls due by itself (bridging-due), members (bridging-members),
 * exercises (bridging-exercise); here what happens.
 *
 * Driven by: gateway/operations/bridgings.ts, which performs the actions.
 */
import { Draft, isAlike } from './bridging-draft.ts';
import { closeGroup, dueOf, settle } from './bridging-due.ts';
import { suspended, turnReal } from './bridging-exercise.ts';
import {
  byId,
  comingWith,
  join,
  newBridging,
  objectionTo,
  ownMember,
  part,
  withdrawnOf,
  withMember,
} from './bridging-members.ts';
import { answerTo } from './bridging-requests.ts';
import type {
  Asked,
  Bridging,
  BridgingEvent,
  BridgingRules,
  BridgingState,
  BridgingStep,
  Fleet,
} from './bridging-terms.ts';
import { talkedOn } from './exercise.ts';
import type { GroupId, NetworkId, Person, TalkgroupId } from './terms.ts';

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

function hear(draft: Draft, event: Exclude<BridgingEvent, Asked | { name: 'tick' }>): void {
  if (event.name === 'schedule') {
    heed(draft, event);
    return;
  }
  if (event.name === 'own') {
    takeOwn(draft, event);
    return;
  }
  const bridging = draft.bridgings.get(event.group);
  if (bridging === undefined) return;
  switch (event.name) {
    case 'leg': {
      const member = bridging.members.get(event.talkgroup);
      // Of one that is not joined yet it is the last word of a membership before, and nothing reaches it.
      if (member === undefined || member.consent === 'awaited') return;
      draft.put(withMember(bridging, { ...member, up: event.up }));
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
    const missing = comingWith(facts, event).filter((talkgroup) => !opened.members.has(talkgroup));
    const joined = joinOwn(draft, { ...opened, scheduledMs, emergency, withdrawn: withdrawnOf(event) }, missing);
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

/** Permanent groups come and go with the fleet data; those that people have opened are theirs to close. */
function takeOwn(draft: Draft, { group, anew = [] }: Extract<BridgingEvent, { name: 'own' }>): void {
  const isPermanent = draft.state.fleet.groups.get(group)?.mode === 'permanent';
  const bridging = draft.bridgings.get(group);
  if (bridging === undefined) {
    if (!isPermanent) return;
    draft.say({ name: 'openGroup', group });
    draft.put(withOwn(draft, newBridging(group, draft.state.gateway, '', Infinity, draft.nowMs), []));
  } else if (isPermanent) draft.put(withOwn(draft, bridging, anew));
  else if (bridging.endsMs === Infinity) {
    draft.put(bridging);
    closeGroup(draft, bridging);
  }
}

/** Its own legs as they are now: nobody is told, as nobody was when the gateway started with the others. */
function withOwn(draft: Draft, before: Bridging, anew: readonly TalkgroupId[]): Bridging {
  const own = draft.state.fleet.groups.get(before.group)?.legs ?? [];
  let bridging = before;
  for (const member of before.members.values()) {
    const stays = own.includes(member.talkgroup) && !anew.includes(member.talkgroup);
    if (member.own && !stays) bridging = part(draft, bridging, member);
  }
  const missing = own.filter((talkgroup) => !bridging.members.has(talkgroup) && !bridging.withdrawn.has(talkgroup));
  const joined = joinOwn(draft, bridging, missing);
  const quiet = [...joined.members.values()].map((member) => {
    if (missing.includes(member.talkgroup)) return { ...member, welcomed: true };
    // One that an operator had joined until some time stays now.
    return own.includes(member.talkgroup) && !member.own ? { ...member, own: true, endsMs: Infinity } : member;
  });
  return { ...joined, members: byId(quiet) };
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
