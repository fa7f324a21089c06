/**
 * How long whoever has guessed wrong waits before the next guess counts. Pure: time in, waiting time out.
 *
 *   guess ─▶ charged to three subjects ─▶ looked at ─▶ right: the account's own is forgotten
 *
 * Each guess is charged before it is looked at, so that many at once are no more than one after another. A subject is
 * an account seen from one address, an address, or an account seen from anywhere. The last one is patient: a stranger
 * elsewhere does not lock a dispatcher out of his own console within a few guesses. What is typed as a name is a
 * subject whether or not there is such an account.
 */

/** Of one subject; `wrong` guesses, the last of them at `lastMs`. */
export interface Guesses {
  readonly wrong: number;
  readonly lastMs: number;
}

export type SubjectKind = 'account-at-address' | 'address' | 'account';

interface Patience {
  /** Guesses that cost no time. */
  readonly free: number;
  readonly waitMsMax: number;
}

const patience: Readonly<Record<SubjectKind, Patience>> = {
  'account-at-address': { free: 5, waitMsMax: 15 * 60_000 },
  // Perhaps that of a proxy, behind which everybody is.
  address: { free: 50, waitMsMax: 60_000 },
  account: { free: 50, waitMsMax: 5 * 60_000 },
};
const firstWaitMs = 5000;
/** Without another guess for so long, all is forgotten. */
export const forgottenAfterMs = 24 * 3_600_000;

/** Until the next guess is looked at; 0: now, also when the clock was set back behind the last one. */
export function waitMs(kind: SubjectKind, guesses: Guesses | undefined, nowMs: number): number {
  if (guesses === undefined || isForgotten(guesses, nowMs)) return 0;
  const { free, waitMsMax } = patience[kind];
  if (guesses.wrong < free || nowMs < guesses.lastMs) return 0;
  const dueMs = Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(20, guesses.wrong - free));
  return Math.max(0, guesses.lastMs + dueMs - nowMs);
}

/** One more guess; to be taken back when it was right. */
export function charged(guesses: Guesses | undefined, nowMs: number): Guesses {
  const wrong = guesses === undefined || isForgotten(guesses, nowMs) ? 0 : guesses.wrong;
  return { wrong: wrong + 1, lastMs: nowMs };
}

/** A guess that was right after all costs its address nothing. */
export function uncharged(guesses: Guesses): Guesses {
  return { ...guesses, wrong: Math.max(0, guesses.wrong - 1) };
}

function isForgotten({ lastMs }: Guesses, nowMs: number): boolean {
  return Math.abs(nowMs - lastMs) >= forgottenAfterMs;
}
