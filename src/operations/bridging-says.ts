/** Who has a say in groups that are open, and who hears what is said there: asked of the state of bridging. Pure. */
import type { BridgingState } from './bridging-terms.ts';
import { isUnderWay } from './exercise.ts';
import type { GroupId, TalkgroupId } from './terms.ts';

/** A plan of an exercise has a say in exercises alone, a real one in what is real. */
export function planMayExtend(state: BridgingState, group: GroupId, exercise: boolean): boolean {
  return isUnderWay(state.bridgings.get(group)?.exercise) === exercise;
}

/** As well; and a group that is open by its schedule stays so. `nowMs`: on the clock of the state. */
export function planMayClose(state: BridgingState, group: GroupId, exercise: boolean, nowMs: number): boolean {
  const scheduledMs = state.bridgings.get(group)?.scheduledMs ?? -Infinity;
  return planMayExtend(state, group, exercise) && scheduledMs <= nowMs;
}

/** Members that hear what is said on the group; those that only listen are told of no emergency (R6). */
export function hearing({ fleet, bridgings }: BridgingState, group: GroupId): readonly TalkgroupId[] {
  const listenOnly = new Set(fleet.groups.get(group)?.listenOnly);
  return [...(bridgings.get(group)?.members.keys() ?? [])].filter((talkgroup) => !listenOnly.has(talkgroup));
}
