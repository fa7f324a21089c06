/**
 * Versions of the fleet data in their database: the record of each as the rules left it, and its text. Knows no thread and
 * no time. Several processes may work on it: what one reads and writes in `change` no other changes meanwhile.
 */
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Fleet, FleetVersion } from '../operations/fleet-version.ts';

export interface FleetTables {
  fleet_version: { number: number; record: string; document: string };
}

/** Forward only: what has been released is never changed. */
const migrations = {
  '2026-11-fleet': {
    up: async (database: Kysely<unknown>): Promise<void> => {
      await database.schema
        .createTable('fleet_version')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('record', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute();
      // Records go on; what was proposed stays what it was, whatever has become of it.
      await sql`CREATE TRIGGER fleet_document_stays BEFORE UPDATE OF document ON fleet_version
        BEGIN SELECT RAISE(ABORT, 'the text of a version never changes'); END`.execute(database);
      await sql`CREATE TRIGGER fleet_version_stays BEFORE DELETE ON fleet_version
        BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END`.execute(database);
    },
  },
};

/** What a step left behind. */
export interface FleetChanged<Result> {
  readonly state: Fleet;
  /** Of the version that is new. */
  readonly document?: string;
  readonly result: Result;
}

export class FleetStore {
  readonly #database: Kysely<FleetTables>;

  private constructor(database: Kysely<FleetTables>) {
    this.#database = database;
  }

  static async open(database: Kysely<FleetTables>): Promise<FleetStore> {
    const provider = { getMigrations: async () => migrations };
    const { error } = await new Migrator({ db: database, provider }).migrateToLatest();
    if (error !== undefined) throw error;
    return new FleetStore(database);
  }

  async read(): Promise<Fleet> {
    return readFleet(this.#database);
  }

  /** The text of a version. */
  async document(number: number): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('fleet_version')
      .select('document')
      .where('number', '=', number)
      .executeTakeFirst();
    return row?.document;
  }

  /** Reads, lets `work` step, and writes what has changed; when it resolves that is on the disk. All or none. */
  async change<Result>(work: (state: Fleet) => FleetChanged<Result>): Promise<Result> {
    return this.#database.transaction().execute(async (transaction) => {
      const before = await readFleet(transaction);
      const { state, document, result } = work(before);
      for (const version of state.versions.values()) {
        const old = before.versions.get(version.number);
        if (old !== version) await write(transaction, version, old === undefined ? (document ?? '') : undefined);
      }
      return result;
    });
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }
}

async function readFleet(database: Kysely<FleetTables>): Promise<Fleet> {
  const rows = await database.selectFrom('fleet_version').select(['number', 'record']).orderBy('number').execute();
  const versions = new Map(rows.map(({ number, record }) => [number, JSON.parse(record) as FleetVersion]));
  const active = [...versions.values()].find(({ name }) => name === 'active');
  return { versions, active: active?.number ?? 0 };
}

async function write(
  database: Kysely<FleetTables>,
  version: FleetVersion,
  document: string | undefined,
): Promise<void> {
  const record = JSON.stringify(version);
  if (document === undefined) {
    await database.updateTable('fleet_version').set({ record }).where('number', '=', version.number).execute();
  } else await database.insertInto('fleet_version').values({ number: version.number, record, document }).execute();
}
