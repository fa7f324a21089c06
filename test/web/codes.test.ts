/**
 * What the gateway answers in codes the page says in words: each code that the schema names, and each that the sources
 * can answer, has a text of its own. That the four languages have the same keys is held by texts.test.ts.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportFaults } from '../../src/operations/export-fault.ts';
import { exportFaultWords } from '../../src/operations/export-fault-words.ts';
import de from '../../src/web/i18n/de.json' with { type: 'json' };
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import fr from '../../src/web/i18n/fr.json' with { type: 'json' };
import nl from '../../src/web/i18n/nl.json' with { type: 'json' };

const proto = readFileSync('proto/console.proto', 'utf8');

/** The codes in the comment above, or behind, a field of a message. */
function codesOf(message: string, field: string): string[] {
  const body = new RegExp(`^message ${message} \\{[\\s\\S]*?(?=^message )`, 'm').exec(proto)?.[0] ?? '';
  const comment = new RegExp(`((?:^ *//.*\\n)+) *string ${field} = `, 'm').exec(body)?.[1] ?? '';
  const words = comment.replaceAll('//', ' ').split(/[,:;.]/);
  return words.map((word) => word.trim().replace(/\s+/g, ' ')).filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word));
}

/** Codes in what answers a person's wishes: the refusals of each rule, and those of the shells around them. */
function codesOfSources(): string[] {
  const rules = globSync('src/operations/*.ts').map((path) => readFileSync(path, 'utf8'));
  // Fleet data, retention and accounts are answered by REST.
  const types = rules.flatMap(
    (text) => text.match(/^export type (?!Fleet|Retention|Account)\w+Refusal =[\s\S]*?;$/gm) ?? [],
  );
  const shells = globSync('src/{gateway/operations,console}/*.ts').map((path) => readFileSync(path, 'utf8'));
  const causes = shells.flatMap((text) =>
    [...text.matchAll(/answer\(\{ cause: '([a-z-]+)'/g)].map(([, code]) => code!),
  );
  return [
    ...types.flatMap((type) => [...type.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code!)),
    ...causes,
  ];
}

const tables = [
  { message: 'OperationAnswer', field: 'refusal', texts: en.refusal, least: 60 },
  { message: 'SheetAnswer', field: 'refusal', texts: en.refusal, least: 2 },
  { message: 'RecordingsAnswer', field: 'refusal', texts: en.recordings.refusal, least: 15 },
  { message: 'ExportOrder', field: 'fault', texts: en.recordings.export.fault, least: 26 },
  { message: 'RecallAnswer', field: 'refusal', texts: en.replay.refusal, least: 5 },
  { message: 'FloorAnswer', field: 'cause', texts: en.cause, least: 15 },
  { message: 'Over', field: 'end', texts: en.over.end, least: 9 },
] as const;

describe('codes of the gateway', () => {
  it.each(tables)('of $message, $field, have a text each', ({ message, field, texts, least }) => {
    const codes = codesOf(message, field);
    expect(codes.length).toBeGreaterThanOrEqual(least);
    expect(codes.filter((code) => !Object.hasOwn(texts, code))).toEqual([]);
  });

  it('that answer a wish are all named in the schema', () => {
    const answered = codesOfSources();
    expect(answered.length).toBeGreaterThan(40);
    const named = new Set(['OperationAnswer', 'RecordingsAnswer'].flatMap((each) => codesOf(each, 'refusal')));
    expect([...new Set(answered)].filter((code) => !named.has(code))).toEqual([]);
  });

  it('of exports that failed are told alike by page, REST and command, in each language', () => {
    expect(codesOf('ExportOrder', 'fault').toSorted()).toEqual([...exportFaults].toSorted());
    for (const [language, { recordings }] of Object.entries({ fr, nl, en, de })) {
      const told = exportFaults.map((fault) => [fault, exportFaultWords(fault, language as 'fr')]);
      expect(Object.fromEntries(told)).toEqual(recordings.export.fault);
    }
  });

  it('of accounts have a text each on the page of the fleet data', () => {
    const [type = ''] =
      readFileSync('src/operations/account-orders.ts', 'utf8').match(/^export type AccountRefusal[\s\S]*?;$/m) ?? [];
    const codes = [...type.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !Object.hasOwn(en.fleet.fault, code))).toEqual([]);
  });
});
