/**
 * INVITE server transaction: answers repeats of the INVITE, and repeats a refusal until it is acknowledged.
 *
 *   proceeding ──2xx──▶ accepted ──L──▶ terminated                        L  absorb repeats after a 2xx: 64·T1
 *       └──3xx–6xx──▶ completed ──ACK──▶ confirmed ──I──▶ terminated      G  repeat the refusal (UDP): T1 up to T2
 *                         └──H──▶ terminated                             H  no ACK: 64·T1;  I  absorb ACKs: T4, 0 TCP
 *
 * 100 Trying goes out by itself when nothing else has for 200 ms (§17.2.1). Repeats of a 2xx are the call's business,
 * since its ACK comes end to end (§13.3.1.4).
 *
 * Standard: RFC 3261 §17.2.1 as corrected by RFC 6026 §7.1.
 * Driven by: transaction-layer.ts.
 */
import type { SipRequest, SipResponse } from './message.ts';
import { giveUpMs, type TransactionContext } from './timers.ts';

export type InviteServerState =
  | {
      readonly name: 'proceeding';
      /** When 100 is owed; Infinity once anything was sent. */
      readonly tryingAtMs: number;
      readonly last: SipResponse | undefined;
    }
  | { readonly name: 'accepted'; readonly endAtMs: number }
  | {
      readonly name: 'completed';
      readonly response: SipResponse;
      readonly repeatAtMs: number;
      readonly intervalMs: number;
      readonly endAtMs: number;
    }
  | { readonly name: 'confirmed'; readonly endAtMs: number }
  | { readonly name: 'terminated' };

export type InviteServerEvent =
  /** The same INVITE once more. */
  | { readonly name: 'repeat' }
  | { readonly name: 'ack'; readonly request: SipRequest }
  | { readonly name: 'respond'; readonly response: SipResponse }
  | { readonly name: 'unreachable' }
  | { readonly name: 'tick' };

export type InviteServerAction =
  | { readonly name: 'sendTrying' }
  | { readonly name: 'send'; readonly response: SipResponse }
  /** An ACK of a 2xx that used the INVITE's branch, as some far ends do (RFC 6026 §7.1). */
  | { readonly name: 'deliverAck' };

type Step = { readonly state: InviteServerState; readonly actions: readonly InviteServerAction[] };
type On<S extends InviteServerState['name'], E extends InviteServerEvent['name']> = (
  state: Extract<InviteServerState, { name: S }>,
  event: Extract<InviteServerEvent, { name: E }>,
  context: TransactionContext,
  nowMs: number,
) => Step;
type Table = { [S in InviteServerState['name']]: { [E in InviteServerEvent['name']]: On<S, E> } };

// biome-ignore format: a table
const transitions: Table = {
  //            repeat                ack               respond           unreachable        tick
  proceeding: { repeat: answerAgain,  ack: stay,        respond: respond, unreachable: end,  tick: tryWhenDue },
  accepted:   { repeat: stay,         ack: deliverAck,  respond: success, unreachable: stay, tick: endWhenDue },
  completed:  { repeat: refuseAgain,  ack: confirm,     respond: stay,    unreachable: end,  tick: repeatOrGiveUp },
  confirmed:  { repeat: stay,         ack: stay,        respond: stay,    unreachable: stay, tick: endWhenDue },
  terminated: { repeat: stay,         ack: stay,        respond: stay,    unreachable: stay, tick: stay },
};

const terminated: InviteServerState = { name: 'terminated' };
const tryingAfterMs = 200;

export function startInviteServer(nowMs: number): InviteServerState {
  return { name: 'proceeding', tryingAtMs: nowMs + tryingAfterMs, last: undefined };
}

/** Feeds one event. Total: what a state has no rule for changes nothing. */
export function stepInviteServer(
  state: InviteServerState,
  event: InviteServerEvent,
  context: TransactionContext,
  nowMs: number,
): Step {
  const rule = transitions[state.name][event.name] as On<InviteServerState['name'], InviteServerEvent['name']>;
  return rule(state, event, context, nowMs);
}

