/**
 * Which attachment carries each leg: the best ranked that works, another when it is lost, back when it is well again.
 * Pure.
 *
 *   leg on A ── A dead ───────────────────────────────▶ on the next rank at once, even within an over
 *            ── A lives, the leg is not up for a while, or
 *               rises and falls for as long ▶ on the next rank; A is not asked for this leg for a while
 *   leg on B ── A up and stable ─ trial on A beside B ─ up, and between overs ─▶ on A, and B lets go
 *            ── a stronger leg has no channel ─ between overs, at once in an emergency or
 *               from an exercise ──────────────▶ without one: shed
 *
 * Who keeps a channel when they are short: groups in emergency, then the group's priority (which is how rule R7 ranks
 * them), then whoever has it, then whoever is talked on or was last, then the order of the configuration. A leg that is pinned has
 * but one way. A leg that finds no channel stays with its dead attachment, and is placed as soon as one is free. A return
 * that does not last doubles the wait before the next, so that an attachment that flaps is left alone more and more.
 *
 * Driven by: gateway/leg-mover.ts, which performs the moves.
 */
import type { GroupId, LegId } from '../voice/contract.ts';
import {
  channelsLeft,
  exercisePriority,
  type GroupState,
  type LegNeed,
  type Move,
  type MoveReason,
  type PlacementEvent,
  type PlacementRules,
  type PlacementState,
  type PlacementStep,
  quietGroup,
  type Seat,
  type Way,
  type WayHealth,
  type WayState,
} from './placement-terms.ts';

/** A trial that is not up after so long is given up: longer than a far end may ring. */
const trialPatienceMs = 20_000;
/** Returns go side by side, but not all at once: far ends set calls up one by one. */
const trialsMax = 8;
/** A leg that has been up for so long is well: one that falls sooner, again and again, is as good as not up. */
const wellAfterMs = 10_000;
/** A return lasts if the leg stays for so many times the wait before it; one that does not doubles the next wait. */
const returnLasts = 5;
const doublingsMax = 4;
/** A group counts as in emergency for so long after the last emergency talk. */
const emergencyHoldMs = 60_000;

export function startPlacement(rules: PlacementRules, ways: readonly Way[], legs: readonly LegNeed[]): PlacementState {
  const ranked = ways
    .map((way, order) => ({ way, order }))
    .sort((a, b) => a.way.rank - b.way.rank || a.order - b.order);
  const inRank = ranked.map(({ way }) => way);
  const seats = legs.map((need, order): [LegId, Seat] => [need.leg, newSeat(need, order, inRank, -Infinity)]);
  const unknown = { health: 'unknown', sinceMs: -Infinity } as const;
  return {
    rules,
    ways: new Map(ranked.map(({ way, order }) => [way.attachment, { way, order, ...unknown }])),
    seats: new Map(seats),
    groups: new Map(),
  };
}

function newSeat(need: LegNeed, order: number, ranked: readonly Way[], sinceMs: number): Seat {
  const fits = ({ attachment, network }: Way) =>
    need.pinned === undefined ? network === need.network : attachment === need.pinned;
  return {
    need,
    order,
    ways: ranked.filter(fits).map(({ attachment }) => attachment),
    on: undefined,
    up: false,
    sinceMs,
    illSinceMs: sinceMs,
    fell: false,
    returnedMs: undefined,
    active: false,
    trial: undefined,
    barred: {},
    relapses: {},
    shed: false,
  };
}

/** Feeds one event. Total: of legs, groups and attachments that it does not know nothing is taken. */
export function stepPlacement(state: PlacementState, event: PlacementEvent, nowMs: number): PlacementStep {
  const plan = new Plan(state, nowMs);
  plan.take(event);
  plan.settle();
  return { state: plan.state, moves: plan.moves };
}

/** When the caller owes a `tick`; Infinity when nothing is pending. Always after `nowMs`. */
export function placementDeadlineMs({ rules, ways, seats, groups }: PlacementState, nowMs: number): number {
  let atMs = Infinity;
  const consider = (instantMs: number): void => {
    if (instantMs > nowMs) atMs = Math.min(atMs, instantMs);
  };
  for (const { health, sinceMs } of ways.values()) if (health === 'up') consider(sinceMs + rules.returnAfterMs);
  for (const { up, illSinceMs, trial, barred } of seats.values()) {
    if (!up) consider(illSinceMs + rules.legPatienceMs);
    if (trial !== undefined && !trial.up) consider(trial.sinceMs + trialPatienceMs);
    for (const untilMs of Object.values(barred)) consider(untilMs);
  }
  for (const { emergencyUntilMs } of groups.values()) consider(emergencyUntilMs);
  return atMs;
}

