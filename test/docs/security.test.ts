/** docs/security.md names files and tests that are there, and a line for each point. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/security.md'), 'utf8');

it('names files that are there', () => {
  const named = [...text.matchAll(/\b(?:src|test|docs)\/[\w./-]*\w/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** How many points of level 1 and 2 each section of ASVS 5.0.0 has: there the first ones. */
const sections: Readonly<Record<number, readonly number[]>> = {
  1: [2, 9, 11, 3, 2],
  2: [3, 3, 4, 1],
  3: [0, 2, 4, 6, 5, 0, 2],
  4: [3, 1, 2, 4],
  5: [1, 3, 2, 3],
  6: [3, 12, 4, 4, 5, 3, 0, 4],
  7: [3, 4, 2, 5, 2, 2],
  8: [2, 3, 1, 1],
  9: [3, 4],
  10: [2, 2, 4, 11, 5, 2, 3],
  11: [2, 3, 3, 4, 1, 1],
  12: [3, 2, 4],
  13: [1, 5, 2, 5],
  14: [2, 4, 3],
  15: [3, 3, 7],
  16: [1, 5, 4, 3, 3],
  17: [1, 4, 2],
};

it('has a line for each point of level 1 and 2, in their order', () => {
  const wanted = Object.entries(sections).flatMap(([chapter, points]) =>
    points.flatMap((count, section) =>
      Array.from({ length: count }, (_, point) => `${chapter}.${section + 1}.${point + 1}`),
    ),
  );
  expect(wanted).toHaveLength(253);
  const lines = [...text.matchAll(/^\| (\d+\.\d+\.\d+) \| \S/gm)].map(([, point]) => point);
  expect(lines).toEqual(wanted);
});
