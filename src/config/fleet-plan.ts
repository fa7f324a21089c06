/**
 * How a gateway that runs takes over another version of its fleet data: what at once, what once it is not in use any more.
 * Pure.
 *
 *   what is in use ─────────────┐
 *   before, after ─▶ changes ─▶ step each ─▶ hold back what rests on what is held back ─▶ what holds meanwhile
 *
 * Nothing that is in use is touched: not a group that people have opened, nor a permanent one on which there is talk, no
 * talkgroup of either, no plan under way, no control room where somebody sits. Whatever is held back stays as it was, whole,
 * and with it whatever is new only together with it; so every reference finds its item at every moment.
 */
import { isDeepStrictEqual } from 'node:util';
import { fleetSections, isRecord } from './config-source.ts';
import { type FieldChange, type FleetChange, type FleetData, fleetDiff } from './fleet-diff.ts';
import type { SharedGroup } from './schema.ts';

/** What must not be touched now; ids. */
export interface InUse {
  readonly groups: ReadonlySet<string>;
  readonly talkgroups: ReadonlySet<string>;
  readonly plans: ReadonlySet<string>;
  /** Somebody of it is at a console or may come back to his, or something that is open is its own. */
  readonly controlRooms: ReadonlySet<string>;
}

export interface FleetStep {
  readonly section: FleetChange['section'];
  readonly item: string;
  readonly kind: FleetChange['kind'];
  readonly when: 'at-once' | 'waits';
  readonly why?: WaitCause;
}

/**
 * `open`: the group is joined, or the talkgroup to one. `under-way`: the plan is. `talk`: the permanent group is in use.
 * `control-room`: it goes, and somebody of it is here, or something open is its own. `with-another`: it rests on something
 * that is held back, or that does on it.
 */
export type WaitCause = 'open' | 'under-way' | 'talk' | 'control-room' | 'with-another';

/** Of an item in use what may change all the same: how it is called. */
const neutralFields: Readonly<Partial<Record<FleetChange['section'], RegExp>>> = {
  sharedGroups: /^(?:name(?:\..*)?|short)$/,
  talkgroups: /^short$/,
  alertPlans: /^name(?:\..*)?$/,
};

/** One step a change, in the order of the differences. */
export function fleetSteps(before: FleetData, after: FleetData, inUse: InUse): readonly FleetStep[] {
  const changes = fleetDiff(before, after);
  const steps = changes.map((change) => {
    const { section, item, kind, fields } = change;
    const why = causeOf(change, before, after, inUse);
    const isNeutral = kind === 'changed' && fields.every((field) => isNeutralField(section, field));
    const held = why !== undefined && !isNeutral;
    return { section, item, kind, when: held ? 'waits' : 'at-once', ...(held && { why }) } satisfies FleetStep;
  });
  return holdBack(steps, before, after);
}

