/**
 * The tables of a gateway on a PostgreSQL server, out and back again by the server's own programs: `pg_dump` of a snapshot
 * that was taken while nothing could be put into the audit log, so of the same instant as the folders beside it, and
 * `pg_restore` in one transaction (ADR 0051, 0052).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { systemCode } from '../base/errors.ts';
import type { AuditTables } from './audit-store.ts';
import { BackupProblem } from './backup-form.ts';
import { isBegun, longWaitMs, openDatabase, openToRead } from './database.ts';
import type { ServerPlace, StoreName } from './database-place.ts';
import { heldSnapshot } from './postgres.ts';

export type ServerTables = Readonly<Record<StoreName, ServerPlace>>;

/** In the state folder of a backup. */
export const dumpName = 'server.dump';
/** What libpq goes by where no authority is named (Debian's). */
const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt';
const saidMax = 2000;

export interface ServerSnapshot {
  /** What libpq calls it; it holds until `end`. */
  readonly id: string;
  end(): Promise<void>;
}

/** `deed` is of the same instant as the snapshot: until it returns nothing is put into the audit log. */
export async function holdServer<Result>(
  { audit }: ServerTables,
  deed: () => Result,
): Promise<{ readonly snapshot: ServerSnapshot; readonly done: Result }> {
  // A transaction of its store: the only writer from its begin.
  const lock = openDatabase<AuditTables>(audit);
  try {
    return await lock.transaction().execute(async () => {
      const snapshot = await heldSnapshot(audit);
      try {
        return { snapshot, done: deed() };
      } catch (error) {
        await snapshot.end();
        throw error;
      }
    });
  } finally {
    await lock.destroy();
  }
}

/** The audit log as it was then. */
export async function readSnapshot<Result>(
  { audit }: ServerTables,
  { id }: ServerSnapshot,
  deed: (database: Kysely<AuditTables>) => Promise<Result>,
): Promise<Result> {
  const database = openToRead<AuditTables>(audit);
  try {
    return await database.connection().execute(async (connection) => {
      await sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`.execute(connection);
      await sql`SET TRANSACTION SNAPSHOT ${sql.lit(id)}`.execute(connection);
      const result = await deed(connection);
      await sql`ROLLBACK`.execute(connection);
      return result;
    });
  } finally {
    await database.destroy();
  }
}

/** Of the tables, with their indexes: more than a dump of them takes. */
export async function octetsOf(tables: ServerTables): Promise<number> {
  const database = openToRead<unknown>(tables.audit);
  try {
    const schemas = Object.values(tables).map(({ schema }) => schema);
    const { rows } = await sql<{ octets: number }>`SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) AS octets
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname IN (${sql.join(schemas)})`.execute(database);
    return rows[0]?.octets ?? 0;
  } finally {
    await database.destroy();
  }
}

/** @throws BackupProblem: pg_dump is missing, older than the server, or failed */
export async function dumpServer(tables: ServerTables, { id }: ServerSnapshot, file: string): Promise<void> {
  await seeProgram('pg_dump', tables.audit);
  const begun: ServerPlace[] = [];
  for (const place of Object.values(tables)) if (await isBegun(place)) begun.push(place);
  await run('pg_dump', tables.audit, [
    ...['--format=custom', '--no-owner', '--no-privileges', `--snapshot=${id}`, `--file=${file}`],
    // A pattern, unless it is quoted.
    ...begun.map(({ schema }) => `--schema="${schema}"`),
  ]);
}

/** @throws BackupProblem where one of them is there */
export async function seeNoTables(tables: ServerTables): Promise<void> {
  for (const place of Object.values(tables)) {
    if (await isBegun(place))
      throw new BackupProblem(
        `${place.schema} is on ${place.host}:${place.port}/${place.database} already: a backup is put back where there is nothing`,
      );
  }
}

/** All of it or nothing. @throws BackupProblem: pg_restore is missing, older than the server, or failed */
export async function restoreServer(tables: ServerTables, file: string): Promise<void> {
  await seeProgram('pg_restore', tables.audit);
  await run('pg_restore', tables.audit, [
    ...['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction'],
    ...[`--dbname=${tables.audit.database}`, file],
  ]);
}

/** What was put back, when the rest of it failed. */
export async function dropServer(tables: ServerTables): Promise<void> {
  const database = openDatabase<unknown>(tables.audit, longWaitMs);
  try {
    for (const { schema } of Object.values(tables))
      await sql`DROP SCHEMA IF EXISTS ${sql.id(schema)} CASCADE`.execute(database);
  } finally {
    await database.destroy();
  }
}

type Program = 'pg_dump' | 'pg_restore';

/** A program that is older than the server refuses in its own words, which name no remedy. */
async function seeProgram(program: Program, place: ServerPlace): Promise<void> {
  const database = openToRead<unknown>(place);
  let server: number;
  try {
    const { rows } = await sql<{ version: string }>`SELECT current_setting('server_version_num') AS version`.execute(
      database,
    );
    server = Math.floor(Number(rows[0]?.version) / 10_000);
  } finally {
    await database.destroy();
  }
  const remedy = `install postgresql-client-${server} or later`;
  const said = await output(program, ['--version'], {}).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new BackupProblem(`${program} is missing on this machine: ${remedy}`);
  });
  const [, version = ''] = /\(PostgreSQL\) (\d+)/.exec(said.stdout) ?? [];
  if (!(Number(version) >= server))
    throw new BackupProblem(`${program} is of PostgreSQL ${version}, and the server of ${server}: ${remedy}`);
}

async function run(program: Program, place: ServerPlace, args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-authorities-'));
  try {
    const { code, stderr } = await output(program, args, libpq(place, join(folder, 'ca.pem')));
    if (code !== 0) throw new BackupProblem(`${program}: ${stderr.trim() || `exit code ${code}`}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing of it among the arguments, which every user of the machine may read. */
function libpq({ host, port, user, database, password, tls }: ServerPlace, authorities: string): NodeJS.ProcessEnv {
  if (tls !== undefined && tls !== '') writeFileSync(authorities, tls, { mode: 0o600 });
  return {
    ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database, PGPASSWORD: password ?? '' },
    ...(tls === undefined
      ? { PGSSLMODE: 'disable' }
      : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: tls === '' ? systemAuthorities : authorities }),
  };
}

async function output(
  program: Program,
  args: readonly string[],
  about: NodeJS.ProcessEnv,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  // Its own settings alone: neither PGSERVICE nor the like.
  const env = { PATH: process.env.PATH, LC_ALL: 'C', ...about };
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (data: Buffer) => {
      said[stream] = (said[stream] + data.toString()).slice(0, saidMax);
    });
  }
  const code = await new Promise<number | null>((ended, failed) => {
    child.once('error', failed);
    child.once('close', ended);
  });
  return { code, ...said };
}
