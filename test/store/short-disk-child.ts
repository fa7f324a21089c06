/** Writes what a disk has no room for, whose end its caller has set: argument 1 is a folder. Says what became of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditSpool } from '../../src/store/audit-spool.ts';
import { KeptFile } from '../../src/store/kept-file.ts';

const folder = process.argv[2] ?? '';
const long = 'x'.repeat(64 * 1024);

const file = join(folder, 'hits.json');
const kept = new KeptFile(file, { utcMs: () => 0, broken: () => undefined });
const short = kept.write({ before: true });
const fault = kept.write({ long });

const spool = new AuditSpool(join(folder, 'audit-spool.jsonl'));
const line = (number: number, words: string) =>
  ({ run: 'a', line: number, utcMs: 0, upMs: 0, level: 'info', event: 'test', fields: { words } }) as const;
let refused = '';
try {
  spool.add([line(1, ''), line(2, long)]);
} catch (error) {
  refused = String(error);
}
process.stdout.write(JSON.stringify({ short, fault, document: readFileSync(file, 'utf8'), refused }));
