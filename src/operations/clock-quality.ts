/**
 * How far our clock is from the reference, in the words of the record (A-27: within 50 ms, or the record says by how
 * much). A measurement is offset ± bound; what it proves is said, and nothing else:
 *
 *   agreed   |offset| + bound ≤ 50 ms        off   |offset| − bound > 50 ms        unknown   between, or nobody answers
 *
 * A state is left at 50 ms and entered anew 5 ms inside, so that noise does not fill the record. Pure.
 */

interface Figures {
  /** Ours minus the reference: positive, we are ahead; subtracted from a stamp it gives the reference's time. */
  readonly offsetMs: number;
  /** The truth is no farther from the offset. */
  readonly boundMs: number;
  readonly source: string;
}

type Verdict =
  | ({ readonly state: 'agreed' | 'off' } & Figures)
  /** The bound is too wide to say. */
  | ({ readonly state: 'unknown'; readonly reason: 'uncertain' } & Figures)
  /** silent: there was no answer yet; disagreeing: the servers contradict each other. */
  | { readonly state: 'unknown'; readonly reason: 'silent' | 'disagreeing' };

export type ClockQuality =
  /** No time server is configured. */
  { readonly state: 'unmeasured' } | (Verdict & { readonly sinceUtcMs: number });

export type Measured =
  | { readonly is: 'agreed'; readonly server: string; readonly offsetMs: number; readonly boundMs: number }
  | { readonly is: 'disagreeing' }
  | { readonly is: 'silent' };

const agreedMsMax = 50;
const hysteresisMs = 5;
const recordEveryMs = 3_600_000;
const movedMs = 10;

/** What is to be said after what was said before. */
export function judgeClock(before: ClockQuality | undefined, measured: Measured, utcMs: number): ClockQuality {
  const found = verdict(before?.state, measured);
  const isSame = before !== undefined && before.state !== 'unmeasured' && wordOf(before) === wordOf(found);
  return { ...found, sinceUtcMs: isSame ? before.sinceUtcMs : utcMs };
}

function wordOf(verdict: Verdict): string {
  return verdict.state === 'unknown' ? verdict.reason : verdict.state;
}

function verdict(before: ClockQuality['state'] | undefined, measured: Measured): Verdict {
  if (measured.is !== 'agreed') return { state: 'unknown', reason: measured.is };
  const { server: source, offsetMs, boundMs } = measured;
  const figures = { offsetMs, boundMs, source };
  const away = Math.abs(offsetMs);
  if (away + boundMs <= agreedMsMax - (before === 'agreed' || before === undefined ? 0 : hysteresisMs)) {
    return { state: 'agreed', ...figures };
  }
  if (away - boundMs > agreedMsMax - (before === 'off' ? hysteresisMs : 0)) return { state: 'off', ...figures };
  return { state: 'unknown', reason: 'uncertain', ...figures };
}

export interface Recorded {
  readonly quality: ClockQuality;
  readonly atMs: number;
}

/** Another state, 10 ms more or less, or an hour gone by. What is never measured is said once. */
export function isToRecord(last: Recorded | undefined, quality: ClockQuality, nowMs: number): boolean {
  if (last === undefined) return true;
  const { quality: before } = last;
  if (before.state === 'unmeasured' || quality.state === 'unmeasured') return before.state !== quality.state;
  if (wordOf(before) !== wordOf(quality) || nowMs - last.atMs >= recordEveryMs) return true;
  return 'offsetMs' in before && 'offsetMs' in quality && Math.abs(quality.offsetMs - before.offsetMs) >= movedMs;
}
