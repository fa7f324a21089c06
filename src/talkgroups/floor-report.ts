/** The floor of a group as everybody is told of it: who holds it, who overrides him, who waits. */
import type { Grant } from './floor.ts';
import type { GroupOvers } from './group-overs.ts';
import type { RunningFloor } from './running-floor.ts';
import type { FloorHolder, GroupEvent, GroupId } from './terms.ts';

/** `utcMs`: now, as stamps have it. */
export function floorReport(
  group: GroupId,
  floor: RunningFloor,
  overs: GroupOvers,
  nowMs: number,
  utcMs: number,
): GroupEvent {
  const holder = holderShown(floor.holder, overs);
  const overriding = holderShown(floor.overriding, overs);
  return {
    name: 'floor',
    floor: {
      group,
      ...(holder === undefined ? {} : { holder }),
      ...(overriding === undefined ? {} : { overriding }),
      queue: floor.queue.map(({ party, priority, emergency, sinceMs }) => ({
        party,
        priority,
        ...(emergency && { emergency }),
        sinceUtcMs: Math.round(utcMs - (nowMs - sinceMs)),
      })),
    },
  };
}

function holderShown(grant: Grant | undefined, overs: GroupOvers): FloorHolder | undefined {
  const over = grant === undefined ? undefined : overs.underWay(grant.party);
  if (grant === undefined || over === undefined) return undefined;
  const { party, priority, emergency } = grant;
  return { party, priority, emergency, over: over.number, sinceUtcMs: Math.round(over.startUtcMs) };
}
