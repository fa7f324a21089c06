/**
 * What is for programs on the gateway's own machine, over real sockets and by way of a real proxy that hides itself: it adds
 * no header, and asks under whatever name its client gave.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { MachineGuard, type MachineRules } from '../../src/api/machine-guard.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { fetchStatus } from '../../src/status-command.ts';
import { lastingKey } from '../../src/store/lasting-key.ts';
import { send } from '../doors/raw-request.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { statusOfTest } from '../status-of-test.ts';

let folder: string;
let server: HttpServer;
let port: number;
let meter: Meter;
let forwarder: Server;
let proxied: number;
let keyFile: string;
let bearer: { authorization: string };

async function start(origins: readonly string[]): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'machine-'));
  keyFile = join(folder, 'machine-key');
  const { key } = lastingKey(keyFile);
  bearer = { authorization: `Bearer ${Buffer.from(key).toString('hex')}` };
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  meter = new Meter();
  const nothing = () => undefined;
  server = createHttpServer({
    config: { console: { ...demoConfig.console, origins: [...origins] } },
    ...{ logger, meter, events: new Events(logger, meter), pageFolder: folder, clock: new ManualClock(), version: '0' },
    machineKey: key,
    parts: () => ({
      ...{ voiceProcess: true, mediaWorkers: { alive: 1, wanted: 1 } },
      ...{ sipListeners: { open: 1, wanted: 1 }, legs: { up: 0, total: 0 } },
    }),
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: nothing },
    proofs: {
      ...{ signedIn: nothing, personOf: nothing, report: nothing, run: nothing },
      view: () => ({ levelDbov: -16, mayRun: false, lines: [], isUnderWay: false, history: [] }),
    },
  });
  port = await server.listen({ host: '127.0.0.1', port: 0 });
  // A TCP forwarder: nothing of what it passes on tells that it stands there.
  forwarder = createServer((client) => {
    const to = dial(port, '127.0.0.1');
    client.pipe(to).pipe(client);
    client.on('error', () => to.destroy());
    to.on('error', () => client.destroy());
  });
  await new Promise<void>((done) => forwarder.listen(0, '127.0.0.1', done));
  proxied = (forwarder.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  forwarder.close();
  await server.close();
  rmSync(folder, { recursive: true });
}

const open = ['/metrics', '/status', '/proofs'];
const ask = (path: string, headers: Record<string, string> = {}, at = port) => send(at, 'GET', path, headers);
const codes = (headers: Record<string, string> = {}, at = port) =>
  Promise.all(open.map(async (path) => (await ask(path, headers, at)).status));
const none = [403, 403, 403];
const all = [200, 200, 200];

describe('where nothing stands before the listener', () => {
  beforeEach(() => start([]));
  afterEach(stop);

  it('programs of this machine are answered, by whatever name of loopback, and people who type the address', async () => {
    for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, '[::1]:8080', '127.9.9.9']) {
      expect([host, await codes({ host })]).toEqual([host, all]);
    }
    expect(await codes({ 'sec-fetch-site': 'none' })).toEqual(all);
    expect((await fetchStatus(`http://127.0.0.1:${port}`)).allUp).toBe(true);
    expect(JSON.parse((await ask('/readyz')).text)).toHaveProperty('parts');
  });

  it.each([
    'forwarded: for=192.0.2.7',
    'via: 1.1 proxy',
    'x-forwarded-for: 192.0.2.7',
    'x-forwarded-host: radio.example.org',
    'x-forwarded-proto: https',
    'x-forwarded-port: 443',
    'x-forwarded-server: a',
    'x-real-ip: 192.0.2.7',
    'x-client-ip: 192.0.2.7',
    'true-client-ip: 192.0.2.7',
    'origin: https://evil.example',
    'origin: null',
    'sec-fetch-site: cross-site',
    'sec-fetch-site: same-site',
    'host: 192.0.2.1',
    'host: 127.0.0.1.evil.example',
    'host: evil.example',
    'host: [2001:db8::1]',
    'host: 2130706433',
    'host: 0.0.0.0',
  ])('whoever comes by a proxy, a page or another name is not: %s', async (field) => {
    const [name = '', value = ''] = field.split(/: (.*)/);
    const refused = ['host: 127.0.0.1.evil.example', 'host: evil.example', 'host: 2130706433'].includes(field)
      ? 421
      : 403;
    expect(await codes({ [name]: value })).toEqual([refused, refused, refused]);
    const { status, text } = await ask('/readyz', { [name]: value });
    if (refused === 403) expect([status, text]).toEqual([200, '{"ready":true}']);
    expect(await meter.value('http_refused_total', { reason: refused === 403 ? 'origin' : 'host' })).toBeGreaterThan(0);
  });
});

describe('where a proxy may stand before the listener', () => {
  beforeEach(() => start(['https://radio.example.org']));
  afterEach(stop);

  it('one that hides itself opens nothing, whatever name and headers its client gives', async () => {
    for (const host of ['radio.example.org', 'localhost', '127.0.0.1', `127.0.0.1:${port}`]) {
      expect([host, await codes({ host }, proxied)]).toEqual([host, none]);
      expect((await ask('/readyz', { host }, proxied)).text).toBe('{"ready":true}');
      expect((await ask('/healthz', { host }, proxied)).status).toBe(200);
      expect((await send(proxied, 'POST', '/proofs', { host, 'content-type': 'application/json' }, '{}')).status).toBe(
        403,
      );
    }
  });

  it('programs of this machine show its key', async () => {
    expect(await codes()).toEqual(none);
    expect(await codes(bearer)).toEqual(all);
    expect(JSON.parse((await ask('/readyz', bearer)).text)).toHaveProperty('parts');
    expect((await fetchStatus(`http://127.0.0.1:${port}`, keyFile)).allUp).toBe(true);
    await expect(fetchStatus(`http://127.0.0.1:${port}`)).rejects.toThrow('with its key');
    await expect(fetchStatus(`http://127.0.0.1:${port}`, join(folder, 'none'))).rejects.toThrow('ENOENT');
  });

  it('the key lets a monitor of elsewhere count, and nobody of elsewhere see more', async () => {
    expect(await codes({ ...bearer, 'x-forwarded-for': '192.0.2.7' })).toEqual([200, 403, 403]);
  });

  it.each(['', 'Bearer', `Bearer ${'0'.repeat(64)}`, `Bearer ${'0'.repeat(63)}`, `Basic ${'0'.repeat(64)}`])(
    'another key is none: %s',
    async (authorization) => expect(await codes({ authorization })).toEqual(none),
  );
});

describe('where there is TLS, of ours or of a proxy', () => {
  it.each([{ tls: {} }, { tlsByProxy: true }])('loopback is not enough: %o', (more) => {
    const rules: MachineRules = { origins: [], tlsByProxy: false, ...more };
    const guard = new MachineGuard({ rules, events: { http: { refused: () => undefined } }, key: Buffer.alloc(32, 7) });
    const asking = (headers: Record<string, string>, remoteAddress: string | undefined) => ({
      ...{ headers: { host: 'localhost', ...headers }, socket: { remoteAddress } },
    });
    const shown = { authorization: `Bearer ${'07'.repeat(32)}` };
    expect(guard.admitsProgram(asking({}, '127.0.0.1'))).toBe(false);
    expect(guard.admitsProgram(asking(shown, '::ffff:127.0.0.1'))).toBe(true);
    expect(guard.admitsProgram(asking(shown, '192.0.2.7'))).toBe(false);
    expect(guard.admitsProgram(asking(shown, undefined))).toBe(false);
    expect(guard.admitsMonitor(asking(shown, '192.0.2.7'))).toBe(true);
    expect(guard.admitsMonitor(asking({}, '::1'))).toBe(false);
  });
});
