/** Passkeys (WebAuthn) in the accounts' database: public keys alone, so none of it lets anybody in. Knows no rule. */
import type { Kysely } from 'kysely';

export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  readonly person: string;
  /** As its person calls it. */
  readonly name: string;
  /** Host for which it is good (relying party id). */
  readonly host: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** Of signatures; 0 where the authenticator does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly madeUtcMs: number;
  readonly usedUtcMs: number | undefined;
}

export interface PasskeyTables {
  passkey: {
    id: string;
    person: string;
    name: string;
    host: string;
    public_key: string;
    counter: number;
    transports: string;
    made_utc_ms: number;
    used_utc_ms: number | null;
  };
}

export class PasskeyStore {
  readonly #database: Kysely<PasskeyTables>;

  constructor(database: Kysely<PasskeyTables>) {
    this.#database = database;
  }

  /** Of one person, the oldest first. */
  async passkeys(person: string): Promise<readonly Passkey[]> {
    const rows = await this.#database
      .selectFrom('passkey')
      .selectAll()
      .where('person', '=', person)
      .orderBy('made_utc_ms')
      .execute();
    return rows.map(passkeyOf);
  }

  async passkey(id: string): Promise<Passkey | undefined> {
    const row = await this.#database.selectFrom('passkey').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : passkeyOf(row);
  }

  /** False: somebody has it already, or that person has as many as he may. */
  async addPasskey(key: Passkey, atMost: number): Promise<boolean> {
    return await this.#database.transaction().execute(async (step) => {
      const rows = await step.selectFrom('passkey').select('id').where('person', '=', key.person).execute();
      if (rows.length >= atMost) return false;
      const { numInsertedOrUpdatedRows = 0n } = await step
        .insertInto('passkey')
        .values({
          id: key.id,
          person: key.person,
          name: key.name,
          host: key.host,
          public_key: key.publicKey,
          counter: key.counter,
          transports: key.transports.join(' '),
          made_utc_ms: key.madeUtcMs,
          used_utc_ms: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    });
  }

  /** False: it is gone, or a signature that was made later has been shown meanwhile. */
  async notePasskeyUse(id: string, counter: number, utcMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('passkey')
      .set({ counter, used_utc_ms: utcMs })
      .where('id', '=', id)
      .where((all) => all.or([all('counter', '<', counter), all('counter', '=', 0)]))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** False: he has none such. */
  async removePasskey(person: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('passkey')
      .where('person', '=', person)
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }
}

function passkeyOf(row: PasskeyTables['passkey']): Passkey {
  const { id, person, name, host, public_key: publicKey, counter, transports, made_utc_ms, used_utc_ms } = row;
  return {
    ...{ id, person, name, host, publicKey, counter },
    transports: transports.split(' ').filter((each) => each !== ''),
    madeUtcMs: made_utc_ms,
    usedUtcMs: used_utc_ms ?? undefined,
  };
}
