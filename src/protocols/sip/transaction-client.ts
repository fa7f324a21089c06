/**
 * Client transaction of any method but INVITE and ACK.
 *
 *   trying ──1xx──▶ proceeding ──200–699──▶ completed ──K──▶ terminated    E  repeat (UDP): T1 doubled up to T2
 *      └──────────200–699─────────────────────▲                           F  no final answer: 64·T1
 *                                                                         K  absorb repeats: T4 UDP, 0 TCP
 * Standard: RFC 3261 §17.1.2; RFC 4320 (whoever hears nothing must not answer 408 himself).
 * Driven by: transaction-layer.ts.
 */
import type { SipResponse } from './message.ts';
import { giveUpMs, type TransactionContext } from './timers.ts';

interface Pending {
  readonly repeatAtMs: number;
  readonly intervalMs: number;
  readonly giveUpAtMs: number;
}

export type ClientState =
  | ({ readonly name: 'trying' } & Pending)
  | ({ readonly name: 'proceeding' } & Pending)
  | { readonly name: 'completed'; readonly endAtMs: number }
  | { readonly name: 'terminated' };

export type ClientEvent =
  | { readonly name: 'provisional'; readonly response: SipResponse }
  | { readonly name: 'final'; readonly response: SipResponse }
  | { readonly name: 'unreachable' }
  | { readonly name: 'tick' };

export type ClientAction =
  | { readonly name: 'sendRequest' }
  | { readonly name: 'deliver'; readonly response: SipResponse }
  | { readonly name: 'timeout' }
  | { readonly name: 'unreachable' };

type Step = { readonly state: ClientState; readonly actions: readonly ClientAction[] };
type On<S extends ClientState['name'], E extends ClientEvent['name']> = (
  state: Extract<ClientState, { name: S }>,
  event: Extract<ClientEvent, { name: E }>,
  context: TransactionContext,
  nowMs: number,
) => Step;
type Table = { [S in ClientState['name']]: { [E in ClientEvent['name']]: On<S, E> } };

// biome-ignore format: a table
const transitions: Table = {
  //            provisional             final            unreachable        tick
  trying:     { provisional: proceed,   final: complete, unreachable: fail, tick: repeatOrGiveUp },
  proceeding: { provisional: pass,      final: complete, unreachable: fail, tick: repeatOrGiveUp },
  completed:  { provisional: stay,      final: stay,     unreachable: stay, tick: endWhenDue },
  terminated: { provisional: stay,      final: stay,     unreachable: stay, tick: stay },
};

const terminated: ClientState = { name: 'terminated' };

/** Begins: the request is to be sent at once. */
export function startClient(context: TransactionContext, nowMs: number): Step {
  const { t1Ms } = context.timers;
  const state: ClientState = {
    name: 'trying',
    repeatAtMs: context.reliable ? Infinity : nowMs + t1Ms,
    intervalMs: t1Ms,
    giveUpAtMs: nowMs + giveUpMs(context.timers),
  };
  return { state, actions: [{ name: 'sendRequest' }] };
}

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepClient(state: ClientState, event: ClientEvent, context: TransactionContext, nowMs: number): Step {
  const rule = transitions[state.name][event.name] as On<ClientState['name'], ClientEvent['name']>;
  return rule(state, event, context, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function clientDeadlineMs(state: ClientState): number {
  switch (state.name) {
    case 'trying':
    case 'proceeding':
      return Math.min(state.repeatAtMs, state.giveUpAtMs);
    case 'completed':
      return state.endAtMs;
    case 'terminated':
      return Infinity;
  }
}

function stay(state: ClientState): Step {
  return { state, actions: [] };
}

function pass(state: ClientState, event: { readonly response: SipResponse }): Step {
  return { state, actions: [{ name: 'deliver', response: event.response }] };
}

/** The far end has it: repeats go on, for the final answer may be lost, but at T2. */
function proceed(
  state: { readonly name: 'trying' } & Pending,
  event: { readonly response: SipResponse },
  context: TransactionContext,
): Step {
  return {
    state: { ...state, name: 'proceeding', intervalMs: context.timers.t2Ms },
    actions: [{ name: 'deliver', response: event.response }],
  };
}

function complete(
  _: ClientState,
  event: { readonly response: SipResponse },
  context: TransactionContext,
  nowMs: number,
): Step {
  const actions: ClientAction[] = [{ name: 'deliver', response: event.response }];
  if (context.reliable) return { state: terminated, actions };
  return { state: { name: 'completed', endAtMs: nowMs + context.timers.t4Ms }, actions };
}

function fail(): Step {
  return { state: terminated, actions: [{ name: 'unreachable' }] };
}

function repeatOrGiveUp(
  state: { readonly name: 'trying' | 'proceeding' } & Pending,
  _: ClientEvent,
  context: TransactionContext,
  nowMs: number,
): Step {
  if (nowMs >= state.giveUpAtMs) return { state: terminated, actions: [{ name: 'timeout' }] };
  if (nowMs < state.repeatAtMs) return { state: state as ClientState, actions: [] };
  const { t2Ms } = context.timers;
  const intervalMs = state.name === 'proceeding' ? t2Ms : Math.min(2 * state.intervalMs, t2Ms);
  return {
    state: { ...state, intervalMs, repeatAtMs: nowMs + intervalMs },
    actions: [{ name: 'sendRequest' }],
  };
}

function endWhenDue(
  state: Extract<ClientState, { name: 'completed' }>,
  _: ClientEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  return nowMs >= state.endAtMs ? { state: terminated, actions: [] } : stay(state);
}
