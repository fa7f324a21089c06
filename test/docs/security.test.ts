/** docs/security.md names files and tests that are there, and each point once. */
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

it('speaks of no point twice', () => {
  const points = [...text.matchAll(/^\| (\d+\.\d+(?:\.\d+)?(?:[–,][^ ]*)?)/gm)].map(([, point]) => point);
  expect(points.length).toBeGreaterThan(60);
  expect(points.filter((point, index) => points.indexOf(point) !== index)).toEqual([]);
});
