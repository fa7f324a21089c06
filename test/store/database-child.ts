/** One of several that open the same fleet data at once and change it. */
import { parentPort, workerData } from 'node:worker_threads';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';

const { file, rounds } = workerData as { file: string; rounds: number };
const database = openDatabase<FleetTables & { counted: { at: number } }>(file);
const store = await FleetStore.open(database);
await sql`CREATE TABLE IF NOT EXISTS counted (at integer NOT NULL)`.execute(database);
for (let round = 0; round < rounds; round++) {
  await database.transaction().execute(async (transaction) => {
    const { count } = await transaction
      .selectFrom('counted')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    await transaction.insertInto('counted').values({ at: count }).execute();
  });
}
await store.close();
parentPort?.postMessage('done');
