/**
 * Floor arbiter: decides who may talk on one shared group. Pure: no clock, socket or logger.
 *
 *            request                     stronger request, talk limit
 *   idle ───────────────▶ taken ───────────────────────────────────▶ revoking
 *    ▲                    │  ▲ ▲                                         │
 *    │ release, silence   │  │ └── release, silence, grace spent: next ──┘
 *    └─ nobody waits ─────┘  │
 *                            └─▶ dual: a console talks beside a radio (override `mix`); the end of either leads back
 *
 * An emergency takes the floor from anything but another emergency, at once and without grace. The floor is a lease:
 * it ends when the holder's media stop arriving. A party that cannot be told (a radio behind a line without floor
 * signalling) is expected to go on sending: what it sends is not passed on; if it may queue, its wish stands until it
 * stops, and after a talk limit it must stop once before it is heard again.
 *
 * Standard: 3GPP TS 24.380 §6.3.4, §6.3.5, §6.3.6; where we differ: docs/standards.md#floor.
 * Driven by: talkgroups/shared-group.ts, which performs the actions.
 */
import { type Claim, dequeue, emergencyPriority, enqueue, outranks, positionOf, type Waiting } from './floor-queue.ts';
import type { DenyCause, FloorAnswer, OverEnd, PartyId, RevokeCause } from './terms.ts';

/** Times in ms. */
export interface FloorRules {
  /** Longest over (T2); an emergency has no limit. */
  readonly talkLimitMs: number;
  /** Age of an over at which its talker is warned. */
  readonly talkWarnMs: number;
  /** How long the holder's media may stay away (T1). */
  readonly leaseMs: number;
  /** How long a revoked holder is still heard (T3); at most 2000, so that no grant outlives its limit by more. */
  readonly graceMs: number;
  readonly queueLimit: number;
  /** A claim that can be told so is denied after waiting so long. */
  readonly queueTimeoutMs: number;
  /** After a talk limit, how long the same party is refused (T9); 0: not at all. */
  readonly retryAfterMs: number;
  readonly override: 'cut' | 'mix' | 'duplex';
}

export interface Member {
  readonly party: PartyId;
  readonly kind: 'leg' | 'console' | 'announcement';
  readonly priorityMax: number;
  readonly mayTalk: boolean;
  /** What it says is ours, come back: as if it might not talk. */
  readonly returns?: boolean;
  readonly mayQueue: boolean;
  /** False for a leg without floor signalling: its talker hears no answer and goes on. */
  readonly canBeTold: boolean;
}

export interface Grant extends Claim {
  readonly sinceMs: number;
  /** When its media last arrived, as far as the arbiter has been told. */
  readonly mediaMs: number;
  readonly warned: boolean;
}

interface Standing extends Member {
  /** Revoked for its talk limit and not silent since. */
  readonly mustStop: boolean;
  readonly barredUntilMs: number;
}

interface Common {
  readonly rules: FloorRules;
  readonly members: ReadonlyMap<PartyId, Standing>;
  readonly queue: readonly Waiting[];
  /** Claims that have been queued so far. */
  readonly arrivals: number;
}

type Idle = Common & { readonly name: 'idle' };
type Taken = Common & { readonly name: 'taken'; readonly holder: Grant };
type Dual = Common & { readonly name: 'dual'; readonly holder: Grant; readonly overriding: Grant };
type Revoking = Common & {
  readonly name: 'revoking';
  readonly holder: Grant;
  readonly cause: RevokeCause;
  readonly graceEndMs: number;
};
export type FloorState = Idle | Taken | Dual | Revoking;

export type FloorEvent =
  | { readonly name: 'join'; readonly member: Member }
  | { readonly name: 'leave'; readonly party: PartyId }
  | {
      readonly name: 'request';
      readonly party: PartyId;
      readonly priority: number;
      readonly emergency: boolean;
      readonly requestId?: number;
      /** Takes the floor from nobody: waits for the end of the over, whoever talks. */
      readonly patient?: boolean;
    }
  | { readonly name: 'release'; readonly party: PartyId }
  /** A person takes the talker off the floor, until it has stopped once. Nobody in distress, and not the gateway itself. */
  | { readonly name: 'remove'; readonly party: PartyId }
  /** The party's media arrived at `atMs`. Needed only before a `tick`: nothing else depends on it. */
  | { readonly name: 'media'; readonly party: PartyId; readonly atMs: number }
  | { readonly name: 'rules'; readonly rules: FloorRules }
  | { readonly name: 'tick' };

