/** What a version of the fleet data changes: item by item for whoever has to agree, and whom it touches. Pure. */
import type { FleetTouch } from '../operations/fleet-version.ts';
import { type FleetSection, fleetSections, isRecord } from './config-source.ts';
import type { Config } from './schema.ts';

export interface FleetChange {
  readonly section: FleetSection | 'announcements';
  /** Id, number or code of the item; empty where the order of the section's items has changed. */
  readonly item: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  /** Of a changed item, what differs; of an added or removed one, all that it says. */
  readonly fields: readonly FieldChange[];
}

export interface FieldChange {
  /** Within the item: `legs[as-mou].priority`. Lists of things with a name of their own are told by that name. */
  readonly path: string;
  /** Absent: it was not there. */
  readonly before?: unknown;
  /** Absent: it is not there any more. */
  readonly after?: unknown;
}

/** Fleet data as the schema reads it, with its defaults: what is written out and what is left out are the same. */
export type FleetData = Pick<Config, FleetSection | 'announcements' | 'networks'>;

/** In the order of sections and items. */
export function fleetDiff(before: FleetData, after: FleetData): FleetChange[] {
  const changes = fleetSections.flatMap((section) => sectionDiff(section, before[section], after[section]));
  return [...changes, ...sectionDiff('announcements', before.announcements.texts, after.announcements.texts)];
}

/**
 * Whom a change touches. A shared group is changed with what it says itself, with a talkgroup that is a leg of it (of
 * another number its voice goes elsewhere), and with an alert plan that opens it.
 */
export function fleetTouch(before: FleetData, after: FleetData): FleetTouch {
  const changes = fleetDiff(before, after);
  const countries = new Set<string>();
  const touched = (section: FleetChange['section']): ReadonlySet<string> =>
    new Set(changes.filter((change) => change.section === section).map(({ item }) => item));
  const groups = touched('sharedGroups');
  const talkgroups = touched('talkgroups');
  const plans = touched('alertPlans');
  for (const data of [before, after]) {
    const opened = new Set(data.alertPlans.filter(({ id }) => plans.has(id)).flatMap(({ groups }) => groups));
    for (const group of data.sharedGroups) {
      // Who is listened to has a say in it as who is heard.
      const legs = [...group.legs, ...group.shadowLegs].map(({ talkgroup }) => talkgroup);
      if (!groups.has(group.id) && !opened.has(group.id) && !legs.some((leg) => talkgroups.has(leg))) continue;
      for (const leg of legs) {
        const network = data.talkgroups.find(({ id }) => id === leg)?.network;
        const country = data.networks.find(({ id }) => id === network)?.country;
        if (country !== undefined) countries.add(country);
      }
    }
  }
  return {
    groups: changes.some(({ section }) => section !== 'people'),
    people: changes.some(({ section }) => section === 'people'),
    countries: [...countries].sort(),
  };
}

type Items = readonly Readonly<Record<string, unknown>>[];

function sectionDiff(section: FleetChange['section'], before: Items, after: Items): FleetChange[] {
  const old = byName(before);
  const now = byName(after);
  const changes: FleetChange[] = [];
  for (const [item, value] of old) {
    if (!now.has(item)) changes.push({ section, item, kind: 'removed', fields: fieldsOf(value, undefined) });
  }
  for (const [item, value] of now) {
    const was = old.get(item);
    const fields = fieldsOf(was, value);
    if (was === undefined) changes.push({ section, item, kind: 'added', fields });
    else if (fields.length > 0) changes.push({ section, item, kind: 'changed', fields });
  }
  const common = (names: Iterable<string>, other: ReadonlyMap<string, unknown>): string =>
    JSON.stringify([...names].filter((name) => other.has(name)));
  // The order of groups is that of their tiles.
  if (common(old.keys(), now) !== common(now.keys(), old))
    changes.push({ section, item: '', kind: 'moved', fields: [] });
  return changes;
}

function fieldsOf(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (same(before, after)) return [];
  const old = parts(before);
  const now = parts(after);
  // A thing and a word, or two words: one took the place of the other.
  if ((before !== undefined && old === undefined) || (after !== undefined && now === undefined)) {
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  const names = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  const isList = Array.isArray(before ?? after);
  const fields = [...names].flatMap((name) => {
    const inner = isList ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return fieldsOf(old?.get(name), now?.get(name), inner);
  });
  // Equal in every part and yet not the same: its parts stand in another order, or one is empty.
  return fields.length > 0
    ? fields
    : [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** The parts of an object, or of a list whose items have names; undefined of anything else. */
function parts(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) return value.every(isRecord) ? byName(value) : undefined;
  return isRecord(value) ? new Map(Object.entries(value)) : undefined;
}

/** By the name that each item has; what bears the same name twice is told by its place as well. */
function byName<T extends Readonly<Record<string, unknown>>>(items: readonly T[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  items.forEach((item, index) => {
    const name = String(item.id ?? item.code ?? item.talkgroup ?? item.network ?? item.level ?? index + 1);
    found.set(found.has(name) ? `${name} (${index + 1})` : name, item);
  });
  return found;
}

/** By content, in order of lists but not of keys. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => same(value, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key], b[key]));
}
