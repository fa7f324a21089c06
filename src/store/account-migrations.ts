/** Tables of the accounts' database, from one release to the next. */
import type { Kysely } from 'kysely';

/** Forward only: what has been released is never changed. */
export const accountMigrations = {
  '2026-11-accounts': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema
        .createTable('account')
        .addColumn('person', 'text', (column) => column.primaryKey())
        .addColumn('password', 'text')
        .addColumn('disabled', 'integer', (column) => column.notNull())
        .addColumn('time_secret', 'text')
        .addColumn('used_step', 'bigint', (column) => column.notNull())
        .execute();
      const person = 'person' as const;
      await schema
        .createTable('recovery_code')
        .addColumn(person, 'text', (column) => column.notNull().references('account.person'))
        .addColumn('hash', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('recovery_code_once', [person, 'hash'])
        .execute();
      await schema
        .createTable('invitation')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn(person, 'text', (column) => column.notNull().references('account.person'))
        .addColumn('expires_utc_ms', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('session')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn(person, 'text', (column) => column.notNull().references('account.person'))
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('opened_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('seen_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('acted_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('locked', 'integer', (column) => column.notNull())
        .execute();
      await schema
        .createTable('login_attempt')
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('wrong', 'integer', (column) => column.notNull())
        .addColumn('last_utc_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('login_attempt_subject', ['kind', 'subject'])
        .execute();
      await schema
        .createTable('account_change')
        .addColumn('utc_ms', 'bigint', (column) => column.notNull())
        .addColumn(person, 'text', (column) => column.notNull())
        .addColumn('change', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '2026-11-people': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema
        .alterTable('session')
        .addColumn('way', 'text', (column) => column.notNull().defaultTo('password'))
        .execute();
      await schema
        .alterTable('session')
        .addColumn('address', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      await schema.alterTable('session').addColumn('renewal', 'text').execute();
      await schema
        .createTable('passkey')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('person', 'text', (column) => column.notNull().references('account.person'))
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('host', 'text', (column) => column.notNull())
        .addColumn('public_key', 'text', (column) => column.notNull())
        .addColumn('counter', 'bigint', (column) => column.notNull())
        .addColumn('transports', 'text', (column) => column.notNull())
        .addColumn('made_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('used_utc_ms', 'bigint')
        .execute();
    },
  },
  '2026-11-tokens': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema
        .createTable('service_token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('holder', 'text', (column) => column.notNull())
        .addColumn('scope', 'text', (column) => column.notNull())
        .addColumn('made_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_utc_ms', 'bigint', (column) => column.notNull())
        .addColumn('revoked_utc_ms', 'bigint')
        .addColumn('used_utc_ms', 'bigint')
        .addColumn('used_from', 'text')
        .execute();
    },
  },
  '2026-11-who': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema.alterTable('account_change').addColumn('by', 'text').execute();
    },
  },
  '2026-12-token-who': {
    up: async ({ schema }: Kysely<unknown>): Promise<void> => {
      await schema.alterTable('service_token').addColumn('made_by', 'text').execute();
      await schema.alterTable('service_token').addColumn('revoked_by', 'text').execute();
    },
  },
};
