/**
 * Server transaction of any method but INVITE and ACK: answers repeats with what was answered before.
 *
 *   trying ──100──▶ proceeding ──200–699──▶ completed ──J──▶ terminated     J  absorb repeats: 64·T1 UDP, 0 TCP
 *      └──────────200–699─────────────────────▲
 *
 * A request that nobody answered is forgotten after 64·T1 without a 408: the far end has given up by itself, and a late
 * 408 would only make proxies between us mark us dead (RFC 4320 §4.2).
 *
 * Standard: RFC 3261 §17.2.2; RFC 4320.
 * Driven by: transaction-layer.ts.
 */
import type { SipResponse } from './message.ts';
import { giveUpMs, type TransactionContext } from './timers.ts';

export type ServerState =
  | { readonly name: 'trying'; readonly endAtMs: number }
  | { readonly name: 'proceeding'; readonly last: SipResponse; readonly endAtMs: number }
  | { readonly name: 'completed'; readonly last: SipResponse; readonly endAtMs: number }
  | { readonly name: 'terminated' };

export type ServerEvent =
  | { readonly name: 'repeat' }
  | { readonly name: 'respond'; readonly response: SipResponse }
  | { readonly name: 'unreachable' }
  | { readonly name: 'tick' };

export type ServerAction = { readonly name: 'send'; readonly response: SipResponse };

type Step = { readonly state: ServerState; readonly actions: readonly ServerAction[] };
type On<S extends ServerState['name'], E extends ServerEvent['name']> = (
  state: Extract<ServerState, { name: S }>,
  event: Extract<ServerEvent, { name: E }>,
  context: TransactionContext,
  nowMs: number,
) => Step;
type Table = { [S in ServerState['name']]: { [E in ServerEvent['name']]: On<S, E> } };

// biome-ignore format: a table
const transitions: Table = {
  //            repeat               respond           unreachable       tick
  trying:     { repeat: stay,        respond: respond, unreachable: end, tick: endWhenDue },
  proceeding: { repeat: answerAgain, respond: respond, unreachable: end, tick: endWhenDue },
  completed:  { repeat: answerAgain, respond: stay,    unreachable: end, tick: endWhenDue },
  terminated: { repeat: stay,        respond: stay,    unreachable: stay, tick: stay },
};

const terminated: ServerState = { name: 'terminated' };

export function startServer(context: TransactionContext, nowMs: number): ServerState {
  return { name: 'trying', endAtMs: nowMs + giveUpMs(context.timers) };
}

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepServer(state: ServerState, event: ServerEvent, context: TransactionContext, nowMs: number): Step {
  const rule = transitions[state.name][event.name] as On<ServerState['name'], ServerEvent['name']>;
  return rule(state, event, context, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function serverDeadlineMs(state: ServerState): number {
  return state.name === 'terminated' ? Infinity : state.endAtMs;
}

function stay(state: ServerState): Step {
  return { state, actions: [] };
}

function end(): Step {
  return { state: terminated, actions: [] };
}

function respond(
  state: Extract<ServerState, { name: 'trying' | 'proceeding' }>,
  event: { readonly response: SipResponse },
  context: TransactionContext,
  nowMs: number,
): Step {
  const { response } = event;
  // RFC 4320 §4.1: of the provisional answers only 100, which does no harm.
  if (response.status > 100 && response.status < 200) return stay(state);
  const actions: ServerAction[] = [{ name: 'send', response }];
  if (response.status === 100)
    return { state: { name: 'proceeding', last: response, endAtMs: state.endAtMs }, actions };
  if (context.reliable) return { state: terminated, actions };
  return { state: { name: 'completed', last: response, endAtMs: nowMs + giveUpMs(context.timers) }, actions };
}

function answerAgain(state: Extract<ServerState, { name: 'proceeding' | 'completed' }>): Step {
  return { state, actions: [{ name: 'send', response: state.last }] };
}

function endWhenDue(
  state: Extract<ServerState, { name: 'trying' | 'proceeding' | 'completed' }>,
  _: ServerEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  return nowMs >= state.endAtMs ? end() : stay(state);
}
