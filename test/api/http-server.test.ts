/** The HTTP listener over real sockets, on a port of the system's choice. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayParts } from '../../src/api/health.ts';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { checkConfig } from '../../src/config/load.ts';
import { statusOfTest } from '../status-of-test.ts';

const requestTimeoutMs = 600;
/** So long that whoever had to wait for it is told from whoever had not, on however busy a machine. */
const longTimeoutMs = 15_000;
const atOnceMs = longTimeoutMs / 2;
/** A name is configured, so a proxy may stand before it. */
const machineKey = '5c'.repeat(32);
const known = { headers: { authorization: `Bearer ${machineKey}` } };
const healthy: GatewayParts = {
  voiceProcess: true,
  mediaWorkers: { alive: 2, wanted: 2 },
  sipListeners: { open: 2, wanted: 2 },
  legs: { up: 8, total: 8 },
};

let page: string;
let server: HttpServer;
let port: number;
let meter: Meter;
let parts: GatewayParts;
let upgraded: Duplex[];

async function start(pageFolder: string, more = '', timeoutMs = requestTimeoutMs): Promise<void> {
  const { config } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
console: {origins: ["https://radio.example.org"], requestTimeoutMs: ${timeoutMs}, connectionsMax: 40${more}}`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error("the test's configuration is wrong");
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  meter = new Meter();
  parts = healthy;
  upgraded = [];
  const events = new Events(logger, meter);
  const consoleLink = {
    handleUpgrade: (_request: unknown, socket: Duplex) => void upgraded.push(socket.on('close', () => {})),
  };
  server = createHttpServer({
    clock: new SystemClock(),
    version: '0',
    config,
    logger,
    events,
    meter,
    machineKey: Buffer.from(machineKey, 'hex'),
    parts: () => parts,
    status: () => statusOfTest,
    consoleLink,
    pageFolder,
  });
  port = await server.listen({ host: '127.0.0.1', port: 0 });
}

beforeAll(() => {
  page = mkdtempSync(join(tmpdir(), 'escaut-page-'));
  mkdirSync(join(page, 'web/assets'), { recursive: true });
  writeFileSync(join(page, 'secret.txt'), 'outside');
  writeFileSync(join(page, 'web/index.html'), '<!doctype html><title>Escaut</title>');
  writeFileSync(join(page, 'web/.hidden'), 'hidden');
  writeFileSync(join(page, 'web/assets/index-D3adB33f.js'), 'export {};');
  writeFileSync(join(page, 'web/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  return () => rmSync(page, { recursive: true });
});
beforeEach(() => start(join(page, 'web')));
afterEach(async () => {
  for (const socket of upgraded) socket.destroy();
  await server.close();
});

/** The same with a limit that nothing here reaches. */
async function startUnhurried(): Promise<void> {
  await server.close();
  await start(join(page, 'web'), '', longTimeoutMs);
}

const connections = () => promisify(server.server.getConnections.bind(server.server))();
const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);

/** Sends bytes as they are; resolves with all that came back once the far side has closed. */
function raw(text: string, drip?: (socket: Socket) => void): Promise<{ status: number; text: string; tookMs: number }> {
  const begin = performance.now();
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      drip?.(socket);
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
      resolve({ status, text: received, tookMs: performance.now() - begin });
    });
  });
}

const request = (line: string, headers: Record<string, string> = {}): string => {
  const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
  return `${line} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
};

