/** A database that several open at once: the gateway's threads and its commands. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openToRead } from '../../src/store/database.ts';
import { databaseKinds, testDatabases } from './databases.ts';

describe.each(databaseKinds)('a database in %s', (kind) => {
  const databases = testDatabases(kind);

  it('makes those that open it anew at once wait for each other, and none writes over what another has read', async () => {
    const place = databases.place('fleet');
    const [writers, rounds] = [6, 20];
    const entry = new URL('database-child.ts', import.meta.url);
    const ends = Array.from({ length: writers }, async () => {
      const [end] = await once(new Worker(entry, { workerData: { place, rounds } }), 'message');
      return end as unknown;
    });
    expect(await Promise.all(ends)).toEqual(Array(writers).fill('done'));
    const database = openToRead<{ counted: { at: number } }>(place);
    const counted = await database.selectFrom('counted').select('at').orderBy('at').execute();
    await database.destroy();
    expect(counted.map(({ at }) => at)).toEqual(Array.from({ length: writers * rounds }, (_, at) => at));
  }, 60_000);
});
