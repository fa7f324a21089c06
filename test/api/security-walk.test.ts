/**
 * The security walk: what a scanner of web applications tries, at every route that the listener has, taken from the listener
 * itself: a new route is walked along without a word here. What concerns single doors: security-run.test.ts. docs/security.md
 * says which point of OWASP ASVS each part stands for.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecording } from '../../src/evidence/recording-files.ts';
import { doors } from '../doors/door-table.ts';
import { canary, expectHardened } from '../doors/hardened.ts';
import { ownHeaders, send } from '../doors/raw-request.ts';
import { siteName, WebDoors } from '../doors/web-doors.ts';

let site: WebDoors;
let cookie: string;
beforeAll(async () => {
  site = new WebDoors();
  await site.start();
  cookie = await site.login('fleet-admin');
});
afterAll(() => site.stop());

/** Something for what stands in a path. */
const filled = (path: string, word = '1') => path.replaceAll(/:\w+/g, word).replace('*', '');
const split = (route: string) => route.split(' ') as [method: string, path: string];
/** Each route in turn, with its name where something is wrong with it. */
async function along(
  routes: readonly string[],
  look: (method: string, path: string, route: string) => Promise<void>,
): Promise<void> {
  expect(routes.length).toBeGreaterThan(0);
  for (const route of routes) {
    try {
      await look(...split(route), route);
    } catch (error) {
      if (error instanceof Error) error.message = `${route}: ${error.message}`;
      throw error;
    }
  }
}
const posts = () => site.routes.filter((route) => route.startsWith('POST '));
const may = (route: string) => doors.find(({ door }) => door.replace(/: .*/, '') === `REST ${route}`)?.may;
const bodies = ['', '{', '[]', 'null', '{"__proto__":{"role":"sys-admin"}}', '\0', '\u{FFFF}'.repeat(300)];

describe('every route', () => {
  it('answers with all headers, to whoever has logged in and to nobody', async () => {
    await along(site.routes, async (method, path) => {
      for (const as of ['', cookie]) {
        if (path.endsWith('/logout')) continue;
        expectHardened(await site.ask(method, filled(path), {}, as));
        expectHardened(await site.ask(method, `${filled(path)}?x=%00`, {}, as));
      }
    });
  });

  it('is kept by nobody on the way, unless its name says what is in it', async () => {
    await along(site.routes, async (method, path) => {
      const { headers, status } = await site.ask(method, filled(path), {}, '');
      if (status < 400) expect(String(headers['cache-control'])).toMatch(/no-store|no-cache/);
    });
  });

  it('takes no other method, and tells other sites nothing of itself (CORS)', async () => {
    const wish = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    await along(site.routes, async (_, path) => {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const answer = await site.ask(method, filled(path), { headers: wish }, cookie);
        expect([404, 405]).toContain(answer.status);
        expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    });
  });

  it('goes by its own names alone (DNS rebinding)', async () => {
    await along(site.routes, async (method, path) => {
      for (const host of [
        'evil.example',
        'localhost.evil.example',
        '127.0.0.1.evil.example',
        `${siteName}.evil.example`,
      ]) {
        expect((await site.ask(method, filled(path), { headers: { host } }, cookie)).status).toBe(421);
      }
    });
  });

  it('says nothing again of what it was asked', async () => {
    const mark = '<svg onload=alert(1)>';
    const marks = [mark, encodeURIComponent(mark)];
    await along(site.routes, async (method, path) => {
      const [one, two] = await Promise.all([
        site.ask(method, `${filled(path)}?x=${marks[1]}`, { body: method === 'POST' ? mark : '' }, cookie),
        site.ask(method, filled(path, marks[1]), {}, cookie),
      ]);
      for (const { text } of [one, two]) for (const each of marks) expect(text).not.toContain(each);
    });
    cookie = await site.login('fleet-admin');
  });

  it('that takes something changes nothing for what it does not understand', async () => {
    await along(posts(), async (method, path) => {
      for (const body of bodies) {
        for (const type of ['application/json', 'text/plain', 'application/xml']) {
          const { status } = await site.ask(method, filled(path), { body, headers: { 'content-type': type } });
          expect(status).toBeLessThan(500);
          expect(status).toBeGreaterThanOrEqual(path.endsWith('/logout') ? 200 : 400);
        }
      }
      const large = await site.ask(method, filled(path), { body: 'x'.repeat(65_536) }).catch(() => undefined);
      if (large !== undefined && !path.endsWith('/logout')) expect(large.status).toBeGreaterThanOrEqual(400);
    });
    expect(site.changes).toEqual([]);
  });
});

