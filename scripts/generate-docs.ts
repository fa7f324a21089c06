/**
 * Writes what is derived from tables in the code: docs/configuration.md and config/escaut.schema.json from the
 * configuration's schema, the tables of error codes, faults and metrics in docs/operations.md, the schema in docs/hits.md. Run by hand when one of them
 * changes; tests say when that was forgotten.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeHitMessage } from '../src/api/hit-message.ts';
import { describeErrors } from '../src/base/errors.ts';
import { describeFaults } from '../src/base/faults.ts';
import { describeMetrics } from '../src/base/meter.ts';
import { describeConfig } from '../src/config/describe.ts';
import { jsonSchema } from '../src/config/load.ts';

const root = join(import.meta.dirname, '..');
const schema = jsonSchema();
writeFileSync(join(root, 'docs/configuration.md'), describeConfig(schema));

const schemaFile = join(root, 'config/escaut.schema.json');
writeFileSync(schemaFile, JSON.stringify(schema));
execFileSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', schemaFile], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const operations = join(root, 'docs/operations.md');
const put = (text: string, name: string, table: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`),
    (_whole, begin: string, end: string) => begin + table + end,
  );
writeFileSync(
  operations,
  [
    ['errors', describeErrors()],
    ['faults', describeFaults()],
    ['metrics', describeMetrics()],
  ].reduce((text, [name = '', table = '']) => put(text, name, table), readFileSync(operations, 'utf8')),
);

const hits = join(root, 'docs/hits.md');
writeFileSync(hits, put(readFileSync(hits, 'utf8'), 'schema', describeHitMessage()));
