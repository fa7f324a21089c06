/**
 * The security run: what a scanner of web applications tries, against all doors of the listener at once, with real logins
 * and the real console link behind it. docs/security.md says which point of OWASP ASVS each part stands for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { operator } from '../console/world-of-test.ts';
import { canary, expectHardened } from '../doors/hardened.ts';
import { writeKeptFiles } from '../doors/kept-files.ts';
import { type Answer, send as sendRaw } from '../doors/raw-request.ts';
import { LoginBench } from '../gateway/login-bench.ts';

const password = 'nachtdienst in Doornik';
const waitMs = 20_000;
let folder: string;
let bench: LoginBench;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'security-run-'));
  writeKeptFiles(folder);
  bench = await LoginBench.start(join(folder, 'page'));
  await bench.post('password', { invitation: await bench.invite(), newPassword: password });
});
afterEach(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true });
});

const send = (method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> =>
  sendRaw(bench.console.port, method, path, headers, body);

const own = () => ({
  origin: bench.url.slice(0, -1),
  'content-type': 'application/json',
  'x-escaut-console': '1',
});
const session = async (cookie: string) => (await send('GET', '/api/v1/session', { cookie })).status;
const login = (more: object = {}, cookie = '') =>
  bench.post('login', { name: operator.person, password, ...more }, cookie);

/** What the console link says to a page with that cookie. */
async function linkSays(cookie: string, resumeToken = ''): Promise<string> {
  const page = await bench.console.connect({ cookie });
  page.send({ hello: { versionMin: 1, versionMax: 1, token: '', resumeToken } });
  const said = await page.until(({ welcome, refused }) => (welcome ? 'welcome' : refused?.detail), waitMs);
  return said;
}

describe('headers', () => {
  /** Every door, and every way of being turned away from it. */
  const asked: readonly (readonly [what: string, ask: () => Promise<Answer>, status: number])[] = [
    ['the page', () => send('GET', '/'), 200],
    ['an asset', () => send('GET', '/assets/index-D3adB33f.js'), 200],
    ['health', () => send('GET', '/healthz'), 200],
    ['readiness', () => send('GET', '/readyz'), 200],
    ['metrics', () => send('GET', '/metrics'), 200],
    ['status', () => send('GET', '/status'), 200],
    ['status by way of a proxy', () => send('GET', '/status', { 'x-forwarded-for': '192.0.2.1' }), 403],
    ['nothing', () => send('GET', '/nowhere'), 404],
    ['a folder above', () => send('GET', '/../state/gw/accounts.db'), 403],
    ['another method', () => send('DELETE', '/'), 405],
    ['another name', () => send('GET', '/', { host: 'evil.example' }), 421],
    ['nobody’s session', () => send('GET', '/api/v1/session'), 401],
    ['a wrong password', () => send('POST', '/api/v1/login', own(), '{"name":"x","password":"y"}'), 401],
    ['a body that is none', () => send('POST', '/api/v1/login', own(), '{'), 400],
    ['another site', () => send('POST', '/api/v1/login', { ...own(), origin: 'https://evil.example' }, '{}'), 403],
    ['a logout', () => send('POST', '/api/v1/logout', own(), '{}'), 204],
    ['a link without upgrade', () => send('GET', '/console/ws'), 404],
  ];

  it.each(asked)('stand on the answer to %s', async (_, ask, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    const { headers } = answer;
    expectHardened(answer);
    if (answer.text !== '') expect(headers['content-type']).toMatch(/; charset=utf-8|; version=0\.0\.4/);
    expect(headers.location).toBeUndefined();
    // Kept by nobody on the way but what carries a hash of its content in its name.
    const isAsset = String(headers['cache-control']).includes('immutable');
    expect(isAsset).toBe(answer.text === 'export {};');
    expect(answer.text).not.toMatch(/ at .+:\d+|node_modules|SQLITE/);
  });
});

