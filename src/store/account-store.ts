/**
 * Accounts in their database: who may log in by what, who has, and what was guessed. Kept apart from the audit log, which
 * goes to auditors. No secret lies in it as it was given: passwords as argon2id, tokens and recovery codes as SHA-256,
 * secrets of authenticators sealed by whoever gives them here. Knows no thread and no rule.
 */
import type { Kysely } from 'kysely';
import type { Guesses, SubjectKind } from '../operations/login-throttle.ts';
import { accountMigrations } from './account-migrations.ts';
import { bringUpToDate } from './database.ts';
import type { PasskeyTables } from './passkey-store.ts';
import type { TokenTables } from './token-store.ts';

export interface Account {
  readonly person: string;
  /** PHC string; undefined until an invitation was taken. */
  readonly password: string | undefined;
  readonly isDisabled: boolean;
  /** Sealed; undefined: none enrolled. */
  readonly timeSecret: string | undefined;
  /** The last step whose code was taken. */
  readonly usedStep: number;
}

export const loginWays = ['password', 'oidc', 'passkey', 'card'] as const;
export type LoginWay = (typeof loginWays)[number];

export interface KeptSession {
  /** SHA-256 of its token, hexadecimal. */
  readonly hash: string;
  readonly person: string;
  /** His role when he logged in: with another one he logs in again. */
  readonly role: string;
  readonly openedUtcMs: number;
  readonly seenUtcMs: number;
  readonly actedUtcMs: number;
  readonly isLocked: boolean;
  /** By what he logged in. */
  readonly way: LoginWay;
  /** From where. */
  readonly address: string;
  /** Sealed: by what his provider of identities is asked whether he is still there, or what his card was. */
  readonly renewal: string | undefined;
}

export interface KeptGuesses extends Guesses {
  readonly kind: SubjectKind;
  readonly subject: string;
}

/** What somebody did to the account of another, by `escaut user` or by a page, for the audit log. */
export interface AccountChange {
  readonly utcMs: number;
  readonly person: string;
  readonly change: 'added' | 'disabled' | 'reset';
  /** The person who did it; undefined: whoever may on the gateway's machine. */
  readonly by?: string;
}

interface SessionRow {
  hash: string;
  person: string;
  role: string;
  opened_utc_ms: number;
  seen_utc_ms: number;
  acted_utc_ms: number;
  locked: number;
  way: LoginWay;
  address: string;
  renewal: string | null;
}

export interface AccountTables extends PasskeyTables, TokenTables {
  account: { person: string; password: string | null; disabled: number; time_secret: string | null; used_step: number };
  recovery_code: { person: string; hash: string };
  invitation: { hash: string; person: string; expires_utc_ms: number };
  session: SessionRow;
  login_attempt: { kind: SubjectKind; subject: string; wrong: number; last_utc_ms: number };
  account_change: { utc_ms: number; person: string; change: AccountChange['change']; by: string | null };
}

export class AccountStore {
  readonly #database: Kysely<AccountTables>;

  private constructor(database: Kysely<AccountTables>) {
    this.#database = database;
  }

