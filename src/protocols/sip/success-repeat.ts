/**
 * Our 2xx to an INVITE, repeated until its ACK comes: end to end, on whatever transport, since a proxy between may have
 * carried it over UDP.
 *
 *   0, T1, +2·T1, +4·T1 … at most T2 apart; 64·T1 without ACK: the call is ended (RFC 3261 §13.3.1.4)
 */
import type { SipResponse } from './message.ts';
import { giveUpMs, type SipTimers } from './timers.ts';

export interface SuccessRepeat {
  /** CSeq of the INVITE, and so of the ACK. */
  readonly sequence: number;
  readonly response: SipResponse;
  readonly repeatAtMs: number;
  readonly intervalMs: number;
  readonly giveUpAtMs: number;
}

export function startSuccessRepeat(
  sequence: number,
  response: SipResponse,
  timers: SipTimers,
  nowMs: number,
): SuccessRepeat {
  const { t1Ms } = timers;
  return { sequence, response, repeatAtMs: nowMs + t1Ms, intervalMs: t1Ms, giveUpAtMs: nowMs + giveUpMs(timers) };
}

export function stepSuccessRepeat(
  repeat: SuccessRepeat,
  timers: SipTimers,
  nowMs: number,
): { readonly name: 'wait' | 'give-up' } | { readonly name: 'send'; readonly repeat: SuccessRepeat } {
  if (nowMs >= repeat.giveUpAtMs) return { name: 'give-up' };
  if (nowMs < repeat.repeatAtMs) return { name: 'wait' };
  const intervalMs = Math.min(2 * repeat.intervalMs, timers.t2Ms);
  return { name: 'send', repeat: { ...repeat, intervalMs, repeatAtMs: nowMs + intervalMs } };
}

export function successRepeatDeadlineMs(repeat: SuccessRepeat): number {
  return Math.min(repeat.repeatAtMs, repeat.giveUpAtMs);
}
