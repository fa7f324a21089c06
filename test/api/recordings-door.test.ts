/** What the door of recordings gives: ranges as RFC 9110 counts them, and nothing to whoever has no ticket. */
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExportsView, exportsSchema } from '../../src/api/exports-schema.ts';
import { readRange, type Served } from '../../src/api/recordings-door.ts';
import { type DoorServer, openDoorServer } from './door-server.ts';

const ticket = 'T'.repeat(43);
const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at & 0xff);
let server: DoorServer;
let port: number;
let served: Served;
const failed: ExportsView['orders'][number] = {
  ...{
    order: 3,
    state: 'failed',
    by: 'Auditeur BE',
    second: 'Auditeur FR',
    reason: 'PV 12/2026',
    fromUtcMs: 1,
    toUtcMs: 2,
  },
  ...{ groups: ['xb-acc'], incident: '', askedUtcMs: 3, sinceUtcMs: 4, done: 0, all: 0, words: '' },
  fault: { code: 'too-large', words: 'Choisissez une période plus courte.' },
};
const asked: { readonly ticket: string; readonly signedIn: string | undefined }[] = [];

beforeEach(async () => {
  asked.length = 0;
  served = { bytes, type: 'audio/ogg' };
  server = await openDoorServer({
    recordings: {
      signedIn: ({ headers }) => headers.cookie ?? '',
      port: {
        open: async (shown, signedIn) => {
          asked.push({ ticket: shown, signedIn });
          return shown === ticket ? served : 'unknown';
        },
        orders: (person) => ({ orders: person === 'aud-be' ? [failed] : [] }),
      },
    },
  });
  port = server.port;
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The path as it stands: nobody takes dots out of it before. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking: ClientRequest = httpRequest({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
it('lists the exports of whoever has logged in, and none to anybody else, with the code and the words of one that failed', async () => {
  const { status, headers, body } = await get('/api/v1/exports', { cookie: 'aud-be' });
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(exportsSchema.parse(JSON.parse(body.toString()))).toEqual({ orders: [failed] });
  expect(JSON.parse((await get('/api/v1/exports', { cookie: 'aud-fr' })).body.toString())).toEqual({ orders: [] });
  const nobody = await get('/api/v1/exports');
  expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([401, 'Escaut-Session']);
  expect(JSON.parse(nobody.body.toString())).toMatchObject({ code: 'no-session' });
});

const door = `/api/v1/recordings/${ticket}`;

it('gives the whole, and any range of it, and lets nobody keep a copy on the way', async () => {
  const whole = await get(door);
  expect(whole).toMatchObject({ status: 200, body: Buffer.from(bytes) });
  expect(whole.headers).toMatchObject({
    ...{
      'content-type': 'audio/ogg',
      'content-disposition': 'inline; filename="recording.ogg"',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
    },
    'x-content-type-options': 'nosniff',
  });
  const part = await get(door, { range: 'bytes=100-199' });
  expect(part).toMatchObject({ status: 206, body: Buffer.from(bytes.subarray(100, 200)) });
  expect(part.headers['content-range']).toBe('bytes 100-199/1000');
  expect((await get(door, { range: 'bytes=-5' })).body).toEqual(Buffer.from(bytes.subarray(995)));
  expect(await get(door, { range: 'bytes=1000-' })).toMatchObject({ status: 416, body: Buffer.alloc(0) });
  expect((await get(door, { range: 'bytes=0-1,4-5' })).status).toBe(200);
});

it('asks with whoever has logged in there', async () => {
  await get(door, { cookie: 'lotte' });
  expect(asked).toEqual([{ ticket, signedIn: 'lotte' }]);
});

it('gives a package as a file to be saved', async () => {
  served = { file: Readable.from([Buffer.from('PK')]), octets: 2, name: 'escaut-3.zip' };
  const { headers, body } = await get(door);
  expect(body.toString()).toBe('PK');
  expect(headers['content-disposition']).toBe('attachment; filename="escaut-3.zip"');
});

it.each([
  '/api/v1/recordings/',
  '/api/v1/recordings/x',
  `/api/v1/recordings/${'A'.repeat(43)}`,
  '/api/v1/recordings/../../../../etc/passwd',
  '/api/v1/recordings/..%2f..%2f..%2fetc%2fpasswd',
  '/api/v1/recordings/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '/api/v1/recordings/2026-11-29/xb-acc/20261129T021410.000Z-1.opus',
  `/api/v1/recordings/${ticket}/../../escaut.db`,
  `/api/v1/recordings/${ticket}%00`,
  `/api/v1/recordings/${'A'.repeat(400)}`,
])('gives nothing for %s', async (path) => {
  const { status, body } = await get(path);
  expect([400, 403, 404, 414]).toContain(status);
  expect(body.length).toBeLessThan(400);
  expect(asked.every((each) => each.ticket === 'A'.repeat(43))).toBe(true);
});

it('takes nothing but GET and HEAD', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect((await get(door, {}, method)).status).toBe(405);
  expect(await get(door, {}, 'HEAD')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
});

it('says that it is busy, and to come back', async () => {
  served = 'busy';
  expect((await get(door)).status).toBe(503);
});

describe('a range', () => {
  it('never leads out of the file, and any text is one of four answers', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => `bytes=${from}-${to}`),
    );
    fc.assert(
      fc.property(header, fc.nat(5000), (text, octets) => {
        const range = readRange(text, octets);
        if (typeof range === 'string') return;
        expect(range.from).toBeGreaterThanOrEqual(0);
        expect(range.from).toBeLessThanOrEqual(range.to);
        expect(range.to).toBeLessThan(octets);
      }),
    );
  });

  it.each([
    [undefined, 'all'],
    ['bytes=-', 'all'],
    ['bytes=5-3', 'all'],
    ['lines=1-2', 'all'],
    ['bytes=-0', 'none'],
    ['bytes=10-', 'none'],
    ['bytes=0-', { from: 0, to: 9 }],
    ['bytes=9-99', { from: 9, to: 9 }],
    ['bytes=-99', { from: 0, to: 9 }],
  ])('%s of ten octets is %j', (text, range) => {
    expect(readRange(text, 10)).toEqual(range);
  });
});