/** All of it waits: what would hold meanwhile is not valid. */
export function waitingWhole(steps: readonly FleetStep[]): readonly FleetStep[] {
  return steps.map((step) => (step.when === 'at-once' ? { ...step, when: 'waits', why: 'with-another' } : step));
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fleet data that holds until what is held back can be taken over: of the new version, with the old one's items in
 * place of those. Both as YAML has them.
 */
export function meanwhile(before: Fields, after: Fields, steps: readonly FleetStep[]): Fields {
  const sections = fleetSections.flatMap((section) => {
    const merged = mergedItems(section, listOf(before[section]), listOf(after[section]), steps);
    return merged.length === 0 && after[section] === undefined ? [] : [[section, merged] as const];
  });
  const texts = mergedItems('announcements', textsOf(before), textsOf(after), steps);
  return { ...after, ...Object.fromEntries(sections), ...(texts.length > 0 && { announcements: { texts } }) };
}

function causeOf(
  { section, item, kind }: FleetChange,
  before: FleetData,
  after: FleetData,
  inUse: InUse,
): WaitCause | undefined {
  switch (section) {
    case 'controlRooms':
      return kind === 'removed' && inUse.controlRooms.has(item) ? 'control-room' : undefined;
    case 'sharedGroups': {
      const [was, is] = [before, after].map(({ sharedGroups }) => sharedGroups.find(({ id }) => id === item));
      if (was !== undefined && is !== undefined && isOfShadowsAlone(was, is)) return undefined;
      if (inUse.groups.has(item)) return was?.mode === 'permanent' ? 'talk' : 'open';
      // A permanent group has its talkgroups at once: none of them is somebody else's meanwhile.
      const needs = is?.mode === 'permanent' ? is.legs : [];
      return needs.some(({ talkgroup }) => inUse.talkgroups.has(talkgroup)) ? 'open' : undefined;
    }
    case 'talkgroups':
      return inUse.talkgroups.has(item) ? 'open' : undefined;
    case 'alertPlans':
      return inUse.plans.has(item) ? 'under-way' : undefined;
    default:
      return undefined;
  }
}

/**
 * Shadows come and go without touching anybody who talks; one that becomes a leg of a permanent group joins it as any
 * talkgroup that an operator joins to it.
 */
function isOfShadowsAlone(before: SharedGroup, after: SharedGroup): boolean {
  const shadows = new Set(before.shadowLegs.map(({ talkgroup }) => talkgroup));
  const known = new Set(before.legs.map(({ talkgroup }) => talkgroup));
  const isPromoted = ({ talkgroup }: { talkgroup: string }) => !known.has(talkgroup) && shadows.has(talkgroup);
  const promoted = after.legs.filter(isPromoted);
  if (promoted.length > 0 && after.mode !== 'permanent') return false;
  const rest = (group: SharedGroup) => ({
    ...group,
    ...{ shadowLegs: [], name: '', short: '' },
    legs: group.legs.filter((leg) => !promoted.includes(leg)),
  });
  return isDeepStrictEqual(rest(before), rest(after));
}

function isNeutralField(section: FleetChange['section'], { path }: FieldChange): boolean {
  return neutralFields[section]?.test(path) === true;
}

/** Until nothing more rests on anything that is held back. */
function holdBack(steps: readonly FleetStep[], before: FleetData, after: FleetData): readonly FleetStep[] {
  const found = [...steps];
  const wordsOf = (data: FleetData, { section, item }: FleetStep): ReadonlySet<string> => {
    const items: readonly Fields[] = section === 'announcements' ? data.announcements.texts : data[section];
    return new Set(items.filter((each) => nameOf(each) === item).flatMap(stringsOf));
  };
  for (let isDone = false; !isDone; ) {
    isDone = true;
    const held = found.filter(({ when }) => when !== 'at-once');
    for (const [index, step] of found.entries()) {
      if (step.when !== 'at-once' || step.kind === 'moved') continue;
      const ownNew = wordsOf(after, step);
      // It is new with what is not there yet, or gone while what stays as it was still speaks of it.
      const on = held.find(
        (other) =>
          (other.kind === 'added' && ownNew.has(other.item)) ||
          (step.kind === 'removed' && other.kind !== 'added' && wordsOf(before, other).has(step.item)),
      );
      if (on === undefined) continue;
      found[index] = { ...step, when: on.when, why: 'with-another' };
      isDone = false;
    }
  }
  return found;
}

function mergedItems(
  section: FleetStep['section'],
  before: readonly unknown[],
  after: readonly unknown[],
  steps: readonly FleetStep[],
): readonly unknown[] {
  const held = new Set(
    steps.filter((step) => step.section === section && step.when !== 'at-once').map(({ item }) => item),
  );
  if (held.size === 0) return after;
  const named = (items: readonly unknown[]) => new Map(items.map((item) => [nameOf(item), item]));
  const [old, now] = [named(before), named(after)];
  const kept = after.flatMap((item) => {
    const name = nameOf(item);
    if (!held.has(name)) return [item];
    return old.has(name) ? [old.get(name)] : [];
  });
  const removed = before.filter((item) => held.has(nameOf(item)) && !now.has(nameOf(item)));
  return [...kept, ...removed];
}

/** As fleet-diff.ts names items. */
function nameOf(item: unknown): string {
  return isRecord(item) ? String(item.id ?? item.code ?? '') : '';
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  return isRecord(value) ? Object.values(value).flatMap(stringsOf) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf({ announcements }: Fields): readonly unknown[] {
  return isRecord(announcements) ? listOf(announcements.texts) : [];
}
