/**
 * One leg's way to a standing call, again and again. Pure.
 *
 *             open                    established
 *   closed ─────────▶ connecting ───────────────────▶ up
 *      ▲                ▲    │ ended                   │ ended, far end dead
 *      │ close (any)    │    ▼                         │
 *      └──────────    down ◀───────────────────────────┘
 *                       └─ after 1, 2, 4 … s, or at once when the far end is heard of again
 *
 * Where the far end calls us (`weCall` false) there is no `connecting`: the leg is down until its call comes.
 * Driven by: sip-attachment.ts.
 */
export type LegMachineState =
  | { readonly name: 'closed' }
  /** `urgent`: it went down because the far end could not be reached, so that its return ends the wait. */
  | { readonly name: 'down'; readonly failures: number; readonly againAtMs: number; readonly urgent: boolean }
  /** `heard`: the far end has answered something, so it has our call. */
  | { readonly name: 'connecting'; readonly failures: number; readonly heard: boolean; readonly sinceMs: number }
  | { readonly name: 'up'; readonly failures: number; readonly sinceMs: number };

/** Why a call did not come about or ended. */
export interface LegFailure {
  readonly reason: string;
  /**
   * unreachable: nobody there; passing: busy, hung up and the like; lasting: it will be refused again until somebody
   * changes something (wrong password, no such group), so it is tried seldom.
   */
  readonly kind: 'unreachable' | 'passing' | 'lasting';
  /** The far end's own wish (Retry-After). */
  readonly retryAfterMs?: number;
}

export type LegMachineEvent =
  | { readonly name: 'open' }
  | { readonly name: 'heard' }
  | { readonly name: 'established' }
  | { readonly name: 'failed'; readonly failure: LegFailure }
  /** A call of theirs was refused by us. */
  | { readonly name: 'refused'; readonly reason: string }
  | { readonly name: 'peer-alive' }
  | { readonly name: 'peer-dead'; readonly reason: string }
  /** `reason`: for the far end. */
  | { readonly name: 'close'; readonly reason?: string }
  | { readonly name: 'tick' };

export type LegMachineAction =
  | { readonly name: 'call' }
  | { readonly name: 'hang-up'; readonly reason: string }
  | { readonly name: 'report'; readonly state: 'up' | 'connecting' | 'down' | 'closed'; readonly reason?: string };

export interface LegContext {
  readonly weCall: boolean;
  /** Chance in [0, 1) that spreads retries. */
  readonly fraction: number;
}

type Step = { readonly state: LegMachineState; readonly actions: readonly LegMachineAction[] };
type On<S extends LegMachineState['name'], E extends LegMachineEvent['name']> = (
  state: Extract<LegMachineState, { name: S }>,
  event: Extract<LegMachineEvent, { name: E }>,
  context: LegContext,
  nowMs: number,
) => Step;
type Table = { [S in LegMachineState['name']]: { [E in LegMachineEvent['name']]: On<S, E> } };

// biome-ignore format: a table
const transitions: Table = {
  //            open         heard        established     failed        refused        peer-alive         peer-dead        close         tick
  closed:     { open: open,  heard: stay, established: stay, failed: stay, refused: stay, 'peer-alive': stay,   'peer-dead': stay, close: stay,  tick: stay },
  down:       { open: stay,  heard: stay, established: rise, failed: stay, refused: tell, 'peer-alive': hasten, 'peer-dead': note, close: close, tick: callWhenDue },
  connecting: { open: stay,  heard: hear, established: rise, failed: fail, refused: stay, 'peer-alive': redial, 'peer-dead': drop, close: close, tick: stay },
  up:         { open: stay,  heard: stay, established: stay, failed: fail, refused: stay, 'peer-alive': stay,   'peer-dead': drop, close: close, tick: stay },
};