describe('other sites', () => {
  const forms = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];

  it('change nothing by a request that bears the cookie (CSRF)', async () => {
    const own = ownHeaders(site.host);
    const foreign = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { origin: `https://${siteName}.evil.example` },
      { origin: `http://${siteName}` },
      { origin: 'http://localhost:1' },
      { 'x-escaut-console': '' },
      { 'x-escaut-console': 'true' },
      ...forms.map((type) => ({ 'x-escaut-console': '', 'content-type': type })),
    ];
    await along(posts(), async (_, path, route) => {
      if (may(route) === 'system') return; // known by a header that no site can send
      for (const headers of foreign) {
        const answer = await site.knock(route, cookie, headers);
        // A program of this machine shows no cookie that counts, and is none where a page speaks.
        const code = may(route) === 'machine' ? 'machine' : 'origin';
        expect([path, answer.status, /"code":"(\w+)"/.exec(answer.text)?.[1]]).toEqual([path, 403, code]);
      }
      if (may(route) === 'machine') return;
      const { origin: _origin, ...bare } = own;
      const without = await send(site.port, 'POST', filled(path), { ...bare, cookie }, '{}');
      expect(without.status).toBe(403);
    });
    expect(site.changes).toEqual([]);
    expect((await site.ask('GET', '/api/v1/session', {}, cookie)).status).toBe(200);
  });

  it('change nothing by a link or a picture: no GET is a door that changes', async () => {
    const gets = new Set(site.routes.filter((route) => route.startsWith('GET ')).map((route) => split(route)[1]));
    await along(posts(), async (_, path) => {
      if (!gets.has(path)) expect((await site.ask('GET', filled(path), {}, cookie)).status).toBe(404);
    });
    expect(site.changes).toEqual([]);
  });
});

