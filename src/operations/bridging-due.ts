/** What falls due of a bridged group by itself: words to those who came, warnings, ends, and its closing. */
import type { Draft } from './bridging-draft.ts';
import { heardBy, part, withMember } from './bridging-members.ts';
import type { Bridging, BridgingRules } from './bridging-terms.ts';
import { exerciseOf, wordDueMs } from './exercise.ts';
import type { GroupId } from './terms.ts';

/** Everything that is due of one group, in the order in which it fell due. */
export function settle(draft: Draft, group: GroupId): void {
  const { rules } = draft.state;
  let bridging = draft.bridgings.get(group);
  if (bridging === undefined) return;
  if (bridging.name === 'closing') {
    if (draft.nowMs >= bridging.closedByMs) closeGroup(draft, bridging);
    return;
  }
  if (bridging.name === 'opening' && heardBy(bridging).length >= 2) {
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

export function dueOf(bridging: Bridging, rules: BridgingRules): number {
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

export function beginToClose(draft: Draft, bridging: Bridging): void {
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

/** At once, without a word on the air. */
export function closeGroup(draft: Draft, bridging: Bridging): void {
  const { group } = bridging;
  for (const member of bridging.members.values()) part(draft, bridging, member);
  draft.say({ name: 'closeGroup', group });
  draft.say({ name: 'record', what: 'closed', group });
  draft.drop(group);
}