/** When a `tick` is owed; Infinity when nothing is pending. */
export function inviteServerDeadlineMs(state: InviteServerState): number {
  switch (state.name) {
    case 'proceeding':
      return state.tryingAtMs;
    case 'completed':
      return Math.min(state.repeatAtMs, state.endAtMs);
    case 'accepted':
    case 'confirmed':
      return state.endAtMs;
    case 'terminated':
      return Infinity;
  }
}

type Proceeding = Extract<InviteServerState, { name: 'proceeding' }>;
type Completed = Extract<InviteServerState, { name: 'completed' }>;

function stay(state: InviteServerState): Step {
  return { state, actions: [] };
}

function end(): Step {
  return { state: terminated, actions: [] };
}

/** A repeated INVITE before any answer means that ours is slow: say 100 now rather than wait for the timer. */
function answerAgain(state: Proceeding): Step {
  if (state.last === undefined) return { state: { ...state, tryingAtMs: Infinity }, actions: [{ name: 'sendTrying' }] };
  return { state, actions: [{ name: 'send', response: state.last }] };
}

function tryWhenDue(state: Proceeding, _: InviteServerEvent, __: TransactionContext, nowMs: number): Step {
  if (nowMs < state.tryingAtMs) return stay(state);
  return { state: { ...state, tryingAtMs: Infinity }, actions: [{ name: 'sendTrying' }] };
}

function respond(
  state: Proceeding,
  event: { readonly response: SipResponse },
  context: TransactionContext,
  nowMs: number,
): Step {
  const { response } = event;
  const actions: InviteServerAction[] = [{ name: 'send', response }];
  if (response.status < 200) return { state: { ...state, tryingAtMs: Infinity, last: response }, actions };
  const endAtMs = nowMs + giveUpMs(context.timers);
  if (response.status < 300) return { state: { name: 'accepted', endAtMs }, actions };
  const { t1Ms } = context.timers;
  const repeatAtMs = context.reliable ? Infinity : nowMs + t1Ms;
  return { state: { name: 'completed', response, repeatAtMs, intervalMs: t1Ms, endAtMs }, actions };
}

/** The call repeats its 2xx through the transaction. */
function success(state: InviteServerState, event: { readonly response: SipResponse }): Step {
  const { response } = event;
  return response.status >= 200 && response.status < 300
    ? { state, actions: [{ name: 'send', response }] }
    : stay(state);
}

function deliverAck(state: InviteServerState): Step {
  return { state, actions: [{ name: 'deliverAck' }] };
}

function refuseAgain(state: Completed): Step {
  return { state, actions: [{ name: 'send', response: state.response }] };
}

function confirm(_: Completed, __: InviteServerEvent, context: TransactionContext, nowMs: number): Step {
  if (context.reliable) return end();
  return { state: { name: 'confirmed', endAtMs: nowMs + context.timers.t4Ms }, actions: [] };
}

function repeatOrGiveUp(state: Completed, _: InviteServerEvent, context: TransactionContext, nowMs: number): Step {
  // A refusal that nobody acknowledged: the far end gave up, and so do we.
  if (nowMs >= state.endAtMs) return end();
  if (nowMs < state.repeatAtMs) return stay(state);
  const intervalMs = Math.min(2 * state.intervalMs, context.timers.t2Ms);
  return {
    state: { ...state, intervalMs, repeatAtMs: nowMs + intervalMs },
    actions: [{ name: 'send', response: state.response }],
  };
}

function endWhenDue(
  state: Extract<InviteServerState, { name: 'accepted' | 'confirmed' }>,
  _: InviteServerEvent,
  __: TransactionContext,
  nowMs: number,
): Step {
  return nowMs >= state.endAtMs ? end() : stay(state);
}