export type FloorAction =
  | { readonly name: 'answer'; readonly party: PartyId; readonly requestId?: number; readonly answer: FloorAnswer }
  /** From here on the party is heard. */
  | { readonly name: 'begin'; readonly grant: Grant }
  /** From here on it is not. */
  | { readonly name: 'end'; readonly grant: Grant; readonly end: OverEnd }
  /** Holder or queue changed: tell everybody. */
  | { readonly name: 'announce' };

export interface FloorStep {
  readonly state: FloorState;
  readonly actions: readonly FloorAction[];
}

type EventOf<E extends FloorEvent['name']> = Extract<FloorEvent, { name: E }>;
type StateOf<S extends FloorState['name']> = Extract<FloorState, { name: S }>;
type On<S extends FloorState['name'], E extends FloorEvent['name']> = (
  state: StateOf<S>,
  event: EventOf<E>,
  nowMs: number,
  actions: FloorAction[],
) => FloorState;
type Table = { readonly [S in FloorState['name']]: { readonly [E in FloorEvent['name']]: On<S, E> } };

// biome-ignore format: one row a state
const transitions: Table = { // a missing cell does not compile
  //          request                     release             media           leave             tick
  idle:     { request: grantIfAdmitted,   release: stay,      media: ignore,  leave: goAway,    tick: expire, join, rules, remove },
  taken:    { request: contest,           release: letGo,     media: renew,   leave: goAway,    tick: expire, join, rules, remove },
  dual:     { request: contestDual,       release: letGo,     media: renew,   leave: goAway,    tick: expire, join, rules, remove },
  revoking: { request: waitForGrace,      release: letGo,     media: renew,   leave: goAway,    tick: expire, join, rules, remove },
};

/** A free floor without members. */
export function idleFloor(rules: FloorRules): FloorState {
  return { name: 'idle', rules: bounded(rules), members: new Map(), queue: [], arrivals: 0 };
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: FloorState, event: FloorEvent, nowMs: number): FloorStep {
  const actions: FloorAction[] = [];
  const rule = transitions[state.name][event.name] as On<FloorState['name'], FloorEvent['name']>;
  const next = rule(state, event, nowMs, actions);
  if (looksDifferent(state, next)) actions.push({ name: 'announce' });
  return { state: next, actions };
}

/** When the caller owes a `tick`; Infinity when nothing is pending. Later than the tick that has just been fed. */
export function deadlineMs(state: FloorState): number {
  let dueMs = queueDeadlineMs(state);
  if (state.name === 'taken') dueMs = Math.min(dueMs, grantDeadlineMs(state.holder, state.rules));
  if (state.name === 'dual') {
    dueMs = Math.min(dueMs, grantDeadlineMs(state.holder, state.rules), grantDeadlineMs(state.overriding, state.rules));
  }
  if (state.name === 'revoking') dueMs = Math.min(dueMs, state.graceEndMs, leaseEndMs(state.holder, state.rules));
  return dueMs;
}

/** The party that holds the floor, in grace too. */
export function holderOf(state: FloorState): Grant | undefined {
  return state.name === 'idle' ? undefined : state.holder;
}

/** The party that is mixed over the holder. */
export function overridingOf(state: FloorState): Grant | undefined {
  return state.name === 'dual' ? state.overriding : undefined;
}

// ── request ──────────────────────────────────────────────────────────────────────────────────────────────────────

function grantIfAdmitted(state: Idle, event: EventOf<'request'>, nowMs: number, actions: FloorAction[]): FloorState {
  const claim = admit(state, event, nowMs, actions);
  return claim === undefined ? state : grantTo(state, claim, nowMs, actions);
}

