/** The intake of hits over real HTTP, on a port of the system's choice, with the gateway's own hits behind it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeHitMessage, readHitMessage } from '../../src/api/hit-message.ts';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { auditLines } from '../../src/audit-command.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import type { TokenAct } from '../../src/command-line/accounts.ts';
import { checkConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { Hits } from '../../src/gateway/operations/hits.ts';
import { ServiceTokens } from '../../src/gateway/service-tokens.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { AccountThread } from '../../src/store/account-thread.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { KeptFile } from '../../src/store/kept-file.ts';
import { TokenStore } from '../../src/store/token-store.ts';
import { runTokenCommand } from '../../src/token-command.ts';
import { quietOlder } from '../gateway/operations/quiet-ports.ts';
import { statusOfTest } from '../status-of-test.ts';

const tokens = { be: 'b'.repeat(32), fr: 'f'.repeat(40) };
const plate = '1-ABC-234';
const utcMs = Date.UTC(2026, 0, 9, 20, 38);
const hit = (reference: string, more: object = {}): object => ({
  reference,
  readAt: '2026-01-09T21:37:00+01:00',
  camera: 'E17 Rekkem',
  heading: { fr: 'la France', nl: 'Frankrijk' },
  vehicle: { fr: 'Renault Master blanche', nl: 'witte Renault Master', en: 'white Renault Master' },
  reason: 'voertuig gestolen (SIS)',
  plate,
  ...more,
});

let folder: string;
let lines: string;
let meter: Meter;
let clock: ManualClock;
let hits: Hits;
let server: HttpServer;
let port: number;
let configured: Config;
let thread: AccountThread;

async function start(isConfigured = true): Promise<void> {
  const said = `hits: {sources: [
    {id: be-anpr, name: ANPR federal, country: BE, token: {env: BE}}, {id: fr-lapi, country: FR, token: {env: FR}},
    {id: be-zone, country: BE}]}`;
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, stateFolder: ${folder}, name: {fr: a, nl: b, en: c}}
controlRooms: [{id: ccpd, callSign: CCPD, country: FR}]
people:
  - {id: tech, display: Tom V., role: technician, controlRoom: ccpd, country: BE, language: nl}
  - {id: lotte, display: Lotte, role: dispatcher, controlRoom: ccpd, country: BE, language: nl}
networks: [{id: n, name: N, technology: tetra, country: BE}]
${isConfigured ? said : ''}`,
    { file: 'x.yaml', environment: { BE: tokens.be, FR: tokens.fr }, workingFolder: '.' },
  );
  if (config === undefined) throw new Error(JSON.stringify(problems));
  lines = '';
  const stream = {
    write: (line: string) => {
      lines += line;
    },
  };
  const { logger } = createLog({ level: 'trace', personalData: 'shown', form: 'lines', stream });
  meter = new Meter();
  const events = new Events(logger, meter);
  clock = new ManualClock({ nowMs: 0, utcMs });
  const kept = new KeptFile(join(folder, 'hits.json'), { utcMs: () => utcMs, broken: () => undefined });
  hits = new Hits(config, {
    clock,
    events,
    console: { setHit: () => undefined, forget: () => undefined },
    kept,
    older: quietOlder('hits'),
  });
  configured = config;
  thread = new AccountThread(fileAt(join(folder, 'gw/accounts.db')));
  const { sources } = config.hits;
  const ways = { sources, clock, events, port: hits, tokens: new ServiceTokens(thread.keeper, clock) };
  server = createHttpServer({
    config,
    clock,
    version: '0',
    logger,
    events,
    meter,
    parts: () => {
      throw new Error('nobody asks');
    },
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: () => undefined },
    pageFolder: folder,
    ...(sources.length === 0 ? {} : { hits: ways }),
  });
  port = await server.listen({ host: '127.0.0.1', port: 0 });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-hits-'));
  await start();
});
afterEach(async () => {
  await server.close();
  await thread.close();
  hits.stop();
  rmSync(folder, { recursive: true });
});

async function post(body: object | string, token = tokens.be, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/hits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const [type] = (answer.headers.get('content-type') ?? '').split(';');
  return { status: answer.status, type, headers: answer.headers, json: await answer.json() };
}

describe('a message', () => {
  it('is a hit; the same again is the same, another one under its reference a conflict', async () => {
    const taken = { hit: 1, source: 'be-anpr', reference: 'H-1', taken: 'new', state: 'unvalidated' };
    expect(await post(hit('H-1'))).toMatchObject({ status: 201, json: taken });
    expect(await post(hit('H-1'))).toMatchObject({ status: 200, json: { ...taken, taken: 'repeated' } });
    const conflict = await post(hit('H-1', { reason: 'plaques volées' }));
    expect(conflict).toMatchObject({ status: 409, type: 'application/problem+json', json: { code: 'conflict' } });
    expect(await post(hit('H-1'), tokens.fr)).toMatchObject({ status: 201, json: { hit: 1, taken: 'merged' } });
    expect(hits.hit(1)).toMatchObject({
      heading: { fr: 'la France', nl: 'Frankrijk', en: 'la France' },
      readUtcMs: utcMs - 60_000,
    });
  });

  it('is one with another of the same vehicle for five minutes, however its plate is written', async () => {
    await post(hit('H-1'));
    clock.advance(4 * 60_000);
    expect((await post(hit('H-2', { plate: '1abc 234' }), tokens.fr)).json).toMatchObject({ hit: 1, taken: 'merged' });
    expect((await post(hit('H-3', { plate: '1-ABC-235' }), tokens.fr)).json).toMatchObject({ hit: 2, taken: 'new' });
    clock.advance(5 * 60_000);
    expect((await post(hit('H-4'))).json).toMatchObject({ hit: 3, taken: 'new' });
  });

  it('leaves its plate nowhere: not in the log, the files, the metrics, the memory of the hit, nor an answer (A-19)', async () => {
    const answers = [
      await post(hit('H-1')),
      await post(hit('H-1')),
      await post(hit('H-1', { reason: 'x' })),
      await post(hit('H-2', { vehicle: `Renault 1ABC234` })),
      await post(hit('1ABC-234')),
      await post(hit('H-3', { plate: [plate] })),
      await post(hit('H-3', { [plate]: true, '1ABC234': 1 })),
      await post(hit('H-3', { readAt: plate })),
      await post(`{"plate": "${plate}"`),
      await post(hit('H-3', { plate: plate.repeat(9) })),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 409, 422, 422, 422, 422, 422, 400, 422]);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const state = JSON.stringify([answers.map(({ json }) => json), hits.hit(1)]);
    const everything = lines + readFileSync(join(folder, 'hits.json'), 'utf8') + (await answer.text()) + state;
    expect(everything).toContain('Renault Master blanche');
    expect(everything.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')).not.toContain('1ABC234');
  });

  it('with a photo is refused, whatever that is called, and so is one that is as long as a photo', async () => {
    for (const more of [{ photo: 'x' }, { platePhotoUrl: 'x' }, { vehicle: { fr: 'a', image: 'b' } }, { Foto: [1] }]) {
      expect(await post(hit('H-1', more))).toMatchObject({ status: 422, json: { code: 'photo' } });
    }
    const long = await post(hit('H-1', { vehicle: 'x'.repeat(5000) }));
    expect(long).toMatchObject({ status: 413, type: 'application/problem+json', json: { code: 'too-long' } });
    const other = await post('x', tokens.be, { 'content-type': 'image/jpeg' });
    expect(other).toMatchObject({ status: 415, json: { code: 'media-type' } });
    expect(hits.hit(1)).toBeUndefined();
  });

  it.each([
    ['reference', { reference: '' }],
    ['reference', { reference: 'a b' }],
    ['readAt', { readAt: '2026-01-09 21:37' }],
    ['readAt', { readAt: '2026-01-08T20:37:00Z' }],
    ['readAt', { readAt: '2026-01-09T20:44:00Z' }],
    ['camera', { camera: '\u0000 ' }],
    ['heading', { heading: {} }],
    ['vehicle', { vehicle: { lb: 'wäiss' } }],
    ['reason', { reason: 'x'.repeat(81) }],
    ['plate', { plate: '--' }],
    ['extra', { extra: 1 }],
  ])('that is not as described is refused, and the field named: %s %j', async (field, more) => {
    const { status, type, json } = await post(hit('H-1', more));
    expect([status, type]).toEqual([422, 'application/problem+json']);
    expect(json).toMatchObject({ title: 'Unprocessable Content', status: 422, code: 'malformed', fields: [{ field }] });
  });
});

describe('the door', () => {
  it.each(['', 'Bearer', `Bearer ${'b'.repeat(31)}`, `Bearer ${'b'.repeat(33)}`, `Basic ${'b'.repeat(32)}`])(
    'is shut to whoever has no right token: %j',
    async (authorization) => {
      const { status, headers, json } = await post(hit('H-1'), '', { authorization });
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(json).toMatchObject({ code: 'token' });
    },
  );

  it('answers 429 to whoever goes on with wrong ones, and lets the right one in beside him', async () => {
    for (let count = 0; count < 10; count++) expect((await post({}, 'wrong')).status).toBe(401);
    const locked = await post({}, 'wrong');
    expect([locked.status, locked.headers.get('retry-after'), locked.json]).toMatchObject([
      429,
      '10',
      { code: 'locked' },
    ]);
    expect((await post(hit('H-1'))).status).toBe(201);
    clock.advance(60_000);
    expect((await post({}, 'wrong')).status).toBe(401);
    expect(await meter.value('hits_refused_total', { reason: 'token' })).toBe(11);
    expect(lines).not.toContain(tokens.be);
  });

  it('takes 30 at once of a source and 2 a second, each source by itself', async () => {
    for (let count = 0; count < 30; count++) expect((await post(hit(`H-${count}`))).status).toBe(201);
    expect(await post(hit('H-30'))).toMatchObject({ status: 429, json: { code: 'rate' } });
    expect((await post(hit('H-1'), tokens.fr)).status).toBe(201);
    clock.advance(500);
    expect((await post(hit('H-30'))).status).toBe(201);
  });

  it('does not exist where no source is configured', async () => {
    await server.close();
    await thread.close();
    await start(false);
    expect((await post(hit('H-1'))).status).toBe(404);
  });

  it('is for POST alone, and for a name of ours', async () => {
    const url = `http://127.0.0.1:${port}/api/v1/hits`;
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405);
    // A page of elsewhere is stopped before: its browser asks first.
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(405);
  });
});

describe('a service token', { timeout: 60_000 }, () => {
  const create = { act: 'create', holder: 'be-zone', scope: 'hits', days: 30, by: 'tech' } as const;
  const act = (command: TokenAct) => runTokenCommand(configured, command, () => clock.utcMs());
  async function made(): Promise<{ token: string; id: string }> {
    const { words } = await act(create);
    const [, id = '', token = ''] = /^(t-[0-9a-f]{12}), .*\n(escaut_[\w-]{43})$/.exec(words) ?? [];
    return { token, id };
  }
  /** As another release, or somebody's other configuration, has left it. */
  async function left(more: { scope?: string; holder?: string }): Promise<string> {
    const database = openDatabase<AccountTables>(fileAt(join(folder, 'gw/accounts.db')));
    const accounts = await AccountStore.open(database);
    const token = `escaut_${'x'.repeat(43)}`;
    const kept = { id: 't-0', holder: 'be-zone', scope: 'hits', madeUtcMs: 0, expiresUtcMs: utcMs + 1000, ...more };
    await new TokenStore(database).addToken({ ...kept, madeBy: 'tech', hash: hashOf(token) });
    await accounts.close();
    return token;
  }
  const logged = async (event: string): Promise<unknown[]> => {
    const entries: unknown[] = [];
    for await (const line of auditLines({ gateway: { id: 'gw', stateFolder: folder } }, { event }))
      entries.push(JSON.parse(line));
    return entries;
  };

  it('lets its source in while the gateway runs; each use says which it was, and nothing keeps it', async () => {
    expect(await post(hit('H-0'), `escaut_${'y'.repeat(43)}`)).toMatchObject({ status: 401, json: { code: 'token' } });
    const { token, id } = await made();
    clock.advance(250);
    expect(await post(hit('H-1'), token)).toMatchObject({ status: 201, json: { source: 'be-zone' } });
    expect(await post(hit('H-1', { reason: 'x' }), token)).toMatchObject({ status: 409 });
    const said = lines.split('\n').filter((line) => line.includes(id));
    expect(said.map((line) => JSON.parse(line).event)).toEqual(['hit.changed', 'hit.refused']);
    const row = `${id}  be-zone  hits   valid  2026-02-08T20:38:00.000Z  2026-01-09T20:38:00.250Z from 127.0.0.1  tech`;
    await expect.poll(async () => (await act({ act: 'list' })).words.split('\n')[1]).toBe(row);
    const files = readdirSync(join(folder, 'gw')).map((file) => readFileSync(join(folder, 'gw', file), 'latin1'));
    expect(lines + files.join('\n')).not.toContain(token.slice(7));
    const who = { operator: 'Tom V.', role: 'technician', tokenId: id, holder: 'be-zone', scope: 'hits' };
    expect(await logged('token.created')).toMatchObject([{ about: who }]);
  });

  it('is refused a quarter of a second after it was revoked, and who revoked it stands in the log', async () => {
    const { token, id } = await made();
    const other = await made();
    expect((await post(hit('H-1'), token)).status).toBe(201);
    await act({ act: 'revoke', id, by: 'tech' });
    clock.advance(250);
    expect(await post(hit('H-2'), token)).toMatchObject({
      status: 401,
      type: 'application/problem+json',
      json: { code: 'token-revoked' },
    });
    expect((await post(hit('H-2'), other.token)).status).toBe(201);
    expect(await meter.value('hits_refused_total', { reason: 'token-revoked' })).toBe(1);
    expect(JSON.parse(lines.split('\n').findLast((line) => line.includes('hit.refused')) ?? '')).toMatchObject({
      tokenId: id,
      reason: 'token-revoked',
    });
    expect(await logged('token.revoked')).toMatchObject([{ about: { operator: 'Tom V.', tokenId: id } }]);
    await expect(act({ act: 'revoke', id, by: 'tech' })).rejects.toThrow('revoked already');
    await expect(act({ act: 'revoke', id: 't-1', by: 'tech' })).rejects.toThrow('there is no token t-1');
    expect(await logged('token.refused')).toMatchObject([
      { about: { operator: 'Tom V.', act: 'revoke', tokenId: id, refusal: 'token-revoked' } },
      { about: { tokenId: '', refusal: 'token-unknown' } },
    ]);
  });

  it('that is revoked while its hit is under way does nothing any more', async () => {
    const { token, id } = await made();
    const body = JSON.stringify(hit('H-1'));
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/api/v1/hits', headers });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      sent.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    });
    sent.write(body.slice(0, 10));
    await expect.poll(async () => (await thread.keeper.tokens())[0]?.usedUtcMs).toBe(utcMs);
    await act({ act: 'revoke', id, by: 'tech' });
    clock.advance(250);
    sent.end(body.slice(10));
    expect(await answered).toBe(401);
    expect(hits.hit(1)).toBeUndefined();
  });

  it('opens nothing once it has expired', async () => {
    const { token } = await made();
    clock.advance(30 * 24 * 3_600_000 - 1);
    const soon = new Date(clock.utcMs()).toISOString();
    expect((await post(hit('H-1', { readAt: soon }), token)).status).toBe(201);
    clock.advance(1);
    expect(await post(hit('H-2'), token)).toMatchObject({ status: 401, json: { code: 'token-expired' } });
    expect((await act({ act: 'list' })).words).toContain('expired');
  });

  it.each([{ scope: 'link' }, { holder: 'somebody' }])('for something else opens nothing here: %j', async (more) => {
    expect(await post(hit('H-1'), await left(more))).toMatchObject({ status: 403, json: { code: 'token-scope' } });
  });

  it('cannot be checked without the database: try again, and keys of the configuration go on', async () => {
    mkdirSync(join(folder, 'gw/accounts.db'), { recursive: true });
    const { status, headers, json } = await post(hit('H-1'), `escaut_${'y'.repeat(43)}`);
    expect([status, headers.get('retry-after'), json]).toMatchObject([503, '10', { code: 'token-away' }]);
    expect((await post(hit('H-1'))).status).toBe(201);
  });

  it('is made by whoever may attach systems, for a source that there is', async () => {
    expect(await act({ act: 'list' })).toEqual({
      isDone: true,
      words: expect.stringMatching(/^ID {6}FOR .*MADE BY\n\(file\) {2}be-anpr {2}hits /),
    });
    expect(await act({ ...create, by: 'lotte' })).toEqual({
      isDone: false,
      words: 'refused: Lotte (dispatcher) may not create tokens',
    });
    const refused = { permission: 'edit_attachments', operator: 'Lotte', act: 'create', refusal: 'role' };
    expect(await logged('permission.refused')).toMatchObject([{ about: refused }]);
    await expect(act({ ...create, holder: 'nobody' })).rejects.toThrow('nobody is none of hits.sources');
    expect(await logged('token.refused')).toMatchObject([{ about: { holder: 'nobody', refusal: 'holder-unknown' } }]);
    await expect(act({ ...create, by: 'nobody' })).rejects.toThrow('there is no person nobody');
    expect((await act({ act: 'list' })).words).not.toMatch(/^t-/m);
  });
});

it('is described in docs/hits.md as it is checked', () => {
  const page = readFileSync(new URL('../../docs/hits.md', import.meta.url), 'utf8');
  expect(page).toContain(`<!-- schema -->\n${describeHitMessage()}<!-- /schema -->`);
});

it('reads whatever comes, and what it says of it never repeats a value', () => {
  const secret = 'ZZ999ZZ';
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(secret, [secret], { fr: secret }, { [secret]: secret }));
  const body = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom('reference', 'readAt', 'camera', 'vehicle', 'reason', 'plate', 'photo', secret),
      value,
    ),
  );
  fc.assert(
    fc.property(body, (message) => {
      const reading = readHitMessage(message, utcMs);
      if (!reading.ok) expect(JSON.stringify(reading)).not.toContain(secret);
    }),
    { numRuns: 500 },
  );
});
