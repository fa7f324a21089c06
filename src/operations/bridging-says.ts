/** Who has a say in groups that are open, and who hears what is said there: asked of the state of bridging. Pure. */
import type { Bridging, BridgingState } from './bridging-terms.ts';
import { isUnderWay } from './exercise.ts';
import type { ControlRoomId, GroupId, TalkgroupId } from './terms.ts';

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

/** What another version of the fleet data must not touch now. `nowMs`: on the clock of the state. */
export interface BridgingsInUse {
  readonly groups: ReadonlySet<GroupId>;
  /** Joined to one of them, or to be joined as soon as it can. */
  readonly talkgroups: ReadonlySet<TalkgroupId>;
  /** Rooms of those who opened them, and whose consent is awaited. */
  readonly controlRooms: ReadonlySet<ControlRoomId>;
}

export function inUse({ bridgings, fleet }: BridgingState, nowMs: number): BridgingsInUse {
  const used = [...bridgings.values()].filter((bridging) => !isAtRest(bridging, nowMs));
  const members = used.flatMap(({ members: joined }) => [...joined.values()]);
  const awaited = members.flatMap(({ talkgroup, consent }) => {
    return consent === 'awaited' ? (fleet.talkgroups.get(talkgroup)?.consentOf ?? []) : [];
  });
  const rooms = [...used, ...members].map(({ by }) => by.controlRoom).filter((room) => room !== '');
  return {
    groups: new Set(used.map(({ group }) => group)),
    talkgroups: new Set(used.flatMap((each) => [...each.members.keys(), ...each.lacking.keys()])),
    controlRooms: new Set([...rooms, ...awaited]),
  };
}

/** A conversation pauses for less, ms. */
const restMs = 10_000;

/** A permanent group on which there is no talk, and to which nobody has joined anything. */
function isAtRest({ endsMs, talking, emergency, usedMs, members }: Bridging, nowMs: number): boolean {
  if (endsMs !== Infinity || talking || emergency || nowMs - usedMs < restMs) return false;
  return [...members.values()].every(({ own }) => own);
}
