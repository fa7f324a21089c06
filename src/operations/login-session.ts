/**
 * How long somebody who has logged in stays so. Pure.
 *
 *   open ──no act for lockAfterMs──▶ locked ──password──▶ open
 *     └───────── no page for idleMs, or endAfterMs since the login ─────────▶ ended
 *
 * Locked: sees and hears, and does nothing until the password is given. Neither a lock nor an end ever comes while he
 * talks or an emergency runs that concerns him (`isNeeded`): it waits for the end of that. A leaver is told by nobody to
 * this rule: his session is taken away at once.
 */

export interface SessionTimes {
  readonly openedMs: number;
  /** A page of his was last seen. */
  readonly seenMs: number;
  /** He last did something himself. */
  readonly actedMs: number;
}

export interface SessionLimits {
  readonly lockAfterMs: number;
  readonly idleMs: number;
  readonly endAfterMs: number;
}

export type SessionStage = 'open' | 'locked' | 'ended';

/** `wasLocked`: he was already, and only the password opens again. */
export function sessionStage(
  times: SessionTimes,
  limits: SessionLimits,
  nowMs: number,
  { isNeeded, wasLocked }: { readonly isNeeded: boolean; readonly wasLocked: boolean },
): SessionStage {
  const { openedMs, seenMs, actedMs } = times;
  const stage = wasLocked ? 'locked' : 'open';
  if (isNeeded) return stage;
  if (nowMs - openedMs >= limits.endAfterMs || nowMs - seenMs >= limits.idleMs) return 'ended';
  return nowMs - actedMs >= limits.lockAfterMs ? 'locked' : stage;
}
