/** The listener with a certificate of its own, over real sockets. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { createTlsServer } from '../../src/api/tls-listener.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { checkConfig } from '../../src/config/load.ts';
import { Authority } from '../base/certificates.ts';
import { statusOfTest } from '../status-of-test.ts';

let authority: Authority;
let folder: string;
let server: HttpServer;
let said: string[];
/** Ends of the certificates that were taken. */
let ends: number[];
beforeAll(() => {
  authority = new Authority();
  folder = mkdtempSync(join(tmpdir(), 'tls-listener-'));
});
afterAll(() => {
  authority.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => server.close());

const files = () => ({ certificate: join(folder, 'page.pem'), key: join(folder, 'page.key') });

function lay(commonName: string, toDays = 365): void {
  const { certificate, key } = authority.issue({ commonName, toDays, names: 'DNS:localhost,IP:127.0.0.1' });
  copyFileSync(key, files().key);
  copyFileSync(certificate, files().certificate);
}

async function start(connectionsMax = 100): Promise<number> {
  const { certificate, key } = files();
  const { config } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
console: {tls: {certificate: ${certificate}, key: ${key}}, connectionsMax: ${connectionsMax}, requestTimeoutMs: 1000}`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error("the test's configuration is wrong");
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  const meter = new Meter();
  [said, ends] = [[], []];
  const events = new Events(logger, meter, (_, event, about) => void said.push(`${event} ${JSON.stringify(about)}`));
  server = createHttpServer({
    ...{ config, clock: new SystemClock(), logger, events, meter, pageFolder: folder, version: '0' },
    parts: () => ({
      voiceProcess: true,
      mediaWorkers: { alive: 1, wanted: 1 },
      sipListeners: { open: 1, wanted: 1 },
      legs: { up: 1, total: 1 },
    }),
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: (_request, socket) => socket.end('HTTP/1.1 101 ok\r\n\r\n') },
    certificateSeen: (expiresUtcMs) => void ends.push(expiresUtcMs),
  });
  return await server.listen({ host: '127.0.0.1', port: 0 });
}

/** Status of an answer, and whom the certificate names. */
function get(port: number, path = '/healthz', headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; name: string }>();
  const ca = readFileSync(authority.ca);
  const asked = request({ host: '127.0.0.1', port, path, ca, headers, agent: false }, (response) => {
    response.resume();
    const socket = response.socket as import('node:tls').TLSSocket;
    resolve({ status: response.statusCode ?? 0, name: `${socket.getPeerCertificate().subject?.CN}` });
  });
  asked.on('upgrade', (_response, socket) => {
    socket.destroy();
    resolve({ status: 101, name: '' });
  });
  asked.on('error', reject);
  asked.end();
  return promise;
}

describe('the listener with a certificate', () => {
  it('speaks TLS 1.2 or later, and nothing in plain', async () => {
    lay('first');
    const port = await start();
    expect(await get(port)).toEqual({ status: 200, name: 'first' });
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    const old = connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    const ended = await new Promise<string>((resolve) => {
      old.on('error', () => resolve('refused')).on('secureConnect', () => resolve('open'));
    });
    expect(ended).toBe('refused');
  });

  it.each([
    ['ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384', 'open'],
    ['ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256', 'open'],
    ['AES256-GCM-SHA384', 'refused'],
    ['AES256-SHA:AES128-SHA', 'refused'],
    ['ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256', 'refused'],
    ['DHE-RSA-AES128-SHA256', 'refused'],
  ])('under TLS 1.2 takes none but recommended ciphers: %s is %s', async (ciphers, expected) => {
    lay('first');
    const socket = connect({
      ...{ host: '127.0.0.1', port: await start(), rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers },
    });
    const outcome = await new Promise<string>((resolve) => {
      socket.on('error', () => resolve('refused')).on('secureConnect', () => resolve('open'));
    });
    socket.destroy();
    expect(outcome).toBe(expected);
  });

  it('does not negotiate again within a connection, which costs it more than whoever asks', async () => {
    lay('first');
    const at = { host: '127.0.0.1', port: await start(), rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;
    const socket = connect(at);
    const outcome = await new Promise<string>((resolve) => {
      socket.on('error', ({ message }) => resolve(message));
      socket.on('secureConnect', () => {
        socket.renegotiate({}, (error) => resolve(error === null ? 'negotiated again' : error.message));
      });
    });
    socket.destroy();
    expect(outcome).toMatch(/no.renegotiation/i);
  });

  it('takes its own origin by https alone for the console link', async () => {
    lay('first');
    const port = await start();
    const link = (origin: string) =>
      get(port, '/console/ws', { connection: 'Upgrade', upgrade: 'websocket', origin }).then(({ status }) => status);
    expect(await link(`https://127.0.0.1:${port}`)).toBe(101);
    expect(await link(`http://127.0.0.1:${port}`)).toBe(403);
  });

  it('keeps its bound of connections, and those that ask', async () => {
    lay('first');
    const port = await start(16);
    const idle = Array.from({ length: 40 }, () => connect({ host: '127.0.0.1', port, rejectUnauthorized: false }));
    for (const socket of idle) socket.on('error', () => undefined);
    expect((await get(port)).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it('takes a replaced pair without a restart, and leaves the one before where the new one is none', async () => {
    lay('first');
    const port = await start();
    expect((await get(port)).name).toBe('first');
    writeFileSync(files().certificate, 'no certificate');
    await expect.poll(() => said.join('\n'), { timeout: 20_000 }).toMatch(/http\.certificate .*reason/);
    expect((await get(port)).name).toBe('first');
    lay('second', 20);
    const soon = Date.now() / 1000 + 5; // files of one second are told apart by their times
    for (const file of Object.values(files())) utimesSync(file, soon, soon);
    await expect.poll(() => get(port).then(({ name }) => name), { timeout: 20_000 }).toBe('second');
    expect(said.join('\n')).not.toContain('PRIVATE');
    const days = ends.map((end) => Math.round((end - Date.now()) / 86_400_000));
    expect([days[0], days.at(-1)]).toEqual([365, 20]); // a pair that is none is not spoken of
  });

  it('does not begin without a pair that can be used', async () => {
    lay('first');
    copyFileSync(authority.issue().key, files().key);
    const ports = { events: { http: { certificate: () => undefined } }, seen: () => undefined };
    const create = () => createTlsServer(files(), { handshakeTimeout: 1000 }, ports, () => undefined);
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    lay('first');
    await start();
  });
});