describe('cookies', () => {
  it('off loopback are of this host alone, by TLS alone, and out of reach of scripts', async () => {
    const host = siteName;
    const headers = { host, origin: `https://${host}` };
    const login = { name: 'observer', password: 'nachtdienst in Doornik' };
    const answer = await site.ask('POST', '/api/v1/login', { headers, body: JSON.stringify(login) });
    expect([answer.status, answer.headers['strict-transport-security']]).toEqual([
      200,
      expect.stringContaining('max-age=31536000'),
    ]);
    const [set = ''] = [answer.headers['set-cookie'] ?? []].flat();
    expect(set).toMatch(/^__Host-escaut-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    const [shown = ''] = set.split(';');
    expect((await site.ask('GET', '/api/v1/session', { headers: { host } }, shown)).status).toBe(200);
    // The same under a name that another site of ours could set, or beside one that was planted.
    const token = shown.slice(shown.indexOf('=') + 1);
    for (const planted of [
      `escaut-session=${token}`,
      `${shown}; __Host-escaut-session=${'A'.repeat(43)}`,
      `${shown}x`,
    ]) {
      expect((await site.ask('GET', '/api/v1/session', { headers: { host } }, planted)).status).toBe(401);
    }
    // Everything that is taken away bears the same.
    await along(site.routes, async (method, path) => {
      const { headers: given } = await site.ask(method, filled(path), { headers }, '__Host-escaut-session=none');
      for (const each of [given['set-cookie'] ?? []].flat()) expect(each).toMatch(/^__Host-.*; HttpOnly; .*; Secure/);
    });
  });
});

describe('paths', () => {
  const up = ['..', '%2e%2e', '%2E%2E', '.%2e', '%252e%252e', '..%00', '%c0%ae%c0%ae', '..;', '....', '%u002e%u002e'];
  const slash = ['/', '%2f', '%5c', '\\', '//', '%252f'];
  const targets = ['state/gw/accounts.db', 'recordings/2026-11-29/xb-acc/20261129T021500.123Z-1.opus', 'page/.hidden'];

  it('lead nowhere through what stands in a route', async () => {
    const open = site.routes.filter((route) => /:\w+|\*/.test(route));
    await along(open, async (method, path) => {
      for (const dots of up) {
        for (const between of slash) {
          for (const target of targets) {
            const word = [dots, dots, dots, dots, ...target.split('/')].join(between);
            const answer = await site.ask(method, path.replace(/:\w+|\*/, word), {}, cookie);
            expect(answer.status).toBeGreaterThanOrEqual(400);
            expect(answer.status).toBeLessThan(500);
            expect(answer.text).not.toContain(canary);
          }
        }
      }
      for (const word of ['%00', 'a%00b', 'A'.repeat(400), '-1', '1e9', '１', '%E2%80%AE']) {
        const answer = await site.ask(method, path.replace(/:\w+|\*/, encodeURI(word)), {}, cookie);
        expect([word, answer.status < 500, answer.text.includes(canary)]).toEqual([word, true, false]);
      }
    });
  });

  it('of recordings lead out of their folder neither by name nor by a link', () => {
    const folder = join(site.folder, 'recordings');
    const day = join(folder, '2026-11-29', 'xb-acc');
    mkdirSync(day, { recursive: true });
    const name = '20261129T021600.123Z-2.opus';
    symlinkSync(join(site.folder, 'state/gw/accounts.db'), join(day, name));
    for (const file of [
      `2026-11-29/xb-acc/${name}`,
      '../state/gw/accounts.db',
      '2026-11-29/../../state/gw/accounts.db',
      '2026-11-29/xb-acc/../../../state/gw/accounts.db',
      '2026-11-29/xb-acc/..%2f..%2fstate',
      '2026-11-29/xb-acc/20261129T021500.123Z-1.opus\0.opus',
      join(site.folder, 'state/gw/accounts.db'),
    ]) {
      expect([file, readRecording(folder, file, [])]).toEqual([file, undefined]);
    }
  });
});

describe('guessing', () => {
  it('is no help: a name that is nobody’s is answered as one that is somebody’s', async () => {
    const told = async (name: string, password: string) => {
      const { status, headers, text } = await site.ask('POST', '/api/v1/login', {
        body: JSON.stringify({ name, password }),
      });
      const { date: _, ...others } = headers;
      return { status, text, others };
    };
    const known = await told('technician', 'not his password');
    expect(known.status).toBe(401);
    expect(await told('nobody-at-all', 'not his password')).toEqual(known);
    expect(await told('TECHNICIAN ', 'not his password')).toEqual(known);
  });

  it('ends at every door of people with 429, whatever the route, and says when to come again', async () => {
    const own = ownHeaders(site.host);
    const guarded = site.routes.filter((route) => /\/api\/v1\/(?!$|hits|recordings|openapi|reference)/.test(route));
    expect(guarded.length).toBeGreaterThan(30);
    // No time passes: what an address may ask at once is spent at any of the routes that share a door.
    const ask = (route: string) => {
      const [method, path] = split(route);
      return send(site.port, method, filled(path), own, method === 'POST' ? '{}' : '');
    };
    await along(guarded, async (_, _path, route) => {
      let answer = await ask(route);
      for (let count = 0; answer.status !== 429 && count < 100; count++) answer = await ask(route);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    });
    // The next minute is another one.
    for (let count = 0; count < 30; count++) await site.ask('GET', '/healthz');
    expect((await site.ask('GET', '/api/v1/login')).status).toBe(200);
  });

  it('at the door of systems is told to wait as well', async () => {
    const headers = { ...ownHeaders(site.host), authorization: `Bearer ${'g'.repeat(43)}` };
    let status = 0;
    for (let count = 0; status !== 429 && count < 60; count++) {
      ({ status } = await send(site.port, 'POST', '/api/v1/hits', headers, '{}'));
    }
    expect(status).toBe(429);
  });
});
