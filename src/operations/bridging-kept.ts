/**
 * What of bridging outlives the process, and what is asked of the rules to have it again. Times are kept of the wall
 * clock, to the second: what is kept does not change by itself. Pure.
 */
import { type Bridging, type BridgingEvent, type BridgingState, bridgingRules } from './bridging-terms.ts';
import type { ExerciseName } from './exercise.ts';
import type { ControlRoomId, GroupId, Person, TalkgroupId } from './terms.ts';

export interface KeptBridging {
  readonly group: GroupId;
  readonly by: Person;
  readonly reason: string;
  /** Null: a permanent group's. */
  readonly endsUtcMs: number | null;
  readonly exercise?: ExerciseName;
  readonly scheduledUtcMs?: number;
  /** An emergency is open on it: it does not end meanwhile. */
  readonly emergency?: true;
  readonly members: readonly KeptMember[];
  /** Its own talkgroups whose owners have taken them out. */
  readonly withdrawn?: readonly { readonly talkgroup: TalkgroupId; readonly by: Person }[];
}

interface KeptMember {
  readonly talkgroup: TalkgroupId;
  readonly reason: string;
  /** Null: with the group. */
  readonly endsUtcMs: number | null;
  /** Absent: whoever opened the group. */
  readonly by?: Person;
  /** The control room whose consent it has. */
  readonly consentGivenBy?: ControlRoomId;
}

