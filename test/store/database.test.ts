/** A database that several open at once: the gateway's threads and its commands. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
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

it('a server that is not there is named, with what to do', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  const place = {
    kind: 'postgresql' as const,
    host: '127.0.0.1',
    port,
    user: 'escaut',
    database: 'escaut',
    schema: 'audit_e2e',
  };
  const database = openToRead<{ counted: { at: number } }>(place);
  await expect(database.selectFrom('counted').select('at').execute()).rejects.toMatchObject({
    code: 'STORE_AWAY',
    exitCode: 69,
    message: expect.stringContaining(`store.url, 127.0.0.1:${port}: connect ECONNREFUSED`),
  });
  await database.destroy();
});
