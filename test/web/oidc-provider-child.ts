/**
 * A provider of identities as it runs elsewhere: the library oidc-provider, on loopback, with its own pages. Told by messages of
 * its parent which way back is registered, who is in which group, and how it is to misbehave.
 */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { importJWK, SignJWT } from 'jose';
// @ts-expect-error: comes without types
import OidcProvider from 'oidc-provider';
import type { ProviderOrder } from './oidc-provider-rig.ts';

interface Context {
  readonly path: string;
  body: unknown;
  get(name: string): string;
  set(name: string, value: string): void;
  readonly response: { get(name: string): string | undefined };
}
interface Provider {
  callback(): RequestListener;
  use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
}

const Library: new (issuer: string, settings: object) => Provider = OidcProvider;

const keyOf = (kid: string) => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  ...{ kid, use: 'sig', alg: 'RS256' },
});
const own = keyOf('own');
const other = keyOf('own');
const { n, e } = other;
const groups = new Map<string, readonly string[]>();
let misbehaviour: ProviderOrder['misbehave'] = 'none';
let callback: RequestListener | undefined;

const server = createServer((request, response) => {
  if (callback === undefined) response.writeHead(503).end();
  else callback(request, response);
});

function start(redirectUri: string): void {
  const { port } = server.address() as AddressInfo;
  const provider = new Library(`http://localhost:${port}`, {
    clients: [
      {
        client_id: 'escaut',
        client_secret: 'a secret of this test',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        post_logout_redirect_uris: [new URL('/', redirectUri).href],
        backchannel_logout_uri: new URL('/api/v1/oidc/back-channel-logout', redirectUri).href,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [own] },
    cookies: { keys: ['of this test'] },
    claims: { openid: ['sub', 'preferred_username', 'groups'] },
    // The library reaches no address of this machine but by another fetch.
    fetch: (url: string, { dispatcher: _, ...request }: RequestInit & { dispatcher?: unknown }) => fetch(url, request),
    features: { backchannelLogout: { enabled: true } },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    findAccount: async (_: unknown, sub: string) => {
      const held = groups.get(sub);
      if (held === undefined) return undefined;
      return { accountId: sub, claims: async () => ({ sub, preferred_username: sub, groups: held }) };
    },
  });
  provider.use(async (context, next) => {
    if (misbehaviour === 'slow') await pause(5000);
    await next();
    if (misbehaviour === 'wrong-key' && context.path === '/jwks') {
      context.body = { keys: [{ kty: 'RSA', kid: 'own', use: 'sig', alg: 'RS256', n, e }] };
    }
    const to = context.response.get('location') ?? '';
    if (misbehaviour === 'other-issuer' && to.startsWith(redirectUri)) {
      const url = new URL(to);
      url.searchParams.set('iss', 'https://elsewhere.example');
      context.set('location', url.href);
    }
  });
  callback = provider.callback();
}

async function signed({ claims, key }: NonNullable<ProviderOrder['sign']>): Promise<string> {
  const signing = await importJWK(key === 'other' ? other : own, 'RS256');
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own', typ: 'logout+jwt' }).sign(signing);
}

process.on('message', async (order: ProviderOrder) => {
  misbehaviour = order.misbehave ?? misbehaviour;
  for (const [person, held] of Object.entries(order.groups ?? {})) {
    if (held === null) groups.delete(person);
    else groups.set(person, held);
  }
  if (order.redirectUri !== undefined) start(order.redirectUri);
  process.send?.({ token: order.sign === undefined ? '' : await signed(order.sign) });
});
server.listen(0, 'localhost', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
