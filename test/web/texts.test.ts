import { globSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { describe, expect, it } from 'vitest';
import de from '../../src/web/i18n/de.json' with { type: 'json' };
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import fr from '../../src/web/i18n/fr.json' with { type: 'json' };
import nl from '../../src/web/i18n/nl.json' with { type: 'json' };

/** `group.select` → text, for every leaf. */
function flatten(tree: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(`${prefix}${key}`, value);
    else for (const [path, text] of flatten(value as object, `${prefix}${key}.`)) flat.set(path, text);
  }
  return flat;
}

const texts = { en: flatten(en), fr: flatten(fr), nl: flatten(nl), de: flatten(de) };
const translated = [texts.fr, texts.nl, texts.de];
const sources = globSync('src/web/**/*.{ts,tsx}').filter((path) => !path.endsWith('vite.config.ts'));

describe('texts of the page', () => {
  it('are complete in French, Dutch, German and English: the same keys, none empty', () => {
    const keys = [...texts.en.keys()];
    for (const language of translated) expect([...language.keys()]).toEqual(keys);
    for (const language of Object.values(texts)) for (const text of language.values()) expect(text.trim()).not.toBe('');
  });

  it('take the same values in every language', () => {
    const slots = (text: string | undefined) => [...(text ?? '').matchAll(/{{(\w+)}}/g)].map(([, slot]) => slot).sort();
    for (const [key, text] of texts.en) {
      for (const language of translated) expect([key, slots(language.get(key))]).toEqual([key, slots(text)]);
    }
  });

  it('are really translated: one text in fifty at most is the same in two languages', () => {
    const same = (a: Map<string, string>, b: Map<string, string>) =>
      [...a].filter(([key, text]) => b.get(key) === text && /\p{L}{4}/u.test(text.replace(/{{\w+}}/g, '')));
    for (const [a, b] of [
      [texts.en, texts.fr],
      [texts.en, texts.nl],
      [texts.fr, texts.nl],
      [texts.en, texts.de],
      [texts.nl, texts.de],
    ] as const) {
      expect(same(a, b).length).toBeLessThan(a.size / 50);
    }
  });

  it('have typographic apostrophes alone', () => {
    const straight = Object.values(texts).flatMap((language) => [...language].filter(([, text]) => text.includes("'")));
    expect(straight).toEqual([]);
  });

  it('use the words of radio rooms, not of broadcasters', () => {
    const broadcast = /antenne|in de ether|uitzend|on air|auf sendung/i;
    const found = Object.values(texts).flatMap((language) => [...language].filter(([, text]) => broadcast.test(text)));
    expect(found).toEqual([]);
  });

  it('are all used: every key stands in the sources, or its family does', () => {
    const code = sources.map((path) => readFileSync(path, 'utf8')).join('\n');
    const families = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, family]) => family ?? '');
    const unused = [...texts.en.keys()].filter(
      (key) => !code.includes(`'${key}'`) && !families.some((family) => key.startsWith(family)),
    );
    expect(unused).toEqual([]);
  });

  it('name every document of the gateway that may be found broken, or that the disk may not take', () => {
    const gateway = globSync('src/gateway/**/*.ts').map((path) => readFileSync(path, 'utf8'));
    const named = /\b(?:kept\(|[a-z]+Alarm\('state-not-kept', )'([a-z-]+)'\)/g;
    const kept = new Set([...gateway.join('\n').matchAll(named)].map(([, name]) => name));
    expect(Object.keys(en.alarm.kept).sort()).toEqual([...kept, 'other'].sort());
  });

  it.each([
    { language: 'de', word: 'Übergabe', not: /ablösung|schichtübergabe/i },
    { language: 'nl', word: 'hit', not: /treffer/i },
  ] as const)('say $word, and nothing else for it, in $language', ({ language, not }) => {
    expect([...texts[language]].filter(([, text]) => not.test(text))).toEqual([]);
  });

  it('are not written into components', () => {
    const found = sources.filter((path) => path.endsWith('.tsx')).flatMap(hardCodedTexts);
    expect(found).toEqual([]);
  });
});

/** What the operator would read or hear and the JSON files do not know. */
function hardCodedTexts(path: string): string[] {
  const found: string[] = [];
  visit(parseSync(readFileSync(path, 'utf8'), { syntax: 'typescript', tsx: true }), (node) => {
    if (node.type === 'JSXText' && isWords(node.value)) found.push(`${path}: ${String(node.value).trim()}`);
    if (node.type !== 'JSXAttribute') return;
    const { name, value } = node as { name?: { value?: string }; value?: { type?: string; value?: unknown } };
    const readAloud = /^(aria-label|aria-description|aria-valuetext|title|alt|placeholder|label)$/.test(
      name?.value ?? '',
    );
    if (readAloud && value?.type === 'StringLiteral' && isWords(value.value)) found.push(`${path}: ${value.value}`);
  });
  return found;
}

type Node = Readonly<Record<string, unknown>>;

function visit(node: unknown, each: (node: Node) => void): void {
  if (Array.isArray(node)) for (const child of node) visit(child, each);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
  each(node as Node);
  for (const child of Object.values(node)) visit(child, each);
}

function isWords(value: unknown): boolean {
  return typeof value === 'string' && /\p{L}{2}/u.test(value);
}
