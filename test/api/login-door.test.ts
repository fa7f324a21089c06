/** The door of people over real sockets, before logins over a real database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { sessionCookie, tokenOfCookie } from '../../src/api/session-cookie.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { secretToken } from '../../src/base/random.ts';
import { checkConfig } from '../../src/config/load.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { Logins } from '../../src/gateway/logins.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { statusOfTest } from '../status-of-test.ts';

const password = 'nachtdienst in Doornik';
const newPassword = 'een ander, langer woord';
let folder: string;
let store: AccountStore;
let server: HttpServer;
let port: number;
let clock: ManualClock;
let meter: Meter;
/** Everything that went into the audit log, as text. */
let audit: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'login-door-'));
  store = await AccountStore.open(openDatabase<AccountTables>(fileAt(join(folder, 'accounts.db'))));
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 10, 29) });
  const { config } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
console: {origins: ["https://radio.example.org"]}`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error("the test's configuration is wrong");
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  meter = new Meter();
  audit = [];
  const events = new Events(
    logger,
    meter,
    (_level, event, about) => void audit.push(JSON.stringify({ event, ...about })),
  );
  const logins = new Logins(
    {
      people: [{ person: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'ccpd' }],
      issuer: 'CCPD',
      limits: { lockAfterMs: 1e6, idleMs: 1e7, endAfterMs: 1e8 },
      breached: new Set(),
      common: async () => new Set<string>(),
      insists: () => false,
      words: ['escaut'],
      key: new Uint8Array(32),
    },
    {
      clock,
      events,
      keeper: store,
      passkeys: async () => [],
      cardOf: () => undefined,
      consoles: {
        isNeeded: () => false,
        lock: () => undefined,
        endPerson: () => undefined,
        presence: () => ({ isHere: false, actedMs: 0 }),
      },
      random: (count) => Buffer.from(secretToken(count), 'base64url'),
      invited: () => undefined,
      hashPassword: async (text) => `hash of ${text}`,
      isPassword: async (kept, text) => kept === `hash of ${text}`,
    },
  );
  server = createHttpServer({
    config,
    clock,
    version: '0',
    logger,
    events,
    meter,
    parts: () => ({
      voiceProcess: true,
      mediaWorkers: { alive: 1, wanted: 1 },
      sipListeners: { open: 1, wanted: 1 },
      legs: { up: 1, total: 1 },
    }),
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: (_request, socket) => socket.destroy() },
    logins: { clock, events, port: logins },
    pageFolder: folder,
  });
  port = await server.listen({ host: '127.0.0.1', port: 0 });
  await store.invite(
    { utcMs: 0, person: 'lotte', change: 'added' },
    { hash: hashOf('invited'), expiresUtcMs: Infinity },
  );
  await post('password', { invitation: 'invited', newPassword: password });
});
afterEach(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
  /** As a browser would send it back; empty: none was set, or it was taken away. */
  readonly cookie: string;
}

type Headers = Record<string, string | undefined>;

/** fetch sends neither Host nor Origin as it is told to. */
function send(method: string, path: string, text: string, headers: Headers): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const all = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  const asked = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false }, (response) => {
    response.setEncoding('utf8');
    let received = '';
    response.on('data', (chunk: string) => {
      received += chunk;
    });
    response.on('end', () => {
      const set = response.headers['set-cookie']?.[0] ?? '';
      const cookie = set.includes('Max-Age=0') ? '' : (set.split(';', 1)[0] ?? '');
      const body = received === '' ? {} : JSON.parse(received);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, cookie });
    });
  });
  asked.on('error', reject);
  asked.end(text);
  return promise;
}

function post(path: string, body: unknown, headers: Headers = {}): Promise<Answer> {
  return send('POST', `/api/v1/${path}`, JSON.stringify(body), {
    origin: `http://127.0.0.1:${port}`,
    'content-type': 'application/json',
    'x-escaut-console': '1',
    ...headers,
  });
}
const session = (cookie: string) => send('GET', '/api/v1/session', '', { cookie });
const login = (more: object = {}, headers: Headers = {}) =>
  post('login', { name: 'lotte', password, ...more }, headers);

