import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupModel } from '../../src/web/model/console-model.ts';
import { inOrder, moveTile, readTileOrder } from '../../src/web/model/tile-order.ts';

const groupsOf = (...ids: readonly string[]): GroupModel[] => ids.map((id) => ({ id }) as GroupModel);
const ids = (groups: readonly GroupModel[]) => groups.map(({ id }) => id);
const all = groupsOf('a', 'b', 'c', 'd');

describe("the operator's order of tiles", () => {
  it('is the gateway’s until a tile is moved', () => {
    expect(inOrder(all, [])).toBe(all);
  });

  it('puts a tile where another stands, which makes room', () => {
    expect(moveTile(all, [], 'a', 'c')).toEqual(['b', 'c', 'a', 'd']);
    expect(moveTile(all, [], 'd', 'b')).toEqual(['a', 'd', 'b', 'c']);
    expect(ids(inOrder(all, moveTile(all, ['d', 'c', 'b', 'a'], 'a', 'b')))).toEqual(['d', 'c', 'a', 'b']);
  });

  it('changes nothing for a tile on itself, or one that is not there', () => {
    const order = ['b', 'a'];
    expect(moveTile(all, order, 'a', 'a')).toBe(order);
    expect(moveTile(all, order, 'x', 'a')).toBe(order);
    expect(moveTile(all, order, 'a', 'x')).toBe(order);
  });

  it('keeps its places when the gateway tells its groups in another order, and puts new ones behind', () => {
    const order = ['c', 'a', 'b', 'd'];
    expect(ids(inOrder(groupsOf('d', 'b', 'new', 'c', 'a'), order))).toEqual(['c', 'a', 'b', 'd', 'new']);
  });

  it('shows each group once, whatever is moved, stored or gone', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'x');
    fc.assert(
      fc.property(fc.array(id), fc.array(fc.tuple(id, id)), (stored, moves) => {
        let order = readTileOrder(JSON.stringify(stored));
        for (const [from, to] of moves) order = moveTile(all, order, from, to);
        expect(ids(inOrder(all, order)).toSorted()).toEqual(['a', 'b', 'c', 'd']);
        expect(readTileOrder(JSON.stringify(order))).toEqual(order);
      }),
    );
  });

  it('counts as none where it cannot be read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readTileOrder(text).every((each) => typeof each === 'string')).toBe(true);
      }),
    );
    for (const text of [null, '', '{', '{}', '7']) expect(readTileOrder(text)).toEqual([]);
  });
});
