/**
 * INVITE client transaction: repeats the INVITE until somebody answers, and acknowledges every final answer but 2xx.
 *
 *   calling ──1xx──▶ proceeding ──2xx──▶ accepted ──M──▶ terminated      A  repeat (UDP): T1, doubled each time
 *      │ └─2xx──────────────────────────────▲                            B  no answer: 64·T1
 *      └──3xx–6xx──▶ completed ──D──▶ terminated                         D  absorb repeats: 32 s UDP, 0 TCP
 *                                                                        M  further 2xx of forks: 64·T1
 * Standard: RFC 3261 §17.1.1 as corrected by RFC 6026 §7.2, §8.4.
 * Driven by: transaction-layer.ts.
 */
import type { SipResponse } from './message.ts';
import { giveUpMs, type TransactionContext } from './timers.ts';

export type InviteClientState =
  | {
      readonly name: 'calling';
      readonly repeatAtMs: number;
      readonly intervalMs: number;
      readonly giveUpAtMs: number;
    }
  /** Ringing has no end here (the call's owner sets one); 64·T1 once it was cancelled (§9.1). */
  | { readonly name: 'proceeding'; readonly giveUpAtMs: number }
  | { readonly name: 'accepted'; readonly endAtMs: number }
  | { readonly name: 'completed'; readonly endAtMs: number }
  | { readonly name: 'terminated' };

export type InviteClientEvent =
  | { readonly name: 'provisional'; readonly response: SipResponse }
  | { readonly name: 'success'; readonly response: SipResponse }
  | { readonly name: 'failure'; readonly response: SipResponse }
  | { readonly name: 'cancelled' }
  | { readonly name: 'unreachable' }
  | { readonly name: 'tick' };

export type InviteClientAction =
  | { readonly name: 'sendRequest' }
  /** ACK of a final answer that is no 2xx; hop by hop, so it is the transaction's. */
  | { readonly name: 'sendAck'; readonly response: SipResponse }
  | { readonly name: 'deliver'; readonly response: SipResponse }
  | { readonly name: 'timeout' }
  | { readonly name: 'unreachable' };

type Step = { readonly state: InviteClientState; readonly actions: readonly InviteClientAction[] };
type On<S extends InviteClientState['name'], E extends InviteClientEvent['name']> = (
  state: Extract<InviteClientState, { name: S }>,
  event: Extract<InviteClientEvent, { name: E }>,
  context: TransactionContext,
  nowMs: number,
) => Step;
type Table = {
  [S in InviteClientState['name']]: { [E in InviteClientEvent['name']]: On<S, E> };
};

// biome-ignore format: a table
const transitions: Table = {
  //            provisional             success          failure            cancelled         unreachable        tick
  calling:    { provisional: proceed,   success: accept, failure: complete, cancelled: hush,  unreachable: fail, tick: repeatOrGiveUp },
  proceeding: { provisional: pass,      success: accept, failure: complete, cancelled: limit, unreachable: fail, tick: giveUpWhenDue },
  accepted:   { provisional: stay,      success: pass,   failure: stay,     cancelled: stay,  unreachable: stay, tick: endWhenDue },
  completed:  { provisional: stay,      success: stay,   failure: ackAgain, cancelled: stay,  unreachable: end,  tick: endWhenDue },
  terminated: { provisional: stay,      success: stay,   failure: stay,     cancelled: stay,  unreachable: stay, tick: stay },
};

const terminated: InviteClientState = { name: 'terminated' };

