/**
 * Service tokens at a door: whose a token is, and whether it still holds. The database is where the page
 * (token-office.ts) and `escaut token` beside the gateway make and revoke them, so it is asked anew whenever what was read is older than a quarter of a second.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { secretToken } from '../base/random.ts';
import { type ServiceTokensPort, type ServiceTokenVerdict, serviceTokenPrefix } from '../base/service-token.ts';
import { type TokenDeed, tokenDayMs } from '../operations/service-token.ts';
import type { Person } from '../operations/terms.ts';
import { AccountsAway, type TokenKeeper } from '../store/account-methods.ts';
import type { NewToken, ServiceToken } from '../store/token-store.ts';
import { hashOf } from './login-tokens.ts';

/** Revocations are heeded after that at the latest, and whoever tries tokens makes no more work than that. */
const knownForMs = 250;

/** A new one, and what is kept of it. */
export function makeToken(
  { holder, scope, days }: Extract<TokenDeed, { act: 'create' }>,
  { person: madeBy }: Person,
  utcMs: number,
): { readonly token: string; readonly kept: NewToken } {
  const token = `${serviceTokenPrefix}${secretToken(32)}`;
  const id = `t-${randomBytes(6).toString('hex')}`;
  const expiresUtcMs = utcMs + days * tokenDayMs;
  return { token, kept: { id, hash: hashOf(token), holder, scope, madeUtcMs: utcMs, madeBy, expiresUtcMs } };
}

export class ServiceTokens implements ServiceTokensPort {
  readonly #keeper: Pick<TokenKeeper, 'tokens' | 'noteTokenUse'>;
  readonly #clock: Clock;
  #asked: { readonly atMs: number; readonly tokens: Promise<readonly ServiceToken[]> } | undefined;

  constructor(keeper: Pick<TokenKeeper, 'tokens' | 'noteTokenUse'>, clock: Clock) {
    this.#keeper = keeper;
    this.#clock = clock;
  }

  /** Compared with each in constant time: the time says nothing of which tokens there are. */
  async judge(token: string, scope: string): Promise<ServiceTokenVerdict> {
    const tokens = await this.#tokens();
    if (tokens === undefined) return { fault: 'token-away' };
    const shown = Buffer.from(hashOf(token));
    let found: ServiceToken | undefined;
    for (const each of tokens) {
      const kept = Buffer.from(each.hash);
      if (kept.length === shown.length && timingSafeEqual(kept, shown)) found = each;
    }
    if (found === undefined) return { fault: 'token' };
    const verdict = this.#verdict(found);
    return 'fault' in verdict || found.scope === scope ? verdict : { fault: 'token-scope', tokenId: found.id };
  }

  /** Of one that was let in before. */
  async standing(tokenId: string): Promise<ServiceTokenVerdict> {
    const tokens = await this.#tokens();
    if (tokens === undefined) return { fault: 'token-away', tokenId };
    const found = tokens.find(({ id }) => id === tokenId);
    return found === undefined ? { fault: 'token', tokenId } : this.#verdict(found);
  }

  #verdict({ id: tokenId, holder, revokedUtcMs, expiresUtcMs }: ServiceToken): ServiceTokenVerdict {
    if (revokedUtcMs !== undefined) return { fault: 'token-revoked', tokenId };
    if (expiresUtcMs <= this.#clock.utcMs()) return { fault: 'token-expired', tokenId };
    return { holder, tokenId, expiresUtcMs };
  }

  /** For `escaut token list` alone: what is lost while the database cannot be had stands in the log all the same. */
  used(tokenId: string, from: string): void {
    this.#keeper.noteTokenUse(tokenId, this.#clock.utcMs(), from).catch(passAway);
  }

  /** Undefined: the database cannot be had. */
  async #tokens(): Promise<readonly ServiceToken[] | undefined> {
    const nowMs = this.#clock.nowMs();
    if (this.#asked === undefined || nowMs - this.#asked.atMs >= knownForMs)
      this.#asked = { atMs: nowMs, tokens: this.#keeper.tokens() };
    try {
      return await this.#asked.tokens;
    } catch (error) {
      return passAway(error);
    }
  }
}

function passAway(error: unknown): undefined {
  if (!(error instanceof AccountsAway)) throw error;
}