export const closedLeg: LegMachineState = { name: 'closed' };
/** With its spread of ±20 % a wait never exceeds 30 s, so that a leg lives again within that. */
const waitMsMax = 25_000;
/** An unanswered call has waited some seconds itself. */
const unreachableWaitMsMax = 15_000;
/** A far end that is there has answered an INVITE, or its repeat after 500 ms, by then. */
const unheardMs = 1000;
/** A call that stood so long was a success: the next failure waits 1 s again. */
const steadyMs = 10_000;

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepLeg(state: LegMachineState, event: LegMachineEvent, context: LegContext, nowMs: number): Step {
  const rule = transitions[state.name][event.name] as On<LegMachineState['name'], LegMachineEvent['name']>;
  return rule(state, event, context, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function legDeadlineMs(state: LegMachineState): number {
  return state.name === 'down' ? state.againAtMs : Infinity;
}

type Down = Extract<LegMachineState, { name: 'down' }>;
type Connecting = Extract<LegMachineState, { name: 'connecting' }>;
type Up = Extract<LegMachineState, { name: 'up' }>;

function stay(state: LegMachineState): Step {
  return { state, actions: [] };
}

function open(_: LegMachineState, __: LegMachineEvent, context: LegContext, nowMs: number): Step {
  if (context.weCall) return call(0, nowMs);
  return {
    state: { name: 'down', failures: 0, againAtMs: Infinity, urgent: false },
    actions: [{ name: 'report', state: 'down', reason: waitingForCall }],
  };
}

const waitingForCall = 'waiting for the far end to call';

function call(failures: number, nowMs: number): Step {
  return {
    state: { name: 'connecting', failures, heard: false, sinceMs: nowMs },
    actions: [{ name: 'report', state: 'connecting' }, { name: 'call' }],
  };
}

function callWhenDue(state: Down, _: LegMachineEvent, __: LegContext, nowMs: number): Step {
  return nowMs >= state.againAtMs ? call(state.failures, nowMs) : stay(state);
}

function hasten(state: Down, _: LegMachineEvent, context: LegContext, nowMs: number): Step {
  return state.urgent && context.weCall ? call(state.failures, nowMs) : stay(state);
}

/** The far end is dead while the leg waits: its return will end the wait. */
function note(state: Down): Step {
  return { state: { ...state, urgent: true }, actions: [] };
}

/** What is wrong with the calls that it waits for. */
function tell(state: Down, event: { readonly reason: string }): Step {
  return { state, actions: [{ name: 'report', state: 'down', reason: `${event.reason}; ${waitingForCall}` }] };
}

/** A call that went out while the far end was away: its next repeat may be seconds off, so call anew. */
function redial(state: Connecting, _: LegMachineEvent, __: LegContext, nowMs: number): Step {
  if (state.heard || nowMs - state.sinceMs < unheardMs) return stay(state);
  return {
    state: { ...state, sinceMs: nowMs },
    actions: [{ name: 'hang-up', reason: 'calling anew' }, { name: 'call' }],
  };
}

function hear(state: Connecting): Step {
  return { state: { ...state, heard: true }, actions: [] };
}

function rise(state: Down | Connecting, _: LegMachineEvent, __: LegContext, nowMs: number): Step {
  return {
    state: { name: 'up', failures: state.failures, sinceMs: nowMs },
    actions: [{ name: 'report', state: 'up' }],
  };
}

function fail(
  state: Connecting | Up,
  event: { readonly failure: LegFailure },
  context: LegContext,
  nowMs: number,
): Step {
  return fall(state, event.failure, context, nowMs, []);
}

function drop(state: Connecting | Up, event: { readonly reason: string }, context: LegContext, nowMs: number): Step {
  const failure: LegFailure = { reason: event.reason, kind: 'unreachable' };
  return fall(state, failure, context, nowMs, [{ name: 'hang-up', reason: event.reason }]);
}

function fall(
  state: Connecting | Up,
  failure: LegFailure,
  context: LegContext,
  nowMs: number,
  before: readonly LegMachineAction[],
): Step {
  const steady = state.name === 'up' && nowMs - state.sinceMs >= steadyMs;
  const failures = (steady ? 0 : state.failures) + 1;
  const againAtMs = context.weCall ? nowMs + waitMs(failures, failure, context.fraction) : Infinity;
  const reason = context.weCall ? failure.reason : `${failure.reason}; ${waitingForCall}`;
  return {
    state: { name: 'down', failures, againAtMs, urgent: failure.kind === 'unreachable' },
    actions: [...before, { name: 'report', state: 'down', reason }],
  };
}

function waitMs(failures: number, failure: LegFailure, fraction: number): number {
  const limitMs = failure.kind === 'unreachable' ? unreachableWaitMsMax : waitMsMax;
  const backoffMs = failure.kind === 'lasting' ? waitMsMax : 1000 * 2 ** Math.min(failures - 1, 10);
  const spreadMs = Math.min(backoffMs, limitMs) * (0.8 + 0.4 * fraction);
  return Math.min(30_000, Math.max(spreadMs, failure.retryAfterMs ?? 0));
}

function close(_: LegMachineState, { reason = 'leg is closed' }: { readonly reason?: string }): Step {
  return {
    state: closedLeg,
    actions: [
      { name: 'hang-up', reason },
      { name: 'report', state: 'closed' },
    ],
  };
}
