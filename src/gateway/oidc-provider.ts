/**
 * A provider of identities (OpenID Connect) as the gateway asks it, over openid-client: code flow with PKCE, state, nonce and
 * the issuer in the answer (RFC 9207), ID Tokens with their signature checked. Every wait is bounded. What goes wrong is one of
 * three: it cannot be had, it says no, or what it says does not hold.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
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
  /** Shown to it again at the logout, and to nobody else. */
  readonly idToken: string | undefined;
}

/** Who has logged out there: by its session, or all of that subject. */
export interface LogoutToken {
  readonly id: string;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
}

export class OidcProvider {
  readonly #settings: OidcSettings;
  #discovered: Promise<Configuration> | undefined;
  #keys: { readonly url: string; readonly of: ReturnType<typeof createRemoteJWKSet> } | undefined;

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
      return { claims: { ...tokens.claims() }, refreshToken: tokens.refresh_token, idToken: tokens.id_token };
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

  /** Where a browser logs out there and comes back from; undefined: it has no such address. @throws OidcFault */
  async farewell(idToken: string | undefined, back: string): Promise<string | undefined> {
    return await this.#ask(async (provider) => {
      if (provider.serverMetadata().end_session_endpoint === undefined) return undefined;
      const hint = idToken === undefined ? {} : { id_token_hint: idToken };
      return buildEndSessionUrl(provider, { ...hint, post_logout_redirect_uri: back }).href;
    });
  }

  /** What it says of a logout, by itself (OpenID Connect Back-Channel Logout 1.0 §2.6). @throws OidcFault */
  async readLogoutToken(token: string, utcMs: number): Promise<LogoutToken> {
    const { issuer, clientId, timeoutSec } = this.#settings;
    const url = await this.#ask(async (provider) => provider.serverMetadata().jwks_uri);
    if (url === undefined) throw new OidcFault('answer', 'it names no keys');
    if (this.#keys?.url !== url) {
      this.#keys = { url, of: createRemoteJWKSet(new URL(url), { timeoutDuration: 1000 * timeoutSec }) };
    }
    const times = { currentDate: new Date(utcMs), maxTokenAge: logoutTokenAgeS, clockTolerance: clockToleranceS };
    try {
      const { payload } = await jwtVerify(token, this.#keys.of, {
        ...{ issuer, audience: clientId, ...times, algorithms: [...signatures] },
        requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events'],
      });
      return logoutOf(payload);
    } catch (error) {
      throw faultOf(error);
    }
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

/** None of shared secrets, and not none (RFC 8725 §3.1). */
const signatures = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const logoutTokenAgeS = 120;
const clockToleranceS = 30;
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** @throws OidcFault where it says something else */
function logoutOf({ jti, sub, sid, events, nonce }: Readonly<Record<string, unknown>>): LogoutToken {
  const isLogout = isRecord(events) && isRecord(events[logoutEvent]);
  if (!isLogout) throw new OidcFault('answer', 'a token that speaks of no logout');
  // An ID Token would be one else (§2.4).
  if (nonce !== undefined) throw new OidcFault('answer', 'a logout token with a nonce');
  if (typeof jti !== 'string' || jti === '') throw new OidcFault('answer', 'a logout token without an id');
  const [ofSub, ofSid] = [sub, sid].map((each) => (typeof each === 'string' && each !== '' ? each : undefined));
  if (ofSub === undefined && ofSid === undefined) throw new OidcFault('answer', 'a logout token that names nobody');
  return { id: jti, sub: ofSub, sid: ofSid };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  const isAway =
    name === 'TimeoutError' ||
    name === 'AbortError' ||
    code === 'OAUTH_TIMEOUT' ||
    code === 'ERR_JWKS_TIMEOUT' ||
    isNetwork(error);
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
