/** The doors of service tokens over a real socket and a real database: what is answered once, and what is refused. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeTokenSchema, tokensSchema } from '../../src/api/token-schemas.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { ServiceTokens } from '../../src/gateway/service-tokens.ts';
import { tokenDayMs, tokensMax } from '../../src/operations/service-token.ts';
import type { Person } from '../../src/operations/terms.ts';
import { send } from '../doors/raw-request.ts';
import { newToken, TokenPlace } from '../doors/token-place.ts';
import { type DoorServer, openDoorServer } from './door-server.ts';

const tech: Person = { person: 'tech', display: 'Lotte', role: 'technician', controlRoom: 'cr' };
const cookie = `escaut-session=${'T'.repeat(43)}`;
const path = '/api/v1/tokens';
let folder: string;
let clock: ManualClock;
let place: TokenPlace;
let server: DoorServer;
let person: Person;
let isLocked: boolean;
let changes: number;
const log: Readonly<Record<string, unknown>>[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-door-'));
  clock = new ManualClock({ nowMs: 0, utcMs: Date.UTC(2026, 10, 30) });
  [person, isLocked, changes] = [tech, false, 0];
  log.length = 0;
  place = await TokenPlace.open(join(folder, 'accounts.db'), {
    clock,
    said: (event, about) => void log.push({ event, ...about }),
    signedIn: (token) => (token === 'T'.repeat(43) ? { person, isLocked } : undefined),
    people: () => [{ id: 'tech', display: 'Lotte' }],
    changed: () => void changes++,
  });
  server = await openDoorServer({ tokens: place.office });
});
afterEach(async () => {
  await server.close();
  await place.close();
  rmSync(folder, { recursive: true });
});

let keys = 0;
async function ask(method: 'GET' | 'POST', at: string, body?: unknown, more: Record<string, string> = {}) {
  server.clock.advance(1000);
  const host = `127.0.0.1:${server.port}`;
  const own = {
    ...{ origin: `http://${host}`, 'x-escaut-console': '1', 'content-type': 'application/json' },
    'idempotency-key': `"key-${++keys}-of-a-test"`,
  };
  const headers = { host, cookie, ...(method === 'POST' && own), ...more };
  const {
    status,
    text,
    headers: answered,
  } = await send(server.port, method, at, headers, body === undefined ? '' : JSON.stringify(body));
  return { status, headers: answered, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
const list = async () => tokensSchema.parse((await ask('GET', path)).body);

describe('the doors of service tokens', () => {
  it('make one that opens what it is for, show it once, and list it without itself', async () => {
    const answer = await ask('POST', path, newToken);
    expect([answer.status, answer.headers['cache-control']]).toEqual([201, 'no-store']);
    const { id, token } = madeTokenSchema.parse(answer.body);
    expect(token).toMatch(/^escaut_[\w-]{43}$/);
    const doors = new ServiceTokens(place.store, clock);
    expect(await doors.judge(token, 'hits')).toMatchObject({ holder: 'be-anpr', tokenId: id });
    doors.used(id, '192.0.2.7');
    await expect.poll(async () => (await list()).tokens[0]?.usedFrom).toBe('192.0.2.7');
    expect(await list()).toMatchObject({
      tokens: [{ id, holder: 'be-anpr', scope: 'hits', state: 'ending', days: 9, madeBy: 'Lotte' }],
      holders: [{ id: 'be-anpr' }, { id: 'box' }, { id: 'old-box', takesTokens: false, hasFileSecret: true }],
      bounds: { min: 1, max: 366 },
    });
    const said = { operator: 'Lotte', role: 'technician', tokenId: id, holder: 'be-anpr', scope: 'hits' };
    expect(log).toEqual([
      { event: 'token.created', ...said, controlRoom: 'cr', expiresUtc: '2026-12-09T00:00:00.000Z' },
    ]);
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
    expect(JSON.stringify([log, await list(), files])).not.toContain(token.slice(7));
    expect(changes).toBe(1);
  });

  it('end one at once, for good, and say who did it', async () => {
    const { id, token } = madeTokenSchema.parse((await ask('POST', path, newToken)).body);
    const doors = new ServiceTokens(place.store, clock);
    expect(await doors.judge(token, 'hits')).toMatchObject({ tokenId: id });
    expect(await ask('POST', `${path}/${id}/revoke`, {})).toMatchObject({
      status: 200,
      body: { id, state: 'revoked' },
    });
    clock.advance(250);
    expect(await doors.judge(token, 'hits')).toEqual({ fault: 'token-revoked', tokenId: id });
    expect((await list()).tokens).toMatchObject([{ id, state: 'revoked', revokedBy: 'Lotte' }]);
    expect(log.at(-1)).toMatchObject({ event: 'token.revoked', tokenId: id, operator: 'Lotte' });
    expect(await ask('POST', `${path}/${id}/revoke`, {})).toMatchObject({
      status: 409,
      body: { code: 'token-revoked' },
    });
    expect(log.at(-1)).toMatchObject({ event: 'token.refused', refusal: 'token-revoked', tokenId: id });
    expect(changes).toBe(2);
  });

  it('do a thing once for each key, and say whether the list is another', async () => {
    const key = { 'idempotency-key': '"the-same-again"' };
    const first = await ask('POST', path, newToken, key);
    expect((await ask('POST', path, newToken, key)).body).toEqual(first.body);
    expect(await ask('POST', path, { ...newToken, days: 8 }, key)).toMatchObject({ status: 422 });
    expect(await ask('POST', path, newToken, { 'idempotency-key': 'x' })).toMatchObject({ status: 400 });
    expect((await list()).tokens).toHaveLength(1);
    const { headers } = await ask('GET', path);
    const known = { 'if-none-match': String(headers.etag) };
    expect((await ask('GET', path, undefined, known)).status).toBe(304);
    await ask('POST', path, newToken);
    expect((await ask('GET', path, undefined, known)).status).toBe(200);
  });

  it.each([
    [{ holder: 'nobody' }, 422, 'holder-unknown'],
    [{ scope: 'link' }, 422, 'holder-unknown'],
    [{ holder: 'old-box', scope: 'link' }, 422, 'takes-no-tokens'],
    [{ days: 0 }, 422, 'days-out-of-range'],
    [{ days: 367 }, 422, 'days-out-of-range'],
    [{ days: 1.5 }, 400, 'body'],
    [{ scope: 'all' }, 400, 'body'],
    [{ more: 1 }, 400, 'body'],
  ] as const)('make none of %j', async (wrong, status, code) => {
    expect(await ask('POST', path, { ...newToken, ...wrong })).toMatchObject({ status, body: { code } });
    expect((await list()).tokens).toEqual([]);
    expect(log).toMatchObject(code === 'body' ? [] : [{ event: 'token.refused', refusal: code, operator: 'Lotte' }]);
  });

  it('make none beyond the bound, nor on a disk that is nearly full, where one is ended all the same', async () => {
    for (let made = 0; made < tokensMax; made++) expect((await ask('POST', path, newToken)).status).toBe(201);
    expect(await ask('POST', path, newToken)).toMatchObject({ status: 409, body: { code: 'too-many-tokens' } });
    place.isDiskNearlyFull = true;
    const box = { holder: 'box', scope: 'link', days: 1 };
    expect(await ask('POST', path, box)).toMatchObject({ status: 503, body: { code: 'disk-nearly-full' } });
    const [first] = (await list()).tokens;
    expect((await ask('POST', `${path}/${first?.id}/revoke`, {})).status).toBe(200);
    place.isDiskNearlyFull = false;
    clock.advance(9 * tokenDayMs);
    expect((await ask('POST', path, newToken)).status).toBe(201); // the days of the others are over
    const [newest, ...gone] = (await list()).tokens.map(({ state }) => state);
    expect([newest, ...gone.sort()]).toEqual(['ending', ...Array(tokensMax - 1).fill('expired'), 'revoked']);
  });

  it('are shut to roles that may not, locked sessions, strangers and other sites', async () => {
    const { id } = madeTokenSchema.parse((await ask('POST', path, newToken)).body);
    log.length = 0;
    person = { ...tech, role: 'auditor' };
    for (const [method, at, body] of [
      ['GET', path, undefined],
      ['POST', path, newToken],
      ['POST', `${path}/${id}/revoke`, {}],
    ] as const) {
      expect(await ask(method, at, body)).toMatchObject({ status: 403, body: { code: 'not-permitted' } });
      expect(log.pop()).toMatchObject({ event: 'permission.refused', permission: 'edit_attachments', role: 'auditor' });
    }
    person = tech;
    isLocked = true;
    expect(await ask('POST', `${path}/${id}/revoke`, {})).toMatchObject({ status: 403, body: { code: 'locked' } });
    isLocked = false;
    expect(await ask('GET', path, undefined, { cookie: '' })).toMatchObject({ status: 401 });
    const foreign = { origin: 'https://evil.example' };
    expect(await ask('POST', path, newToken, foreign)).toMatchObject({ status: 403, body: { code: 'origin' } });
    expect(await ask('POST', `${path}/t-0/revoke`, {})).toMatchObject({ status: 404, body: { code: 'token-unknown' } });
    // Whoever takes the token for its id finds it in no log.
    const secret = `escaut_${'s'.repeat(43)}`;
    expect((await ask('POST', `${path}/${secret}/revoke`, {})).status).toBe(404);
    expect(log.at(-1)).toMatchObject({ event: 'token.refused', refusal: 'token-unknown', tokenId: '' });
    expect(JSON.stringify(log)).not.toContain(secret);
    expect((await list()).tokens).toMatchObject([{ id, state: 'ending' }]);
  });
});
