/**
 * A provider of identities (OpenID Connect) as the gateway asks it, over openid-client: code flow with PKCE, state, nonce and
 * the issuer in the answer (RFC 9207), ID Tokens with their signature checked. Every wait is bounded. What goes wrong is one of
 * three: it cannot be had, it says no, or what it says does not hold.
 */
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client';
import type { Config } from '../config/schema.ts';

export type OidcSettings = NonNullable<Config['accounts']['oidc']>;

export class OidcFault extends Error {
  readonly fault: 'away' | 'denied' | 'answer';

  constructor(fault: OidcFault['fault'], why: string) {
    super(why);
    this.fault = fault;
  }
}

/** One login that has begun; of it the browser knows state and nonce alone. */
export interface OidcBegun {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

export interface OidcAnswer {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Undefined: it gave none. */
  readonly refreshToken: string | undefined;
}

export class OidcProvider {
  readonly #settings: OidcSettings;
  #discovered: Promise<Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** @throws OidcFault */
  async begin(redirectUri: string): Promise<OidcBegun> {
    const { scopes, prompt } = this.#settings;
    return await this.#ask(async (provider) => {
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state, nonce },
        ...(prompt !== undefined && { prompt }),
      });
      return { url: url.href, state, nonce, verifier, redirectUri };
    });
  }

  /** Of the browser's way back, `query` as it stood in its address. @throws OidcFault */
  async finish(begun: OidcBegun, query: string): Promise<OidcAnswer> {
    return await this.#ask(async (provider) => {
      const url = new URL(begun.redirectUri);
      url.search = query;
      const tokens = await authorizationCodeGrant(provider, url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      return { claims: { ...tokens.claims() }, refreshToken: tokens.refresh_token };
    });
  }

  /** Whether he is still there; `claims` undefined: it said nothing new of him. @throws OidcFault */
  async renew(
    refreshToken: string,
  ): Promise<{ readonly claims: OidcAnswer['claims'] | undefined; readonly refreshToken: string }> {
    return await this.#ask(async (provider) => {
      const tokens = await refreshTokenGrant(provider, refreshToken);
      const claims = tokens.claims();
      return {
        claims: claims === undefined ? undefined : { ...claims },
        refreshToken: tokens.refresh_token ?? refreshToken,
      };
    });
  }

  async #ask<Value>(question: (provider: Configuration) => Promise<Value>): Promise<Value> {
    try {
      this.#discovered ??= this.#discover();
      return await question(await this.#discovered);
    } catch (error) {
      const fault = faultOf(error);
      // Perhaps it has moved or has other keys: it is looked at anew by the next question.
      if (fault.fault !== 'denied') this.#discovered = undefined;
      throw fault;
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, timeoutSec } = this.#settings;
    const url = new URL(issuer);
    const isPlain = url.protocol === 'http:'; // on loopback alone, by the rules of the configuration
    const execute = [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])];
    return await discovery(url, clientId, clientSecret.reveal(), undefined, { execute, timeout: timeoutSec });
  }
}

/** Its words stand in the log: never a token, a code or what else was sent. */
function faultOf(error: unknown): OidcFault {
  if (error instanceof OidcFault) return error;
  if (error instanceof AuthorizationResponseError) return new OidcFault('denied', `it answered ${error.error}`);
  if (error instanceof ResponseBodyError) {
    return new OidcFault(error.error === 'invalid_grant' ? 'denied' : 'answer', `it answered ${error.error}`);
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const name = error instanceof Error ? error.name : '';
  const isAway = name === 'TimeoutError' || name === 'AbortError' || code === 'OAUTH_TIMEOUT' || isNetwork(error);
  const words = error instanceof Error ? error.message : String(error);
  return new OidcFault(isAway ? 'away' : 'answer', `${words}${code === '' ? '' : ` (${code})`}`);
}

/** fetch throws a TypeError whose cause has the system's code; a provider that is up and ill answers 5xx. */
function isNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TypeError' && error.message === 'fetch failed') return true;
  const cause: unknown = error.cause;
  if (cause instanceof Response) return cause.status >= 500;
  return cause instanceof Error && cause !== error && isNetwork(cause);
}
