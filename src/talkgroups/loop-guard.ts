/**
 * What becomes of a leg on which our own voice came back: isolated, tried again by itself, and let off. Pure.
 *
 *   clear ──returned──▶ isolated ──nothing came back for holdMs──▶ probing ──6 s sent to others, nothing came back──▶ clear
 *                          ▲                                          │
 *                          └───── returned: holdMs doubled ───────────┘
 *
 * As long as it is not clear the leg is wary: what it says within 2.1 s after we sent something keys the floor only when
 * it has been recognised as a talker's own voice, and is heard then from its first word on. So a patrol that is taken for
 * a loop by mistake waits for about a second, and none of his words is lost.
 */
export type LoopGuardState =
  | { readonly name: 'clear'; readonly times: number; readonly sinceMs: number }
  | { readonly name: 'isolated'; readonly times: number; readonly untilMs: number }
  | { readonly name: 'probing'; readonly times: number; readonly cleanMs: number };

export type LoopGuardEvent =
  /** Our own voice came back on it, or still does. */
  | { readonly name: 'returned' }
  /** So much voice of others was sent, ms. */
  | { readonly name: 'sent'; readonly durationMs: number }
  | { readonly name: 'tick' };

export interface LoopRules {
  /** Nothing may come back for so long before the leg is tried again, ms; doubled each time it was too early. */
  readonly holdMs: number;
  readonly holdMsMax: number;
}

type On<S extends LoopGuardState['name'], E extends LoopGuardEvent['name']> = (
  state: Extract<LoopGuardState, { name: S }>,
  event: Extract<LoopGuardEvent, { name: E }>,
  rules: LoopRules,
  nowMs: number,
) => LoopGuardState;
type Table = { [S in LoopGuardState['name']]: { [E in LoopGuardEvent['name']]: On<S, E> } };

const transitions: Table = {
  //          returned            sent               tick
  clear: { returned: isolate, sent: stay, tick: stay },
  isolated: { returned: holdOn, sent: stay, tick: probeWhenDue },
  probing: { returned: isolateLonger, sent: clearWhenClean, tick: stay },
};

export const unsuspected: LoopGuardState = { name: 'clear', times: 0, sinceMs: -Infinity };
/** So much must have been sent to others, with nothing of it coming back, ms. */
const cleanMsMin = 6000;
/** A leg that was clear for so long is isolated as if for the first time, ms. */
const forgottenMs = 600_000;

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepLoopGuard(
  state: LoopGuardState,
  event: LoopGuardEvent,
  rules: LoopRules,
  nowMs: number,
): LoopGuardState {
  const rule = transitions[state.name][event.name] as On<LoopGuardState['name'], LoopGuardEvent['name']>;
  return rule(state, event, rules, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function loopDeadlineMs(state: LoopGuardState): number {
  return state.name === 'isolated' ? state.untilMs : Infinity;
}

/** How long nothing may come back after it was isolated for the nth time, ms. */
function holdMsOf(times: number, { holdMs, holdMsMax }: LoopRules): number {
  return Math.min(holdMsMax, holdMs * 2 ** Math.min(times - 1, 20));
}

type Clear = Extract<LoopGuardState, { name: 'clear' }>;
type Isolated = Extract<LoopGuardState, { name: 'isolated' }>;
type Probing = Extract<LoopGuardState, { name: 'probing' }>;

function stay(state: LoopGuardState): LoopGuardState {
  return state;
}

function isolated(times: number, rules: LoopRules, nowMs: number): LoopGuardState {
  return { name: 'isolated', times, untilMs: nowMs + holdMsOf(times, rules) };
}

function isolate(state: Clear, _: LoopGuardEvent, rules: LoopRules, nowMs: number): LoopGuardState {
  const times = nowMs - state.sinceMs >= forgottenMs ? 0 : state.times;
  return isolated(times + 1, rules, nowMs);
}

function holdOn(state: Isolated, _: LoopGuardEvent, rules: LoopRules, nowMs: number): LoopGuardState {
  return isolated(state.times, rules, nowMs);
}

function isolateLonger(state: Probing, _: LoopGuardEvent, rules: LoopRules, nowMs: number): LoopGuardState {
  return isolated(state.times + 1, rules, nowMs);
}

function probeWhenDue(state: Isolated, _: LoopGuardEvent, __: LoopRules, nowMs: number): LoopGuardState {
  return nowMs >= state.untilMs ? { name: 'probing', times: state.times, cleanMs: 0 } : state;
}

function clearWhenClean(
  state: Probing,
  event: { readonly durationMs: number },
  _: LoopRules,
  nowMs: number,
): LoopGuardState {
  const cleanMs = state.cleanMs + event.durationMs;
  return cleanMs >= cleanMsMin ? { name: 'clear', times: state.times, sinceMs: nowMs } : { ...state, cleanMs };
}
