/**
 * Keeps one mediasoup worker alive: decides when it is started, asked whether it lives, given up and replaced. Pure:
 * no process, no clock.
 *
 *              started             no pong in time: kill
 *   starting ──────────▶ up ───────────────────────────────┐
 *    ▲   │ failed,        │ died                           │
 *    │   │ too slow       ▼                                ▼
 *    └───┴────────── waiting ◀─────────────────────────────┘
 *
 * Every worker has a generation; what is heard of an earlier one changes nothing. The first death within a while is
 * answered at once, further ones after growing pauses; it never gives up.
 * Driven by: webrtc/worker-pool.ts.
 */
export type SupervisorState =
  | { readonly name: 'starting'; readonly generation: number; readonly deadlineMs: number; readonly deaths: Deaths }
  | {
      readonly name: 'up';
      readonly generation: number;
      /** When the next question is due, or the last one must have been answered. */
      readonly deadlineMs: number;
      readonly asked: boolean;
      /** The time for the pending answer was lengthened once, since we ourselves were late. */
      readonly lengthened: boolean;
      readonly deaths: Deaths;
    }
  | { readonly name: 'waiting'; readonly generation: number; readonly deadlineMs: number; readonly deaths: Deaths }
  | { readonly name: 'stopped'; readonly generation: number };

/** Instants of recent deaths, oldest first. */
type Deaths = readonly number[];

export type SupervisorEvent =
  | { readonly name: 'started'; readonly generation: number }
  | { readonly name: 'failed'; readonly generation: number }
  | { readonly name: 'died'; readonly generation: number }
  | { readonly name: 'pong'; readonly generation: number }
  | { readonly name: 'tick' }
  | { readonly name: 'stop' };

export type SupervisorAction =
  | { readonly name: 'start'; readonly generation: number }
  | { readonly name: 'ping'; readonly generation: number }
  /** End this worker by force; harmless when it is dead. */
  | { readonly name: 'kill'; readonly generation: number }
  /** It can be used. */
  | { readonly name: 'up'; readonly generation: number }
  /** It was in use and is no more. */
  | { readonly name: 'lost'; readonly generation: number; readonly reason: 'died' | 'unresponsive' };

interface Step {
  readonly state: SupervisorState;
  readonly actions: readonly SupervisorAction[];
}

const pingIntervalMs = 500;
/** A worker answers within a millisecond; one that needs a second is of no use to speech. */
const pongWithinMs = 1000;
/** A tick that comes so late says that this process was held up, not the worker. */
const tickLateMs = 250;
const startWithinMs = 10_000;
const deathMemoryMs = 60_000;
/** Pause before the n-th start within deathMemoryMs; the last one repeats. */
const pausesMs = [0, 100, 500, 1000, 2000, 5000] as const;

/** A supervisor whose first tick starts its worker. */
export function initialSupervisor(nowMs: number): SupervisorState {
  return { name: 'waiting', generation: 0, deadlineMs: nowMs, deaths: [] };
}

/** Feeds one event. Total; times are in ms on the caller's monotonic clock. */
export function stepSupervisor(state: SupervisorState, event: SupervisorEvent, nowMs: number): Step {
  if (event.name === 'stop') return stop(state);
  if (event.name === 'tick') return tick(state, nowMs);
  if (event.generation !== state.generation || state.name === 'stopped' || state.name === 'waiting')
    return stray(state, event);
  switch (event.name) {
    case 'started':
      return state.name === 'starting' ? goUp(state, nowMs) : stay(state);
    case 'failed':
      return state.name === 'starting' ? replace(state, [], nowMs) : stay(state);
    case 'died':
      return replace(
        state,
        state.name === 'up' ? [{ name: 'lost', generation: state.generation, reason: 'died' }] : [],
        nowMs,
      );
    case 'pong':
      return state.name === 'up' && state.asked
        ? stay({ ...state, asked: false, lengthened: false, deadlineMs: nowMs + pingIntervalMs })
        : stay(state);
  }
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function supervisorDeadlineMs(state: SupervisorState): number {
  return state.name === 'stopped' ? Infinity : state.deadlineMs;
}

function stay(state: SupervisorState): Step {
  return { state, actions: [] };
}

/** A worker that comes up after it was given up is not wanted any more. */
function stray(state: SupervisorState, event: SupervisorEvent & { readonly generation: number }): Step {
  return { state, actions: event.name === 'started' ? [{ name: 'kill', generation: event.generation }] : [] };
}

function goUp(state: SupervisorState & { name: 'starting' }, nowMs: number): Step {
  const { generation, deaths } = state;
  return {
    state: { name: 'up', generation, deadlineMs: nowMs + pingIntervalMs, asked: false, lengthened: false, deaths },
    actions: [{ name: 'up', generation }],
  };
}

function tick(state: SupervisorState, nowMs: number): Step {
  if (nowMs < supervisorDeadlineMs(state)) return stay(state);
  switch (state.name) {
    case 'waiting': {
      const generation = state.generation + 1;
      return {
        state: { name: 'starting', generation, deadlineMs: nowMs + startWithinMs, deaths: state.deaths },
        actions: [{ name: 'start', generation }],
      };
    }
    case 'starting':
      return replace(state, [{ name: 'kill', generation: state.generation }], nowMs);
    case 'up':
      return state.asked ? giveUp(state, nowMs) : ask(state, nowMs);
    case 'stopped':
      return stay(state);
  }
}

function ask(state: SupervisorState & { name: 'up' }, nowMs: number): Step {
  return {
    state: { ...state, asked: true, lengthened: false, deadlineMs: nowMs + pongWithinMs },
    actions: [{ name: 'ping', generation: state.generation }],
  };
}

function giveUp(state: SupervisorState & { name: 'up' }, nowMs: number): Step {
  if (nowMs - state.deadlineMs > tickLateMs && !state.lengthened) {
    return stay({ ...state, lengthened: true, deadlineMs: nowMs + pongWithinMs / 2 });
  }
  const { generation } = state;
  return replace(
    state,
    [
      { name: 'kill', generation },
      { name: 'lost', generation, reason: 'unresponsive' },
    ],
    nowMs,
  );
}

function replace(
  state: SupervisorState & { readonly deaths: Deaths },
  actions: readonly SupervisorAction[],
  nowMs: number,
): Step {
  const recent = state.deaths.filter((diedMs) => nowMs - diedMs < deathMemoryMs);
  const deaths = [...recent, nowMs].slice(-pausesMs.length);
  const pauseMs = pausesMs[Math.min(recent.length, pausesMs.length - 1)]!;
  return { state: { name: 'waiting', generation: state.generation, deadlineMs: nowMs + pauseMs, deaths }, actions };
}

function stop(state: SupervisorState): Step {
  const running = state.name === 'up' || state.name === 'starting';
  return {
    state: { name: 'stopped', generation: state.generation },
    actions: running ? [{ name: 'kill', generation: state.generation }] : [],
  };
}
