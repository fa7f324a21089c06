/**
 * Writes what is derived from the configuration's schema: docs/configuration.md for people, config/escaut.schema.json
 * for editors. Run by hand when src/config/schema.ts changes; a test says when that was forgotten.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
