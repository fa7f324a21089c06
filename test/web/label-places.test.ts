import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Label, type LabelPlace, placeLabels } from '../../src/web/map/label-places.ts';

const unit = (x: number, y: number): Label => ({ x, y, width: 120, height: 20, reach: 14, dispensable: false });
const sign = (x: number, y: number): Label => ({ x, y, width: 44, height: 18, reach: 0, dispensable: true });

function overlaps(labels: readonly Label[], places: readonly (LabelPlace | undefined)[]): number {
  const boxes = labels.flatMap(({ x, y, width, height }, i) => {
    const place = places[i];
    return place === undefined ? [] : [{ left: x + place.dx, top: y + place.dy, width, height }];
  });
  let count = 0;
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
      const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
      if (across > 0 && down > 0) count += 1;
    }
  });
  return count;
}

describe('labels of the map', () => {
  it('stand to the right of their mark, and a place’s on it, where nothing is in the way', () => {
    expect(placeLabels([unit(100, 100), sign(500, 500)])).toEqual([
      { dx: 17, dy: -10 },
      { dx: -22, dy: -9 },
    ]);
  });

  it('of units in one street stand beside each other, none over another', () => {
    const street = [unit(100, 100), unit(106, 104), unit(112, 98), unit(103, 110), unit(98, 95)];
    expect(overlaps(street, placeLabels(street))).toBe(0);
  });

  it('give way by rank: the first has the usual place', () => {
    const [first, second] = placeLabels([unit(100, 100), unit(101, 101)]);
    expect(first).toEqual({ dx: 17, dy: -10 });
    expect(second).not.toEqual(first);
  });

  it('of places are left out where there is no room; those of units never', () => {
    const units = Array.from({ length: 40 }, (_, i) => unit(100 + (i % 7), 100 + (i % 5)));
    const places = placeLabels([...units, sign(103, 102)]);
    expect(places.slice(0, 40)).not.toContain(undefined);
    expect(places.at(-1)).toBeUndefined();
  });

  it('cover none of each other as long as there are few, wherever they are', () => {
    const spot = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 700 }));
    fc.assert(
      fc.property(fc.array(spot, { maxLength: 6 }), fc.array(spot, { maxLength: 16 }), (units, signs) => {
        const labels = [...units.map(([x, y]) => unit(x, y)), ...signs.map(([x, y]) => sign(x, y))];
        expect(overlaps(labels, placeLabels(labels))).toBe(0);
      }),
    );
  });
});
