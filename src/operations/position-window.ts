/**
 * Who may see where a unit is (rule R5, A-17): its own country always, everybody else only while its group is in an open
 * link that shares positions, and only what it said within that time. Also the last place of every unit, bounded. Pure.
 *
 *   link opens, talkgroup joins ──▶ window of that leg ──▶ what arrives on it reaches the other countries
 *   link closes, talkgroup leaves ──▶ window shut: what they were shown is withdrawn
 *
 * Somebody of several countries (a joint centre) sees as the other country does.
 */
import type { GroupId } from './terms.ts';

type LegId = string;

/** What is asked of anything that tells a place: whose it is, over which leg it came, and when (monotonic, ms). */
export interface Sighting {
  readonly country: string;
  readonly leg: LegId;
  readonly atMs: number;
}

/** The last place of a unit, as `Shown` to those who may see it. */
export interface UnitPosition<Shown> extends Sighting {
  /** Network and address. */
  readonly unit: string;
  readonly shown: Shown;
}

export interface Viewer {
  /** Of his control room; several for a joint centre. */
  readonly countries: readonly string[];
}

export interface PositionState<Shown> {
  /** By unit, that which was heard longest ago first. */
  readonly units: ReadonlyMap<string, UnitPosition<Shown>>;
  /** Legs whose positions are shared, and since when (monotonic, ms). */
  readonly windows: ReadonlyMap<LegId, number>;
}

export const initialPositions: PositionState<never> = { units: new Map(), windows: new Map() };

export const unitsMax = 1000;
/** A place of so long ago says nothing any more. */
export const forgetAfterMs = 3_600_000;

const sharingUses: readonly string[] = ['pursuit', 'alert-plan', 'joint-patrol', 'crisis'];

/** Whether a shared group shares positions: as configured, else by what it is for, or that its radios are told them. */
export function sharesPositions(group: {
  readonly use: string;
  readonly passes: readonly string[];
  readonly sharePositions?: boolean | undefined;
}): boolean {
  return group.sharePositions ?? (sharingUses.includes(group.use) || group.passes.includes('position'));
}

/** A unit said where it is. */
export function sight<Shown>(state: PositionState<Shown>, position: UnitPosition<Shown>): PositionState<Shown> {
  const units = new Map(state.units);
  units.delete(position.unit);
  units.set(position.unit, position);
  for (const [unit, { atMs }] of units) {
    if (units.size <= unitsMax && position.atMs - atMs <= forgetAfterMs) break;
    units.delete(unit);
  }
  return { ...state, units };
}

/** These legs of a group share positions from now on, and no others of it; those that did before go on. */
export function share<Shown>(
  state: PositionState<Shown>,
  group: GroupId,
  legs: readonly LegId[],
  nowMs: number,
): PositionState<Shown> {
  const windows = new Map([...state.windows].filter(([leg]) => !leg.startsWith(`${group}/`) || legs.includes(leg)));
  for (const leg of legs) if (!windows.has(leg)) windows.set(leg, nowMs);
  return { ...state, windows };
}

/** Whether somebody may see what tells a place. */
export function maySee<Shown>(
  { windows }: PositionState<Shown>,
  { country, leg, atMs }: Sighting,
  { countries }: Viewer,
): boolean {
  const isOwn = country !== '' && countries.length > 0 && countries.every((each) => each === country);
  return isOwn || atMs >= (windows.get(leg) ?? Infinity);
}

/** The units that somebody sees, with their last place. */
export function seenBy<Shown>(
  state: PositionState<Shown>,
  viewer: Viewer,
  nowMs: number,
): readonly UnitPosition<Shown>[] {
  return [...state.units.values()].filter(
    (position) => nowMs - position.atMs <= forgetAfterMs && maySee(state, position, viewer),
  );
}

/** Of these units, those that somebody saw before and sees no longer. */
export function lostTo<Shown>(
  before: PositionState<Shown>,
  after: PositionState<Shown>,
  viewer: Viewer,
  units: Iterable<string>,
): readonly string[] {
  const sees = (state: PositionState<Shown>, unit: string): boolean => {
    const position = state.units.get(unit);
    return position !== undefined && maySee(state, position, viewer);
  };
  return [...units].filter((unit) => sees(before, unit) && !sees(after, unit));
}
