/** Service tokens (docs/accounts.md) as a door sees them: what one begins with, and what becomes of one that is shown. */

/** By which service tokens are known, also to whoever looks for secrets that leaked. */
export const serviceTokenPrefix = 'escaut_';

/** It may be gone, never have been, or the database that would tell cannot be had. */
export type ServiceTokenFault = 'token' | 'token-away' | 'token-expired' | 'token-revoked' | 'token-scope';

export interface StandingToken {
  /** By which people and the log speak of it; opens nothing. */
  readonly tokenId: string;
  readonly expiresUtcMs: number;
}

/** Whose a token is; or why it opens nothing, and which it is where that is known. */
export type ServiceTokenVerdict =
  | (StandingToken & { readonly holder: string })
  | { readonly fault: ServiceTokenFault; readonly tokenId?: string };

/** Tokens of `escaut token`. */
export interface ServiceTokensPort {
  /** For one scope; whose it is remains to be compared. */
  judge(token: string, scope: string): Promise<ServiceTokenVerdict>;
  /** Whether one that was let in still holds. */
  standing(tokenId: string): Promise<ServiceTokenVerdict>;
  /** For `escaut token list`. */
  used(tokenId: string, from: string): void;
}
