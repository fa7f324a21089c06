/** The items of a text for the next version, as forms show and change them. Pure. */
import { type FleetFault, itemsOf } from './fleet.ts';
import type { FormField, FormKind, FormSection } from './fleet-forms.ts';

export type Item = Readonly<Record<string, unknown>>;

export function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a section stands in the text. */
export function placeOf(section: FormSection): readonly string[] {
  return section === 'announcements' ? ['announcements', 'texts'] : [section];
}

export function itemsIn(data: unknown, section: FormSection): readonly Item[] {
  const [last = '', ...before] = [...placeOf(section)].reverse();
  const within = before.reduceRight<unknown>((here, step) => (isItem(here) ? here[step] : undefined), data);
  return itemsOf(within, last);
}

/** By which an item is known. */
export function idOf(item: Item | undefined): string {
  return String(item?.id ?? item?.code ?? '');
}

// ── Finding ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Rows of a page of a table: more are not read by anybody, and cost the page its time. */
export const rowsOfPage = 50;

export interface Row {
  readonly item: Item;
  /** Its place in the section. */
  readonly index: number;
  /** As against what holds. */
  readonly as: 'same' | 'added' | 'changed';
}

/** The items that have every word that is looked for somewhere, in the order of the text. Case and accents count for nothing. */
export function rowsOf(items: readonly Item[], holding: readonly Item[], wanted: string): readonly Row[] {
  const words = plain(wanted)
    .split(/\s+/)
    .filter((word) => word !== '');
  const held = new Map(holding.map((item) => [idOf(item), JSON.stringify(sorted(item))]));
  return items.flatMap((item, index) => {
    const all = plain(wordsOf(item).join(' '));
    if (!words.every((word) => all.includes(word))) return [];
    const before = held.get(idOf(item));
    const as = before === undefined ? 'added' : before === JSON.stringify(sorted(item)) ? 'same' : 'changed';
    return [{ item, index, as } as const];
  });
}

/** Items that hold now, and are not in the text any more. */
export function removedFrom(items: readonly Item[], holding: readonly Item[]): readonly string[] {
  const kept = new Set(items.map(idOf));
  return holding.map(idOf).filter((id) => !kept.has(id));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  return isItem(value) ? Object.values(value).flatMap(wordsOf) : [];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isItem(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

// ── Changing ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** With what a new item begins. */
export function emptyItem(fields: readonly FormField[]): Item {
  return Object.fromEntries(
    fields.flatMap(({ name, kind, optional }): [string, unknown][] => {
      if (optional === true) return [];
      if (kind.as === 'group') return [[name, emptyItem(kind.fields)]];
      if (kind.as === 'choice') return [[name, kind.values[0]]];
      return kind.as === 'text' || kind.as === 'reference' ? [[name, '']] : [];
    }),
  );
}

/** As it goes into the text: without what is optional and empty, and with what the form does not know. */
export function cleanItem(fields: readonly FormField[], item: Item): Item {
  const known = new Map<string, FormField>(fields.map((field) => [field.name, field]));
  // In the order in which it stands already; what is new behind it, in the order of the form.
  const order = [...new Set([...Object.keys(item), ...known.keys()])];
  return Object.fromEntries(
    order.flatMap((name) => {
      const field = known.get(name);
      if (field === undefined) return [[name, item[name]] as const];
      const value = cleanValue(field.kind, item[name]);
      return isEmpty(value) && (field.optional === true || value === undefined) ? [] : [[name, value] as const];
    }),
  );
}

function cleanValue(kind: FormKind, value: unknown): unknown {
  if (kind.as === 'text') return typeof value === 'string' ? value.trim() : value;
  if (kind.as === 'group') return isItem(value) ? cleanItem(kind.fields, value) : value;
  if (kind.as === 'rows') {
    return Array.isArray(value) ? value.map((row) => (isItem(row) ? cleanItem(kind.fields, row) : row)) : value;
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isItem(value) && Object.values(value).every(isEmpty);
}

// ── What is wrong ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What is wrong with one item, by its place within: `name.fr`; empty: with the item as a whole. */
export interface ItemFault {
  readonly path: string;
  readonly fault: FleetFault;
}

export interface SortedFaults {
  readonly own: readonly ItemFault[];
  /** Elsewhere in the text: mostly what still speaks of the item. */
  readonly others: readonly FleetFault[];
}

export function faultsAt(problems: readonly FleetFault[], section: FormSection, index: number): SortedFaults {
  const head = `${placeOf(section).join('.')}[${index}]`;
  const own: ItemFault[] = [];
  const others: FleetFault[] = [];
  for (const fault of problems) {
    if (fault.severity !== 'error') continue;
    const rest = fault.path.startsWith(head) ? fault.path.slice(head.length) : undefined;
    if (rest === undefined) others.push(fault);
    else own.push({ path: rest.replace(/^\./, ''), fault });
  }
  return { own, others };
}

/** Those of a field, their places told from there on. A field without fields of its own takes all that lies within it. */
export function faultsOf(faults: readonly ItemFault[], step: string): readonly ItemFault[] {
  return faults.flatMap(({ path, fault }) => {
    if (path === step) return [{ path: '', fault }];
    if (!path.startsWith(step) || !/^[.[]/.test(path.slice(step.length))) return [];
    return [{ path: path.slice(step.length).replace(/^\./, ''), fault }];
  });
}
