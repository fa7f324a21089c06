/**
 * What retention knows beside the configuration: rules that persons have changed, holds, what is being removed and what
 * has been. A removal is written here before the first file goes, so that one that was cut off is finished, and none is
 * forgotten in the report. Knows no rule and no file.
 */
import type { Kysely } from 'kysely';
import type { ClockStretch } from '../operations/clock-stretch.ts';
import type { KeptKind } from '../operations/retention.ts';
import { bringUpToDate, type Migrations } from './database.ts';

export interface LegalHold {
  readonly hold: number;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  readonly groups: readonly string[] | undefined;
  readonly reason: string;
  /** Who set it: name, role and country. */
  readonly by: string;
  readonly country: string;
  readonly utcMs: number;
}

export interface RemovedFile {
  /** In the folder of recordings; else a record, hit, hand-over or entry of the timeline, or the first and the last entry of the log: "1-500". */
  readonly file: string;
  readonly octets: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Of one kind, group and day. */
export interface RemovalPlan {
  readonly kind: KeptKind;
  /** Of the timeline: the kind of entry, e.g. `emergency`. */
  readonly part?: string;
  /** UTC, e.g. 2026-11-29. */
  readonly day: string;
  /** As the disk has it; '': none. */
  readonly group: string;
  readonly rule: string;
  readonly days: number;
  readonly files: readonly RemovedFile[];
}

export interface Removal extends RemovalPlan {
  readonly id: number;
}

/** As the report has it. */
export interface Removed extends Omit<Removal, 'files'> {
  readonly count: number;
  readonly octets: number;
  /** Of the list of what was removed (retention-sweep.ts). */
  readonly sha256: string;
  readonly removedUtcMs: number;
}

export interface RetentionTables {
  retention_value: { rule: string; days: number; by: string; utc_ms: number };
  legal_hold: {
    hold: number;
    from_utc_ms: number;
    to_utc_ms: number;
    groups: string | null;
    reason: string;
    by: string;
    country: string;
    utc_ms: number;
    lifted_utc_ms: number | null;
  };
  removal: {
    id: number;
    kind: KeptKind;
    part: string | null;
    day: string;
    group: string;
    rule: string;
    days: number;
    /** JSON; null: they are gone. */
    files: string | null;
    count: number;
    octets: number;
    sha256: string;
    removed_utc_ms: number | null;
    /** Day of the report that lists it. */
    reported: string | null;
  };
  clock_mark: { id: number; utc_ms: number };
  clock_stretch: { id: number; stretch: string };
}

/** Forward only: what has been released is never changed. */
const migrations: Migrations = {
  '2026-11-retention': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      const table = (name: string) => schema.createTable(name);
      await table('retention_value')
        .addColumn('rule', 'text', (column) => column.primaryKey())
        .addColumn('days', 'integer', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('utc_ms', 'bigint', (column) => column.notNull())
        .execute();
      await table('legal_hold')
        .addColumn('hold', 'integer', (column) => column.primaryKey())
        .addColumn('from_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('to_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('groups', 'text')
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('country', 'text', (column) => column.notNull())
        .addColumn('utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('lifted_utc_ms', 'bigint')
        .execute();
      await table('removal')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('day', 'text', (column) => column.notNull())
        .addColumn('group', 'text', (column) => column.notNull())
        .addColumn('rule', 'text', (column) => column.notNull())
        .addColumn('days', 'integer', (column) => column.notNull())
        .addColumn('files', 'text')
        .addColumn('count', 'integer', (column) => column.notNull())
        .addColumn('octets', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('removed_utc_ms', 'bigint')
        .addColumn('reported', 'text')
        .execute();
      await table('clock_mark')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('utc_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '2026-11-retention-stretch': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema
        .createTable('clock_stretch')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('stretch', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '2026-11-retention-parts': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema.alterTable('removal').addColumn('part', 'text').execute();
    },
  },
};

/** Of one statement. */
const idsMax = 500;

export class RetentionStore {
  readonly #database: Kysely<RetentionTables>;

  private constructor(database: Kysely<RetentionTables>) {
    this.#database = database;
  }

  /** Brings the tables up to date. */
  static async open(database: Kysely<RetentionTables>): Promise<RetentionStore> {
    await bringUpToDate(database, migrations);
    return new RetentionStore(database);
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  /** Rules that persons have changed; the configuration has the others. */
  async values(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#database.selectFrom('retention_value').select(['rule', 'days']).execute();
    return Object.fromEntries(rows.map(({ rule, days }) => [rule, days]));
  }

  /** Who has changed which, and when. */
  async changes(): Promise<Readonly<Record<string, { readonly by: string; readonly utcMs: number }>>> {
    const rows = await this.#database.selectFrom('retention_value').select(['rule', 'by', 'utc_ms']).execute();
    return Object.fromEntries(rows.map(({ rule, by, utc_ms: utcMs }) => [rule, { by, utcMs }]));
  }

  async setValue(rule: string, days: number, by: string, utcMs: number): Promise<void> {
    const row = { days, by, utc_ms: utcMs };
    await this.#database
      .insertInto('retention_value')
      .values({ rule, ...row })
      .onConflict((conflict) => conflict.column('rule').doUpdateSet(row))
      .execute();
  }

  /** Those that nobody has lifted. */
  async holds(): Promise<readonly LegalHold[]> {
    const rows = this.#database.selectFrom('legal_hold').selectAll().where('lifted_utc_ms', 'is', null);
    return (await rows.orderBy('hold').execute()).map((row) => ({
      hold: row.hold,
      fromUtcMs: row.from_utc_ms,
      toUtcMs: row.to_utc_ms,
      groups: row.groups === null ? undefined : (JSON.parse(row.groups) as string[]),
      reason: row.reason,
      by: row.by,
      country: row.country,
      utcMs: row.utc_ms,
    }));
  }

  /** Its number. `as`: one that it had before, in a database that was lost. */
  async addHold({ groups, ...hold }: Omit<LegalHold, 'hold'>, as?: number): Promise<number> {
    return this.#database.transaction().execute(async (step) => {
      // Never one that was lifted: numbers are spoken of.
      const { last } = await step
        .selectFrom('legal_hold')
        .select(({ fn }) => fn.max('hold').as('last'))
        .executeTakeFirstOrThrow();
      const number = as ?? (last ?? 0) + 1;
      await step
        .insertInto('legal_hold')
        .values({
          hold: number,
          from_utc_ms: hold.fromUtcMs,
          to_utc_ms: hold.toUtcMs,
          groups: groups === undefined ? null : JSON.stringify(groups),
          reason: hold.reason,
          by: hold.by,
          country: hold.country,
          utc_ms: hold.utcMs,
          lifted_utc_ms: null,
        })
        .execute();
      return number;
    });
  }

  /** When it resolves that is on the disk. False: there is none, or it has been lifted. */
  async liftHold(hold: number, utcMs: number): Promise<boolean> {
    const standing = this.#database.updateTable('legal_hold').where('lifted_utc_ms', 'is', null);
    const { numUpdatedRows } = await standing
      .set({ lifted_utc_ms: utcMs })
      .where('hold', '=', hold)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** When it resolves the plan is on the disk. */
  async plan(plan: RemovalPlan): Promise<Removal> {
    const { files, ...about } = plan;
    const id = await this.#database.transaction().execute(async (step) => {
      const { last } = await step
        .selectFrom('removal')
        .select(({ fn }) => fn.max('id').as('last'))
        .executeTakeFirstOrThrow();
      const next = (last ?? 0) + 1;
      const open = { count: 0, octets: 0, sha256: '', removed_utc_ms: null, reported: null };
      await step
        .insertInto('removal')
        .values({ id: next, ...about, files: JSON.stringify(files), ...open })
        .execute();
      return next;
    });
    return { id, ...plan };
  }

  /** Planned, and not all gone. */
  async pending(): Promise<readonly Removal[]> {
    const rows = this.#database.selectFrom('removal').selectAll().where('removed_utc_ms', 'is', null);
    return (await rows.orderBy('id').execute()).map(({ id, kind, part, day, group, rule, days, files }) => ({
      ...{ id, kind, day, group, rule, days, ...(part !== null && { part }) },
      files: JSON.parse(files ?? '[]') as RemovedFile[],
    }));
  }

  async removed(id: number, { count, octets, sha256, removedUtcMs }: Omit<Removed, keyof Removal>): Promise<void> {
    await this.#database
      .updateTable('removal')
      .set({ files: null, count, octets, sha256, removed_utc_ms: removedUtcMs })
      .where('id', '=', id)
      .execute();
  }

  /** Removed nothing, and is not to be reported. */
  async forget(id: number): Promise<void> {
    await this.#database.deleteFrom('removal').where('id', '=', id).execute();
  }

  /** Gone, and in no report yet. */
  async unreported(): Promise<readonly Removed[]> {
    const rows = this.#database
      .selectFrom('removal')
      .selectAll()
      .where('removed_utc_ms', 'is not', null)
      .where('reported', 'is', null);
    return (await rows.orderBy('id').execute()).map((row) => ({
      id: row.id,
      kind: row.kind,
      ...(row.part !== null && { part: row.part }),
      day: row.day,
      group: row.group,
      rule: row.rule,
      days: row.days,
      count: row.count,
      octets: row.octets,
      sha256: row.sha256,
      removedUtcMs: row.removed_utc_ms ?? 0,
    }));
  }

  /** They are in the report of that day. */
  async reported(day: string, ids: readonly number[]): Promise<void> {
    for (let from = 0; from < ids.length; from += idsMax) {
      await this.#database
        .updateTable('removal')
        .set({ reported: day })
        .where('id', 'in', ids.slice(from, from + idsMax))
        .execute();
    }
  }

  async clockMark(): Promise<number | undefined> {
    const row = await this.#database.selectFrom('clock_mark').select('utc_ms').executeTakeFirst();
    return row?.utc_ms;
  }

  async markClock(utcMs: number): Promise<void> {
    await this.#database
      .insertInto('clock_mark')
      .values({ id: 1, utc_ms: utcMs })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ utc_ms: utcMs }))
      .execute();
  }
  /** What was seen of the clock last. */
  async stretch(): Promise<ClockStretch | undefined> {
    const row = await this.#database.selectFrom('clock_stretch').select('stretch').executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.stretch) as ClockStretch);
  }

  async keepStretch(said: ClockStretch): Promise<void> {
    const stretch = JSON.stringify(said);
    await this.#database
      .insertInto('clock_stretch')
      .values({ id: 1, stretch })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ stretch }))
      .execute();
  }
}
