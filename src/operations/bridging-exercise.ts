/** Groups that are open as exercises, and what becomes of them when something is real. */
import type { Draft } from './bridging-draft.ts';
import { heardBy, part, withMember } from './bridging-members.ts';
import type { Bridging, BridgingRefusal } from './bridging-terms.ts';
import { exerciseOf, isUnderWay } from './exercise.ts';
import type { TalkgroupId } from './terms.ts';

/**
 * What was an exercise is opened for real: whoever stays is told both. Who was joined to it to train leaves, but for
 * those whom the person wants as well; with a unit in distress on it nobody does.
 */
export function turnReal(draft: Draft, present: Bridging, anew: Bridging, added: readonly TalkgroupId[]): Bridging {
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

export function suspend(draft: Draft, bridging: Bridging): BridgingRefusal | undefined {
  if (bridging.exercise === undefined) return { cause: 'no-exercise' };
  if (!isUnderWay(bridging.exercise)) return { cause: 'already-suspended' };
  draft.put(suspended(draft, bridging));
  return undefined;
}

export function resume(draft: Draft, bridging: Bridging): BridgingRefusal | undefined {
  if (bridging.exercise === undefined) return { cause: 'no-exercise' };
  if (isUnderWay(bridging.exercise)) return { cause: 'not-suspended' };
  if (bridging.emergency) return { cause: 'emergency-open' };
  draft.announce('exercise', bridging, heardBy(bridging));
  draft.put({ ...bridging, exercise: exerciseOf('under-way', draft.nowMs) });
  return undefined;
}

/** From here on everything on the group is real, and is said to be. */
export function suspended(draft: Draft, bridging: Bridging): Bridging {
  if (!isUnderWay(bridging.exercise)) return bridging;
  draft.announce('real', bridging, heardBy(bridging));
  draft.say({ name: 'record', what: 'exercise-suspended', group: bridging.group });
  // What was said of its end was said of an exercise.
  return { ...bridging, warned: false, exercise: exerciseOf('suspended', draft.nowMs) };
}
