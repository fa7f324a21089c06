/**
 * Our registration at a far end's registrar. Pure: answers and time in, what is to be sent and told out.
 *
 *   idle ──start──▶ asking ──200──▶ registered ──at 80 % of its life──▶ asking …
 *                     └──refused, no answer──▶ waiting ──after 1, 2, 4 … 30 s──▶ asking
 *   any ──stop──▶ leaving ──answer, no answer──▶ idle
 *
 * Standard: RFC 3261 §10.2 (423: §10.2.8).
 * Driven by: bridges/sip/sip-registration.ts.
 */
import { readContacts, readExpires } from './headers.ts';
import type { SipResponse } from './message.ts';
import { readDecimal } from './scan.ts';

export type RegistrationState =
  | { readonly name: 'idle' }
  | { readonly name: 'asking'; readonly memory: Memory }
  | { readonly name: 'registered'; readonly memory: Memory; readonly refreshAtMs: number }
  | { readonly name: 'waiting'; readonly memory: Memory; readonly againAtMs: number }
  | { readonly name: 'leaving' };

interface Memory {
  /** Lifetime to ask for; raised by 423. */
  readonly expiresS: number;
  /** Refusals and silences in a row. */
  readonly failures: number;
  /** Until when the last 200 holds; -Infinity before the first. */
  readonly untilMs: number;
  /** What was told of this row: a status, or that there is no answer; repetition is not told. */
  readonly told?: number | 'silence';
}

export type RegistrationEvent =
  | { readonly name: 'start'; readonly expiresS: number }
  | { readonly name: 'answered'; readonly response: SipResponse }
  | { readonly name: 'unanswered' }
  | { readonly name: 'stop' }
  | { readonly name: 'tick' };

export type RegistrationAction =
  /** REGISTER with this lifetime; 0 takes the binding back. */
  | { readonly name: 'send'; readonly expiresS: number }
  | { readonly name: 'registered' }
  | { readonly name: 'refused'; readonly status: number | undefined; readonly reason: string }
  | { readonly name: 'expired' }
  | { readonly name: 'left' };

type Step = { readonly state: RegistrationState; readonly actions: readonly RegistrationAction[] };
/** Chance in [0, 1) that spreads retries. */
type On<S extends RegistrationState['name'], E extends RegistrationEvent['name']> = (
  state: Extract<RegistrationState, { name: S }>,
  event: Extract<RegistrationEvent, { name: E }>,
  nowMs: number,
  fraction: number,
) => Step;
type Table = { [S in RegistrationState['name']]: { [E in RegistrationEvent['name']]: On<S, E> } };

// biome-ignore format: a table
const transitions: Table = {
  //            start         answered         unanswered       stop         tick
  idle:       { start: start, answered: stay,  unanswered: stay, stop: left,  tick: stay },
  asking:     { start: stay,  answered: judge, unanswered: wait, stop: leave, tick: stay },
  registered: { start: stay,  answered: stay,  unanswered: stay, stop: leave, tick: refreshWhenDue },
  waiting:    { start: stay,  answered: stay,  unanswered: stay, stop: leave, tick: askWhenDue },
  leaving:    { start: stay,  answered: left,  unanswered: left, stop: stay,  tick: stay },
};