describe('the page', () => {
  it('may load a map of the site from its servers, and from no others', async () => {
    await server.close();
    await start(
      join(page, 'web'),
      ', map: {style: "https://maps.example.org/a/b.json", origins: ["https://t.example.org"]}',
    );
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`wss://127.0.0.1:${port} https://maps.example.org https://t.example.org; `);
    expect(policy).toContain("img-src 'self' data: https://maps.example.org https://t.example.org; ");
    expect(policy).toContain("default-src 'self'; ");
  });

  it('is served with a policy that lets nothing run but our own files, and the link to us', async () => {
    const answer = await get('/');
    expect([answer.status, await answer.text()]).toEqual([200, '<!doctype html><title>Escaut</title>']);
    const policy = answer.headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual([
      "default-src 'self'",
      `connect-src 'self' ws://127.0.0.1:${port} wss://127.0.0.1:${port}`,
      "img-src 'self' data:",
      "media-src 'self' blob: mediastream:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(answer.headers.get('permissions-policy')).toContain('microphone=(self), camera=()');
    expect(answer.headers.get('server') ?? answer.headers.get('x-powered-by')).toBeNull();
  });

  it('is held to TLS under the name of an origin that has it (HSTS)', async () => {
    for (const [host, held] of [
      ['radio.example.org', true],
      ['RADIO.example.org', true],
      ['127.0.0.1', false],
      ['localhost', false],
    ] as const) {
      const { text } = await raw(request('GET /', { Host: host }));
      expect(text.toLowerCase().includes('strict-transport-security: max-age=31536000; includesubdomains')).toBe(held);
    }
  });

  it('has its hashed assets kept for a year and everything else asked for anew', async () => {
    const asset = await get('/assets/index-D3adB33f.js');
    expect([asset.status, asset.headers.get('content-type'), asset.headers.get('cache-control')]).toEqual([
      200,
      'application/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    expect((await get('/icon.svg')).headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/%252e%252e/secret.txt',
    '//secret.txt',
    '/./../secret.txt',
    '/....//secret.txt',
    '/%c0%ae%c0%ae/secret.txt',
    '/index.html%00.txt',
    '/.hidden',
    '/%2ehidden',
    'http://127.0.0.1/../secret.txt',
  ])('gives nothing outside its folder, nor hidden files: %s', async (path) => {
    const { status, text } = await raw(request(`GET ${path}`));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/outside|\r\n\r\nhidden/);
  });

  it('is answered for with a hint where it is not built', async () => {
    await server.close();
    await start(join(page, 'nowhere'));
    const answer = await get('/');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html']);
    expect(await answer.text()).toContain('npm run setup');
    expect((await get('/assets/x.js')).status).toBe(404);
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('health', () => {
  it('lives whatever its parts do', async () => {
    parts = { ...healthy, voiceProcess: false };
    const answer = await get('/healthz');
    expect([answer.status, await answer.json()]).toEqual([200, { alive: true }]);
  });

  it('is ready when voice process, a worker and all listeners are, and says what is not', async () => {
    const ready = await get('/readyz', known);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [], parts: healthy }]);
    parts = {
      voiceProcess: false,
      mediaWorkers: { alive: 0, wanted: 2 },
      sipListeners: { open: 1, wanted: 2 },
      legs: { up: 0, total: 8 },
    };
    const unready = await get('/readyz', known);
    expect([unready.status, await unready.json()]).toEqual([
      503,
      {
        ready: false,
        reasons: ['the voice process is not ready', 'no media worker lives', '1 of 2 SIP listeners are not open'],
        parts,
      },
    ]);
    parts = healthy;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('stays ready while legs are down and while one of two workers is replaced: that is not ours to restart for', async () => {
    parts = { ...healthy, legs: { up: 0, total: 8 }, mediaWorkers: { alive: 1, wanted: 2 } };
    expect((await get('/readyz')).status).toBe(200);
  });

  it("shows its metrics, the process' own included", async () => {
    await get('/');
    const answer = await get('/metrics', known);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).toContain('escaut_http_requests_total{status="2xx"} 1');
    expect(text).toMatch(/^escaut_memory_bytes\{kind="resident"\} \d{7,}$/m);
  });
});

describe('what is refused', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
    '%s: only GET and HEAD, and the connection ends',
    async (method) => {
      const { status, text } = await raw(
        request(`${method} /healthz`, { 'Content-Length': '100000', Connection: 'keep-alive' }),
      );
      expect(status).toBe(405);
      expect(text.toLowerCase()).toContain('allow: get, head');
      expect(await meter.value('http_refused_total', { reason: 'method' })).toBe(1);
    },
  );

  it.each([
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '',
    '127.0.0.1 evil',
    '[::1',
    'a@127.0.0.1',
  ])('a Host that is not ours, against DNS rebinding: %j', async (host) => {
    const { status, text } = await raw(request('GET /', { Host: host }));
    expect([400, 421]).toContain(status);
    expect(text).not.toContain('<title>');
  });

  it.each(['127.0.0.1', '127.0.0.1:9', 'localhost', 'LOCALHOST:8080', '[::1]:8080', '192.0.2.1', 'radio.example.org'])(
    'but not our own names: %s',
    async (host) => {
      expect((await raw(request('GET /healthz', { Host: host }))).status).toBe(200);
    },
  );

  it('more than one Host, whatever they say (RFC 9112 §3.2), nor none', async () => {
    const hosts = (...values: string[]) => values.map((value) => `Host: ${value}\r\n`).join('');
    const upgrade = 'Origin: http://127.0.0.1\r\nUpgrade: websocket\r\n';
    for (const fields of [
      hosts('127.0.0.1', 'evil.example'),
      hosts('127.0.0.1', '127.0.0.1'),
      hosts('evil.example', '127.0.0.1'),
    ]) {
      expect((await raw(`GET / HTTP/1.1\r\n${fields}\r\n`)).status).toBe(400);
      const link = `GET /console/ws HTTP/1.1\r\n${fields}${upgrade}Connection: Upgrade\r\n\r\n`;
      expect((await raw(link)).status).toBe(400);
    }
    expect(await meter.value('http_refused_total', { reason: 'malformed' })).toBe(6);
    expect((await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).status).toBe(400);
    expect(upgraded).toHaveLength(0);
  });

  it('headers beyond 8 KiB, methods unknown to HTTP, bytes that are not HTTP', async () => {
    expect((await raw(request(`GET /${'a'.repeat(9000)}`))).status).toBe(431);
    expect((await raw(request('BLAH /'))).status).toBe(400);
    expect((await raw('\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n')).status).toBe(400);
    expect(await meter.value('http_refused_total', { reason: 'malformed' })).toBe(3);
  });

  it('proxy headers: they change nothing', async () => {
    const { status } = await raw(
      request('GET /healthz', { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-For': '192.0.2.9' }),
    );
    expect(status).toBe(200);
  });
});

describe('the upgrade to the console link', () => {
  const upgrade = (headers: Record<string, string>, path = '/console/ws') =>
    raw(
      request(`GET ${path}`, {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      }),
    );

  it.each(['https://radio.example.org', 'HTTPS://radio.example.org'])(
    'is handed over from a configured origin: %s',
    async (origin) => {
      const closed = upgrade({ Origin: origin });
      await expect.poll(() => upgraded.length).toBe(1);
      upgraded[0]?.destroy();
      await closed;
    },
  );

  it('is handed over from our own page', async () => {
    const closed = upgrade({ Origin: `http://127.0.0.1:${port}` }, '/console/ws?v=1');
    await expect.poll(() => upgraded.length).toBe(1);
    upgraded[0]?.destroy();
    await closed;
  });

  it.each([
    '',
    'null',
    'http://evil.example',
    'https://evil.example',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'https://radio.example.org.evil.example',
    'http://radio.example.org',
    'file://',
    'http://localhost:8080',
  ])('is refused from any other origin: %j', async (origin) => {
    expect((await upgrade({ Origin: origin })).status).toBe(403);
    expect(upgraded).toHaveLength(0);
    expect(await meter.value('http_refused_total', { reason: 'origin' })).toBe(1);
  });

  it('is refused without an Origin, under a foreign Host (even one that matches its Origin), and elsewhere', async () => {
    expect((await upgrade({})).status).toBe(403);
    expect((await upgrade({ Host: 'evil.example', Origin: 'http://evil.example' })).status).toBe(421);
    for (const path of ['/', '/console/ws/', '/console/ws/../ws', '//console/ws', '/metrics']) {
      expect((await upgrade({ Origin: `http://127.0.0.1:${port}` }, path)).status).toBe(404);
    }
    expect(upgraded).toHaveLength(0);
  });
});

describe('mutated requests', () => {
  const heads = [
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    'GET /metrics?a=b HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n',
    'GET /console/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ];
  const change = fc.record({
    at: fc.nat(200),
    remove: fc.nat(6),
    insert: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '\r\n',
        '\n',
        '\0',
        '%00',
        '%2e%2e/',
        '/../',
        ' ',
        ':',
        'Host: x\r\n',
        'Content-Length: -1\r\n',
        '\u00ff\u00fe',
      ),
    ),
  });

  it('never end the listener nor get another answer than an HTTP one', async () => {
    const runs = Number(process.env.ESCAUT_HTTP_FUZZ_RUNS ?? 300);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...heads),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        async (head, changes) => {
          const mutated = changes.reduce(
            (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
            head,
          );
          const { text } = await raw(mutated, (socket) => {
            socket.end();
            // Upgrades that pass are held by the stand-in link: it lets go, as the real one does of a stranger.
            setImmediate(() => upgraded.splice(0).map((stream) => stream.destroy()));
            socket.setTimeout(50, () => socket.destroy());
          });
          expect(text === '' || /^HTTP\/1\.1 [2345]\d\d /.test(text)).toBe(true);
          expect(text).not.toMatch(/^HTTP\/1\.1 5(?!03)/);
        },
      ),
      { numRuns: runs },
    );
    expect((await get('/healthz')).status).toBe(200);
  }, 600_000);
});

describe('slow and many', () => {
  /** By default Node looks so seldom for requests that are overdue. */
  const nodeLooksEveryMs = 30_000;

  it('cuts a request that drips in byte by byte, once its limit is over', async () => {
    const { status, tookMs } = await raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n', (socket) => {
      const drip = setInterval(() => (socket.writable ? socket.write('x') : clearInterval(drip)), 50);
      socket.on('close', () => clearInterval(drip));
    });
    expect([0, 408]).toContain(status);
    expect(tookMs).toBeGreaterThan(requestTimeoutMs * 0.9);
    expect(tookMs).toBeLessThan(nodeLooksEveryMs / 2);
    expect(await meter.value('http_refused_total', { reason: 'timeout' })).toBe(1);
  });

  it('cuts a connection that says nothing, and one that stops in the middle of a word', async () => {
    const [silent, half] = await Promise.all([raw(''), raw('GE')]);
    for (const { tookMs } of [silent, half]) expect(tookMs).toBeLessThan(nodeLooksEveryMs / 2);
  });

  it('answers good requests while 30 slow ones hold their sockets', async () => {
    await startUnhurried();
    const slow = Array.from({ length: 30 }, () => raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: '));
    await expect.poll(() => connections()).toBe(30);
    const { status, tookMs } = await raw(request('GET /healthz'));
    expect(status).toBe(200);
    expect(tookMs).toBeLessThan(atOnceMs);
    await server.close();
    await Promise.all(slow);
  });

  it('is free of slow ones once their limit is over', async () => {
    await Promise.all(Array.from({ length: 30 }, () => raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ')));
    await expect.poll(() => connections()).toBe(0);
  });

  it('takes no more connections than configured, counts the rest, and takes others when those are gone', async () => {
    await startUnhurried();
    const sockets: Socket[] = [];
    const held = (socket: Socket) => void sockets.push(socket);
    const slow = Array.from({ length: 60 }, () => raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ', held));
    await expect.poll(() => meter.value('http_refused_total', { reason: 'full' })).toBe(20);
    for (const socket of sockets) socket.destroy();
    await Promise.all(slow);
    expect((await raw(request('GET /healthz'))).status).toBe(200);
  });

  it('lets a page in at once while more slow ones than there is room for hold on and come again', async () => {
    await startUnhurried();
    let isOver = false;
    const hold = async (): Promise<void> => {
      while (!isOver) await raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ');
    };
    const slow = Array.from({ length: 60 }, hold);
    await expect.poll(() => meter.value('http_refused_total', { reason: 'full' })).toBeGreaterThan(20);
    for (let count = 0; count < 5; count++) {
      const { status, tookMs } = await raw(request('GET /healthz'));
      expect(status).toBe(200);
      expect(tookMs).toBeLessThan(atOnceMs);
    }
    isOver = true;
    await server.close();
    await Promise.all(slow);
  });

  it('closes at once, whoever is still connected', async () => {
    await startUnhurried();
    const held = raw('GET / HTTP/1.1\r\n');
    await expect.poll(() => connections()).toBe(1);
    const begin = performance.now();
    await server.close();
    await held;
    expect(performance.now() - begin).toBeLessThan(atOnceMs);
  });
});

describe('a port that is taken', () => {
  it('is an error with the address and a remedy', async () => {
    const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
    const events = new Events(logger, meter);
    const { config } = checkConfig(
      'version: 1\ngateway: {id: gw, name: {fr: a, nl: b, en: c}}\nnetworks: [{id: n, name: N, technology: tetra, country: BE}]',
      { file: 'x', environment: {}, workingFolder: '.' },
    );
    if (config === undefined) throw new Error("the test's configuration is wrong");
    const second = createHttpServer({
      clock: new SystemClock(),
      version: '0',
      status: () => statusOfTest,
      config,
      logger,
      events,
      meter,
      parts: () => parts,
      consoleLink: { handleUpgrade: () => {} },
      pageFolder: page,
    });
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `console.listen on 127.0.0.1:${port}: the port is in use by process ${process.pid} (node)`,
    });
    await second.close();
  });
});
