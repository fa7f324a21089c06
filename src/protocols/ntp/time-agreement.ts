/**
 * What several time servers say together. Each gives an interval in which our offset lies; the answer is what all but
 * the fewest possible liars can agree on, so that it holds the truth whenever more than half of them tell it.
 *
 *   A  ├──────┤
 *   B     ├───────┤           n = 3: at least two must agree
 *   C                 ├──┤
 *         ├───┤               the answer
 *
 * Standard: RFC 5905 §11.2.1 (after Marzullo). Pure.
 */

export interface Opinion {
  readonly server: string;
  readonly offsetMs: number;
  readonly boundMs: number;
}

export type Agreement =
  /** `server`: whose opinion it is, the surest of those that agree. */
  | { readonly is: 'agreed'; readonly server: string; readonly offsetMs: number; readonly boundMs: number }
  | { readonly is: 'disagreeing' }
  | { readonly is: 'silent' };

export function agree(opinions: readonly Opinion[]): Agreement {
  if (opinions.length === 0) return { is: 'silent' };
  const wanted = opinions.length - Math.floor((opinions.length - 1) / 2);
  const common = pointsHeldBy(opinions, wanted);
  if (common === undefined) return { is: 'disagreeing' };
  const { low, high } = common;
  const among = opinions.filter((each) => each.offsetMs + each.boundMs >= low && each.offsetMs - each.boundMs <= high);
  const best = among.reduce((least, each) => (each.boundMs < least.boundMs ? each : least));
  const offsetMs = Math.min(high, Math.max(low, best.offsetMs));
  return { is: 'agreed', server: best.server, offsetMs, boundMs: Math.max(high - offsetMs, offsetMs - low) };
}

/** From the first to the last offset that so many of the intervals hold. */
function pointsHeldBy(opinions: readonly Opinion[], wanted: number): { low: number; high: number } | undefined {
  const edges = opinions.flatMap(({ offsetMs, boundMs }) => [offsetMs - boundMs, offsetMs + boundMs]);
  const held = edges.filter(
    (edge) =>
      opinions.filter(({ offsetMs, boundMs }) => offsetMs - boundMs <= edge && edge <= offsetMs + boundMs).length >=
      wanted,
  );
  return held.length === 0 ? undefined : { low: Math.min(...held), high: Math.max(...held) };
}
