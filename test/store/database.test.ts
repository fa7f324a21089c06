/** A database that several open at once: the gateway's threads and its commands. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { openToRead } from '../../src/store/database.ts';

it('those that open a new file at once wait for each other, and none writes over what another has read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-database-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'fleet.sqlite');
  const [writers, rounds] = [6, 20];
  const entry = new URL('database-child.ts', import.meta.url);
  const ends = Array.from({ length: writers }, async () => {
    const [end] = await once(new Worker(entry, { workerData: { file, rounds } }), 'message');
    return end as unknown;
  });
  expect(await Promise.all(ends)).toEqual(Array(writers).fill('done'));
  const database = openToRead<{ counted: { at: number } }>(file);
  const counted = await database.selectFrom('counted').select('at').orderBy('at').execute();
  await database.destroy();
  expect(counted.map(({ at }) => at)).toEqual(Array.from({ length: writers * rounds }, (_, at) => at));
}, 60_000);
