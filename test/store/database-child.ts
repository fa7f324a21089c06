/** One of several that open the same fleet data at once and change it. */
import { parentPort, workerData } from 'node:worker_threads';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database.ts';
import type { DatabasePlace } from '../../src/store/database-place.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';

const { place, rounds } = workerData as { place: DatabasePlace; rounds: number };
const database = openDatabase<FleetTables & { counted: { at: number } }>(place);
const store = await FleetStore.open(database);
await database
  .transaction()
  .execute((transaction) => sql`CREATE TABLE IF NOT EXISTS counted (at integer NOT NULL)`.execute(transaction));
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
