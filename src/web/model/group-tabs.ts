/**
 * Which groups stand on which tab. Without a plan of the operator's own: one tab, or from thirteen groups on one for each
 * use. A group that no plan knows stands on the first tab, so that none is ever lost. Pure.
 */
import type { GroupModel } from './console-model.ts';

/** The operator's own. */
export interface TabPlan {
  readonly tabs: readonly { readonly name: string; readonly groups: readonly string[] }[];
  /** Groups that stand on every tab. */
  readonly everywhere: readonly string[];
}

export interface GroupTab {
  /** Of the operator's own plan; empty: the tab is of one use, or the only one. */
  readonly name: string;
  readonly use: string;
  /** In the gateway's order. */
  readonly groups: readonly GroupModel[];
}

/** As many groups are seen at once on a desk. */
const groupsOnOneTabMax = 12;
const tabsMax = 12;
const tabNameMax = 24;
const plannedGroupsMax = 1000;

/** At least one. */
export function tabsOf(groups: readonly GroupModel[], plan: TabPlan | undefined): readonly GroupTab[] {
  if (plan !== undefined && plan.tabs.length > 0) return plannedTabs(groups, plan);
  if (groups.length <= groupsOnOneTabMax) return [{ name: '', use: '', groups }];
  const uses = [...new Set(groups.map(({ use }) => use))];
  return uses.map((use) => ({ name: '', use, groups: groups.filter((group) => group.use === use) }));
}

function plannedTabs(groups: readonly GroupModel[], { tabs, everywhere }: TabPlan): readonly GroupTab[] {
  const placeOf = (id: string): number => {
    if (everywhere.includes(id)) return -1;
    return Math.max(
      0,
      tabs.findIndex((tab) => tab.groups.includes(id)),
    );
  };
  return tabs.map(({ name }, index) => ({ name, use: '', groups: groups.filter(({ id }) => placeOf(id) === index) }));
}

/**
 * What one tab shows: the groups that stand everywhere, its own, and after them whoever is in distress elsewhere. No
 * other tile moves for those.
 */
export function shownGroups(
  groups: readonly GroupModel[],
  plan: TabPlan | undefined,
  tab: number,
  inDistress: (group: GroupModel) => boolean,
): readonly GroupModel[] {
  const own = tabsOf(groups, plan)[tab]?.groups ?? groups;
  const everywhere = groups.filter(({ id }) => plan?.everywhere.includes(id) ?? false);
  const shown = [...everywhere, ...own.filter((group) => !everywhere.includes(group))];
  return [...shown, ...groups.filter((group) => !shown.includes(group) && inDistress(group))];
}

/** The tab on which a group is seen; the present one where that shows it already. */
export function tabShowing(
  groups: readonly GroupModel[],
  plan: TabPlan | undefined,
  tab: number,
  groupId: string,
): number {
  if (plan?.everywhere.includes(groupId)) return tab;
  const found = tabsOf(groups, plan).findIndex((each) => each.groups.some(({ id }) => id === groupId));
  return found < 0 ? tab : found;
}

/** Total: what cannot be read counts as no plan. */
export function readTabPlan(json: string | null): TabPlan | undefined {
  const stored = parse(json);
  if (!isObject(stored) || !Array.isArray(stored.tabs)) return undefined;
  const tabs = stored.tabs
    .slice(0, tabsMax)
    .flatMap((tab: unknown) =>
      isObject(tab) && typeof tab.name === 'string' ? [{ name: tabName(tab.name), groups: texts(tab.groups) }] : [],
    );
  return tabs.length === 0 ? undefined : { tabs, everywhere: texts(stored.everywhere) };
}

export function writeTabPlan(plan: TabPlan): string {
  return JSON.stringify(plan);
}

/** Whether there may be one more. */
export function takesAnotherTab({ tabs }: TabPlan): boolean {
  return tabs.length < tabsMax;
}

export function tabName(text: string): string {
  return [...text].slice(0, tabNameMax).join('');
}

/** Puts a group on one tab, or with -1 on every tab. */
export function place(plan: TabPlan, groupId: string, tab: number): TabPlan {
  const without = (ids: readonly string[]) => ids.filter((id) => id !== groupId);
  return {
    tabs: plan.tabs.map(({ name, groups }, index) => ({
      name,
      groups: index === tab ? [...without(groups), groupId] : without(groups),
    })),
    everywhere: tab < 0 ? [...without(plan.everywhere), groupId] : without(plan.everywhere),
  };
}

function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is string => typeof each === 'string').slice(0, plannedGroupsMax);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parse(json: string | null): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