/** Begins: the request is to be sent at once. */
export function startInviteClient(context: TransactionContext, nowMs: number): Step {
  const { t1Ms } = context.timers;
  const repeatAtMs = context.reliable ? Infinity : nowMs + t1Ms;
  const state: InviteClientState = {
    name: 'calling',
    repeatAtMs,
    intervalMs: t1Ms,
    giveUpAtMs: nowMs + giveUpMs(context.timers),
  };
  return { state, actions: [{ name: 'sendRequest' }] };
}

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepInviteClient(
  state: InviteClientState,
  event: InviteClientEvent,
  context: TransactionContext,
  nowMs: number,
): Step {
  const rule = transitions[state.name][event.name] as On<InviteClientState['name'], InviteClientEvent['name']>;
  return rule(state, event, context, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function inviteClientDeadlineMs(state: InviteClientState): number {
  switch (state.name) {
    case 'calling':
      return Math.min(state.repeatAtMs, state.giveUpAtMs);
    case 'proceeding':
      return state.giveUpAtMs;
    case 'accepted':
    case 'completed':
      return state.endAtMs;
    case 'terminated':
      return Infinity;
  }
}

function stay(state: InviteClientState): Step {
  return { state, actions: [] };
}

function proceed(_: InviteClientState, event: { readonly response: SipResponse }): Step {
  return {
    state: { name: 'proceeding', giveUpAtMs: Infinity },
    actions: [{ name: 'deliver', response: event.response }],
  };
}

function pass(state: InviteClientState, event: { readonly response: SipResponse }): Step {
  return { state, actions: [{ name: 'deliver', response: event.response }] };
}

function accept(
  _: InviteClientState,
  event: { readonly response: SipResponse },
  context: TransactionContext,
  nowMs: number,
): Step {
  return {
    state: { name: 'accepted', endAtMs: nowMs + giveUpMs(context.timers) },
    actions: [{ name: 'deliver', response: event.response }],
  };
}

function complete(
  _: InviteClientState,
  event: { readonly response: SipResponse },
  context: TransactionContext,
  nowMs: number,
): Step {
  const actions: InviteClientAction[] = [
    { name: 'sendAck', response: event.response },
    { name: 'deliver', response: event.response },
  ];
  if (context.reliable) return { state: terminated, actions };
  // "at least 32 seconds": the far end's timer H, so it follows T1 only upwards.
  return { state: { name: 'completed', endAtMs: nowMs + Math.max(32_000, giveUpMs(context.timers)) }, actions };
}

function ackAgain(state: InviteClientState, event: { readonly response: SipResponse }): Step {
  return { state, actions: [{ name: 'sendAck', response: event.response }] };
}

/**
 * Nobody waits for this call any more, and CANCEL may not go out before a provisional answer: repeating would only ring
 * a far end that comes back. It still listens, so that whoever answers can be hung up on.
 */
function hush(state: Extract<InviteClientState, { name: 'calling' }>): Step {
  return { state: { ...state, repeatAtMs: Infinity }, actions: [] };
}

function limit(
  state: Extract<InviteClientState, { name: 'proceeding' }>,
  _: InviteClientEvent,
  context: TransactionContext,
  nowMs: number,
): Step {
  const giveUpAtMs = Math.min(state.giveUpAtMs, nowMs + giveUpMs(context.timers));
  return { state: { name: 'proceeding', giveUpAtMs }, actions: [] };
}

function fail(): Step {
  return { state: terminated, actions: [{ name: 'unreachable' }] };
}

function end(): Step {
  return { state: terminated, actions: [] };
}

function repeatOrGiveUp(
  state: Extract<InviteClientState, { name: 'calling' }>,
  _: InviteClientEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  if (nowMs >= state.giveUpAtMs) return { state: terminated, actions: [{ name: 'timeout' }] };
  if (nowMs < state.repeatAtMs) return stay(state);
  const intervalMs = 2 * state.intervalMs;
  return { state: { ...state, intervalMs, repeatAtMs: nowMs + intervalMs }, actions: [{ name: 'sendRequest' }] };
}

function giveUpWhenDue(
  state: Extract<InviteClientState, { name: 'proceeding' }>,
  _: InviteClientEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  return nowMs >= state.giveUpAtMs ? { state: terminated, actions: [{ name: 'timeout' }] } : stay(state);
}

function endWhenDue(
  state: Extract<InviteClientState, { name: 'accepted' | 'completed' }>,
  _: InviteClientEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  return nowMs >= state.endAtMs ? end() : stay(state);
}