function contest(state: Taken, event: EventOf<'request'>, nowMs: number, actions: FloorAction[]): FloorState {
  const claim = admit(state, event, nowMs, actions);
  if (claim === undefined) return state;
  if (claim.party === state.holder.party)
    return { ...state, holder: confirm(state, state.holder, claim, nowMs, actions) };
  const isDuplex = state.rules.override === 'duplex' && !state.holder.emergency && mayMixOver(state, claim);
  if (event.patient === true || (!outranks(claim, state.holder) && !isDuplex))
    return queueOrDeny(state, claim, nowMs, actions);
  if (mayMixOver(state, claim)) return beside(state, state.holder, claim, nowMs, actions);

  tell(state.holder, { result: 'revoked', cause: 'pre-empted' }, actions);
  if (claim.emergency || state.rules.graceMs === 0) {
    return grantTo(cutOff(state, state.holder, 'pre-empted', nowMs, actions), claim, nowMs, actions);
  }
  // The pre-empting party waits at the head of the queue, whether or not it asked for a queue (§6.3.4.4.7).
  return inGrace(putInQueue(state, claim, nowMs, actions), 'pre-empted', nowMs);
}

function contestDual(state: Dual, event: EventOf<'request'>, nowMs: number, actions: FloorAction[]): FloorState {
  const claim = admit(state, event, nowMs, actions);
  if (claim === undefined) return state;
  const { holder, overriding } = state;

  if (claim.party === holder.party || claim.party === overriding.party) {
    const [own, other] = claim.party === holder.party ? [holder, overriding] : [overriding, holder];
    const confirmed = confirm(state, own, claim, nowMs, actions);
    if (confirmed.emergency && !other.emergency) {
      // Whoever declares an emergency is heard alone.
      tell(other, { result: 'revoked', cause: 'pre-empted' }, actions);
      return { ...cutOff(state, other, 'pre-empted', nowMs, actions), name: 'taken', holder: confirmed };
    }
    return own === holder ? { ...state, holder: confirmed } : { ...state, overriding: confirmed };
  }
  if (event.patient === true || !outranks(claim, holder) || !outranks(claim, overriding)) {
    return queueOrDeny(state, claim, nowMs, actions);
  }

  tell(overriding, { result: 'revoked', cause: 'pre-empted' }, actions);
  const alone: Taken = { ...cutOff(state, overriding, 'pre-empted', nowMs, actions), name: 'taken', holder };
  if (mayMixOver(alone, claim)) return beside(alone, holder, claim, nowMs, actions);
  tell(holder, { result: 'revoked', cause: 'pre-empted' }, actions);
  return grantTo(cutOff(alone, holder, 'pre-empted', nowMs, actions), claim, nowMs, actions);
}

function waitForGrace(state: Revoking, event: EventOf<'request'>, nowMs: number, actions: FloorAction[]): FloorState {
  const claim = admit(state, event, nowMs, actions);
  if (claim === undefined) return state;
  if (claim.emergency) return grantTo(cutOff(state, state.holder, state.cause, nowMs, actions), claim, nowMs, actions);
  return queueOrDeny(state, claim, nowMs, actions);
}

/** The claim behind a request, clamped; undefined (and denied) when the party may not ask at all. */
function admit(state: Common, event: EventOf<'request'>, nowMs: number, actions: FloorAction[]): Claim | undefined {
  const member = state.members.get(event.party);
  const cause = refusal(member, event.emergency, nowMs);
  if (member === undefined || cause !== undefined) {
    tell(event, { result: 'denied', cause: cause ?? 'not-member' }, actions);
    return undefined;
  }
  const asked = event.priority >= 0 ? Math.floor(event.priority) : 0;
  return {
    party: event.party,
    priority: event.emergency ? emergencyPriority : Math.min(asked, member.priorityMax),
    emergency: event.emergency,
    ...(event.requestId === undefined ? {} : { requestId: event.requestId }),
  };
}

function refusal(member: Standing | undefined, emergency: boolean, nowMs: number): DenyCause | undefined {
  if (member === undefined) return 'not-member';
  if (!member.mayTalk) return 'receive-only';
  if (member.returns) return 'loop';
  if (!emergency && (member.mustStop || nowMs < member.barredUntilMs)) return 'retry-later';
  return undefined;
}

