/** kill −9 at any instant: what was told to be safe is in the log, and its chain is whole. */
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AuditStore, type AuditTables } from '../../src/store/audit-store.ts';
import { openToRead } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';

const kills = 12;

it(`loses no line that was safe in ${kills} kills, and never its chain`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-kill-'));
  const safe: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const child = spawn(process.execPath, ['test/interop/support/audit-child.ts', folder, `run ${kill}`]);
    let said = '';
    let faults = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      // Whatever it was doing: another number of commits each time.
      if (Number(said.trim().split('\n').at(-1)) > 37 * (kill + 1)) child.kill('SIGKILL');
    });
    child.stderr.on('data', (data: Buffer) => {
      faults += data.toString();
    });
    await once(child, 'close');
    expect(faults).toBe('');
    // The last word may have been cut off.
    safe.push(Number(said.split('\n').slice(0, -1).at(-1)));
  }
  const database = openToRead<AuditTables>(fileAt(join(folder, 'escaut.db')));
  const store = AuditStore.reader(database, 'escaut-test');
  const key = createPublicKey(readFileSync(join(folder, 'signing-key.pub')));
  const verdict = await store.verify(key);
  expect(verdict.fault).toBeUndefined();
  const kept = await database
    .selectFrom('audit_entry')
    .select(({ fn }) => ['run' as const, fn.max('line').as('line'), fn.countAll<number>().as('count')])
    .groupBy('run')
    .execute();
  await database.destroy();
  for (const [kill, count] of safe.entries()) {
    const run = kept.find((each) => each.run === `run ${kill}`);
    expect(run?.line).toBeGreaterThanOrEqual(count);
    expect(run?.count).toBe(run?.line); // none left out
  }
  rmSync(folder, { recursive: true });
}, 60_000);
