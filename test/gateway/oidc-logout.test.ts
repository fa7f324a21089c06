/**
 * Logging out at a provider of identities, and by it: the library oidc-provider as a server, with the real door behind. The
 * browser is made of requests, since nothing of it is looked at.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { operator } from '../console/world-of-test.ts';
import { OidcProviderRig } from '../web/oidc-provider-rig.ts';
import { LoginBench } from './login-bench.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let bench: LoginBench;
let provider: OidcProviderRig;
let clock: ManualClock;
let said: string[];
/** He talks, or an emergency runs on a group of his. */
let isNeeded: boolean;

beforeEach(async () => {
  provider = await OidcProviderRig.start();
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.now() });
  [said, isNeeded] = [[], false];
  bench = await LoginBench.start(undefined, {
    clock,
    isNeeded: () => isNeeded,
    said: (event, about) => void said.push(`${event} ${JSON.stringify(about)}`),
    oidc: {
      name: 'Identité Police',
      issuer: provider.issuer,
      clientId: 'escaut',
      clientSecret: new Secret('a secret of this test'),
      scopes: ['openid', 'offline_access'],
      prompt: 'login consent',
      personClaim: 'preferred_username',
      roleClaim: 'groups',
      grants: [{ value: 'radio-dispatch', role: operator.role, country: operator.country }],
      logoutThere: true,
      timeoutSec: 5,
    },
  });
  await provider.tell({
    redirectUri: `${bench.url}api/v1/oidc/callback`,
    groups: { [operator.person]: ['radio-dispatch'] },
  });
});
afterEach(async () => {
  await bench.stop();
  await provider.stop();
});

/** Keeps cookies by host, and follows to the page of the gateway. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async ask(address: string, form?: Readonly<Record<string, string>>): Promise<{ url: string; text: string }> {
    let [url, body] = [address, form];
    for (;;) {
      const { host } = new URL(url);
      const sent = [...this.#cookies].filter(([key]) => key.startsWith(`${host} `));
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: sent.map(([key, value]) => `${key.slice(host.length + 1)}=${value}`).join('; ') },
        ...(body !== undefined && { method: 'POST', body: new URLSearchParams(body) }),
      });
      for (const set of response.headers.getSetCookie()) this.keep(host, set);
      const to = response.headers.get('location');
      if (to === null) return { url, text: await response.text() };
      [url, body] = [new URL(to, url).href, undefined];
      if (url === `${bench.url}#login=oidc` || url === bench.url) return { url, text: '' };
    }
  }

  keep(host: string, set: string): void {
    const [pair = ''] = set.split(';', 1);
    this.#cookies.set(`${host} ${pair.slice(0, pair.indexOf('='))}`, pair.slice(pair.indexOf('=') + 1));
  }
}

/** Logs in by the provider's own pages; the cookie of the session. */
async function logIn(browser = new Browser()): Promise<string> {
  const own = { origin: bench.url.slice(0, -1), 'content-type': 'application/json', 'x-escaut-console': '1' };
  const begun = await fetch(`${bench.url}api/v1/oidc`, { method: 'POST', headers: own, body: '{}' });
  const [ticket = ''] = begun.headers.getSetCookie();
  browser.keep(new URL(bench.url).host, ticket);
  const { url } = (await begun.json()) as { url: string };
  const actionOf = (text: string) => /action="([^"]+)"/.exec(text)?.[1] ?? '';
  const form = await browser.ask(url);
  const asked = { prompt: 'login', login: operator.person, password: 'whatever' };
  const consent = await browser.ask(actionOf(form.text), asked);
  expect((await browser.ask(actionOf(consent.text), { prompt: 'consent' })).url).toBe(`${bench.url}#login=oidc`);
  const { status, cookie } = await bench.post('oidc/enter', {}, ticket.split(';', 1)[0]);
  expect(status).toBe(200);
  return cookie;
}

async function backChannel(token: string): Promise<number> {
  const body = new URLSearchParams({ logout_token: token });
  return (await fetch(`${bench.url}api/v1/oidc/back-channel-logout`, { method: 'POST', body })).status;
}
const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
let ids = 0;
const claims = (more: object = {}) => {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: provider.issuer,
    aud: 'escaut',
    iat,
    exp: iat + 120,
    jti: `${ids++}`,
    sub: operator.person,
    events: event,
    ...more,
  };
};
const sessions = () => bench.logins.sessions.all.length;
const ended = () => said.filter((each) => each.startsWith('login.ended ')).join();