function queueOrDeny<S extends FloorState>(state: S, claim: Claim, nowMs: number, actions: FloorAction[]): S {
  const known = state.queue.some((entry) => entry.party === claim.party);
  if (!claim.emergency && !known) {
    if (state.members.get(claim.party)?.mayQueue !== true) {
      tell(claim, { result: 'denied', cause: 'busy' }, actions);
      return state;
    }
    // Emergencies stand outside the limit, both as comers and as those who fill the queue.
    if (state.queue.filter((entry) => !entry.emergency).length >= state.rules.queueLimit) {
      tell(claim, { result: 'denied', cause: 'queue-full' }, actions);
      return state;
    }
  }
  return putInQueue(state, claim, nowMs, actions);
}

/** Queues a claim and tells its place. A repeated claim keeps its place unless it has become stronger. */
function putInQueue<S extends FloorState>(state: S, claim: Claim, nowMs: number, actions: FloorAction[]): S {
  const old = state.queue.find((entry) => entry.party === claim.party);
  const stronger = old !== undefined && !outranks(claim, old) ? { ...old, ...idOf(claim) } : claim;
  const entry: Waiting = {
    ...stronger,
    sinceMs: old?.sinceMs ?? nowMs,
    arrival: old?.arrival ?? state.arrivals,
  };
  const queue = enqueue(dequeue(state.queue, claim.party), entry);
  tell(claim, { result: 'queued', position: positionOf(queue, claim.party) }, actions);
  return { ...state, queue, arrivals: state.arrivals + 1 };
}

/** The talker asks again: granted again with what is left of its time, and stronger if it asks for more. */
function confirm(state: Common, held: Grant, claim: Claim, nowMs: number, actions: FloorAction[]): Grant {
  const grant: Grant = { ...held, ...(outranks(claim, held) ? claim : idOf(claim)) };
  const leftMs = Math.max(0, talkEndMs(grant, state.rules) - nowMs);
  tell(grant, { result: 'granted', talkLimitMs: grant.emergency ? 0 : leftMs }, actions);
  return grant;
}

function mayMixOver(state: Taken, claim: Claim): boolean {
  const kindOf = (party: PartyId) => state.members.get(party)?.kind;
  const [above, below] = [kindOf(claim.party), kindOf(state.holder.party)];
  if (claim.emergency || above === 'announcement' || below === 'announcement') return false;
  if (state.rules.override === 'duplex') return above !== below;
  return state.rules.override === 'mix' && above === 'console' && below === 'leg';
}

// ── release, leave, media ────────────────────────────────────────────────────────────────────────────────────────

function letGo(
  state: Taken | Dual | Revoking,
  event: EventOf<'release'>,
  nowMs: number,
  actions: FloorAction[],
): FloorState {
  acknowledge(state, event, actions);
  return withdraw(clearMustStop(state, event.party), event.party, 'released', nowMs, actions);
}

function stay(state: Idle, event: EventOf<'release'>, _nowMs: number, actions: FloorAction[]): FloorState {
  acknowledge(state, event, actions);
  return clearMustStop(state, event.party);
}

/** Whoever can be told is told, even of a release of nothing; others only when something ended. */
function acknowledge(state: FloorState, event: EventOf<'release'>, actions: FloorAction[]): void {
  const claim = claimOf(state, event.party);
  if (claim === undefined && state.members.get(event.party)?.canBeTold !== true) return;
  tell(claim ?? event, { result: 'released' }, actions);
}

function goAway(state: FloorState, event: EventOf<'leave'>, nowMs: number, actions: FloorAction[]): FloorState {
  if (!state.members.has(event.party)) return state;
  const claim = claimOf(state, event.party);
  if (claim !== undefined) {
    const holds = claim !== state.queue.find((entry) => entry.party === event.party);
    tell(claim, holds ? { result: 'revoked', cause: 'left' } : { result: 'denied', cause: 'not-member' }, actions);
  }
  const members = new Map(state.members);
  members.delete(event.party);
  return withdraw({ ...state, members }, event.party, 'left', nowMs, actions);
}

function renew<S extends Taken | Dual | Revoking>(state: S, event: EventOf<'media'>): S {
  const renewed = (grant: Grant): Grant =>
    grant.party === event.party && event.atMs > grant.mediaMs ? { ...grant, mediaMs: event.atMs } : grant;
  if (state.name === 'dual') return { ...state, holder: renewed(state.holder), overriding: renewed(state.overriding) };
  return { ...state, holder: renewed(state.holder) };
}