describe('other sites', () => {
  it.each(['https://evil.example', 'null', '', 'file://', 'http://localhost', 'http://127.0.0.1.evil.example'])(
    'open no console with the cookie of whoever looks at them: %j (CSWSH)',
    async (origin) => {
      const { cookie } = await login();
      const socket = new WebSocket(bench.console.url, { headers: { cookie, ...(origin !== '' && { origin }) } });
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      socket.on('open', () => resolve(0));
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (asked, response) => {
        resolve(response.statusCode);
        asked.destroy();
      });
      expect(await promise).toBe(403);
      expect(await session(cookie)).toBe(200);
    },
  );

  it('are asked no questions before a request, and given no answer to one (CORS)', async () => {
    const wish = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await send('OPTIONS', '/api/v1/login', wish);
    expect(answer.status).toBe(405);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('change nothing by a link or a picture: GET does not log out', async () => {
    const { cookie } = await login();
    for (const path of ['logout', 'passkey', 'password', 'session/unlock', 'second-factor']) {
      expect((await send('GET', `/api/v1/${path}`, { cookie })).status).toBe(404);
    }
    expect(await session(cookie)).toBe(200);
  });
});

describe('a token that was good once', () => {
  it('is none after the logout, at no door', async () => {
    const { cookie } = await login();
    expect(await linkSays(cookie)).toBe('welcome');
    await bench.post('logout', {}, cookie);
    expect(await session(cookie)).toBe(401);
    expect(await linkSays(cookie)).toBe('log-in');
  });

  it('is none after a take-over, a new password, or an unlock', async () => {
    const first = await login();
    const second = await login({ takeOver: true });
    const changed = await bench.post('password', { password, newPassword: `${password}, nu` }, second.cookie);
    const unlocked = await bench.post('session/unlock', { password: `${password}, nu` }, changed.cookie);
    expect([second.status, changed.status, unlocked.status]).toEqual([200, 200, 200]);
    for (const { cookie } of [first, second, changed]) {
      expect(await session(cookie)).toBe(401);
      expect(await linkSays(cookie)).toBe('log-in');
    }
    expect(await session(unlocked.cookie)).toBe(200);
  });

  it('is none with the cookie of nobody, though a console came back by it', async () => {
    const { cookie } = await login();
    const page = await bench.console.connect({ cookie });
    page.send({ hello: { versionMin: 1, versionMax: 1, token: '' } });
    const resumeToken = await page.until(({ welcome }) => welcome?.resumeToken, waitMs);
    expect(await linkSays(cookie, resumeToken)).toBe('welcome');
    expect(await linkSays('', resumeToken)).toBe('log-in');
  });

  it('is an invitation, used by somebody else as well', async () => {
    const invitation = await bench.invite();
    expect((await bench.post('password', { invitation, newPassword: password })).status).toBe(200);
    expect(await bench.post('password', { invitation, newPassword: `${password}!` })).toMatchObject({
      status: 403,
      code: 'invitation',
    });
    expect((await login()).status).toBe(200);
  });
});

describe('paths', () => {
  const up = ['..', '%2e%2e', '%2E%2E', '.%2e', '%252e%252e', '..%00', '%c0%ae%c0%ae', '..;', '....', '%u002e%u002e'];
  const slash = ['/', '%2f', '%5c', '\\', '//', '%252f'];
  const targets = [
    ['state', 'gw', 'accounts.db'],
    ['state', 'gw', 'accounts-key'],
    ['recordings', '2026-11-29', 'xb-acc', '20261129T021500.123Z-1.opus'],
  ];

  it('lead to no recording, account or key, however they are written', async () => {
    for (const dots of up) {
      for (const between of slash) {
        for (const target of targets) {
          for (const from of ['/', '/assets/']) {
            const above = from === '/' ? [dots] : [dots, dots];
            const answer = await send('GET', from + [...above, ...target].join(between));
            expect(answer.status).toBeGreaterThanOrEqual(400);
            expect(answer.status).toBeLessThan(500);
            expect(answer.text).not.toContain(canary);
          }
        }
      }
    }
    for (const path of ['/.hidden', '/%2ehidden', '/page/.hidden', '/assets/..%2f.hidden']) {
      expect((await send('GET', path)).text).not.toContain(canary);
    }
  });
});