/** One step under way: what has been decided of it, and the moves that it takes. */
class Plan {
  readonly moves: Move[] = [];
  readonly #rules: PlacementRules;
  readonly #nowMs: number;
  readonly #ways: Map<string, WayState>;
  readonly #seats: Map<LegId, Seat>;
  readonly #groups: Map<GroupId, GroupState>;

  constructor({ rules, ways, seats, groups }: PlacementState, nowMs: number) {
    this.#rules = rules;
    this.#nowMs = nowMs;
    this.#ways = new Map(ways);
    this.#seats = new Map(seats);
    this.#groups = new Map(groups);
  }

  get state(): PlacementState {
    return { rules: this.#rules, ways: this.#ways, seats: this.#seats, groups: this.#groups };
  }

  take(event: PlacementEvent): void {
    switch (event.name) {
      case 'start':
      case 'tick':
        return;
      case 'wanted':
        this.#takeWish(event.need);
        return;
      case 'priority': {
        const seat = this.#seats.get(event.leg);
        if (seat !== undefined) this.#put({ ...seat, need: { ...seat.need, priority: event.priority } });
        return;
      }
      case 'unwanted':
        this.#letGo(event.leg);
        return;
      case 'attachment':
        this.#takeHealth(event.attachment, event.health);
        return;
      case 'leg':
        this.#takeLeg(event.leg, event.attachment, event.up);
        return;
      case 'talk': {
        const seat = this.#seats.get(event.leg);
        if (seat !== undefined && seat.active !== event.active) this.#put({ ...seat, active: event.active });
        return;
      }
      case 'floor':
        this.#takeFloor(event.group, event.taken, event.emergency);
        return;
    }
  }

  /** Carries out all that is due; what then stands is stable until the next event or deadline. */
  settle(): void {
    if ([...this.#seats.values()].every((seat) => this.#isSettled(seat))) return;
    for (const { need } of this.#inOrder()) this.#endTrial(need.leg);
    // A leg that goes elsewhere may leave a channel for one that was passed over.
    for (let before = -1; before < this.moves.length; ) {
      before = this.moves.length;
      for (const { need } of this.#inOrder()) this.#place(need.leg);
    }
    for (const { need } of this.#inOrder()) this.#beginReturn(need.leg);
  }

  /** On the best way that there is, and well: the rule, so that most events cost little. */
  #isSettled(seat: Seat): boolean {
    const { on, ways, trial, shed } = seat;
    return (
      on !== undefined &&
      on === ways[0] &&
      trial === undefined &&
      !shed &&
      this.#health(on) !== 'down' &&
      !this.#fails(seat)
    );
  }

  #takeWish(need: LegNeed): void {
    if (this.#seats.has(need.leg)) return;
    const order = 1 + Math.max(-1, ...[...this.#seats.values()].map((seat) => seat.order));
    const ranked = [...this.#ways.values()].map(({ way }) => way); // in which order they were put in at the start
    this.#seats.set(need.leg, newSeat(need, order, ranked, this.#nowMs));
  }

  #letGo(leg: LegId): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined) return;
    this.#giveUp(seat, {});
    if (seat.on !== undefined) this.moves.push({ name: 'end', leg, from: seat.on });
    this.#seats.delete(leg);
  }

  #takeHealth(attachment: string, health: WayHealth): void {
    const known = this.#ways.get(attachment);
    if (known === undefined || known.health === health) return;
    this.#ways.set(attachment, { ...known, health, sinceMs: this.#nowMs });
  }

  #takeLeg(leg: LegId, attachment: string, up: boolean): void {
    const seat = this.#seats.get(leg);
    if (seat === undefined) return;
    if (seat.on === attachment && seat.up !== up) {
      const wasWell = !seat.fell || this.#nowMs >= seat.sinceMs + wellAfterMs;
      const fall = seat.up && { fell: true, ...(wasWell && { illSinceMs: this.#nowMs }) };
      this.#put({ ...seat, up, sinceMs: this.#nowMs, ...fall });
    }
    if (seat.trial?.on === attachment && seat.trial.up !== up)
      this.#put({ ...seat, trial: { on: attachment, up, sinceMs: this.#nowMs } });
  }

  #takeFloor(group: GroupId, taken: boolean, emergency: boolean): void {
    const { emergencyUntilMs, taken: wasTaken, talkedMs: before } = this.#groups.get(group) ?? quietGroup;
    const talkedMs = taken || wasTaken ? this.#nowMs : before;
    const ended = emergencyUntilMs === Infinity ? this.#nowMs + emergencyHoldMs : emergencyUntilMs;
    this.#groups.set(group, { taken, talkedMs, emergencyUntilMs: emergency ? Infinity : ended });
  }

  // ── A leg whose attachment is lost, or that has none ─────────────────────────────────────────────────────────────

  #place(leg: LegId): void {
    const seat = this.#seats.get(leg)!;
    const { on } = seat;
    const lost = on === undefined || this.#health(on) === 'down';
    if (!lost && !this.#fails(seat)) {
      if (seat.shed) this.#put({ ...seat, shed: false });
      return;
    }
    const others = this.#others(seat, lost);
    const free = others.find((id) => this.#left(id) > 0) ?? others.find((id) => this.#clearFor(seat, id));
    if (free !== undefined) {
      this.#carry(seat, free, on === undefined ? 'placed' : lost ? 'lost' : 'not-up');
      return;
    }
    // Without another that lives it waits for its own: that is no want of channels.
    const shed = lost && (on === undefined || others.length > 0);
    if (shed && !seat.shed) this.moves.push({ name: 'shed', leg });
    if (shed !== seat.shed) this.#put({ ...seat, shed });
  }

  #carry(seat: Seat, to: string, why: MoveReason): void {
    const { on: from } = seat;
    const { leg } = seat.need;
    this.#put({ ...seat, ...this.#arriving(false), ...this.#leaving(seat, why === 'not-up'), on: to, shed: false });
    this.moves.push({ name: 'carry', leg, to, ...(from === undefined ? {} : { from }), why });
  }

  #arriving(up: boolean): Pick<Seat, 'up' | 'sinceMs' | 'illSinceMs' | 'fell' | 'returnedMs'> {
    return { up, sinceMs: this.#nowMs, illSinceMs: this.#nowMs, fell: false, returnedMs: undefined };
  }

  /** What is remembered of the attachment that it leaves: that failed it, or was lost soon after the leg's return. */
  #leaving(seat: Seat, failed: boolean): Pick<Seat, 'barred' | 'relapses'> {
    const { on, returnedMs } = seat;
    const { returnAfterMs } = this.#rules;
    if (on === undefined) return { barred: this.#bars(seat), relapses: seat.relapses };
    const relapsed = returnedMs !== undefined && this.#nowMs < returnedMs + returnLasts * returnAfterMs;
    const times = relapsed ? (seat.relapses[on] ?? 0) + 1 : 0;
    const untilMs = this.#nowMs + returnAfterMs * 2 ** Math.min(times, doublingsMax);
    return {
      barred: failed || relapsed ? { ...this.#bars(seat), [on]: untilMs } : this.#bars(seat),
      relapses: { ...seat.relapses, [on]: times },
    };
  }

  /** The attachments beside its own that live, the surest first; if it has lost its own, also those that failed it. */
  #others(seat: Seat, lost: boolean): readonly string[] {
    const living = seat.ways.filter((id) => id !== seat.on && this.#health(id) !== 'down');
    const good = living.filter((id) => !this.#isBarred(seat, id));
    const sure = (id: string): number => (this.#health(id) === 'up' ? 0 : 1);
    const ordered = [...good].sort((a, b) => sure(a) - sure(b));
    return lost ? [...ordered, ...living.filter((id) => !good.includes(id))] : ordered;
  }

  /** Takes a channel from a trial, or from the weakest leg there if that is weaker and may be disturbed. */
  #clearFor(seat: Seat, id: string): boolean {
    const there = this.#inOrder().reverse();
    const trial = there.find((other) => other.trial?.on === id);
    if (trial !== undefined) {
      this.#giveUp(trial, {});
      return true;
    }
    const isUrgent = this.#inEmergency(seat);
    const mayCut = (other: Seat): boolean => isUrgent || other.need.priority <= exercisePriority;
    const victim = there.find((other) => other.on === id && (mayCut(other) || !this.#isBusy(other)));
    if (victim === undefined || this.#claim(victim) >= this.#claim(seat)) return false;
    this.moves.push({ name: 'leave', leg: victim.need.leg, from: id });
    this.#giveUp(victim, {});
    this.#put({ ...this.#seats.get(victim.need.leg)!, ...this.#arriving(false), on: undefined });
    return true;
  }

  // ── The way back ─────────────────────────────────────────────────────────────────────────────────────────────────

  #beginReturn(leg: LegId): void {
    const seat = this.#seats.get(leg)!;
    const { on, trial } = seat;
    if (on === undefined || trial !== undefined || this.#isBusy(seat) || this.#health(on) === 'down') return;
    const { rank } = this.#ways.get(on)!.way;
    const better = seat.ways.find((id) => {
      const { way, health, sinceMs } = this.#ways.get(id)!;
      const isSteady = health === 'up' && this.#nowMs >= sinceMs + this.#rules.returnAfterMs;
      return way.rank < rank && isSteady && !this.#isBarred(seat, id) && this.#left(id) > 0;
    });
    if (better === undefined) return;
    if ([...this.#seats.values()].filter((other) => other.trial !== undefined).length >= trialsMax) return;
    this.#put({ ...seat, trial: { on: better, up: false, sinceMs: this.#nowMs }, barred: this.#bars(seat) });
    this.moves.push({ name: 'try', leg, on: better });
  }

  #endTrial(leg: LegId): void {
    const seat = this.#seats.get(leg)!;
    const { trial, on } = seat;
    if (trial === undefined || on === undefined) return;
    if (this.#health(trial.on) === 'down') this.#giveUp(seat, {});
    else if (this.#health(on) === 'down' || this.#fails(seat)) this.#turnTo(seat, trial, on, 'lost');
    else if (trial.up && !this.#isBusy(seat)) this.#turnTo(seat, trial, on, 'return');
    else if (!trial.up && this.#nowMs >= trial.sinceMs + trialPatienceMs)
      this.#giveUp(seat, { [trial.on]: this.#nowMs + this.#rules.returnAfterMs });
  }

  #turnTo(seat: Seat, trial: NonNullable<Seat['trial']>, from: string, why: 'lost' | 'return'): void {
    const returnedMs = why === 'return' ? this.#nowMs : undefined;
    const left = why === 'return' ? {} : this.#leaving(seat, false);
    this.#put({ ...seat, ...this.#arriving(trial.up), ...left, returnedMs, on: trial.on, trial: undefined });
    this.moves.push({ name: 'take', leg: seat.need.leg, to: trial.on, from, why });
  }

  #giveUp(seat: Seat, bar: Readonly<Record<string, number>>): void {
    if (seat.trial === undefined) return;
    this.moves.push({ name: 'giveUp', leg: seat.need.leg, on: seat.trial.on });
    this.#put({ ...seat, trial: undefined, barred: { ...this.#bars(seat), ...bar } });
  }

  // ── What the rules ask ───────────────────────────────────────────────────────────────────────────────────────────

  /** All legs, the strongest first. */
  #inOrder(): Seat[] {
    return [...this.#seats.values()].sort(
      (a, b) =>
        this.#claim(b) - this.#claim(a) ||
        Number(this.#isBusy(b)) - Number(this.#isBusy(a)) ||
        latestFirst(this.#talkedMs(a), this.#talkedMs(b)) ||
        a.order - b.order,
    );
  }

  #talkedMs({ need }: Seat): number {
    return (this.#groups.get(need.group) ?? quietGroup).talkedMs;
  }

  /** An emergency is above every priority; equals never displace each other. */
  #claim(seat: Seat): number {
    return (this.#inEmergency(seat) ? 100 : 0) + seat.need.priority;
  }

  #inEmergency({ need }: Seat): boolean {
    return (this.#groups.get(need.group) ?? quietGroup).emergencyUntilMs > this.#nowMs;
  }

  /** Within an over, or still playing one out. */
  #isBusy({ need, active }: Seat): boolean {
    return active || (this.#groups.get(need.group) ?? quietGroup).taken;
  }

  /** It has not come up in time, or not for long. */
  #fails({ up, illSinceMs }: Seat): boolean {
    return !up && this.#nowMs >= illSinceMs + this.#rules.legPatienceMs;
  }

  #isBarred({ barred }: Seat, id: string): boolean {
    return (barred[id] ?? -Infinity) > this.#nowMs;
  }

  #bars({ barred }: Seat): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(barred).filter(([, untilMs]) => untilMs > this.#nowMs));
  }

  #health(id: string): WayHealth {
    return this.#ways.get(id)?.health ?? 'down';
  }

  #left(id: string): number {
    const state = this.#ways.get(id);
    return state === undefined ? 0 : channelsLeft(this.state, state.way);
  }

  #put(seat: Seat): void {
    this.#seats.set(seat.need.leg, seat);
  }
}

/** Either may be -Infinity. */
function latestFirst(a: number, b: number): number {
  return a === b ? 0 : b > a ? 1 : -1;
}
