/**
 * Session timers: a call is refreshed at half its interval by one side, and ended by the other when no refresh comes,
 * so that no call outlives a far end that forgot it.
 *
 *   0 ─────────── interval/2: refresher sends UPDATE or re-INVITE ─────── interval − min(32 s, interval/3): BYE
 *
 * Standard: RFC 4028. Values only; the call (call.ts) sends what is due.
 */
import { formatSessionExpires, type SessionExpires } from './header-values.ts';
import { readMinSe, readSessionExpires, readTokens } from './headers.ts';
import type { SipHeaders, SipRequest, SipResponse } from './message.ts';

export interface SessionTimer {
  readonly intervalS: number;
  readonly weRefresh: boolean;
  /** When our refresh is due; Infinity when it is theirs to send. */
  readonly refreshAtMs: number;
  /** When the call is to be ended for want of a refresh. */
  readonly expireAtMs: number;
}

/** Smallest interval that we accept and that anybody may ask of us (§4). */
export const minSeS = 90;

/** What a request of ours asks for. */
export interface SessionWish {
  readonly intervalS: number;
  /** Highest Min-SE that a 422 has told us. */
  readonly minS: number;
}

/** Header fields of an INVITE or UPDATE of ours (§7.1). `refresher` is named on refreshes, so that roles stay (§7.4). */
export function writeSessionWish(headers: SipHeaders, wish: SessionWish, refresher: 'uac' | 'uas' | undefined): void {
  const intervalS = Math.max(wish.intervalS, wish.minS);
  headers.set('Session-Expires', formatSessionExpires({ intervalS, ...(refresher !== undefined && { refresher }) }));
  if (wish.minS > minSeS) headers.set('Min-SE', String(wish.minS));
}

/** Our wish after a 422; undefined if that names no higher minimum than we keep already, so that it is not repeated. */
export function raiseWish(wish: SessionWish, response: SipResponse): SessionWish | undefined {
  const minS = readMinSe(response.headers);
  return minS === undefined || minS <= Math.max(wish.minS, wish.intervalS) || minS > 86_400
    ? undefined
    : { ...wish, minS };
}

/** Whether a request of theirs asks for less than we accept: answer 422 with Min-SE (§9). */
export function isTooSmall(request: SipRequest): boolean {
  const asked = readSessionExpires(request.headers);
  return asked !== undefined && asked.intervalS < minSeS && supportsTimer(request.headers);
}

/**
 * Our answer as UAS (§9, table 2): what goes into the 2xx, or undefined for a session without timer. We never make the
 * interval longer than asked, nor shorter than their minimum, and refresh ourselves unless they want to.
 */
export function answerSessionTimer(request: SipRequest, ownIntervalS: number): SessionExpires | undefined {
  const asked = readSessionExpires(request.headers);
  const supported = supportsTimer(request.headers);
  if (asked === undefined && !supported) return undefined;
  const minS = Math.max(minSeS, readMinSe(request.headers) ?? 0);
  const intervalS = Math.max(minS, Math.min(asked?.intervalS ?? ownIntervalS, ownIntervalS));
  return { intervalS, refresher: supported ? (asked?.refresher ?? 'uas') : 'uas' };
}

/** Header fields of our 2xx (§9): whoever is to refresh must understand timers, so Require says it if that is they. */
export function sessionAnswerHeaders(answer: SessionExpires | undefined): (readonly [string, string])[] {
  if (answer === undefined) return [];
  const fields: (readonly [string, string])[] = [['Session-Expires', formatSessionExpires(answer)]];
  return answer.refresher === 'uac' ? [['Require', 'timer'], ...fields] : fields;
}

/** The timer that a 2xx of theirs to our request starts; undefined when it asks for none (§7.2). */
export function timerOfResponse(response: SipResponse, nowMs: number): SessionTimer | undefined {
  const granted = readSessionExpires(response.headers);
  return granted && startSessionTimer(granted.intervalS, granted.refresher !== 'uas', nowMs);
}

export function startSessionTimer(intervalS: number, weRefresh: boolean, nowMs: number): SessionTimer {
  // A far end may grant absurdly little; below the minimum the refreshes would be a load of their own.
  const boundedS = Math.min(Math.max(intervalS, minSeS), 86_400);
  return {
    intervalS: boundedS,
    weRefresh,
    refreshAtMs: weRefresh ? nowMs + 500 * boundedS : Infinity,
    expireAtMs: nowMs + 1000 * (boundedS - Math.min(32, boundedS / 3)),
  };
}

function supportsTimer(headers: SipHeaders): boolean {
  return readTokens(headers, 'Supported').some((tag) => tag.toLowerCase() === 'timer');
}
