/**
 * The text of a next version, changed by a form: comments and order of what is not touched stay as they are. What reads
 * YAML comes when a form is first used.
 */
import { type Item, isItem } from '../model/fleet-draft.ts';

export interface WantedLeg {
  readonly group: string;
  readonly talkgroup: string;
  readonly mayTalk: boolean;
  /** 1–14. */
  readonly priorityMax: number;
  /** It is listened to, and not joined. */
  readonly isShadow: boolean;
}

/**
 * Undefined: the text is no YAML, or has no such group. A leg that is there already is replaced; one that was listened to
 * and shall be joined, or the other way round, goes to the other list.
 */
export async function withLeg(text: string, { group, isShadow, ...leg }: WantedLeg): Promise<string | undefined> {
  return changed(text, group, leg.talkgroup, isShadow, { mayTalk: leg.mayTalk, priorityMax: leg.priorityMax });
}

/** A talkgroup that is listened to becomes a leg, with all that it says. Undefined: as of `withLeg`. */
export async function promoted(text: string, group: string, talkgroup: string): Promise<string | undefined> {
  return changed(text, group, talkgroup, false, {});
}

async function changed(
  text: string,
  group: string,
  talkgroup: string,
  isShadow: boolean,
  keys: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const groups: unknown = document.toJS()?.sharedGroups;
  const at = Array.isArray(groups) ? groups.findIndex((each: { id?: unknown }) => each?.id === group) : -1;
  if (at < 0) return undefined;
  const list = isShadow ? 'shadowLegs' : 'legs';
  const other = isShadow ? 'legs' : 'shadowLegs';
  const placeIn = (name: string): number => {
    const items: unknown = (groups as readonly Readonly<Record<string, unknown>>[])[at]?.[name];
    return Array.isArray(items) ? items.findIndex((each) => each?.talkgroup === talkgroup) : -1;
  };
  const [known, elsewhere] = [placeIn(list), placeIn(other)];
  const path = ['sharedGroups', at] as const;
  if (known >= 0) {
    for (const [key, value] of Object.entries(keys)) document.setIn([...path, list, known, key], value);
  } else {
    const was: unknown = elsewhere < 0 ? {} : document.toJS().sharedGroups[at][other][elsewhere];
    if (document.getIn([...path, list]) === undefined) document.setIn([...path, list], document.createNode([]));
    document.addIn([...path, list], document.createNode({ talkgroup, ...(was as object), ...keys }));
    if (elsewhere >= 0) document.deleteIn([...path, other, elsewhere]);
  }
  return document.toString({ lineWidth: 120 });
}

/** What a text says; undefined: it is no YAML. */
export async function readText(text: string): Promise<Item | undefined> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const data: unknown = document.toJS() ?? {};
  return isItem(data) ? data : undefined;
}

export interface TextChange {
  /** Of the list in which it stands. */
  readonly place: readonly string[];
  /** Undefined: it is new, and comes last. */
  readonly index?: number;
  /** Undefined: it is taken out. */
  readonly item?: Item;
}

/** Undefined: the text is no YAML. Of an item that is there the fields alone are written that differ. */
export async function withChange(text: string, { place, index, item }: TextChange): Promise<string | undefined> {
  const { isCollection, isSeq, parseDocument } = await import('yaml');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  if (index === undefined) {
    if (item === undefined) return text;
    const list: unknown = document.getIn(place, true);
    const node = document.createNode(item);
    if (isSeq(list)) {
      const [first] = list.items;
      if (list.items.length === 0) list.flow = false;
      else if (isCollection(first) && isCollection(node)) node.flow = first.flow === true;
      list.add(node);
    } else document.setIn(place, document.createNode([item]));
  } else if (item === undefined) document.deleteIn([...place, index]);
  else {
    const known = document.toJS() as unknown;
    const before = [...place, index].reduce<unknown>((here, step) => (here as Item | undefined)?.[step], known);
    const old = isItem(before) ? before : {};
    for (const name of Object.keys(old)) if (!(name in item)) document.deleteIn([...place, index, name]);
    for (const [name, value] of Object.entries(item)) {
      if (JSON.stringify(old[name]) !== JSON.stringify(value)) {
        document.setIn([...place, index, name], typeof value === 'object' ? document.createNode(value) : value);
      }
    }
  }
  return document.toString({ lineWidth: 120 });
}
