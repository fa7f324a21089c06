/**
 * The database of a store: SQLite by node:sqlite, or PostgreSQL where the configuration names a server, both asked through
 * Kysely by the same queries. Opened where its waits hold nobody up: in a worker, or by a command.
 *
 * Either way a store has one connection, over which its questions go one after the other, and a transaction is the only one
 * among all processes that write to it, from its begin.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  type QueryExecutorProvider,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
  sql,
} from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { DatabasePlace } from './database-place.ts';
import { postgresDialect } from './postgres.ts';

/** Waited for another process that writes, e.g. a backup, and for an answer of a server; ms. */
const busyMsMax = 5000;
/** Waited for a server where whole years are gone through and nobody needs the answer at once; ms. */
export const longWaitMs = 60_000;

/**
 * What is committed outlives a loss of power: in a file WAL, and every commit is on the disk before it is one; on a server
 * `synchronous_commit`.
 * @throws Error of node:sqlite when the file is no database, or cannot be opened; a server is reached by the first question
 */
export function openDatabase<Tables>(place: DatabasePlace, answerMsMax = busyMsMax): Kysely<Tables> {
  if (place.kind === 'postgresql') return new Kysely<Tables>({ dialect: postgresDialect(place, answerMsMax) });
  const { file } = place;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: answerMsMax });
  chmodSync(file, 0o600);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;',
  );
  return new Kysely<Tables>({ dialect: new SharedDialect({ database: adapted(database) }) });
}

/** For a file that several processes write: the gateway and its commands. */
class SharedDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createAdapter(): SqliteAdapter {
    return new WholeAdapter();
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

/**
 * A transaction is a writer's from its begin, and waits for the writer before it. One that has only read, and writes
 * after another has, is refused at once however long it would wait.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** A migration is done whole or not at all, which SQLite can and Kysely does not take for granted: a kill would leave half. */
class WholeAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** For those that only look: nothing is made or changed. */
export function openToRead<Tables>(place: DatabasePlace): Kysely<Tables> {
  if (place.kind === 'postgresql') return new Kysely<Tables>({ dialect: postgresDialect(place, longWaitMs, true) });
  const database = new DatabaseSync(place.file, { readOnly: true, timeout: busyMsMax });
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapted(database) }) });
}

/** Somebody has opened it to write before. @throws Error when the server cannot be asked */
export async function isBegun(place: DatabasePlace): Promise<boolean> {
  if (place.kind === 'file') return existsSync(place.file);
  const database = openToRead<unknown>(place);
  try {
    const { rows } = await sql`SELECT 1 FROM pg_namespace WHERE nspname = ${place.schema}`.execute(database);
    return rows.length > 0;
  } finally {
    await database.destroy();
  }
}

/** Kysely speaks to the interface of better-sqlite3. */
function adapted(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text): SqliteStatement => {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

export function isPostgres(database: QueryExecutorProvider): boolean {
  return database.getExecutor().adapter instanceof PostgresAdapter;
}

export type Migrations = Readonly<Record<string, Migration>>;

/** Brings the tables up to date, forward only. */
export async function bringUpToDate<Tables>(database: Kysely<Tables>, migrations: Migrations): Promise<void> {
  // The server has the tables of other stores as well, and Kysely would take theirs for ours.
  const within = isPostgres(database) ? { migrationTableSchema: await schemaOf(database) } : {};
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const migrator = new Migrator({ db: database, provider, ...within });
  // Whoever only opens it waits for no writer.
  const known = await migrator.getMigrations();
  if (known.every(({ executedAt }) => executedAt !== undefined) && (await migrated(database)) === known.length) return;
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** How many migrations it has had; more than we know where a later version has written it, which Kysely refuses. */
async function migrated<Tables>(database: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM kysely_migration`.execute(database);
  return rows[0]?.count ?? 0;
}

/** Of the connection, whether it is there or not. @throws Error where texts could not be kept as they are */
async function schemaOf<Tables>(database: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{
    schema: string;
    encoding: string;
  }>`SELECT current_setting('search_path') AS schema, current_setting('server_encoding') AS encoding`.execute(database);
  const { schema = '', encoding = '' } = rows[0] ?? {};
  if (encoding !== 'UTF8') throw new Error(`the database is in ${encoding}, and has to be in UTF8`);
  return schema.replaceAll('"', '');
}
