/** Where legs are, as whoever looks is told: carriers, second ways, legs without a channel, and what more legs would take. Pure. */
import type { CapacityNeed, CapacityPreview } from '../base/status-report.ts';
import type { LegId } from '../voice/contract.ts';
import { stepPlacement } from './leg-placement.ts';
import {
  channelsLeft,
  type LegNeed,
  type PlacementState,
  quietGroup,
  type Seat,
  type WayHealth,
} from './placement-terms.ts';

/** The attachment that carries a leg. */
export function carrierOf(state: PlacementState, leg: LegId): string | undefined {
  return state.seats.get(leg)?.on;
}

/** Whether a leg is within an over, or still plays one out, or its group talks, or is in emergency. */
export function isNeeded({ seats, groups }: PlacementState, leg: LegId, nowMs: number): boolean {
  const seat = seats.get(leg);
  if (seat === undefined) return false;
  const { taken, emergencyUntilMs } = groups.get(seat.need.group) ?? quietGroup;
  return seat.active || taken || emergencyUntilMs > nowMs;
}

/** Legs that have no channel. */
export function shedLegs(state: PlacementState): readonly LegId[] {
  return [...state.seats.values()].filter(({ shed }) => shed).map(({ need }) => need.leg);
}

/** What would become of the channels if these legs were wanted too, once overs under way have ended. */
export function previewPlacement(state: PlacementState, needs: readonly LegNeed[], nowMs: number): CapacityPreview {
  const added = needs.filter(({ leg }) => !state.seats.has(leg));
  let after: PlacementState = {
    ...state,
    seats: new Map([...state.seats].map(([leg, seat]) => [leg, { ...seat, active: false }])),
    groups: new Map([...state.groups].map(([group, each]) => [group, { ...each, taken: false }])),
  };
  for (const need of added) after = stepPlacement(after, { name: 'wanted', need }, nowMs).state;
  const before = new Set(shedLegs(state));
  const wanted = new Set(added.map(({ leg }) => leg));
  const shed = shedLegs(after).filter((leg) => !before.has(leg));
  const networks = [...Map.groupBy(added, ({ network }) => network)].map(([network, legs]): CapacityNeed => {
    const ways = [...state.ways.values()].filter(({ way, health }) => way.network === network && health !== 'down');
    const free = ways.reduce((sum, { way }) => sum + Math.max(0, channelsLeft(state, way)), 0);
    const channels = ways.reduce((sum, { way }) => sum + way.channels, 0);
    return { network, needed: legs.length, free, channels };
  });
  return {
    networks,
    short: shed.filter((leg) => wanted.has(leg)),
    displaced: shed.filter((leg) => !wanted.has(leg)),
  };
}

/** Networks with a leg on an attachment although a better ranked one would have room, were it well. */
export function networksOnSecondWay(state: PlacementState): ReadonlySet<string> {
  return new Set([...state.seats.values()].filter((seat) => isSecond(state, seat)).map(({ need }) => need.network));
}

/** Whether a leg is carried, but not by the attachment that it should be on. */
export function isOnSecondWay(state: PlacementState, leg: LegId): boolean {
  const seat = state.seats.get(leg);
  return seat !== undefined && isSecond(state, seat);
}

/** A better attachment that merely has no channel left for it is no fault. */
function isSecond(state: PlacementState, { on, ways }: Seat): boolean {
  const carrier = on === undefined ? undefined : state.ways.get(on);
  if (carrier === undefined || carrier.health === 'down') return false;
  return ways
    .map((id) => state.ways.get(id)!)
    .some(({ way, health }) => way.rank < carrier.way.rank && (health === 'down' || channelsLeft(state, way) > 0));
}

export interface WayView {
  readonly health: WayHealth;
  /** When its health became what it is; -Infinity before it was ever known. */
  readonly sinceMs: number;
  readonly carried: number;
  readonly onTrial: number;
  /** When legs that are elsewhere begin to return to it; absent when none will. */
  readonly returnsAtMs?: number;
}

/** How one attachment stands, for the status page; undefined for one that is not enabled. */
export function wayView(state: PlacementState, attachment: string, nowMs: number): WayView | undefined {
  const known = state.ways.get(attachment);
  if (known === undefined) return undefined;
  const { way, health, sinceMs } = known;
  const seats = [...state.seats.values()];
  const isAwaited = seats.some(({ on, ways }) => {
    const carrier = on === undefined ? undefined : state.ways.get(on);
    return carrier !== undefined && ways.includes(attachment) && way.rank < carrier.way.rank;
  });
  const returnsAtMs = sinceMs + state.rules.returnAfterMs;
  return {
    health,
    sinceMs,
    carried: seats.filter(({ on }) => on === attachment).length,
    onTrial: seats.filter(({ trial }) => trial?.on === attachment).length,
    ...(health === 'up' && isAwaited && returnsAtMs > nowMs && { returnsAtMs }),
  };
}

/** The attachment that brings a leg up beside the one that carries it. */
export function trialOf(state: PlacementState, leg: LegId): string | undefined {
  return state.seats.get(leg)?.trial?.on;
}
