/** Service tokens in the accounts' database, as SHA-256: who made them, for what, until when, when they were used. */
import type { Kysely } from 'kysely';

export interface ServiceToken {
  /** By which its uses are told in the log. */
  readonly name: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** The one thing that it opens: `hits:SOURCE` or `link:ATTACHMENT`. */
  readonly scope: string;
  readonly madeUtcMs: number;
  /** Undefined: until it is revoked. */
  readonly expiresUtcMs: number | undefined;
  readonly revokedUtcMs: number | undefined;
  readonly usedUtcMs: number | undefined;
  readonly usedFrom: string | undefined;
}

/** What `escaut token` did beside the gateway, for its audit log. */
export interface TokenChange {
  readonly utcMs: number;
  readonly name: string;
  readonly scope: string;
  readonly change: 'made' | 'revoked';
  /** Person of the configuration. */
  readonly by: string;
}

export interface TokenTables {
  service_token: {
    name: string;
    hash: string;
    scope: string;
    made_utc_ms: number;
    expires_utc_ms: number | null;
    revoked_utc_ms: number | null;
    used_utc_ms: number | null;
    used_from: string | null;
  };
  token_change: { utc_ms: number; name: string; scope: string; change: TokenChange['change']; by: string };
}

type NewToken = Pick<ServiceToken, 'name' | 'hash' | 'scope' | 'expiresUtcMs'>;

export class TokenStore {
  readonly #database: Kysely<TokenTables>;

  constructor(database: Kysely<TokenTables>) {
    this.#database = database;
  }

  async tokens(): Promise<readonly ServiceToken[]> {
    const rows = await this.#database.selectFrom('service_token').selectAll().orderBy('name').execute();
    return rows.map((row) => ({
      name: row.name,
      hash: row.hash,
      scope: row.scope,
      madeUtcMs: row.made_utc_ms,
      expiresUtcMs: row.expires_utc_ms ?? undefined,
      revokedUtcMs: row.revoked_utc_ms ?? undefined,
      usedUtcMs: row.used_utc_ms ?? undefined,
      usedFrom: row.used_from ?? undefined,
    }));
  }

  /** False: one of that name is or was there: names in the log stay unambiguous. */
  async makeToken({ name, hash, scope, expiresUtcMs }: NewToken, utcMs: number, by: string): Promise<boolean> {
    return await this.#database.transaction().execute(async (step) => {
      const { numInsertedOrUpdatedRows = 0n } = await step
        .insertInto('service_token')
        .values({
          ...{ name, hash, scope, made_utc_ms: utcMs, expires_utc_ms: expiresUtcMs ?? null },
          ...{ revoked_utc_ms: null, used_utc_ms: null, used_from: null },
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) return false;
      await step.insertInto('token_change').values({ utc_ms: utcMs, name, scope, change: 'made', by }).execute();
      return true;
    });
  }

  /** False: there is none such, or it is revoked. */
  async revokeToken(name: string, utcMs: number, by: string): Promise<boolean> {
    return await this.#database.transaction().execute(async (step) => {
      const row = await step
        .updateTable('service_token')
        .set({ revoked_utc_ms: utcMs })
        .where('name', '=', name)
        .where('revoked_utc_ms', 'is', null)
        .returning('scope')
        .executeTakeFirst();
      if (row === undefined) return false;
      const { scope } = row;
      await step.insertInto('token_change').values({ utc_ms: utcMs, name, scope, change: 'revoked', by }).execute();
      return true;
    });
  }

  async noteTokenUse(name: string, utcMs: number, from: string): Promise<void> {
    await this.#database
      .updateTable('service_token')
      .set({ used_utc_ms: utcMs, used_from: from })
      .where('name', '=', name)
      .execute();
  }

  /** What `escaut token` did since it was last asked. */
  async takeTokenChanges(): Promise<readonly TokenChange[]> {
    const rows = await this.#database.deleteFrom('token_change').returningAll().execute();
    return rows.map(({ utc_ms: utcMs, ...rest }) => ({ utcMs, ...rest })).sort((a, b) => a.utcMs - b.utcMs);
  }
}