function ignore(state: Idle): FloorState {
  return state;
}

/** Takes a party off the floor and out of the queue, and gives the floor on if it has become free. */
function withdraw(state: FloorState, party: PartyId, end: OverEnd, nowMs: number, actions: FloorAction[]): FloorState {
  const waiting = { ...state, queue: dequeue(state.queue, party) };
  switch (waiting.name) {
    case 'idle':
      return waiting;
    case 'taken':
      return waiting.holder.party === party
        ? giveOn(endOver(waiting, waiting.holder, end, actions), nowMs, actions)
        : waiting;
    case 'revoking':
      // The cause that was told stands: the over ends as revoked, only earlier than its grace.
      return waiting.holder.party === party
        ? giveOn(endOver(waiting, waiting.holder, end === 'released' ? waiting.cause : end, actions), nowMs, actions)
        : waiting;
    case 'dual':
      return endOneOfTwo(waiting, party, end, nowMs, actions);
  }
}

function remove(state: FloorState, event: EventOf<'remove'>, nowMs: number, actions: FloorAction[]): FloorState {
  const grant = [holderOf(state), overridingOf(state)].find((each) => each?.party === event.party);
  const kind = state.members.get(event.party)?.kind;
  if (grant === undefined || grant.emergency || kind === 'announcement') return state;
  // In its grace it has been told already.
  if (state.name !== 'revoking') tell(grant, { result: 'revoked', cause: 'removed' }, actions);
  return withdraw(bar(state, grant.party, nowMs), grant.party, 'removed', nowMs, actions);
}

// ── join, rules, tick ────────────────────────────────────────────────────────────────────────────────────────────

function join(state: FloorState, event: EventOf<'join'>, nowMs: number, actions: FloorAction[]): FloorState {
  const old = state.members.get(event.member.party);
  const standing: Standing = {
    ...event.member,
    mustStop: old?.mustStop ?? false,
    barredUntilMs: old?.barredUntilMs ?? -Infinity,
  };
  const joined = { ...state, members: new Map(state.members).set(standing.party, standing) };
  if (standing.mayTalk && !standing.returns) return joined;
  const claim = claimOf(state, standing.party);
  if (claim === undefined) return joined;
  const waits = state.queue.some((entry) => entry.party === standing.party);
  const denied = standing.returns ? 'loop' : 'receive-only';
  const revoked = standing.returns ? 'loop' : 'no-permission';
  tell(claim, waits ? { result: 'denied', cause: denied } : { result: 'revoked', cause: revoked }, actions);
  return withdraw(joined, standing.party, revoked, nowMs, actions);
}

function rules(state: FloorState, event: EventOf<'rules'>): FloorState {
  return { ...state, rules: bounded(event.rules) };
}

/** Does what is due: at most one ending a grant, so the loop is bounded by the number of parties. */
function expire(state: FloorState, _event: EventOf<'tick'>, nowMs: number, actions: FloorAction[]): FloorState {
  let current = dropStale(state, nowMs, actions);
  for (let rounds = current.members.size * 2 + 4; rounds > 0 && deadlineMs(current) <= nowMs; rounds--) {
    current = expireOne(current, nowMs, actions);
  }
  return current;
}

function expireOne(state: FloorState, nowMs: number, actions: FloorAction[]): FloorState {
  switch (state.name) {
    case 'idle':
      return state;
    case 'revoking':
      return giveOn(cutOff(state, state.holder, state.cause, nowMs, actions), nowMs, actions);
    case 'taken':
      return expireGrant(state, state.holder, nowMs, actions);
    case 'dual':
      return expireGrant(
        state,
        grantDeadlineMs(state.overriding, state.rules) <= nowMs ? state.overriding : state.holder,
        nowMs,
        actions,
      );
  }
}

