/** What may be asked of the store of accounts across threads. */
import type { AccountStore } from './account-store.ts';

export const accountMethods = [
  'accounts',
  'account',
  'invite',
  'invited',
  'takeInvitation',
  'setPassword',
  'setTimeSecret',
  'useStep',
  'hasRecoveryCode',
  'useRecoveryCode',
  'sessions',
  'openSession',
  'keepSession',
  'endSession',
  'guesses',
  'keepGuesses',
  'forgetGuesses',
  'takeChanges',
] as const satisfies readonly (keyof AccountStore)[];

/** The database cannot be had, for that reason. */
export class AccountsAway extends Error {}

/** The store, here or in a thread; there each rejects with AccountsAway while the database cannot be had. */
export type AccountKeeper = Pick<AccountStore, (typeof accountMethods)[number]>;