describe('a logout at the provider', () => {
  it('is one here, by its own word to us', async () => {
    const browser = new Browser();
    const cookie = await logIn(browser);
    const out = await fetch(`${bench.url}api/v1/session`, { headers: { cookie } });
    expect(out.status).toBe(200);
    const asked = await browser.ask(`${provider.issuer}/session/end`);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(asked.text) ?? [];
    await browser.ask(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    await expect.poll(sessions, { timeout: 10_000 }).toBe(0);
    expect((await fetch(`${bench.url}api/v1/session`, { headers: { cookie } })).status).toBe(401);
    expect(ended()).toContain('logged-out');
  });

  it('never cuts off who talks or has an emergency on a group of his: it comes behind', async () => {
    await logIn();
    isNeeded = true;
    expect(await backChannel(await provider.signed(claims()))).toBe(200);
    clock.advance(120_000);
    await expect.poll(() => bench.oidc?.asking).toBe(0);
    expect(sessions()).toBe(1);
    isNeeded = false;
    clock.advance(5000);
    await expect.poll(sessions).toBe(0);
    expect(ended()).toContain('logged-out');
  });

  it('of a leaver who talks comes behind his word as well', async () => {
    await logIn();
    await provider.tell({ groups: { [operator.person]: null } });
    isNeeded = true;
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      await expect.poll(() => bench.oidc?.asking, { interval: 5 }).toBe(0);
    }
    expect(sessions()).toBe(1);
    isNeeded = false;
    clock.advance(5000);
    await expect.poll(sessions).toBe(0);
  });
});

describe('a logout here', () => {
  it('goes on at the provider, and comes back to the page', async () => {
    const browser = new Browser();
    const cookie = await logIn(browser);
    const own = { origin: bench.url.slice(0, -1), 'content-type': 'application/json', 'x-escaut-console': '1', cookie };
    const answer = await fetch(`${bench.url}api/v1/logout`, { method: 'POST', headers: own, body: '{}' });
    expect([answer.status, sessions()]).toEqual([200, 0]);
    const { url } = (await answer.json()) as { url: string };
    const asked = await browser.ask(url);
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(asked.text) ?? [];
    const back = await browser.ask(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(back.url).toBe(bench.url);
    expect(said.join('\n')).not.toMatch(/eyJ/);
  });
});

describe('a logout token', () => {
  it('ends the sessions of its subject, once', async () => {
    await logIn();
    const token = await provider.signed(claims());
    expect([await backChannel(token), sessions()]).toEqual([200, 0]);
    await logIn();
    expect([await backChannel(token), sessions()]).toEqual([400, 1]);
    expect(said.join('\n')).toContain('has come before');
    expect([await backChannel(await provider.signed(claims({ sub: 'somebody else' }))), sessions()]).toEqual([200, 1]);
    expect([await backChannel(await provider.signed(claims({ sid: 'another one' }))), sessions()]).toEqual([200, 1]);
  });

  it('that does not hold ends nothing, and stands in the log', async () => {
    await logIn();
    const iat = Math.floor(Date.now() / 1000);
    const wrong = {
      issuer: claims({ iss: 'https://elsewhere.example' }),
      audience: claims({ aud: 'another client' }),
      old: claims({ iat: iat - 600, exp: iat + 600 }),
      future: claims({ iat: iat + 600, exp: iat + 900 }),
      expired: claims({ exp: iat - 60 }),
      'no id': claims({ jti: undefined }),
      'no event': claims({ events: undefined }),
      'another event': claims({ events: { 'http://schemas.openid.net/event/other': {} } }),
      'an event that is none': claims({ events: { ...event, [Object.keys(event)[0]!]: 'yes' } }),
      'a nonce': claims({ nonce: 'x' }),
      nobody: claims({ sub: undefined }),
    };
    for (const [what, each] of Object.entries(wrong)) {
      expect([what, await backChannel(await provider.signed(each)), sessions()]).toEqual([what, 400, 1]);
    }
    expect(await backChannel(await provider.signed(claims(), 'other'))).toBe(400);
    const [head = '', body = ''] = (await provider.signed(claims())).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of ['', 'x', `${none}.${body}.`, `${head}.${body}.AAAA`])
      expect(await backChannel(token)).toBe(400);
    expect(sessions()).toBe(1);
    expect(said.filter((each) => each.startsWith('oidc.failed '))).toHaveLength(Object.keys(wrong).length + 5);
    expect(said.join('\n')).not.toContain(body);
  });
});
