/** The way to a PostgreSQL server: one connection a store, that is given up when it does not answer. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type PostgresPoolClient,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import { GatewayError, systemCode } from '../base/errors.ts';
import type { ServerPlace } from './database-place.ts';

/** A server that is not there is known to be away, ms. */
const connectMsMax = 3000;
/** By so much the server gives up before we do: its answer is worth more than none. */
const spareMs = 1000;
/** The server gives back by itself what a machine that is gone had begun. */
const idleInWorkMsMax = 15_000;

const onlyWriter = "SELECT pg_advisory_xact_lock(hashtextextended(current_setting('search_path'), 0))";

/** bigint and numeric, as counts and sums of it are: numbers here, as SQLite gives them. */
const numbers: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

/** `answerMsMax`: of one statement, of a wait for another writer among it. */
export function postgresDialect(place: ServerPlace, answerMsMax: number, readOnly = false): Dialect {
  const { schema } = place;
  const settings = [
    `search_path="${schema}"`,
    'synchronous_commit=on',
    ...(readOnly ? ['default_transaction_read_only=on'] : []),
  ];
  const pool = new pg.Pool({
    ...wayTo(place),
    max: 1,
    query_timeout: answerMsMax,
    statement_timeout: answerMsMax - spareMs,
    idle_in_transaction_session_timeout: idleInWorkMsMax,
    options: settings.map((each) => `-c ${each}`).join(' '),
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        numbers.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection was cut while nothing was asked over it: the next question says so, or makes another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new SharedDialect({ pool: { options: {}, end: () => pool.end(), connect: () => connect(pool, place) } });
}

function wayTo({ host, port, user, database, password, tls, schema }: ServerPlace): pg.ClientConfig {
  return {
    ...{ host, port, user, database },
    // Never what the environment has (PGPASSWORD), which the configuration does not name.
    password: password ?? '',
    ssl: tls !== undefined && (tls === '' ? true : { ca: tls }),
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    application_name: `escaut ${schema}`,
  };
}

/**
 * All that is committed by now, for whoever reads by that name on connections of his own, however long that takes.
 * @throws Error of the server
 */
export async function heldSnapshot(place: ServerPlace): Promise<{ readonly id: string; end(): Promise<void> }> {
  const client = new pg.Client({ ...wayTo(place), idle_in_transaction_session_timeout: 0 });
  client.on('error', () => undefined); // whoever reads by it is told
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
    return { id: rows[0]?.id ?? '', end: () => client.end() };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** A connection that did not answer, or went, is used no more: what was begun on it may still be under way. */
async function connect(pool: pg.Pool, { host, port }: ServerPlace): Promise<PostgresPoolClient> {
  const client = await pool.connect().catch((error: unknown) => {
    // Of a name with several addresses the error has no words of its own.
    const words = (error instanceof Error ? error.message : String(error)) || systemCode(error) || 'no answer';
    throw new GatewayError('STORE_AWAY', `store.url, ${host}:${port}: ${words}`, error);
  });
  let isBroken = false;
  const cautious = {
    query: async (text: unknown, parameters?: readonly unknown[]) => {
      try {
        return await client.query(text as string, parameters as unknown[]);
      } catch (error) {
        // What the server itself refuses it says with a code (SQLSTATE); of class 57 it says that it goes.
        const code = error instanceof pg.DatabaseError ? error.code : undefined;
        isBroken ||= code === undefined || code.startsWith('57P');
        throw error;
      }
    },
    release: (destroy?: boolean) => client.release(isBroken || destroy),
  };
  return cautious as unknown as PostgresPoolClient; // whose cursors are never asked for
}

class SharedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new OneWriterDriver(this.#config);
  }
}

/** As in a file: a transaction waits for the one before it, of whatever process, before it has read anything. */
class OneWriterDriver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await super.beginTransaction(connection, settings);
    try {
      await connection.executeQuery(CompiledQuery.raw(onlyWriter));
    } catch (error) {
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined); // gone, it has taken it back
      throw error;
    }
  }
}
