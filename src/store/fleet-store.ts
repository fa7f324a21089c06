/**
 * Versions of the fleet data in their database: the record of each as the rules left it, and its text. Knows no thread and
 * no time. Several processes may work on it: what one reads and writes in `change` no other changes meanwhile.
 */
import { type Kysely, sql } from 'kysely';
import type { Fleet, FleetVersion } from '../operations/fleet-version.ts';
import { bringUpToDate, isPostgres, type Migrations } from './database.ts';

export interface FleetTables {
  fleet_version: { number: number; record: string; document: string };
}

/** Forward only: what has been released is never changed. */
const migrations: Migrations = {
  '2026-11-fleet': {
    up: async (database: Kysely<unknown>): Promise<void> => {
      await database.schema
        .createTable('fleet_version')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('record', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute();
      // Records go on; what was proposed stays what it was, whatever has become of it.
      if (isPostgres(database)) {
        await sql`CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$`.execute(database);
        await sql`CREATE TRIGGER fleet_document_stays BEFORE UPDATE OF document ON fleet_version
          FOR EACH STATEMENT EXECUTE FUNCTION stays('the text of a version never changes')`.execute(database);
        await sql`CREATE TRIGGER fleet_version_stays BEFORE DELETE OR TRUNCATE ON fleet_version
          FOR EACH STATEMENT EXECUTE FUNCTION stays('versions are never deleted')`.execute(database);
        return;
      }
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
    await bringUpToDate(database, migrations);
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
    return this.#database.transaction().execute(async (connection) => {
      const before = await readFleet(connection);
      const { state, document, result } = work(before);
      for (const version of state.versions.values()) {
        const old = before.versions.get(version.number);
        if (old !== version) await write(connection, version, old === undefined ? (document ?? '') : undefined);
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