export const notRegistered: RegistrationState = { name: 'idle' };
const retryMsMax = 30_000;
/** Wrong credentials do not mend by themselves, and guessing them often gets us locked out. */
const wrongCredentialsMs = 30_000;

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepRegistration(
  state: RegistrationState,
  event: RegistrationEvent,
  nowMs: number,
  fraction: number,
): Step {
  const rule = transitions[state.name][event.name] as On<RegistrationState['name'], RegistrationEvent['name']>;
  return rule(state, event, nowMs, fraction);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function registrationDeadlineMs(state: RegistrationState): number {
  if (state.name === 'registered') return state.refreshAtMs;
  return state.name === 'waiting' ? state.againAtMs : Infinity;
}

type Asking = Extract<RegistrationState, { name: 'asking' }>;

function stay(state: RegistrationState): Step {
  return { state, actions: [] };
}

function start(_: RegistrationState, event: { readonly expiresS: number }): Step {
  const memory = { expiresS: event.expiresS, failures: 0, untilMs: -Infinity };
  return ask(memory);
}

function ask(memory: Memory): Step {
  return { state: { name: 'asking', memory }, actions: [{ name: 'send', expiresS: memory.expiresS }] };
}

function judge(state: Asking, event: { readonly response: SipResponse }, nowMs: number, fraction: number): Step {
  const { response } = event;
  if (response.status < 300) return registered(state, response, nowMs);
  const minS = readDecimal(response.headers.get('Min-Expires') ?? '', 86_400);
  if (response.status === 423 && minS !== undefined && minS > state.memory.expiresS) {
    return ask({ ...state.memory, expiresS: minS });
  }
  const wrong = response.status === 401 || response.status === 407 || response.status === 403;
  return retry(state, nowMs, fraction, wrong ? wrongCredentialsMs : 0, {
    name: 'refused',
    status: response.status,
    reason: response.reason.slice(0, 120),
  });
}

function registered(state: Asking, response: SipResponse, nowMs: number): Step {
  const lives = readContacts(response.headers).map(({ params }) => readDecimal(params.get('expires') ?? '', 86_400));
  const grantedS = lives.find((each) => each !== undefined) ?? readExpires(response.headers) ?? state.memory.expiresS;
  const lifeMs = 1000 * Math.min(Math.max(grantedS, 10), 86_400);
  const memory = { expiresS: state.memory.expiresS, failures: 0, untilMs: nowMs + lifeMs };
  return {
    state: { name: 'registered', memory, refreshAtMs: nowMs + 0.8 * lifeMs },
    actions: state.memory.untilMs > nowMs ? [] : [{ name: 'registered' }],
  };
}

function wait(state: Asking, _: RegistrationEvent, nowMs: number, fraction: number): Step {
  return retry(state, nowMs, fraction, 0, { name: 'refused', status: undefined, reason: 'no answer' });
}

function retry(
  state: Asking,
  nowMs: number,
  fraction: number,
  leastMs: number,
  refused: Extract<RegistrationAction, { name: 'refused' }>,
): Step {
  const failures = state.memory.failures + 1;
  const baseMs = Math.max(leastMs, Math.min(1000 * 2 ** Math.min(failures - 1, 5), retryMsMax));
  const pauseMs = Math.min(baseMs * (0.8 + 0.4 * fraction), retryMsMax);
  const expired = state.memory.untilMs > -Infinity && state.memory.untilMs <= nowMs + pauseMs;
  const untilMs = expired ? -Infinity : state.memory.untilMs;
  // Each new kind of refusal is told, and that what was registered has run out; the rest is repetition.
  const told = refused.status ?? 'silence';
  const actions: RegistrationAction[] = told === state.memory.told ? [] : [refused];
  if (expired) actions.push({ name: 'expired' });
  return {
    state: { name: 'waiting', memory: { ...state.memory, failures, untilMs, told }, againAtMs: nowMs + pauseMs },
    actions,
  };
}

function refreshWhenDue(
  state: Extract<RegistrationState, { name: 'registered' }>,
  _: RegistrationEvent,
  nowMs: number,
): Step {
  return nowMs >= state.refreshAtMs ? ask(state.memory) : stay(state);
}

function askWhenDue(state: Extract<RegistrationState, { name: 'waiting' }>, _: RegistrationEvent, nowMs: number): Step {
  return nowMs >= state.againAtMs ? ask(state.memory) : stay(state);
}

function leave(): Step {
  return { state: { name: 'leaving' }, actions: [{ name: 'send', expiresS: 0 }] };
}

function left(): Step {
  return { state: { name: 'idle' }, actions: [{ name: 'left' }] };
}
