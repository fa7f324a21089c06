/** Texts of a package's page: the same in every language, all that is asked for, nothing more. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { gapKinds } from '../../src/evidence/gaps.ts';
import { timelineKinds } from '../../src/evidence/incident-timeline.ts';

const read = (name: string): string => readFileSync(new URL(`../../src/evidence/${name}`, import.meta.url), 'utf8');
const texts = JSON.parse(read('page-texts.json')) as Record<string, Record<string, string>>;
const script = read('page-script.js');
const kinds = [...timelineKinds.map((kind) => `kind.${kind}`), ...gapKinds.map((kind) => `gap.${kind}`)];

it('are there in four languages, and none is empty', () => {
  expect(Object.keys(texts)).toEqual(['fr', 'nl', 'en', 'de']);
  for (const own of Object.values(texts)) {
    expect(Object.keys(own).sort()).toEqual(Object.keys(texts.en!).sort());
    expect(Object.values(own).every((text) => text.trim() !== '')).toBe(true);
  }
});

it('name every kind, and no text is there for nothing', () => {
  const known = Object.keys(texts.en!);
  for (const kind of kinds) expect(known).toContain(kind);
  for (const key of known) if (!kinds.includes(key)) expect(script).toMatch(new RegExp(`'${key}'|\\.${key}\\b`));
  for (const [, key] of script.matchAll(/say\('([\w.-]+)'\)/g)) expect(known).toContain(key);
});