function expireGrant(state: Taken | Dual, grant: Grant, nowMs: number, actions: FloorAction[]): FloorState {
  if (leaseEndMs(grant, state.rules) <= nowMs) {
    tell(grant, { result: 'revoked', cause: 'silence' }, actions);
    return withdraw(state, grant.party, 'silence', nowMs, actions);
  }
  if (talkEndMs(grant, state.rules) <= nowMs) {
    tell(grant, { result: 'revoked', cause: 'talk-limit' }, actions);
    const barred = bar(state, grant.party, nowMs);
    // Of two voices one ends without grace: the other goes on and there is nothing to hand over.
    if (barred.name === 'dual' || state.rules.graceMs === 0)
      return withdraw(barred, grant.party, 'talk-limit', nowMs, actions);
    return inGrace(barred, 'talk-limit', nowMs);
  }
  tell(grant, { result: 'warned', remainingMs: Math.max(0, talkEndMs(grant, state.rules) - nowMs) }, actions);
  const warned: Grant = { ...grant, warned: true };
  return state.name === 'dual' && grant === state.overriding
    ? { ...state, overriding: warned }
    : { ...state, holder: warned };
}

function dropStale(state: FloorState, nowMs: number, actions: FloorAction[]): FloorState {
  if (queueDeadlineMs(state) > nowMs) return state;
  const stale = state.queue.filter(
    (entry) => mayGoStale(state, entry) && entry.sinceMs + state.rules.queueTimeoutMs <= nowMs,
  );
  for (const entry of stale) tell(entry, { result: 'denied', cause: 'retry-later' }, actions);
  return { ...state, queue: state.queue.filter((entry) => !stale.includes(entry)) };
}

// ── beginnings and ends ──────────────────────────────────────────────────────────────────────────────────────────

function grantTo(state: Common, claim: Claim, nowMs: number, actions: FloorAction[]): Taken {
  const grant = newGrant(claim, nowMs);
  begin(state, grant, actions);
  return { ...common(state), queue: dequeue(state.queue, claim.party), name: 'taken', holder: grant };
}

function beside(state: Common, holder: Grant, claim: Claim, nowMs: number, actions: FloorAction[]): Dual {
  const overriding = newGrant(claim, nowMs);
  begin(state, overriding, actions);
  return { ...common(state), queue: dequeue(state.queue, claim.party), name: 'dual', holder, overriding };
}

function newGrant(claim: Claim, nowMs: number): Grant {
  const { party, priority, emergency } = claim;
  return { party, priority, emergency, ...idOf(claim), sinceMs: nowMs, mediaMs: nowMs, warned: false };
}

function begin(state: Common, grant: Grant, actions: FloorAction[]): void {
  tell(grant, { result: 'granted', talkLimitMs: grant.emergency ? 0 : state.rules.talkLimitMs }, actions);
  actions.push({ name: 'begin', grant });
}

/** Ends an over; the caller says who is next. */
function endOver(state: Common, grant: Grant, end: OverEnd, actions: FloorAction[]): Idle {
  actions.push({ name: 'end', grant, end });
  return { ...common(state), name: 'idle' };
}

/**
 * Ends the over of a talker that has been revoked and may still be sending. One that was pre-empted and cannot be told
 * so keeps its wish: it waits in the queue from this moment.
 */
function cutOff(state: Common, grant: Grant, cause: RevokeCause, nowMs: number, actions: FloorAction[]): Idle {
  const free = endOver(state, grant, cause, actions);
  const member = state.members.get(grant.party);
  if (cause !== 'pre-empted' || member === undefined || member.canBeTold || !member.mayTalk) return free;
  return queueOrDeny(free, grant, nowMs, actions);
}

function endOneOfTwo(state: Dual, party: PartyId, end: OverEnd, nowMs: number, actions: FloorAction[]): FloorState {
  const { holder, overriding } = state;
  if (party !== holder.party && party !== overriding.party) return state;
  const [over, stays] = party === holder.party ? [holder, overriding] : [overriding, holder];
  return yieldToStronger({ ...endOver(state, over, end, actions), name: 'taken', holder: stays }, nowMs, actions);
}

