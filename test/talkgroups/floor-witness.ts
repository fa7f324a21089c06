/**
 * A floor on virtual time that is watched: after every step the invariants of the floor are checked, and the first one
 * broken throws. Used by the property tests and by bench/floor-simulation.ts.
 */
import {
  deadlineMs,
  type FloorAction,
  type FloorEvent,
  type FloorRules,
  type FloorState,
  holderOf,
  idleFloor,
  type Member,
  overridingOf,
  step,
} from '../../src/talkgroups/floor.ts';
import { outranks } from '../../src/talkgroups/floor-queue.ts';

export class FloorWitness {
  state: FloorState;
  nowMs = 0;
  /** Overs that have begun. */
  overs = 0;
  /** Requests that have been made. */
  requests = 0;
  readonly #rules: FloorRules;
  /** Who is heard, since when, as `begin` and `end` said. */
  readonly #heard = new Map<string, { sinceMs: number; emergency: boolean }>();
  /** Parties that were told to wait and have had no answer since. */
  readonly #waiting = new Set<string>();

  constructor(rules: FloorRules, members: readonly Member[]) {
    this.#rules = rules;
    this.state = idleFloor(rules);
    for (const member of members) this.#feed({ name: 'join', member });
  }

  /** Lets time pass, with every tick that falls due on the way. */
  passTo(atMs: number): void {
    for (let dueMs = deadlineMs(this.state); dueMs <= atMs; dueMs = deadlineMs(this.state)) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.#feed({ name: 'tick' });
      check(deadlineMs(this.state) > this.nowMs, 'a deadline is later than the tick that was fed for it');
    }
    this.nowMs = atMs;
  }

  event(event: FloorEvent): void {
    this.#feed(event);
  }

  /** Everybody falls silent: the floor must be idle, with nothing pending, after its longest timers. */
  allStop(): void {
    for (const party of this.state.members.keys()) this.#feed({ name: 'release', party });
    this.passTo(this.nowMs + this.#rules.talkLimitMs + this.#rules.queueTimeoutMs + 10_000);
    check(this.state.name === 'idle', 'the floor returns to idle when all stop');
    check(this.state.queue.length === 0, 'nobody waits when all have stopped');
    check(deadlineMs(this.state) === Infinity, 'nothing is pending when all have stopped');
    check(this.#heard.size === 0, 'nobody is heard when all have stopped');
    check(this.#waiting.size === 0, 'every queued request is answered');
  }

  #feed(event: FloorEvent): void {
    const before = this.state;
    const { state, actions } = step(before, event, this.nowMs);
    this.state = state;
    for (const action of actions) this.#witness(action, before);
    this.#checkState();
    if (event.name === 'request') {
      this.requests += 1;
      const answered = actions.some((action) => action.name === 'answer' && action.party === event.party);
      check(answered, 'every request is answered in the same step');
    }
  }

  #witness(action: FloorAction, before: FloorState): void {
    if (action.name === 'begin') {
      const { grant } = action;
      check(!this.#heard.has(grant.party), 'nobody is granted twice');
      this.#heard.set(grant.party, { sinceMs: this.nowMs, emergency: grant.emergency });
      this.overs += 1;
      for (const other of before.queue) {
        if (!this.state.queue.includes(other) || other.party === grant.party) continue;
        // Of a line that both sides speak on, nobody waits for the place of the other side.
        if (this.state.name === 'dual' && this.state.rules.override === 'duplex') continue;
        const waitedLonger = before.queue.find((entry) => entry.party === grant.party)?.arrival ?? Infinity;
        const same = !outranks(other, grant) && !outranks(grant, other);
        check(!outranks(other, grant), 'nobody passes a stronger claim');
        check(!same || other.arrival > waitedLonger, 'nobody passes an equal claim that came first');
      }
    }
    if (action.name === 'end') {
      const heard = this.#heard.get(action.grant.party);
      check(heard !== undefined, 'only an over that began can end');
      const lastedMs = this.nowMs - (heard?.sinceMs ?? 0);
      const limited = heard?.emergency === false && !action.grant.emergency;
      check(!limited || lastedMs <= this.#rules.talkLimitMs + 2000, 'every grant ends within its limit + 2 s');
      this.#heard.delete(action.grant.party);
    }
    if (action.name === 'answer') {
      if (action.answer.result === 'queued') this.#waiting.add(action.party);
      else this.#waiting.delete(action.party);
    }
  }

  #checkState(): void {
    const { state } = this;
    const holder = holderOf(state);
    const overriding = overridingOf(state);
    const talking = [holder, overriding].filter((grant) => grant !== undefined).map((grant) => grant.party);
    check(
      talking.length === this.#heard.size && talking.every((party) => this.#heard.has(party)),
      'heard is who holds',
    );
    check(talking.length < 2 || state.name === 'dual', 'never two holders');
    if (state.name === 'dual') {
      check(state.rules.override !== 'cut', 'two are heard only where the group mixes');
      const [above, below] = [state.overriding.party, state.holder.party].map(
        (party) => state.members.get(party)?.kind,
      );
      if (state.rules.override === 'mix') check(above !== 'leg', 'only a console overrides');
      else check(above !== below, 'one of either side');
    }
    if (state.name === 'taken') {
      check(!state.queue.some((entry) => outranks(entry, state.holder)), 'nobody waits for somebody weaker');
    }
    if (holder !== undefined && !holder.emergency && overriding?.emergency !== true) {
      check(!state.queue.some((entry) => entry.emergency), 'no emergency waits for anything but an emergency');
    }
    const parties = state.queue.map((entry) => entry.party);
    check(new Set(parties).size === parties.length, 'a party waits once');
    const ordinary = state.queue.filter((entry) => !entry.emergency).length;
    check(ordinary <= state.rules.queueLimit + 1, 'the queue is bounded');
  }
}

function check(holds: boolean, invariant: string): void {
  if (!holds) throw new Error(`broken: ${invariant}`);
}
