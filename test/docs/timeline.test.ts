/** docs/timeline.md and the texts of the page name the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entryKinds } from '../../src/operations/timeline.ts';
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import { entryKinds as pageKinds } from '../../src/web/model/timeline.ts';

const timeline = readFileSync(join(import.meta.dirname, '../../docs/timeline.md'), 'utf8');
/** Kind → what can have happened. */
const rows = new Map(
  [...timeline.matchAll(/^\| `([a-z-]+)` \| ([^|]*) \|/gm)].map(([, kind = '', whats = '']) => [
    kind,
    [...whats.matchAll(/`([A-Za-z-]+)`/g)].map(([, what]) => what),
  ]),
);

it('has a row for every kind, and the page a name', () => {
  expect([...rows.keys()]).toEqual([...entryKinds]);
  expect([...pageKinds].sort()).toEqual([...entryKinds].sort());
});

it('names what can have happened, and the page has words for each', () => {
  const tables: Readonly<Record<string, object>> = { ...en.timeline.what, over: en.over.end, status: { status: '' } };
  const unworded = [...rows].flatMap(([kind, whats]) =>
    whats
      .filter((what) => what !== undefined && !Object.hasOwn(tables[kind] ?? {}, what))
      .map((what) => `${kind} ${what}`),
  );
  expect(unworded).toEqual([]);
});