  /** Brings the tables up to date. */
  static async open(database: Kysely<AccountTables>): Promise<AccountStore> {
    await bringUpToDate(database, accountMigrations);
    return new AccountStore(database);
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  async accounts(): Promise<readonly Account[]> {
    const rows = await this.#database.selectFrom('account').selectAll().orderBy('person').execute();
    return rows.map(({ person, password, disabled, time_secret, used_step }) => ({
      person,
      password: password ?? undefined,
      isDisabled: disabled !== 0,
      timeSecret: time_secret ?? undefined,
      usedStep: used_step,
    }));
  }

  async account(person: string): Promise<Account | undefined> {
    return (await this.accounts()).find((each) => each.person === person);
  }

  /** Makes the account if there is none and enables it; the one invitation that it has is this. */
  async invite(
    { utcMs, person, change, by }: AccountChange,
    invitation: { readonly hash: string; readonly expiresUtcMs: number },
  ): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      await step
        .insertInto('account')
        .values({ person, password: null, disabled: 0, time_secret: null, used_step: 0 })
        .onConflict((conflict) =>
          conflict.column('person').doUpdateSet({ password: null, disabled: 0, time_secret: null, used_step: 0 }),
        )
        .execute();
      for (const table of ['session', 'recovery_code', 'invitation', 'passkey'] as const) {
        await step.deleteFrom(table).where('person', '=', person).execute();
      }
      const { hash, expiresUtcMs } = invitation;
      await step.insertInto('invitation').values({ hash, person, expires_utc_ms: expiresUtcMs }).execute();
      await step
        .insertInto('account_change')
        .values({ utc_ms: utcMs, person, change, by: by ?? null })
        .execute();
    });
  }

  /** Of somebody whose identity others vouch for, so that he can be disabled here; one that is there is left as it is. */
  async ensure(person: string): Promise<void> {
    await this.#database
      .insertInto('account')
      .values({ person, password: null, disabled: 0, time_secret: null, used_step: 0 })
      .onConflict((conflict) => conflict.column('person').doNothing())
      .execute();
  }

  async recoveryCodesLeft(person: string): Promise<number> {
    const rows = await this.#database.selectFrom('recovery_code').select('hash').where('person', '=', person).execute();
    return rows.length;
  }

  /** People who have a passkey. */
  async passkeyHolders(): Promise<readonly string[]> {
    const rows = await this.#database.selectFrom('passkey').select('person').distinct().execute();
    return rows.map(({ person }) => person);
  }

  /** False: there is no such account. */
  async disable(person: string, utcMs: number, by: string | null = null): Promise<boolean> {
    return await this.#database.transaction().execute(async (step) => {
      const { numUpdatedRows } = await step
        .updateTable('account')
        .set({ disabled: 1 })
        .where('person', '=', person)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      for (const table of ['session', 'invitation'] as const) {
        await step.deleteFrom(table).where('person', '=', person).execute();
      }
      await step.insertInto('account_change').values({ utc_ms: utcMs, person, change: 'disabled', by }).execute();
      return true;
    });
  }

  /** Whose invitation this is, while it holds; it is still there afterwards. */
  async invited(hash: string, utcMs: number): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('invitation')
      .select('person')
      .where('hash', '=', hash)
      .where('expires_utc_ms', '>', utcMs)
      .executeTakeFirst();
    return row?.person;
  }

  /** Sets the password of whoever was invited, once; undefined: the invitation holds no more. */
  async takeInvitation(hash: string, utcMs: number, password: string): Promise<string | undefined> {
    return await this.#database.transaction().execute(async (step) => {
      const row = await step
        .deleteFrom('invitation')
        .where('hash', '=', hash)
        .where('expires_utc_ms', '>', utcMs)
        .returning('person')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await step.updateTable('account').set({ password }).where('person', '=', row.person).execute();
      return row.person;
    });
  }

  /** All sessions of his end with the old one; whoever changed it himself gets a new one. */
  async setPassword(person: string, password: string): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      await step.updateTable('account').set({ password }).where('person', '=', person).execute();
      await step.deleteFrom('session').where('person', '=', person).execute();
    });
  }

  /** `codes`: hashes of the recovery codes that replace those before. */
  async setTimeSecret(person: string, secret: string, usedStep: number, codes: readonly string[]): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      await step
        .updateTable('account')
        .set({ time_secret: secret, used_step: usedStep })
        .where('person', '=', person)
        .execute();
      await step.deleteFrom('recovery_code').where('person', '=', person).execute();
      const rows = codes.map((hash) => ({ person, hash }));
      if (rows.length > 0) await step.insertInto('recovery_code').values(rows).execute();
      await step.deleteFrom('session').where('person', '=', person).execute();
    });
  }

  /** False: that step or a later one has been used, perhaps at the same moment. */
  async useStep(person: string, usedStep: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('account')
      .set({ used_step: usedStep })
      .where('person', '=', person)
      .where('used_step', '<', usedStep)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async hasRecoveryCode(person: string, hash: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('recovery_code')
      .select('hash')
      .where('person', '=', person)
      .where('hash', '=', hash)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** False: it is none, or has been used. */
  async useRecoveryCode(person: string, hash: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('recovery_code')
      .where('person', '=', person)
      .where('hash', '=', hash)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  async sessions(): Promise<readonly KeptSession[]> {
    const rows = await this.#database.selectFrom('session').selectAll().execute();
    return rows.map((row) => ({
      hash: row.hash,
      person: row.person,
      role: row.role,
      openedUtcMs: row.opened_utc_ms,
      seenUtcMs: row.seen_utc_ms,
      actedUtcMs: row.acted_utc_ms,
      isLocked: row.locked !== 0,
      way: row.way,
      address: row.address,
      renewal: row.renewal ?? undefined,
    }));
  }

  /** In place of all that he had. False: he has been disabled meanwhile, or his account is gone. */
  async openSession(session: KeptSession): Promise<boolean> {
    return await this.#database.transaction().execute(async (step) => {
      const account = await step
        .selectFrom('account')
        .select('disabled')
        .where('person', '=', session.person)
        .executeTakeFirst();
      if (account === undefined || account.disabled !== 0) return false;
      await step.deleteFrom('session').where('person', '=', session.person).execute();
      await step.insertInto('session').values(rowOf(session)).execute();
      return true;
    });
  }

  /** What has become of it; one that is gone stays so. */
  async keepSession(session: KeptSession): Promise<void> {
    const { hash, ...row } = rowOf(session);
    await this.#database.updateTable('session').set(row).where('hash', '=', hash).execute();
  }

  async endSession(hash: string): Promise<void> {
    await this.#database.deleteFrom('session').where('hash', '=', hash).execute();
  }

  async guesses(): Promise<readonly KeptGuesses[]> {
    const rows = await this.#database.selectFrom('login_attempt').selectAll().orderBy('last_utc_ms').execute();
    return rows.map(({ kind, subject, wrong, last_utc_ms: lastMs }) => ({ kind, subject, wrong, lastMs }));
  }

  async keepGuesses({ kind, subject, wrong, lastMs }: KeptGuesses): Promise<void> {
    const row = { wrong, last_utc_ms: lastMs };
    await this.#database
      .insertInto('login_attempt')
      .values({ kind, subject, ...row })
      .onConflict((conflict) => conflict.columns(['kind', 'subject']).doUpdateSet(row))
      .execute();
  }

  async forgetGuesses(kind: SubjectKind, subject: string): Promise<void> {
    await this.#database.deleteFrom('login_attempt').where('kind', '=', kind).where('subject', '=', subject).execute();
  }

  /** What was done to accounts of others since it was last asked. */
  async takeChanges(): Promise<readonly AccountChange[]> {
    const rows = await this.#database.deleteFrom('account_change').returningAll().execute();
    return rows
      .map(({ utc_ms: utcMs, person, change, by }) => ({ utcMs, person, change, ...(by !== null && { by }) }))
      .sort((a, b) => a.utcMs - b.utcMs);
  }
}

function rowOf(session: KeptSession): SessionRow {
  const { hash, person, role, openedUtcMs, seenUtcMs, actedUtcMs, isLocked, way, address, renewal } = session;
  return {
    hash,
    person,
    role,
    opened_utc_ms: openedUtcMs,
    seen_utc_ms: seenUtcMs,
    acted_utc_ms: actedUtcMs,
    locked: isLocked ? 1 : 0,
    way,
    address,
    renewal: renewal ?? null,
  };
}
