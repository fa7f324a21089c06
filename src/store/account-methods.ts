/** What may be asked of the stores in the accounts' database across threads. */
import type { AccountStore } from './account-store.ts';
import type { PasskeyStore } from './passkey-store.ts';
import type { TokenStore } from './token-store.ts';

export const accountMethods = [
  'accounts',
  'account',
  'ensure',
  'invite',
  'disable',
  'invited',
  'takeInvitation',
  'setPassword',
  'setTimeSecret',
  'useStep',
  'hasRecoveryCode',
  'useRecoveryCode',
  'recoveryCodesLeft',
  'passkeyHolders',
  'sessions',
  'openSession',
  'keepSession',
  'endSession',
  'guesses',
  'keepGuesses',
  'forgetGuesses',
  'takeChanges',
] as const satisfies readonly (keyof AccountStore)[];

export const passkeyMethods = [
  'passkeys',
  'passkey',
  'addPasskey',
  'notePasskeyUse',
  'removePasskey',
] as const satisfies readonly (keyof PasskeyStore)[];

export const tokenMethods = [
  'tokens',
  'addToken',
  'revokeToken',
  'noteTokenUse',
] as const satisfies readonly (keyof TokenStore)[];

/** The database cannot be had, for that reason. */
export class AccountsAway extends Error {}

/** The stores, here or in a thread; there each rejects with AccountsAway while the database cannot be had. */
export type AccountKeeper = Pick<AccountStore, (typeof accountMethods)[number]>;
export type PasskeyKeeper = Pick<PasskeyStore, (typeof passkeyMethods)[number]>;
export type TokenKeeper = Pick<TokenStore, (typeof tokenMethods)[number]>;
