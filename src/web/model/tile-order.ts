/**
 * The operator's own order of tiles, on all tabs. Groups that it does not know stand behind, in the gateway's order; so
 * none is ever lost, and no tile moves when one is opened or closed. Pure.
 */
import type { GroupModel } from './console-model.ts';

/** Ids of groups; empty: the gateway's order. */
export type TileOrder = readonly string[];

const orderedMax = 1000;

export function inOrder(groups: readonly GroupModel[], order: TileOrder): readonly GroupModel[] {
  if (order.length === 0) return groups;
  const places = new Map(order.map((id, place) => [id, place]));
  return groups.toSorted((a, b) => (places.get(a.id) ?? orderedMax) - (places.get(b.id) ?? orderedMax));
}

/** Puts a group where another one stands, which makes room towards where the first one came from. */
export function moveTile(groups: readonly GroupModel[], order: TileOrder, groupId: string, toId: string): TileOrder {
  const ids = inOrder(groups, order).map(({ id }) => id);
  const from = ids.indexOf(groupId);
  const to = ids.indexOf(toId);
  if (from < 0 || to < 0 || from === to) return order;
  // Groups that are not there at present come back behind the others.
  const absent = order.filter((id) => !ids.includes(id));
  return [...ids.toSpliced(from, 1).toSpliced(to, 0, groupId), ...absent].slice(0, orderedMax);
}

/** Total: what cannot be read counts as no order. */
export function readTileOrder(json: string | null): TileOrder {
  try {
    const stored: unknown = JSON.parse(json ?? 'null');
    if (!Array.isArray(stored)) return [];
    const ids = stored.filter((id): id is string => typeof id === 'string');
    return [...new Set(ids)].slice(0, orderedMax);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
