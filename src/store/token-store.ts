/**
 * Service tokens in the accounts' database: whose they are, what they open, until when, when they were used. Kept as
 * SHA-256 alone: of 256 random bits none can be guessed back, so neither salt nor a slow hash would add anything.
 */
import type { Kysely } from 'kysely';

export interface ServiceToken {
  /** By which people and the log speak of it; opens nothing. */
  readonly id: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** Whose it is: of scope `hits` a source of hits, of `link` an attachment. */
  readonly holder: string;
  /** What it opens, e.g. `hits`; another release may have known others. */
  readonly scope: string;
  readonly madeUtcMs: number;
  /** Person of the configuration; undefined: a release made it that did not keep who. */
  readonly madeBy: string | undefined;
  readonly expiresUtcMs: number;
  readonly revokedUtcMs: number | undefined;
  readonly revokedBy: string | undefined;
  readonly usedUtcMs: number | undefined;
  /** Address that used it last. */
  readonly usedFrom: string | undefined;
}

export interface NewToken
  extends Pick<ServiceToken, 'id' | 'hash' | 'holder' | 'scope' | 'madeUtcMs' | 'expiresUtcMs'> {
  readonly madeBy: string;
}

export interface TokenTables {
  service_token: {
    id: string;
    hash: string;
    holder: string;
    scope: string;
    made_utc_ms: number;
    expires_utc_ms: number;
    revoked_utc_ms: number | null;
    used_utc_ms: number | null;
    used_from: string | null;
    made_by: string | null;
    revoked_by: string | null;
  };
}

export class TokenStore {
  readonly #database: Kysely<TokenTables>;

  constructor(database: Kysely<TokenTables>) {
    this.#database = database;
  }

  /** Those that ended too; the oldest first. */
  async tokens(): Promise<readonly ServiceToken[]> {
    const rows = await this.#database
      .selectFrom('service_token')
      .selectAll()
      .orderBy('made_utc_ms')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      hash: row.hash,
      holder: row.holder,
      scope: row.scope,
      madeUtcMs: row.made_utc_ms,
      madeBy: row.made_by ?? undefined,
      expiresUtcMs: row.expires_utc_ms,
      revokedUtcMs: row.revoked_utc_ms ?? undefined,
      revokedBy: row.revoked_by ?? undefined,
      usedUtcMs: row.used_utc_ms ?? undefined,
      usedFrom: row.used_from ?? undefined,
    }));
  }

  async addToken({ id, hash, holder, scope, madeUtcMs, madeBy, expiresUtcMs }: NewToken): Promise<void> {
    await this.#database
      .insertInto('service_token')
      .values({
        ...{ id, hash, holder, scope, made_utc_ms: madeUtcMs, expires_utc_ms: expiresUtcMs },
        ...{ made_by: madeBy, revoked_utc_ms: null, revoked_by: null, used_utc_ms: null, used_from: null },
      })
      .execute();
  }

  /** False: there is none such, or it is revoked already. */
  async revokeToken(id: string, utcMs: number, by: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('service_token')
      .set({ revoked_utc_ms: utcMs, revoked_by: by })
      .where('id', '=', id)
      .where('revoked_utc_ms', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async noteTokenUse(id: string, utcMs: number, from: string): Promise<void> {
    await this.#database
      .updateTable('service_token')
      .set({ used_utc_ms: utcMs, used_from: from })
      .where('id', '=', id)
      .execute();
  }
}
