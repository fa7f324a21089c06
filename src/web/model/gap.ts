/** Stretches in which this page had no link to the gateway: what was said then was not heard here. Pure. */

/** Instants are the gateway's UTC, ms since 1970. */
export interface GapModel {
  /** When the gateway was last heard before. */
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  /** What was to be seen then was told afterwards, step by step; else only how all of it ended. */
  readonly told: boolean;
}

const gapsMax = 50;
/** As long as a word: of what is shorter nothing was missed. */
const gapMsMin = 500;

/** Oldest first. */
export function addGap(gaps: readonly GapModel[], gap: GapModel): readonly GapModel[] {
  return gap.toUtcMs - gap.fromUtcMs < gapMsMin ? gaps : [...gaps, gap].slice(-gapsMax);
}

/** Whether some of what lasted from one instant to another fell into a gap. */
export function isMissed(gaps: readonly GapModel[], startUtcMs: number, endUtcMs: number): boolean {
  return gaps.some(({ fromUtcMs, toUtcMs }) => startUtcMs < toUtcMs && endUtcMs > fromUtcMs);
}

/** Items, newest first, each gap before the first that began before its end. */
export function withGaps<Item>(
  items: readonly Item[],
  gaps: readonly GapModel[],
  beginOf: (item: Item) => number,
): readonly ({ readonly item: Item } | { readonly gap: GapModel })[] {
  const left = [...gaps];
  const rows = items.flatMap((item) => {
    const before: GapModel[] = [];
    for (let gap = left.at(-1); gap !== undefined && gap.toUtcMs > beginOf(item); gap = left.at(-1)) {
      left.pop();
      before.push(gap);
    }
    return [...before.map((gap) => ({ gap })), { item }];
  });
  return [...rows, ...left.reverse().map((gap) => ({ gap }))];
}
