/** The floor of one group as it stands: the arbiter's state (floor.ts), kept from event to event and read by name. */
import {
  deadlineMs,
  type FloorAction,
  type FloorEvent,
  type FloorRules,
  type FloorState,
  type Grant,
  holderOf,
  idleFloor,
  type Member,
  overridingOf,
  step,
} from './floor.ts';
import type { Waiting } from './floor-queue.ts';
import type { PartyId } from './terms.ts';

export class RunningFloor {
  #state: FloorState;

  constructor(rules: FloorRules) {
    this.#state = idleFloor(rules);
  }

  /** What is to be done now; the floor stands as if it had been. */
  feed(event: FloorEvent, nowMs: number): readonly FloorAction[] {
    const { state, actions } = step(this.#state, event, nowMs);
    this.#state = state;
    return actions;
  }

  /**
   * Feeds what has fallen due. The lease runs from the last media, of which the arbiter is told only here, where it
   * matters; `mediaMs`: when a party's last arrived.
   */
  tick(nowMs: number, mediaMs: (party: PartyId) => number, feed: (event: FloorEvent) => void): void {
    if (this.dueMs > nowMs) return;
    for (const grant of [this.holder, this.overriding]) {
      if (grant !== undefined) feed({ name: 'media', party: grant.party, atMs: mediaMs(grant.party) });
    }
    if (this.dueMs <= nowMs) feed({ name: 'tick' });
  }

  /** When it wants a tick; Infinity: not before something happens. */
  get dueMs(): number {
    return deadlineMs(this.#state);
  }

  get holder(): Grant | undefined {
    return holderOf(this.#state);
  }

  get overriding(): Grant | undefined {
    return overridingOf(this.#state);
  }

  get queue(): readonly Waiting[] {
    return this.#state.queue;
  }

  waits(party: PartyId): boolean {
    return this.#state.queue.some((entry) => entry.party === party);
  }

  /** The holder's voice passes for its grace; somebody else takes the floor then. */
  get isRevoking(): boolean {
    return this.#state.name === 'revoking';
  }

  get rules(): FloorRules {
    return this.#state.rules;
  }

  get members(): ReadonlyMap<PartyId, Member> {
    return this.#state.members;
  }
}
