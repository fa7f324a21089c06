/**
 * The audit log in its database: entries are put at its end, chained (audit-chain.ts), and never changed. Knows no
 * thread and no time: the worker tells it what to write, commands ask it.
 */
import type { KeyObject } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { type ChainedEntry, ChainWalk, type Checkpoint, firstHash, nextHash, signCheckpoint } from './audit-chain.ts';
import { bringUpToDate, isPostgres, type Migrations } from './database.ts';

/** What happened, as the gateway hands it over. */
export interface AuditLine {
  /** Sets the lines of this run of the gateway apart from those of others. */
  readonly run: string;
  /** From 1 within the run; a line that is handed over twice is written once. */
  readonly line: number;
  readonly utcMs: number;
  /** Since the gateway started, ms: its order and distances hold when the wall clock is set. */
  readonly upMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface AuditTables {
  audit_entry: {
    seq: number;
    utc_ms: number;
    run: string;
    line: number;
    event: string;
    entry: string;
    hash: string;
  };
  audit_checkpoint: { seq: number; hash: string; utc_ms: number; signature: string };
}

/** Forward only: what has been released is never changed. On a server `integer` has 32 bits only. */
const migrations = (whole: 'integer' | 'bigint'): Migrations => ({
  '2026-11-audit': {
    up: async (database: Kysely<unknown>): Promise<void> => {
      await database.schema
        .createTable('audit_entry')
        .addColumn('seq', whole, (column) => column.primaryKey())
        .addColumn('utc_ms', whole, (column) => column.notNull())
        .addColumn('run', 'text', (column) => column.notNull())
        .addColumn('line', whole, (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .addColumn('entry', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addUniqueConstraint('audit_entry_once', ['run', 'line'])
        .execute();
      await database.schema.createIndex('audit_entry_utc').on('audit_entry').column('utc_ms').execute();
      await database.schema
        .createTable('audit_checkpoint')
        .addColumn('seq', whole, (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('utc_ms', whole, (column) => column.notNull())
        .addColumn('signature', 'text', (column) => column.notNull())
        .execute();
      // Whoever has the file can do anything; a mistake of ours cannot.
      if (isPostgres(database)) {
        await guardOnServer(database);
        return;
      }
      for (const table of tables) {
        for (const change of ['update', 'delete'] as const) await guard(database, table, change);
      }
    },
  },
});

const tables = ['audit_entry', 'audit_checkpoint'] as const;

async function guard(
  database: Parameters<ReturnType<typeof sql.raw>['execute']>[0],
  table: string,
  change: 'update' | 'delete',
): Promise<void> {
  await sql
    .raw(
      `CREATE TRIGGER ${table}_no_${change} BEFORE ${change.toUpperCase()} ON ${table} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    )
    .execute(database);
}

async function guardOnServer(database: Kysely<unknown>): Promise<void> {
  await sql`CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$`.execute(database);
  for (const table of tables) {
    for (const change of ['update', 'delete', 'truncate'] as const) {
      await sql
        .raw(
          `CREATE TRIGGER ${table}_no_${change} BEFORE ${change.toUpperCase()} ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION append_only()`,
        )
        .execute(database);
    }
  }
}

/** Entries between two signed checkpoints, unless time brings one before. */
export const checkpointEvery = 500;
const pageRows = 1000;

export interface AuditWish {
  readonly fromUtcMs?: number;
  readonly toUtcMs?: number;
  readonly event?: string;
  /** Entries after this one; for the next page. */
  readonly afterSeq?: number;
  /** Entries up to this one. */
  readonly lastSeq?: number;
  /** 1–1000. */
  readonly limit: number;
}

export class AuditStore {
  readonly #database: Kysely<AuditTables>;
  readonly #gateway: string;
  readonly #key: KeyObject | undefined;
  #seq = 0;
  #hash: string;
  #checkpointSeq = 0;

  private constructor(database: Kysely<AuditTables>, gateway: string, key: KeyObject | undefined) {
    this.#database = database;
    this.#gateway = gateway;
    this.#key = key;
    this.#hash = firstHash(gateway);
  }

  /** To be written to: brings the tables up to date and finds the end of the chain. `key`: private, Ed25519. */
  static async open(database: Kysely<AuditTables>, gateway: string, key: KeyObject): Promise<AuditStore> {
    await bringUpToDate(database, migrations(isPostgres(database) ? 'bigint' : 'integer'));
    const store = new AuditStore(database, gateway, key);
    await store.#findEnd();
    return store;
  }

  /** To be looked at. */
  static reader(database: Kysely<AuditTables>, gateway: string): AuditStore {
    return new AuditStore(database, gateway, undefined);
  }

  async #findEnd(): Promise<void> {
    const last = await lastOf(this.#database);
    if (last !== undefined) {
      this.#seq = last.seq;
      this.#hash = last.hash;
    }
    const checkpoint = await this.#database
      .selectFrom('audit_checkpoint')
      .select(({ fn }) => fn.max('seq').as('seq'))
      .executeTakeFirst();
    this.#checkpointSeq = checkpoint?.seq ?? 0;
  }

  /** What stands before the first entry. */
  get firstHash(): string {
    return firstHash(this.#gateway);
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  /** All or none; when it resolves they are on the disk. Lines that are there already are left out. */
  async append(lines: readonly AuditLine[]): Promise<void> {
    // Alone before the end is looked at: a command (escaut export) may have put an entry behind ours.
    const { seq, hash, isDue } = await this.#database.transaction().execute(async (transaction) => {
      const fresh = await freshOf(transaction, lines);
      let { seq, hash } = (await lastOf(transaction)) ?? { seq: 0, hash: firstHash(this.#gateway) };
      const rows = fresh.map(({ run, line, utcMs, upMs, level, event, fields }) => {
        seq += 1;
        const utc = new Date(utcMs).toISOString();
        const entry = JSON.stringify({ seq, utc, run, line, upMs: Math.round(upMs), level, event, about: fields });
        hash = nextHash(hash, entry);
        return { seq, utc_ms: Math.round(utcMs), run, line, event, entry, hash };
      });
      const last = rows.at(-1);
      const isDue = last !== undefined && seq - this.#checkpointSeq >= checkpointEvery;
      for (let at = 0; at < rows.length; at += 100) {
        await transaction
          .insertInto('audit_entry')
          .values(rows.slice(at, at + 100))
          .execute();
      }
      if (isDue) await this.#sign(transaction, seq, hash, last.utc_ms);
      return { seq, hash, isDue };
    });
    this.#seq = seq;
    this.#hash = hash;
    if (isDue) this.#checkpointSeq = seq;
  }

  /** Signs the end as it is, where it has moved since. */
  async checkpoint(utcMs: number): Promise<void> {
    if (this.#seq === this.#checkpointSeq) return;
    await this.#sign(this.#database, this.#seq, this.#hash, utcMs);
    this.#checkpointSeq = this.#seq;
  }

  async #sign(database: Kysely<AuditTables>, seq: number, hash: string, utcMs: number): Promise<void> {
    if (this.#key === undefined) return;
    const { signature } = signCheckpoint(this.#gateway, { seq, hash, utcMs: Math.round(utcMs) }, this.#key);
    await database
      .insertInto('audit_checkpoint')
      .values({ seq, hash, utc_ms: Math.round(utcMs), signature })
      .onConflict((conflict) => conflict.doNothing()) // a command has signed the same end
      .execute();
  }

  async search(wish: AuditWish): Promise<readonly ChainedEntry[]> {
    let query = this.#database.selectFrom('audit_entry').select(['seq', 'entry', 'hash']).orderBy('seq');
    if (wish.fromUtcMs !== undefined) query = query.where('utc_ms', '>=', wish.fromUtcMs);
    if (wish.toUtcMs !== undefined) query = query.where('utc_ms', '<', wish.toUtcMs);
    if (wish.event !== undefined) query = query.where('event', '=', wish.event);
    if (wish.afterSeq !== undefined) query = query.where('seq', '>', wish.afterSeq);
    if (wish.lastSeq !== undefined) query = query.where('seq', '<=', wish.lastSeq);
    return query.limit(wish.limit).execute();
  }

  /** The first and the last entry of a time, as they were numbered; undefined: there is none. */
  async spanOf(
    fromUtcMs: number,
    toUtcMs: number,
  ): Promise<{ readonly first: number; readonly last: number } | undefined> {
    const span = await this.#database
      .selectFrom('audit_entry')
      .select(({ fn }) => [fn.min('seq').as('first'), fn.max('seq').as('last')])
      .where('utc_ms', '>=', fromUtcMs)
      .where('utc_ms', '<', toUtcMs)
      .executeTakeFirst();
    // Without a row both are null, whatever the types say.
    return span === undefined || (span.first as number | null) === null ? undefined : span;
  }

  /** The last before or at `seq`, and the first at or after it. */
  async checkpointsAbout(seq: number): Promise<{ readonly before?: Checkpoint; readonly after?: Checkpoint }> {
    const rows = this.#database.selectFrom('audit_checkpoint').selectAll();
    const before = await rows.where('seq', '<=', seq).orderBy('seq', 'desc').limit(1).executeTakeFirst();
    const after = await rows.where('seq', '>=', seq).orderBy('seq').limit(1).executeTakeFirst();
    return {
      ...(before !== undefined && { before: checkpointOf(before) }),
      ...(after !== undefined && { after: checkpointOf(after) }),
    };
  }

  /** Undefined: nothing is in it. */
  last(): Promise<{ readonly seq: number; readonly hash: string } | undefined> {
    return lastOf(this.#database);
  }

  async checkpointsBetween(firstSeq: number, lastSeq: number): Promise<readonly Checkpoint[]> {
    const rows = this.#database.selectFrom('audit_checkpoint').selectAll().orderBy('seq');
    return (await rows.where('seq', '>=', firstSeq).where('seq', '<=', lastSeq).execute()).map(checkpointOf);
  }

  /** The last checkpoint of which all before it is from before then; undefined: there is none, or nothing before it. */
  async oldUntil(utcMs: number): Promise<Checkpoint | undefined> {
    const bounds = await this.#database
      .selectFrom('audit_entry')
      .select(({ fn, eb }) => [
        fn.min('seq').as('first'),
        fn.max('seq').as('last'),
        // A clock that was set leaves older stamps behind younger ones: what is before them stays too.
        fn.min(eb.case().when('utc_ms', '>=', utcMs).then(eb.ref('seq')).end()).as('young'),
      ])
      .executeTakeFirst();
    if (bounds === undefined || (bounds.first as number | null) === null) return undefined;
    const { before } = await this.checkpointsAbout((bounds.young ?? bounds.last + 1) - 1);
    return before !== undefined && before.seq >= bounds.first ? before : undefined;
  }

  /** Octets of the entries up to there, and the first. */
  async sizeUntil(seq: number): Promise<{ readonly first: number; readonly octets: number }> {
    const { first, octets } = await this.#database
      .selectFrom('audit_entry')
      .select(({ fn }) => [fn.min('seq').as('first'), fn.sum<number>(fn<number>('length', ['entry'])).as('octets')])
      .where('seq', '<=', seq)
      .executeTakeFirstOrThrow();
    return { first, octets };
  }

  /**
   * Removes all up to a checkpoint, which stays: the chain is followed from there. In a file free pages are written over, on a
   * server they are used again. An entry
   * `audit.shortened` that names it has to be in the log before.
   */
  async shorten(toSeq: number): Promise<void> {
    const onServer = isPostgres(this.#database);
    if (!onServer) await sql`PRAGMA secure_delete = ON`.execute(this.#database);
    await this.#database.transaction().execute(async (step) => {
      for (const table of tables) {
        const open = onServer ? `ALTER TABLE ${table} DISABLE TRIGGER` : 'DROP TRIGGER';
        await sql.raw(`${open} ${table}_no_delete`).execute(step);
      }
      await step.deleteFrom('audit_entry').where('seq', '<=', toSeq).execute();
      await step.deleteFrom('audit_checkpoint').where('seq', '<', toSeq).execute();
      for (const table of tables) {
        if (onServer) await sql.raw(`ALTER TABLE ${table} ENABLE TRIGGER ${table}_no_delete`).execute(step);
        else await guard(step, table, 'delete');
      }
    });
    // What was there before is in the log of the database, and on a server in its pages.
    if (onServer) for (const table of tables) await sql.raw(`VACUUM ${table}`).execute(this.#database);
    else await this.emptyWal();
  }

  /** It has pages as they were before. False: somebody reads in it, so it is to be asked for again. */
  async emptyWal(): Promise<boolean> {
    if (isPostgres(this.#database)) return true; // a server sees to its own
    const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(this.#database);
    return rows[0]?.busy === 0;
  }

  /** Where the log begins, if what was before it has been removed and the log itself says so. */
  async #begin(checkpoints: readonly Checkpoint[]): Promise<Checkpoint | undefined> {
    const [first] = await this.search({ limit: 1 });
    const begin = checkpoints.find(({ seq }) => seq + 1 === first?.seq);
    if (begin === undefined) return undefined;
    // One a day while it is kept: in years more than a page, and the one that is looked for is among the last.
    for (let afterSeq = begin.seq; ; ) {
      const said = await this.search({ event: 'audit.shortened', limit: pageRows, afterSeq });
      if (said.some(({ entry }) => isShortened(entry, begin))) return begin;
      const last = said.at(-1);
      if (last === undefined) return undefined;
      afterSeq = last.seq;
    }
  }

  /** Goes along the whole chain; `key`: public, Ed25519. */
  async verify(key: KeyObject | undefined): Promise<AuditVerdict> {
    const rows = await this.#database.selectFrom('audit_checkpoint').selectAll().orderBy('seq').execute();
    const checkpoints = rows.map(checkpointOf);
    const begin = await this.#begin(checkpoints);
    const walk = new ChainWalk(this.#gateway, checkpoints, key, begin);
    const unsigned = walk.begin();
    if (unsigned !== undefined) return { entries: walk.end.seq, checkpoints: checkpoints.length, fault: unsigned };
    for (let page = await this.search({ limit: pageRows }); page.length > 0; ) {
      for (const entry of page) {
        const fault = walk.take(entry);
        if (fault !== undefined) return { entries: walk.end.seq, checkpoints: checkpoints.length, fault };
      }
      page = await this.search({ limit: pageRows, afterSeq: walk.end.seq });
    }
    const fault = walk.finish();
    const last = checkpoints.at(-1);
    return {
      entries: walk.end.seq,
      checkpoints: checkpoints.length,
      ...(begin === undefined ? {} : { begin: begin.seq }),
      ...(last === undefined ? {} : { signedTo: last.seq }),
      ...(fault === undefined ? {} : { fault }),
    };
  }
}

async function freshOf(database: Kysely<AuditTables>, lines: readonly AuditLine[]): Promise<readonly AuditLine[]> {
  const known = new Map<string, number>();
  for (const run of new Set(lines.map((each) => each.run))) {
    const last = await database
      .selectFrom('audit_entry')
      .select(({ fn }) => fn.max('line').as('line'))
      .where('run', '=', run)
      .executeTakeFirst();
    known.set(run, last?.line ?? 0);
  }
  return lines.filter(({ run, line }) => {
    const isFresh = line > (known.get(run) ?? 0);
    if (isFresh) known.set(run, line); // one may be handed over twice together as well
    return isFresh;
  });
}

function lastOf(database: Kysely<AuditTables>): Promise<{ seq: number; hash: string } | undefined> {
  const rows = database.selectFrom('audit_entry').select(['seq', 'hash']);
  return rows.orderBy('seq', 'desc').limit(1).executeTakeFirst();
}

function isShortened(entry: string, { seq, hash }: Checkpoint): boolean {
  const { about } = z.object({ about: z.looseObject({}) }).parse(JSON.parse(entry));
  return about.toSeq === seq && about.hash === hash;
}

function checkpointOf({ seq, hash, utc_ms: utcMs, signature }: AuditTables['audit_checkpoint']): Checkpoint {
  return { seq, hash, utcMs, signature };
}

export interface AuditVerdict {
  /** That were found whole, from the first on. */
  readonly entries: number;
  readonly checkpoints: number;
  /** Entries up to this one have been removed when their time was over. */
  readonly begin?: number;
  /** The last entry that a checkpoint covers; what follows is chained, and could still be cut off unseen. */
  readonly signedTo?: number;
  readonly fault?: ReturnType<ChainWalk['take']>;
}
