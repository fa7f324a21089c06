/** What the end of a call means for its leg: how soon to try again, and how to say it. */
import type { Fault, FaultCode } from '../../base/faults.ts';
import type { CallEnd } from '../../protocols/sip/call-terms.ts';
import type { LegFailure } from '../leg-machine.ts';

/** Refusals that will come again until somebody changes something, with what that is. */
const lastingRefusals: ReadonlyMap<number, string> = new Map([
  [401, 'credentials are refused'],
  [403, 'call is forbidden'],
  [404, 'number is not known there'],
  [407, 'credentials are refused'],
  [410, 'number is no longer in use there'],
  [415, 'no common media'],
  [420, 'an extension of ours is not understood'],
  [482, 'call leads back to where it came from'],
  [484, 'number is not complete'],
  [485, 'number is ambiguous there'],
  [488, 'no common media'],
  [604, 'number is not known there'],
  [606, 'no common media'],
]);

const faultsByStatus: ReadonlyMap<number, FaultCode> = new Map([
  [401, 'credentials'],
  [403, 'credentials'],
  [404, 'unknown-number'],
  [407, 'credentials'],
  [408, 'unreachable'],
  [410, 'unknown-number'],
  [415, 'no-common-codec'],
  [480, 'busy'],
  [482, 'path-loop'],
  [484, 'unknown-number'],
  [485, 'unknown-number'],
  [486, 'busy'],
  [488, 'no-common-codec'],
  [503, 'busy'],
  [600, 'busy'],
  [604, 'unknown-number'],
  [606, 'no-common-codec'],
]);

/** What to look for, by how a call ended. */
export function faultOf(end: CallEnd): Fault {
  return { code: codeOf(end), ...(end.status !== undefined && { answer: end.status }) };
}

function codeOf(end: CallEnd): FaultCode {
  switch (end.why) {
    case 'refused':
      return faultsByStatus.get(end.status ?? 0) ?? 'refused';
    case 'no-answer':
      return 'not-answered';
    case 'timeout':
    case 'unreachable':
    case 'unacknowledged':
    case 'expired':
      return 'unreachable';
    case 'hung-up':
    case 'cancelled':
    case 'lost':
      return 'call-ended';
    case 'overload':
      return 'other';
  }
}

export function failureOf(end: CallEnd): LegFailure {
  const said = end.text === undefined || end.text === '' ? '' : ` (${end.text})`;
  switch (end.why) {
    case 'refused':
      return refusal(end.status ?? 0, said, end.retryAfterS);
    case 'hung-up':
    case 'cancelled':
      return { kind: 'passing', reason: end.by === 'them' ? `far end hung up${said}` : 'hung up' };
    case 'no-answer':
      return { kind: 'passing', reason: 'rings without being answered' };
    case 'timeout':
      return { kind: 'unreachable', reason: 'no answer' };
    case 'unreachable':
      return { kind: 'unreachable', reason: 'cannot be reached' };
    case 'overload':
      return { kind: 'passing', reason: 'too many SIP transactions here' };
    case 'unacknowledged':
      return { kind: 'unreachable', reason: 'our answer was never acknowledged' };
    case 'expired':
      return { kind: 'unreachable', reason: 'no session refresh came' };
    case 'lost':
      return { kind: 'passing', reason: 'far end no longer knows the call' };
  }
}

function refusal(status: number, said: string, retryAfterS: number | undefined): LegFailure {
  const meaning = lastingRefusals.get(status);
  const after = retryAfterS === undefined ? {} : { retryAfterMs: 1000 * retryAfterS };
  if (meaning !== undefined) return { kind: 'lasting', reason: `${meaning}: ${status}${said}`, ...after };
  if (status >= 300 && status < 400)
    return { kind: 'lasting', reason: `call is redirected: ${status}${said}`, ...after };
  return { kind: status === 408 ? 'unreachable' : 'passing', reason: `refused: ${status}${said}`, ...after };
}