/** An instant on both clocks, ms. */
export interface BothClocks {
  readonly nowMs: number;
  readonly utcMs: number;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'request'> : never;
/** Requests get their numbers from whoever asks. */
type Reopening = Unnumbered<
  Extract<BridgingEvent, { name: 'open' | 'add' | 'consent' | 'schedule' | 'suspendExercise' }>
>;

/** On the wall clock, to the second. */
export function utcOf(atMs: number, { nowMs, utcMs }: BothClocks): number {
  return 1000 * Math.round((utcMs + (atMs - nowMs)) / 1000);
}

/** Those of persons; a permanent group is the configuration's, what was added to it or taken out of it is not. */
export function keptOf(state: BridgingState, now: BothClocks): KeptBridging[] {
  const bridgings = holdersFirst(state).filter(({ name }) => name !== 'closing');
  return bridgings.flatMap((bridging) => keptOfOne(state, bridging, now) ?? []);
}

/** A group that lacks a talkgroup comes after the one that has it: opened again before, it would take it. */
function holdersFirst({ bridgings }: BridgingState): Bridging[] {
  const ordered: Bridging[] = [];
  const met = new Set<GroupId>();
  const visit = (bridging: Bridging | undefined): void => {
    if (bridging === undefined || met.has(bridging.group)) return;
    met.add(bridging.group);
    for (const holder of bridging.lacking.values()) visit(bridgings.get(holder));
    ordered.push(bridging);
  };
  for (const bridging of bridgings.values()) visit(bridging);
  return ordered;
}

function keptOfOne({ fleet }: BridgingState, bridging: Bridging, now: BothClocks): KeptBridging | undefined {
  const { group, by, reason, endsMs, scheduledMs, emergency, members, withdrawn, exercise } = bridging;
  const added = [...members.values()].filter(({ own }) => !own);
  if (endsMs === Infinity && added.length === 0 && withdrawn.size === 0) return undefined;
  const endOf = (atMs: number): number | null => (atMs === Infinity ? null : utcOf(atMs, now));
  return {
    group,
    by: endsMs === Infinity ? (added[0]?.by ?? by) : by,
    reason,
    endsUtcMs: endOf(endsMs),
    ...(exercise === undefined ? {} : { exercise: exercise.name }),
    ...(scheduledMs === undefined ? {} : { scheduledUtcMs: utcOf(scheduledMs, now) }),
    ...(emergency && { emergency }),
    members: added.map((member) => {
      const owner = fleet.talkgroups.get(member.talkgroup)?.consentOf;
      return {
        talkgroup: member.talkgroup,
        reason: member.reason,
        endsUtcMs: endOf(member.endsMs),
        by: member.by,
        ...(member.consent === 'given' && owner !== undefined && { consentGivenBy: owner }),
      };
    }),
    ...(withdrawn.size > 0 && { withdrawn: [...withdrawn].map(([talkgroup, who]) => ({ talkgroup, by: who })) }),
  };
}

/**
 * What opens them again. What ended meanwhile does not come back, unless an emergency is open on its group, which holds
 * it once that is taken up again. Exercises are opened first and as such, so that what is real takes its talkgroups from
 * them as it had; those that were suspended are so again, and then have what they had as real ones. `gateway`: the id of
 * the person in whose name the configuration acts.
 */
export function reopening(kept: readonly KeptBridging[], gateway: string, now: BothClocks): Reopening[] {
  const alive = kept.filter(({ endsUtcMs, emergency }) => endsUtcMs === null || leftMs(endsUtcMs, emergency, now) > 0);
  const of = (name: ExerciseName | undefined) => alive.filter(({ exercise }) => exercise === name);
  const [real, underWay, suspended] = [of(undefined), of('under-way'), of('suspended')];
  return [
    ...[...underWay, ...suspended].flatMap((each) => openings(each, gateway, now)),
    ...underWay.flatMap((each) => additions(each, now)),
    ...real.flatMap((each) => [...openings(each, gateway, now), ...additions(each, now)]),
    ...suspended.map(({ group, by: person }) => ({ name: 'suspendExercise', group, person }) as const),
    ...suspended.flatMap((each) => additions(each, now)),
  ];
}

/** The group with its own talkgroups, but for those that were taken out of it. */
function openings(kept: KeptBridging, gateway: string, now: BothClocks): Reopening[] {
  const { group, by, reason, endsUtcMs, scheduledUtcMs, exercise, emergency, withdrawn = [] } = kept;
  const events: Reopening[] = [];
  if (endsUtcMs !== null && by.person !== gateway) {
    const mode = exercise === undefined ? {} : ({ exercise: 'under-way' } as const);
    const durationMs = durationOf(endsUtcMs, emergency, now);
    events.push({ name: 'open', person: by, group, reason, durationMs, ...mode });
  }
  if (endsUtcMs !== null && scheduledUtcMs !== undefined) {
    const scheduledMs = now.nowMs + scheduledUtcMs - now.utcMs;
    const endsMs = now.nowMs + leftMs(endsUtcMs, emergency, now);
    events.push({ name: 'schedule', group, reason, scheduledMs, endsMs });
  }
  for (const { talkgroup, by: person } of withdrawn) {
    events.push({ name: 'consent', person, group, talkgroup, given: false });
  }
  return events;
}

function additions({ group, by, emergency, members }: KeptBridging, now: BothClocks): Reopening[] {
  return members.flatMap(({ talkgroup, endsUtcMs, by: person = by, consentGivenBy, reason }) => {
    if (endsUtcMs !== null && leftMs(endsUtcMs, emergency, now) <= 0) return [];
    const ending = endsUtcMs === null ? {} : { durationMs: durationOf(endsUtcMs, emergency, now) };
    const consent = consentGivenBy === undefined ? {} : { consentGivenBy };
    return [{ name: 'add', person, group, talkgroup, reason, ...ending, ...consent } as const];
  });
}

function leftMs(endUtcMs: number, emergency: true | undefined, { utcMs }: BothClocks): number {
  return Math.max(endUtcMs - utcMs, emergency === true ? bridgingRules.warnBeforeMs : 0);
}

/** A wall clock that was set back meanwhile would make it longer than a person may have it. */
function durationOf(endUtcMs: number, emergency: true | undefined, now: BothClocks): number {
  return Math.min(leftMs(endUtcMs, emergency, now), bridgingRules.durationMaxMs);
}
