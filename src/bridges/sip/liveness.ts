/**
 * Whether a far end lives: asked by OPTIONS, and heard of by whatever it sends. Pure.
 *
 *   every interval ── OPTIONS ──▶ any answer, whatever its status: alive
 *                        └─ silence for `patienceMs` ─ OPTIONS at once ─ silence again ──▶ dead
 *   ICMP, refused connection ──▶ dead at once          anything heard from it ──▶ alive
 *
 * With 0.8 s between questions and 0.4 s of patience a silent far end is noticed after 1.6 s at most, and on every console
 * within 2 s. Silence kills only far ends that have answered OPTIONS before: some never do, and live.
 *
 * Standard: RFC 3261 §11. Driven by: sip-attachment.ts.
 */
import type { SipTimers } from '../../protocols/sip/timers.ts';

export interface LivenessState {
  readonly name: 'unknown' | 'alive' | 'dead';
  /** It has answered OPTIONS. */
  readonly answers: boolean;
  /** Questions in a row without an answer. */
  readonly misses: number;
  /** When the open question counts as unanswered; Infinity when none is open. */
  readonly patienceUntilMs: number;
  readonly nextQuestionAtMs: number;
}

export type LivenessEvent =
  | { readonly name: 'answered' }
  | { readonly name: 'heard' }
  | { readonly name: 'unreachable'; readonly reason: string }
  /** A call to it got no response at all. */
  | { readonly name: 'silent' }
  | { readonly name: 'tick' };

export type LivenessAction =
  | { readonly name: 'ask' }
  | { readonly name: 'stop-asking' }
  | { readonly name: 'alive' }
  | { readonly name: 'dead'; readonly reason: string };

type Step = { readonly state: LivenessState; readonly actions: readonly LivenessAction[] };

const missesMax = 2;

/** How long an answer is waited for. */
function patienceMs(intervalMs: number): number {
  return Math.min(1000, Math.max(250, intervalMs / 2));
}

/** A question is repeated quickly, so that loss alone does not look like death: four times within its patience. */
export function questionTimers(intervalMs: number): SipTimers {
  return { t1Ms: patienceMs(intervalMs) / 8, t2Ms: 4000, t4Ms: 5000 };
}

export function startLiveness(nowMs: number): LivenessState {
  return { name: 'unknown', answers: false, misses: 0, patienceUntilMs: Infinity, nextQuestionAtMs: nowMs };
}

/** Feeds one event. Total. */
export function stepLiveness(state: LivenessState, event: LivenessEvent, intervalMs: number, nowMs: number): Step {
  switch (event.name) {
    case 'answered':
      return live({ ...quiet(state), answers: true, nextQuestionAtMs: nowMs + intervalMs }, state.name);
    case 'heard':
      return live({ ...state, misses: 0 }, state.name);
    case 'unreachable':
      return die(state, event.reason, intervalMs, nowMs);
    case 'silent':
      return state.answers ? { state, actions: [] } : die(state, 'does not answer', intervalMs, nowMs);
    case 'tick':
      if (nowMs >= state.patienceUntilMs) return miss(state, intervalMs, nowMs);
      return nowMs >= state.nextQuestionAtMs ? ask(state, intervalMs, nowMs) : { state, actions: [] };
  }
}

export function livenessDeadlineMs(state: LivenessState): number {
  return Math.min(state.patienceUntilMs, state.nextQuestionAtMs);
}

function live(state: LivenessState, before: LivenessState['name']): Step {
  return { state: { ...state, name: 'alive' }, actions: before === 'alive' ? [] : [{ name: 'alive' }] };
}

function quiet(state: LivenessState): LivenessState {
  return { ...state, misses: 0, patienceUntilMs: Infinity };
}

function ask(state: LivenessState, intervalMs: number, nowMs: number): Step {
  return {
    state: { ...state, patienceUntilMs: nowMs + patienceMs(intervalMs), nextQuestionAtMs: Infinity },
    actions: [{ name: 'ask' }],
  };
}

function miss(state: LivenessState, intervalMs: number, nowMs: number): Step {
  const misses = state.misses + 1;
  const stop: LivenessAction = { name: 'stop-asking' };
  if (misses >= missesMax && state.answers && state.name !== 'dead') {
    const { state: dead, actions } = die(state, 'does not answer OPTIONS', intervalMs, nowMs);
    return { state: dead, actions: [stop, ...actions] };
  }
  if (misses >= missesMax) {
    const again = { ...state, misses: 0, patienceUntilMs: Infinity, nextQuestionAtMs: nowMs + pauseMs(intervalMs) };
    return { state: again, actions: [stop] };
  }
  const asked = ask({ ...state, misses }, intervalMs, nowMs);
  return { state: asked.state, actions: [stop, ...asked.actions] };
}

/** A dead far end is asked on, so that its return is seen. */
function die(state: LivenessState, reason: string, intervalMs: number, nowMs: number): Step {
  const dead: LivenessState = {
    name: 'dead',
    answers: state.answers,
    misses: 0,
    patienceUntilMs: Infinity,
    nextQuestionAtMs: nowMs + pauseMs(intervalMs),
  };
  const stop: LivenessAction[] = state.patienceUntilMs < Infinity ? [{ name: 'stop-asking' }] : [];
  return { state: dead, actions: state.name === 'dead' ? stop : [...stop, { name: 'dead', reason }] };
}

function pauseMs(intervalMs: number): number {
  return Math.min(intervalMs, 2000);
}
