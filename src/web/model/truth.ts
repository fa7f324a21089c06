/**
 * How far the operator's own voice has come on each side of a group: what his truth line says while he talks, and after
 * his over what was lost. Pure.
 */
import type { GroupModel, LegModel, OverModel } from './console-model.ts';
import type { OwnIds } from './tile-state.ts';

export interface Truth {
  /** Sides on which nobody hears him: no call, or the network refused. */
  readonly failing: readonly LegModel[];
  /** Sides that are keyed and not yet open; speech is kept for them. */
  readonly pending: readonly LegModel[];
  readonly flowing: readonly LegModel[];
  /** Of those that flow, the ones whose far end reports that it has the voice. */
  readonly carried: readonly LegModel[];
}

/** How long after its end an own over is still reported on. */
const reportedMs = 10_000;

/** Of the sides that are wanted; one that was closed on purpose is no failure. */
export function truthOf(group: GroupModel): Truth {
  const wanted = group.legs.filter(({ state }) => state !== 'closed');
  const failing = wanted.filter(({ state, transmission }) => state !== 'up' || transmission === 'refused');
  const reached = wanted.filter((leg) => !failing.includes(leg));
  const flowing = reached.filter(({ transmission }) => transmission === 'flowing' || transmission === 'carried');
  const carried = flowing.filter(({ transmission }) => transmission === 'carried');
  return { failing, pending: reached.filter((leg) => !flowing.includes(leg)), flowing, carried };
}

/** The operator's last over on the group, while it is news; undefined when there is none. */
export function ownLastOver(group: GroupModel, own: OwnIds, gatewayUtcMs: number): OverModel | undefined {
  const [last] = group.lastOvers;
  if (last === undefined || !own.has(last.talker.partyId)) return undefined;
  return gatewayUtcMs - last.startUtcMs - last.durationMs < reportedMs ? last : undefined;
}

/** What an over lost on each side that is still there, those without loss left out. */
export function lossesOf(
  group: GroupModel,
  over: OverModel,
): readonly { readonly leg: LegModel; readonly ms: number }[] {
  return group.legs.flatMap((leg) => {
    const ms = over.lostMs[leg.id] ?? 0;
    return ms > 0 ? [{ leg, ms }] : [];
  });
}
