import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  type EntryFacts,
  emptyTimeline,
  entryKinds,
  forget,
  pageOf,
  restored,
  type Timeline,
  type TimelineRules,
  type TimelineWish,
  timelineRules,
} from '../../src/operations/timeline.ts';

const second = 1000;
const hour = 3_600_000;
const began = Date.parse('2026-01-10T18:42:00Z');
const hears = new Set(['xb-acc', 'xb-pours-1']);
const newest: TimelineWish = { hears, beforeId: 0, group: '', kinds: [], limit: 200 };
const none = { crowdedOut: 0, crowdedUtcMs: 0 };

function facts(more: Partial<EntryFacts> = {}): EntryFacts {
  return { kind: 'over', utcMs: began, group: 'xb-acc', what: 'released', ...more };
}

function filled(all: readonly EntryFacts[], rules: Partial<TimelineRules> = {}): Timeline {
  let timeline = emptyTimeline({ ...timelineRules, ...rules });
  for (const each of all) ({ timeline } = add(timeline, each));
  return timeline;
}

const numbers = (timeline: Timeline, wish: Partial<TimelineWish> = {}) =>
  pageOf(timeline, { ...newest, ...wish }).entries.map(({ id }) => id);

describe('what is put down', () => {
  it('stands in the order in which it became known, each with the next number', () => {
    const timeline = filled([facts(), facts({ kind: 'status', utcMs: began - 5 * second }), facts({ kind: 'group' })]);
    expect(numbers(timeline)).toEqual([1, 2, 3]);
  });

  it('counts a refusal like the last one within a minute, and tells it again after that or of somebody else', () => {
    const who = { name: 'OBS 1', of: 'CCIC', country: 'UK', isPerson: true };
    const refused = facts({ kind: 'permission', what: 'talk', refusal: 'not-permitted', who });
    const timeline = filled([
      refused,
      { ...refused, utcMs: began + 59 * second },
      { ...refused, who: { ...who, name: 'OBS 2' }, utcMs: began + 59 * second },
      { ...refused, who: { ...who, name: 'OBS 2' }, utcMs: began + 119 * second },
    ]);
    expect(timeline).toMatchObject({ lastId: 3, repeated: 1 });
  });

  it('cuts texts that are longer than 400 characters', () => {
    const { entry } = add(emptyTimeline(), facts({ words: 'x'.repeat(1000) }));
    expect(entry?.words).toHaveLength(400);
  });
});

describe('what is kept', () => {
  it('goes when its days are over, and does not count as having made room', () => {
    const timeline = forget(filled([facts(), facts(), facts()]), new Set([1, 3, 9]));
    expect(numbers(timeline)).toEqual([2]);
    expect(timeline).toMatchObject({ crowdedOut: 0, lastId: 3 });
    expect(add(timeline, facts()).entry?.id).toBe(4);
  });

  it('of too many loses the oldest of the most frequent kind, and says how many and up to when', () => {
    const acts = [facts({ kind: 'group', what: 'open' }), facts({ kind: 'emergency', what: 'raised' })];
    const talk = Array.from({ length: 10 }, (_, index) => facts({ utcMs: began + index * second }));
    const timeline = filled([...acts, ...talk], { entriesMax: 6 });
    expect(pageOf(timeline, newest).entries.map(({ kind }) => kind)).toEqual([
      'group',
      'emergency',
      ...['over', 'over', 'over', 'over'],
    ]);
    expect(timeline).toMatchObject({ crowdedOut: 6, crowdedUtcMs: began + 5 * second });
  });
});

