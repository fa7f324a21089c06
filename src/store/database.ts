/**
 * The embedded database: SQLite by node:sqlite, asked through Kysely, so that another dialect can take its place. Opened
 * where its waits hold nobody up: in a worker, or by a command.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';

/** Waited for another process that writes, e.g. a backup; ms. */
const busyMsMax = 5000;

/**
 * What is committed outlives a loss of power: WAL, and every commit is on the disk before it is one.
 * @throws Error of node:sqlite when the file is no database, or cannot be opened
 */
export function openDatabase<Tables>(file: string): Kysely<Tables> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: busyMsMax });
  chmodSync(file, 0o600);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
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
export function openToRead<Tables>(file: string): Kysely<Tables> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMsMax });
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapted(database) }) });
}

/** Kysely speaks to the interface of better-sqlite3. */
function adapted(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql): SqliteStatement => {
      const statement = database.prepare(sql);
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
