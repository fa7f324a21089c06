/** One step of bridging in the making: what it leaves of each group, and what is to be done. */
import type { Bridging, BridgingAction, BridgingAnnouncement, BridgingState } from './bridging-terms.ts';
import { isUnderWay } from './exercise.ts';
import type { GroupId, TalkgroupId } from './terms.ts';

/** One step in the making. */
export class Draft {
  readonly state: BridgingState;
  readonly nowMs: number;
  readonly touched = new Set<GroupId>();
  #bridgings: Map<GroupId, Bridging>;
  readonly #actions: BridgingAction[] = [];

  constructor(state: BridgingState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
    this.#bridgings = new Map(state.bridgings);
  }

  get bridgings(): ReadonlyMap<GroupId, Bridging> {
    return this.#bridgings;
  }

  put(bridging: Bridging): void {
    this.#bridgings.set(bridging.group, bridging);
    this.touched.add(bridging.group);
  }

  drop(group: GroupId): void {
    this.#bridgings.delete(group);
  }

  say(action: BridgingAction): void {
    this.#actions.push(action);
  }

  announce(announcement: BridgingAnnouncement, { group }: Bridging, talkgroups: readonly TalkgroupId[]): void {
    if (talkgroups.length > 0) this.say({ name: 'announce', announcement, group, talkgroups });
  }

  /** Everything to be done; consoles are told of each group that is not what it was. */
  finish(): readonly BridgingAction[] {
    const changed = [...this.touched].filter(
      (group) => !same(this.state.bridgings.get(group), this.#bridgings.get(group)),
    );
    const actions = this.#actions.map((action) => (action.name === 'record' ? this.#marked(action) : action));
    return [
      ...changed.flatMap((group) => this.#exerciseOf(group)),
      ...actions,
      ...changed.map((group) => ({ name: 'changed', group }) as const),
    ];
  }

  /** First of all: what is said of the group from now on is said with the word, or without it. */
  #exerciseOf(group: GroupId): readonly BridgingAction[] {
    const before = this.state.bridgings.get(group);
    const after = this.#bridgings.get(group);
    if (before === undefined || after === undefined) return [];
    const underWay = isUnderWay(after.exercise);
    return isUnderWay(before.exercise) === underWay ? [] : [{ name: 'exercise', group, underWay }];
  }

  #marked(record: Extract<BridgingAction, { name: 'record' }>): BridgingAction {
    const { exercise } = this.#bridgings.get(record.group) ?? this.state.bridgings.get(record.group) ?? {};
    return exercise === undefined ? record : { ...record, exercise: exercise.name };
  }
}

/** Alike in what consoles show. */
function same(before: Bridging | undefined, after: Bridging | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (before === after) return true;
  const keys = ['name', 'by', 'reason', 'endsMs', 'warned', 'quietAsked', 'scheduledMs'] as const;
  if (keys.some((key) => before[key] !== after[key]) || before.members.size !== after.members.size) return false;
  if (before.exercise?.name !== after.exercise?.name) return false;
  if (!isAlike(before.lacking, after.lacking)) return false;
  return [...after.members].every(([talkgroup, { consent, up, endsMs }]) => {
    const old = before.members.get(talkgroup);
    return old?.consent === consent && old.up === up && old.endsMs === endsMs;
  });
}

export function isAlike(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
