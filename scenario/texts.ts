/** The page's own words, so that a button is found by the name that a person reads on it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from './scenario-file.ts';

const folder = join(import.meta.dirname, '../src/web/i18n');
const known = new Map<Language, unknown>();

/** The text of a key in a language, its variables filled in; undefined when the page has no such text. */
export function textOf(
  language: Language,
  key: string,
  values: Readonly<Record<string, string | number>> = {},
): string | undefined {
  const texts = known.get(language) ?? JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8'));
  known.set(language, texts);
  const found = key.split('.').reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), texts);
  if (typeof found !== 'string') return undefined;
  return found.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
