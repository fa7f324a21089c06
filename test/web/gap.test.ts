import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimelineFeed } from '../../src/web/app/timeline.ts';
import { addGap, type GapModel, isMissed, withGaps } from '../../src/web/model/gap.ts';

const gap = (fromUtcMs: number, toUtcMs: number, told = false): GapModel => ({ fromUtcMs, toUtcMs, told });

describe('a stretch without link', () => {
  it('is kept when something can have been missed in it, and not without end', () => {
    expect(addGap([], gap(1000, 1400))).toEqual([]);
    expect(addGap([], gap(1000, 13_000))).toEqual([gap(1000, 13_000)]);
    let gaps: readonly GapModel[] = [];
    for (let n = 0; n < 80; n++) gaps = addGap(gaps, gap(n * 2000, n * 2000 + 1000));
    expect(gaps).toHaveLength(50);
    expect(gaps.at(-1)).toEqual(gap(158_000, 159_000));
  });

  it('takes what was said in it, also in part', () => {
    const gaps = [gap(10_000, 20_000)];
    const missed = (start: number, end: number): boolean => isMissed(gaps, start, end);
    expect([missed(8000, 11_000), missed(12_000, 13_000), missed(19_000, 25_000)]).toEqual([true, true, true]);
    expect([missed(8000, 10_000), missed(20_000, 21_000)]).toEqual([false, false]);
  });

  it('stands in the list where it ended, all of them once, whatever there is to list', () => {
    const lists = fc.array(fc.nat(1000), { maxLength: 20 }).map((all) => [...all].sort((a, b) => b - a));
    const ends = fc.uniqueArray(fc.nat(1000), { maxLength: 10 }).map((all) => [...all].sort((a, b) => a - b));
    fc.assert(
      fc.property(lists, ends, (begins, tos) => {
        const gaps = tos.map((to) => gap(to - 1, to));
        const rows = withGaps(begins, gaps, (begin) => begin);
        expect(rows.flatMap((row) => ('item' in row ? [row.item] : []))).toEqual(begins);
        expect(rows.flatMap((row) => ('gap' in row ? [row.gap] : []))).toEqual([...gaps].reverse());
        for (const [index, row] of rows.entries()) {
          if (!('gap' in row)) continue;
          const items = (part: typeof rows) => part.flatMap((each) => ('item' in each ? [each.item] : []));
          expect(items(rows.slice(0, index)).every((begin) => begin >= row.gap.toUtcMs)).toBe(true);
          expect(items(rows.slice(index)).every((begin) => begin < row.gap.toUtcMs)).toBe(true);
        }
      }),
    );
  });
});

describe('what happened in it', () => {
  const entry = (id: number) => ({ id, atUtcMs: 1000 * id, kind: 'gateway', what: 'started' });
  const stand = () => {
    const asked: { requestId?: number | null; beforeId?: number | null }[] = [];
    const feed = new TimelineFeed((request) => asked.push(request) > 0);
    feed.snapshot({ entries: [entry(90)], more: true });
    const answer = (ids: readonly number[], more: boolean): void =>
      feed.answer({ requestId: asked.at(-1)?.requestId ?? 0, timeline: { entries: ids.map(entry), more } });
    return { feed, asked, answer };
  };

  it('is fetched page by page, as far back as the link stood', () => {
    const { feed, asked, answer } = stand();
    feed.back(70_000);
    answer([80, 85], true);
    answer([75, 79], true);
    expect(asked.map(({ beforeId }) => beforeId)).toEqual([90, 80, 75]);
    answer([60], true);
    expect(asked).toHaveLength(3);
    feed.older();
    answer([50], true);
    expect(asked).toHaveLength(4);
  });

  it('is not asked for beyond what the gateway has', () => {
    const { feed, asked, answer } = stand();
    feed.back(0);
    answer([80], false);
    expect(asked).toHaveLength(1);
  });
});
