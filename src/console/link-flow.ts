/**
 * What to do about a page that reads slower than it is told: state messages are held back first (they coalesce into
 * a Snapshot), and a page that does not catch up is cut off to come back when it can. Pure.
 *
 *   flowing ──too much unsent──▶ holding ──nearly all sent──▶ catchUp: flowing
 *                                  └──too long, or far too much──▶ close
 */
export type Flow =
  | { readonly name: 'flowing' }
  /** Nothing after `afterSeq` was sent. */
  | { readonly name: 'holding'; readonly afterSeq: number; readonly sinceMs: number };

export const flowing: Flow = { name: 'flowing' };

/** A Snapshot of a large site is below this. */
const holdBytes = 512 * 1024;
const resumeBytes = 64 * 1024;
/** Answers are not held; a page that reads nothing can pile up no more than this. */
const closeBytes = 4 * 1024 * 1024;
const holdMsMax = 5000;

/** A state message with this number is to go out; `sends` says whether it does now. */
export function offer(
  flow: Flow,
  seq: number,
  unsentBytes: number,
  nowMs: number,
): { readonly flow: Flow; readonly sends: boolean } {
  if (flow.name === 'holding') return { flow, sends: false };
  if (unsentBytes <= holdBytes) return { flow, sends: true };
  return { flow: { name: 'holding', afterSeq: seq - 1, sinceMs: nowMs }, sends: false };
}

/** What a held link may do now; to be asked a few times a second. */
export function judge(flow: Flow, unsentBytes: number, nowMs: number): 'wait' | 'catchUp' | 'close' {
  if (unsentBytes > closeBytes) return 'close';
  if (flow.name === 'flowing') return 'wait';
  if (unsentBytes <= resumeBytes) return 'catchUp';
  return nowMs - flow.sinceMs >= holdMsMax ? 'close' : 'wait';
}
