import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupModel } from '../../src/web/model/console-model.ts';
import type { TabPlan } from '../../src/web/model/group-tabs.ts';
import {
  place,
  readTabPlan,
  shownGroups,
  tabShowing,
  tabsOf,
  takesAnotherTab,
  writeTabPlan,
} from '../../src/web/model/group-tabs.ts';

const uses = ['pursuit', 'hailing', 'joint-patrol'];
const groupsOf = (count: number): GroupModel[] =>
  Array.from({ length: count }, (_, index) => ({ id: `g${index}`, use: uses[index % 3] }) as GroupModel);
const ids = (groups: readonly GroupModel[]) => groups.map(({ id }) => id);
const nobody = () => false;

describe('tabs without a plan', () => {
  it('are one for up to twelve groups, and one for each use beyond', () => {
    expect(tabsOf(groupsOf(12), undefined)).toHaveLength(1);
    const tabs = tabsOf(groupsOf(13), undefined);
    expect(tabs.map(({ use }) => use)).toEqual(uses);
    expect(ids(tabs[0]?.groups ?? [])).toEqual(['g0', 'g3', 'g6', 'g9', 'g12']);
  });
});

describe("tabs of the operator's own", () => {
  const plan: TabPlan = {
    tabs: [
      { name: 'Nord', groups: ['g1'] },
      { name: 'Sud', groups: ['g2', 'gone'] },
    ],
    everywhere: ['g0'],
  };

  it('repeat the chosen groups on each, first, and keep a group that no tab knows on the first', () => {
    expect(ids(shownGroups(groupsOf(4), plan, 0, nobody))).toEqual(['g0', 'g1', 'g3']);
    expect(ids(shownGroups(groupsOf(4), plan, 1, nobody))).toEqual(['g0', 'g2']);
  });

  it('show whoever is in distress on every tab, after the others', () => {
    expect(ids(shownGroups(groupsOf(4), plan, 1, ({ id }) => id === 'g1' || id === 'g0'))).toEqual(['g0', 'g2', 'g1']);
  });

  it('are gone to for a group that stands on another, and stay for one that stands on all', () => {
    expect(tabShowing(groupsOf(4), plan, 0, 'g2')).toBe(1);
    expect(tabShowing(groupsOf(4), plan, 1, 'g0')).toBe(1);
    expect(tabShowing(groupsOf(4), plan, 1, 'unknown')).toBe(1);
  });

  it('take a group from its tab to another, or to all', () => {
    const moved = place(place(plan, 'g1', 1), 'g2', -1);
    expect(moved.tabs.map(({ groups }) => groups)).toEqual([[], ['gone', 'g1']]);
    expect(moved.everywhere).toEqual(['g0', 'g2']);
    expect(place(moved, 'g0', 0).everywhere).toEqual(['g2']);
  });
});

describe('properties of any plan', () => {
  const anyPlan = fc.record({
    tabs: fc.array(fc.record({ name: fc.string(), groups: fc.array(fc.constantFrom('g0', 'g1', 'g2', 'g3', 'x')) }), {
      maxLength: 5,
    }),
    everywhere: fc.array(fc.constantFrom('g0', 'g3', 'x')),
  });

  it('each group is seen on some tab, none twice on one, and every distress on all', () => {
    fc.assert(
      fc.property(anyPlan, fc.nat(20), (plan, count) => {
        const groups = groupsOf(count);
        const tabs = tabsOf(groups, plan);
        const shown = tabs.map((_, tab) => ids(shownGroups(groups, plan, tab, ({ id }) => id === 'g2')));
        for (const each of shown) expect(new Set(each).size).toBe(each.length);
        expect(new Set(shown.flat()).size).toBe(count);
        if (count > 2) for (const each of shown) expect(each).toContain('g2');
      }),
    );
  });

  it('it comes back as it was stored, with names of at most 24 characters and at most twelve tabs', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const read = readTabPlan(writeTabPlan(plan));
        if (plan.tabs.length === 0) expect(read).toBeUndefined();
        else {
          expect(read?.tabs.map(({ groups }) => groups)).toEqual(plan.tabs.map(({ groups }) => groups));
          for (const { name } of read?.tabs ?? []) expect([...name].length).toBeLessThanOrEqual(24);
        }
      }),
    );
    const many = { tabs: Array.from({ length: 40 }, () => ({ name: 'x', groups: [] })), everywhere: [] };
    const read = readTabPlan(writeTabPlan(many));
    expect(read?.tabs).toHaveLength(12);
    expect(read !== undefined && takesAnotherTab(read)).toBe(false);
  });

  it('anything else counts as none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = readTabPlan(text);
        expect(read === undefined || read.tabs.length > 0).toBe(true);
      }),
    );
    for (const text of [null, '', '{', '[]', '{"tabs":[]}', '{"tabs":[7]}']) expect(readTabPlan(text)).toBeUndefined();
  });
});
