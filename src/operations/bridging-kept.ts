/**
 * What of bridging outlives the process, and what is asked of the rules to have it again. Times are kept of the wall
 * clock, to the second: what is kept does not change by itself. Pure.
 */
import {
  type Bridging,
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Withdrawn,
} from './bridging-terms.ts';
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
  readonly withdrawn?: readonly Withdrawn[];
  /** Its own talkgroups that it has no more, but for those: what is real has taken them from an exercise. */
  readonly without?: readonly TalkgroupId[];
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
  const { group, by, reason, endsMs, scheduledMs, emergency, members, withdrawn, lacking, exercise } = bridging;
  const added = [...members.values()].filter(({ own }) => !own);
  if (endsMs === Infinity && added.length === 0 && withdrawn.size === 0) return undefined;
  const without = (fleet.groups.get(group)?.legs ?? []).filter((own) => {
    return !members.has(own) && !withdrawn.has(own) && !lacking.has(own);
  });
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
    ...(without.length > 0 && { without }),
  };
}

/**
 * What opens them again, each with what it had and nothing else, so that none takes anything from another. What ended
 * meanwhile does not come back, unless an emergency is open on its group, which holds it once that is taken up again.
 * `gateway`: the id of the person in whose name the configuration acts.
 */
export function reopening(kept: readonly KeptBridging[], gateway: string, now: BothClocks): Reopening[] {
  const alive = kept.filter(({ endsUtcMs, emergency }) => endsUtcMs === null || leftMs(endsUtcMs, emergency, now) > 0);
  return [
    // Permanent groups stand already: what their owners took out of them is free before others have it.
    ...alive.flatMap((each) => (each.endsUtcMs === null ? withdrawals(each) : [])),
    ...alive.flatMap((each) => [...openings(each, gateway, now), ...additions(each, now)]),
  ];
}

function withdrawals({ group, withdrawn = [] }: KeptBridging): Reopening[] {
  return withdrawn.map(({ talkgroup, by }) => ({ name: 'consent', person: by, group, talkgroup, given: false }));
}

function openings(kept: KeptBridging, gateway: string, now: BothClocks): Reopening[] {
  const { group, by, reason, endsUtcMs, scheduledUtcMs, exercise, emergency, withdrawn = [], without = [] } = kept;
  if (endsUtcMs === null) return [];
  const events: Reopening[] = [];
  const had = { group, reason, withdrawn, without };
  if (by.person !== gateway) {
    const mode = exercise === undefined ? {} : ({ exercise: 'under-way' } as const);
    events.push({ name: 'open', person: by, durationMs: durationOf(endsUtcMs, emergency, now), ...mode, ...had });
  }
  if (scheduledUtcMs !== undefined) {
    const scheduledMs = now.nowMs + scheduledUtcMs - now.utcMs;
    const endsMs = now.nowMs + leftMs(endsUtcMs, emergency, now);
    events.push({ name: 'schedule', scheduledMs, endsMs, ...had });
  }
  if (exercise === 'suspended') events.push({ name: 'suspendExercise', group, person: by });
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