describe('the door of people', () => {
  it('lets in by a cookie that no script and no other site has', async () => {
    const answer = await login();
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^escaut-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.stringify(answer.body)).not.toContain(answer.cookie.split('=')[1]);
    expect(answer.body).toMatchObject({ who: { person: 'lotte', role: 'dispatcher', isLocked: false } });
    expect((await session(answer.cookie)).body).toMatchObject({ person: 'lotte' });
  });

  it('ties the cookie to TLS and to the host anywhere but on loopback', async () => {
    const named = { host: 'radio.example.org', isTls: false };
    const asked = { host: named.host, origin: 'https://radio.example.org' };
    const answer = await login({}, asked);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-escaut-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
    ]);
    // There the name without __Host- is not read: another site of the same domain could have set it.
    const token = answer.cookie.split('=')[1] ?? '';
    expect(tokenOfCookie(`escaut-session=${token}`, named)).toBe('');
    expect(tokenOfCookie(`__Host-escaut-session=${token}`, named)).toBe(token);
    expect(tokenOfCookie(`x=1; ${answer.cookie}; ${answer.cookie}`, named)).toBe('');
    expect(sessionCookie('t', { host: '127.0.0.1.evil.example', isTls: false })).toContain('Secure');
    // Nor is the name without it read on loopback, where we have TLS.
    expect(sessionCookie('t', { host: '127.0.0.1', isTls: true })).toMatch(/^__Host-.*Secure/);
  });

  it('never goes on with a token that was shown to it (fixation), nor with one that was left (replay)', async () => {
    const planted = `escaut-session=${'A'.repeat(43)}`;
    const first = await login({}, { cookie: planted });
    expect(first.cookie).not.toBe(planted);
    expect((await session(planted)).status).toBe(401);
    const out = await post('logout', {}, { cookie: first.cookie });
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']).toEqual([expect.stringContaining('escaut-session=; ')]);
    const replayed = await session(first.cookie);
    expect(replayed.status).toBe(401);
    expect(replayed.headers['www-authenticate']).toBeDefined();
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a frame without origin', { origin: 'null' }],
    ['no page', { origin: undefined }],
    ['a form', { 'x-escaut-console': undefined }],
  ])('takes nothing from %s (CSRF)', async (_, headers) => {
    const { cookie } = await login();
    for (const path of ['login', 'logout', 'session/unlock', 'password', 'second-factor', 'second-factor/confirm']) {
      const answer = await post(path, { name: 'lotte', password }, { cookie, ...headers });
      expect(answer).toMatchObject({ status: 403, body: { code: 'origin' } });
    }
    expect((await session(cookie)).status).toBe(200);
  });

  it('takes JSON of its own kind alone', async () => {
    for (const [body, headers] of [
      ['name=lotte', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['{"name":"lotte"}', { 'content-type': 'text/plain' }],
      ['{"name":', {}],
      ['{"name":"lotte"}', {}],
      ['{"name":"lotte","password":"x","role":"sys-admin"}', {}],
      ['{"name":["lotte"],"password":"x"}', {}],
      [JSON.stringify({ name: 'lotte', password: 'x'.repeat(9000) }), {}],
    ] as const) {
      const answer = await send('POST', '/api/v1/login', body, {
        origin: `http://127.0.0.1:${port}`,
        'content-type': 'application/json',
        'x-escaut-console': '1',
        ...headers,
      });
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
    expect((await send('PUT', '/api/v1/login', '', {})).status).toBe(405);
  });

  it('answers a name that is nobody’s as a wrong password, header for header', async () => {
    const shape = ({ status, headers, body }: Answer) => ({ status, body, names: Object.keys(headers).sort() });
    const wrong = await login({ password: 'wrong wrong wrong' });
    const nobody = await login({ name: 'nobody', password: 'wrong wrong wrong' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'credentials' } });
    expect(shape(nobody)).toEqual(shape(wrong));
    for (const name of ['lotte', 'nobody']) {
      for (let guess = 0; guess < 5; guess++) await login({ name, password: 'wrong wrong wrong' });
    }
    const locked = await login();
    expect(locked).toMatchObject({ status: 429, body: { code: 'wait', waitS: 5 }, headers: { 'retry-after': '5' } });
    expect(shape(await login({ name: 'nobody' }))).toEqual(shape(locked));
  });

  it('says that there is a console elsewhere, and since when', async () => {
    await login();
    const asked = await login();
    expect(asked).toMatchObject({ status: 409, cookie: '', body: { code: 'elsewhere', sinceUtcMs: clock.utcMs() } });
    expect((await login({ takeOver: true })).status).toBe(200);
  });

  it('changes a password, and with it the session', async () => {
    const { cookie } = await login();
    expect(await post('password', { password, newPassword: 'short' }, { cookie })).toMatchObject({
      status: 422,
      body: { code: 'too-short' },
    });
    const changed = await post('password', { password, newPassword }, { cookie });
    expect(changed.status).toBe(200);
    expect((await session(cookie)).status).toBe(401);
    expect((await session(changed.cookie)).status).toBe(200);
    expect((await post('password', { password, newPassword })).status).toBe(401);
  });

  it('begins the enrolment of an authenticator by the password, and ends it by a code', async () => {
    const { cookie } = await login();
    const begun = await post('second-factor', { password }, { cookie });
    expect(begun.body).toEqual({ otpauth: expect.stringMatching(/^otpauth:\/\/totp\/CCPD:lotte\?secret=/) });
    expect(await post('second-factor/confirm', { code: 'AAAA' }, { cookie })).toMatchObject({ body: { code: 'code' } });
  });

  it('answers each address only so often', async () => {
    const answers = [];
    for (let asked = 0; asked < 70; asked++) answers.push(await session(''));
    expect(answers.at(0)?.status).toBe(401);
    expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'rate' } });
    clock.advance(1000);
    expect((await session('')).status).toBe(401);
  });

  it('counts all that it answers with 429, and says so once a minute', async () => {
    const lines = () => audit.map((line) => JSON.parse(line)).filter(({ event }) => event === 'http.limited');
    const ask = async (times: number) => {
      const answers = [];
      for (let asked = 0; asked < times; asked++) answers.push((await session('')).status);
      return answers.filter((status) => status === 429).length;
    };
    const first = await ask(80);
    const line = { event: 'http.limited', door: 'session', client: '127.0.0.1' };
    expect(lines()).toEqual([{ ...line, requests: 1 }]);
    clock.advance(60_000);
    const second = await ask(80);
    expect(lines()).toEqual([
      { ...line, requests: 1 },
      { ...line, requests: first },
    ]);
    expect(Math.min(first, second)).toBeGreaterThan(5);
    await expect.poll(() => meter.value('http_limited_total', { door: 'session' })).toBe(first + second);
  });

  it('leaves a line of everything and a secret in none', async () => {
    const { cookie } = await login();
    await login({ password: 'wrong wrong wrong' });
    await login({ name: 'my secret password', password: 'wrong wrong wrong' });
    const changed = await post('password', { password, newPassword }, { cookie });
    await post('logout', {}, { cookie: changed.cookie });
    const events = audit.map((line): unknown => JSON.parse(line).event);
    expect(events.filter((event) => event !== 'http.listening')).toEqual([
      'account.changed',
      'login.accepted',
      'login.refused',
      'login.refused',
      'account.changed',
      'login.ended',
    ]);
    const text = audit.join('\n');
    const tokens = [cookie, changed.cookie].map((each) => each.split('=')[1] ?? '');
    for (const each of [password, newPassword, 'wrong wrong', 'my secret', 'invited', ...tokens]) {
      expect(text).not.toContain(each);
    }
  });
});
