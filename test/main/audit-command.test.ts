/** `escaut audit` on a log that a gateway has written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLines, auditVerdict } from '../../src/audit-command.ts';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { signingKey } from '../../src/store/signing-key.ts';

let stateFolder: string;
const id = 'ccpd';
const entries = 2500; // more than a page
beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'audit-command-'));
  const database = openDatabase<AuditTables>(fileAt(join(stateFolder, id, 'escaut.db')));
  const store = await AuditStore.open(database, id, signingKey(join(stateFolder, id, 'signing-key')).privateKey);
  const base = { run: 'r', upMs: 0, level: 'info', fields: {} } as const;
  const lines = Array.from({ length: entries }, (_, index) => ({ ...base, line: index + 1, utcMs: 1000 * index }));
  await store.append(lines.map((line, index) => ({ ...line, event: index % 2 === 0 ? 'even' : 'odd' })));
  await store.close();
});
afterAll(() => rmSync(stateFolder, { recursive: true }));

it('prints entries, page after page', async () => {
  const seqs: number[] = [];
  for await (const line of auditLines({ gateway: { id, stateFolder } }, { event: 'odd' }))
    seqs.push(JSON.parse(line).seq);
  expect(seqs).toEqual(Array.from({ length: entries / 2 }, (_, index) => 2 * index + 2));
});

it('says that it is whole, and where it is not', async () => {
  expect(await auditVerdict({ gateway: { id, stateFolder } })).toEqual({
    isWhole: true,
    words: `whole: ${entries} entries, 1 checkpoints, signed up to entry ${entries}`,
  });
  const database = openDatabase<AuditTables>(fileAt(join(stateFolder, id, 'escaut.db')));
  await sql`DROP TRIGGER audit_entry_no_delete`.execute(database);
  await database.deleteFrom('audit_entry').where('seq', '=', 1700).execute();
  await database.destroy();
  expect(await auditVerdict({ gateway: { id, stateFolder } })).toEqual({
    isWhole: false,
    words: 'broken at entry 1700 (missing); 1699 before it are whole',
  });
});

it('says that there is none', async () => {
  await expect(auditVerdict({ gateway: { id: 'other', stateFolder } })).rejects.toThrow(
    'has this gateway been started here?',
  );
});