describe('what is seen', () => {
  const timeline = filled([
    facts(),
    facts({ group: 'xb-secret' }),
    facts({ kind: 'plan', group: '', what: 'activate' }),
    facts({ kind: 'status', group: 'xb-pours-1' }),
    facts(),
  ]);

  it('is what happened on groups that may be heard, and on none', () => {
    expect(numbers(timeline)).toEqual([1, 3, 4, 5]);
    expect(numbers(timeline, { hears: new Set() })).toEqual([3]);
  });

  it('may be of one group or of some kinds alone', () => {
    expect(numbers(timeline, { group: 'xb-acc' })).toEqual([1, 5]);
    expect(numbers(timeline, { group: 'xb-secret' })).toEqual([]);
    expect(numbers(timeline, { kinds: ['status', 'plan'] })).toEqual([3, 4]);
  });

  it('comes page by page, and says whether there is more', () => {
    expect(pageOf(timeline, { ...newest, limit: 2 })).toMatchObject({ entries: [{ id: 4 }, { id: 5 }], more: true });
    expect(pageOf(timeline, { ...newest, limit: 2, beforeId: 4 })).toMatchObject({
      entries: [{ id: 1 }, { id: 3 }],
      more: false,
    });
  });
});

describe('over any history', () => {
  const history = fc.array(
    fc.record({
      kind: fc.constantFrom(...entryKinds),
      utcMs: fc.integer({ min: 0, max: 60 }).map((hours) => began + hours * hour),
      group: fc.constantFrom('', 'xb-acc', 'xb-secret'),
      what: fc.constantFrom('a', 'b'),
      refusal: fc.constantFrom(undefined, undefined, 'not-permitted'),
    }),
    { maxLength: 60 },
  );
  const entryOf = ({
    refusal,
    ...rest
  }: Omit<EntryFacts, 'refusal'> & { readonly refusal: string | undefined }): EntryFacts => ({
    ...rest,
    ...(refusal === undefined ? {} : { refusal }),
  });

  it('keeps within its bounds, in order, and accounts for every entry', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 20 }), (all, entriesMax) => {
        const timeline = filled(all.map(entryOf), { entriesMax });
        const ids = timeline.entries.map(({ id }) => id);
        expect(ids.length).toBeLessThanOrEqual(entriesMax);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
        expect(ids.length + timeline.crowdedOut + timeline.repeated).toBe(all.length);
        expect(timeline.lastId).toBe(all.length - timeline.repeated);
      }),
    );
  });

  it('is the same when it is read again from all that was put down', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 20 }), (all, entriesMax) => {
        const rules = { ...timelineRules, entriesMax };
        let timeline = emptyTimeline(rules);
        const handedOn: number[] = [];
        const lines = all.flatMap((each) => {
          const put = add(timeline, entryOf(each));
          timeline = put.timeline;
          if (put.gone !== undefined) handedOn.push(put.gone.id);
          return put.entry ?? [];
        });
        const { timeline: again, gone } = restored(lines, none, rules);
        expect(again).toEqual({ ...timeline, repeated: 0 });
        expect(gone.map(({ id }) => id)).toEqual(handedOn);
        // Every one that ever was is at hand, or was handed on, once.
        const every = [...handedOn, ...timeline.entries.map(({ id }) => id)].toSorted((a, b) => a - b);
        expect(every).toEqual(Array.from({ length: timeline.lastId }, (_, at) => at + 1));
        const { entries, crowdedOut, crowdedUtcMs } = timeline;
        expect(restored(entries, { crowdedOut, crowdedUtcMs }, rules)).toEqual({
          timeline: { ...timeline, repeated: 0 },
          gone: [],
        });
      }),
    );
  });

  it('shows all that may be heard, page after page, once and in order', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const timeline = filled(all.map(entryOf), {});
        const seen: number[] = [];
        for (let beforeId = 0, more = true; more; beforeId = seen[0] ?? 0) {
          const page = pageOf(timeline, { ...newest, beforeId, limit });
          seen.unshift(...page.entries.map(({ id }) => id));
          more = page.more;
        }
        const may = timeline.entries.filter(({ group }) => group !== 'xb-secret');
        expect(seen).toEqual(may.map(({ id }) => id));
      }),
    );
  });
});