/** One voice of two is left. Whoever was kept waiting by the other alone, being stronger than this one, is next. */
function yieldToStronger(state: Taken, nowMs: number, actions: FloorAction[]): FloorState {
  const next = state.queue[0];
  if (next === undefined || !outranks(next, state.holder)) return state;
  tell(state.holder, { result: 'revoked', cause: 'pre-empted' }, actions);
  if (state.rules.graceMs > 0) return inGrace(state, 'pre-empted', nowMs);
  return giveOn(cutOff(state, state.holder, 'pre-empted', nowMs, actions), nowMs, actions);
}

function inGrace(state: Taken, cause: RevokeCause, nowMs: number): Revoking {
  return { ...common(state), name: 'revoking', holder: state.holder, cause, graceEndMs: nowMs + state.rules.graceMs };
}

/** The floor is free: the first of the queue gets it, if any. */
function giveOn(state: Idle, nowMs: number, actions: FloorAction[]): FloorState {
  const next = state.queue[0];
  return next === undefined ? state : grantTo(state, next, nowMs, actions);
}

// ── small helpers ────────────────────────────────────────────────────────────────────────────────────────────────

function common(state: Common): Common {
  const { rules, members, queue, arrivals } = state;
  return { rules, members, queue, arrivals };
}

function tell(to: { party: PartyId; requestId?: number }, answer: FloorAnswer, actions: FloorAction[]): void {
  actions.push({ name: 'answer', party: to.party, ...idOf(to), answer });
}

function idOf(claim: { requestId?: number }): { requestId?: number } {
  return claim.requestId === undefined ? {} : { requestId: claim.requestId };
}

/** What a party holds or waits for. */
function claimOf(state: FloorState, party: PartyId): Claim | undefined {
  const holder = holderOf(state);
  const overriding = overridingOf(state);
  if (holder?.party === party) return holder;
  if (overriding?.party === party) return overriding;
  return state.queue.find((entry) => entry.party === party);
}

function clearMustStop<S extends FloorState>(state: S, party: PartyId): S {
  const member = state.members.get(party);
  if (member === undefined || !member.mustStop) return state;
  return { ...state, members: new Map(state.members).set(party, { ...member, mustStop: false }) };
}

function bar<S extends FloorState>(state: S, party: PartyId, nowMs: number): S {
  const member = state.members.get(party);
  if (member === undefined) return state;
  const barred: Standing = { ...member, mustStop: !member.canBeTold, barredUntilMs: nowMs + state.rules.retryAfterMs };
  return { ...state, members: new Map(state.members).set(party, barred) };
}

function mayGoStale(state: Common, entry: Waiting): boolean {
  return !entry.emergency && state.members.get(entry.party)?.canBeTold === true;
}

function queueDeadlineMs(state: Common): number {
  let dueMs = Infinity;
  for (const entry of state.queue) {
    if (mayGoStale(state, entry)) dueMs = Math.min(dueMs, entry.sinceMs + state.rules.queueTimeoutMs);
  }
  return dueMs;
}

function grantDeadlineMs(grant: Grant, { leaseMs, talkWarnMs, talkLimitMs }: FloorRules): number {
  const leaseEnd = grant.mediaMs + leaseMs;
  if (grant.emergency) return leaseEnd;
  const warnMs = grant.warned || talkWarnMs >= talkLimitMs ? Infinity : grant.sinceMs + talkWarnMs;
  return Math.min(leaseEnd, warnMs, grant.sinceMs + talkLimitMs);
}

function leaseEndMs(grant: Grant, { leaseMs }: FloorRules): number {
  return grant.mediaMs + leaseMs;
}

function talkEndMs(grant: Grant, { talkLimitMs }: FloorRules): number {
  return grant.emergency ? Infinity : grant.sinceMs + talkLimitMs;
}

function bounded(rules: FloorRules): FloorRules {
  return { ...rules, graceMs: Math.min(Math.max(0, rules.graceMs), 2000) };
}

function looksDifferent(before: FloorState, after: FloorState): boolean {
  return (
    before.queue !== after.queue ||
    grantLooksDifferent(holderOf(before), holderOf(after)) ||
    grantLooksDifferent(overridingOf(before), overridingOf(after))
  );
}

function grantLooksDifferent(before: Grant | undefined, after: Grant | undefined): boolean {
  return before?.party !== after?.party || before?.sinceMs !== after?.sinceMs || before?.priority !== after?.priority;
}
