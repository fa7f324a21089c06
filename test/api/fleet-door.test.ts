/** The doors of the fleet data over real sockets, before an office over a real database. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { FleetAway } from '../../src/api/fleet-port.ts';
import {
  changesSchema,
  fleetProblemSchema,
  previewSchema,
  versionSchema,
  versionsSchema,
} from '../../src/api/fleet-schemas.ts';
import { createHttpServer, type HttpServer } from '../../src/api/http-server.ts';
import { type ShadowReport, shadowsSchema } from '../../src/api/shadow-schema.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { checkConfig } from '../../src/config/load.ts';
import { AccountOffice } from '../../src/gateway/account-office.ts';
import { AnnouncementBooth } from '../../src/gateway/announcement-booth.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { levelDbov } from '../../src/media/level.ts';
import { readWav } from '../../src/media/wav.ts';
import type { Editor } from '../../src/operations/fleet-version.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { KeptFile } from '../../src/store/kept-file.ts';
import { PasskeyStore } from '../../src/store/passkey-store.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { statusOfTest } from '../status-of-test.ts';

const token = (of: string): string => of.padEnd(43, '-');
const opo: Omit<Editor, 'person' | 'country'> = { display: 'OPO', role: 'fleet-admin', controlRoom: 'cr-ccpd' };
const people = new Map<string, { readonly editor: Editor; readonly isLocked: boolean }>([
  [token('be'), { editor: { ...opo, person: 'opo-be', country: 'BE' }, isLocked: false }],
  [token('fr'), { editor: { ...opo, person: 'opo-fr', country: 'FR' }, isLocked: false }],
  [token('locked'), { editor: { ...opo, person: 'opo-be2', country: 'BE' }, isLocked: true }],
  ...['sys-admin', 'sys-2'].map((person) => {
    return [
      token(person),
      { editor: { ...opo, person, role: 'sys-admin', country: 'BE' } as const, isLocked: false },
    ] as const;
  }),
  [token('auditor'), { editor: { ...opo, person: 'auditor', role: 'auditor', country: 'BE' }, isLocked: false }],
]);

const booth = new AnnouncementBooth(
  {
    enabled: true,
    command: ['espeak-ng', '-v', '{voice}', '--stdin', '--stdout'],
    voices: { fr: 'fr-be', nl: 'nl', en: 'en-gb', de: 'de' },
    exerciseEveryS: 120,
    texts: [],
  },
  5000,
);

let accountStore: AccountStore;
let passkeys: PasskeyStore;
let rig: FleetRig;
let server: HttpServer;
let url: string;
let clock: ManualClock;
/** Lines of the audit log. */
let audit: Record<string, unknown>[];
let isAway: boolean;
/** No time passes between requests. */
let isHasty: boolean;

beforeEach(async () => {
  rig = await FleetRig.open(() => clock.utcMs());
  const database = openDatabase<AccountTables>(fileAt(join(rig.folder, 'accounts.db')));
  accountStore = await AccountStore.open(database);
  passkeys = new PasskeyStore(database);
  await open(true);
});
afterEach(async () => {
  await server.close();
  await accountStore.close();
  await rig.close();
});

const nobodyYet = { overs: 0, voiceMs: 0, queued: 0, refused: 0, cut: 0, emergencies: 0 };
const listened: ShadowReport = {
  ...{ group: 'xb', talkgroup: 'b', state: 'up', since: '2026-11-29T00:00:00.000Z', in: nobodyYet },
  out: { ...nobodyYet, overs: 1, voiceMs: 1500 },
  ...{ unheardMs: 0, collisions: 0, collisionMs: 0, lowered: 0, loops: 0, unreadable: 0, data: 0 },
  last: [{ what: 'over', at: '2026-11-29T00:01:00.000Z', way: 'out', talker: 'Mouscron 31', voiceMs: 1500 }],
};

async function open(accounts: boolean): Promise<void> {
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 10, 29) });
  const { config } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error("the test's configuration is wrong");
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  const meter = new Meter();
  audit = [];
  isAway = false;
  isHasty = false;
  const events = new Events(logger, meter, (_level, event, about) => void audit.push({ event, ...about }));
  const accountOffice = new AccountOffice({
    clock,
    keeper: accountStore,
    people: () => [...people.values()].map(({ editor: { person: id } }) => ({ id })),
    pageUrl: 'https://radio.example.org/',
  });
  server = createHttpServer({
    config,
    clock,
    version: '1.2.3',
    logger,
    events,
    meter,
    parts: () => {
      throw new Error('nobody asks');
    },
    status: () => statusOfTest,
    consoleLink: { handleUpgrade: (_request, socket) => socket.destroy() },
    ...(accounts && {
      fleet: {
        shadows: { utcMs: Date.UTC(2026, 10, 30), shadows: [listened] },
        editor: (shown) => people.get(shown),
        get desk() {
          if (isAway) throw new FleetAway('the disk is gone');
          return rig.office;
        },
        running: 0,
        owed: [],
        listening: booth,
        accounts: accountOffice,
      },
    }),
    pageFolder: rig.folder,
    fleetAnswers: new KeptFile(join(rig.folder, 'answers.json'), {
      utcMs: () => clock.utcMs(),
      broken: ({ reason }) => void audit.push({ broken: reason }),
    }),
  });
  url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
}

interface Asked {
  readonly as?: string;
  readonly yaml?: string;
  readonly csv?: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

let keys = 0;
async function ask(method: 'GET' | 'POST', path: string, { as = 'be', yaml, csv, json, headers = {} }: Asked = {}) {
  clock.advance(isHasty ? 0 : 1000);
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: {
      cookie: `escaut-session=${token(as)}`,
      ...(method === 'POST' && {
        origin: url,
        'x-escaut-console': '1',
        'content-type': csv !== undefined ? 'text/csv' : yaml !== undefined ? 'application/yaml' : 'application/json',
        'idempotency-key': `"key-${++keys}-of-a-test"`,
      }),
      ...headers,
    },
    ...(method === 'POST' && { body: csv ?? yaml ?? JSON.stringify(json ?? {}) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = (isJson ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>>;
  return { status: response.status, headers: response.headers, text, body };
}

type Raw = Record<string, Record<string, unknown>[]>;
async function edited(edit: (fleet: Raw) => void): Promise<string> {
  const fleet = parse((await ask('GET', 'fleet')).text) as Raw;
  edit(fleet);
  return stringify(fleet);
}
const called = (callSign: string) =>
  edited((fleet) => {
    for (const unit of fleet.units ?? []) if (unit.id === 'm31') unit.callSign = callSign;
  });
const withoutALeg = () =>
  edited((fleet) => {
    const legs = fleet.sharedGroups?.[0]?.legs;
    if (Array.isArray(legs)) legs.pop();
  });
async function propose(yaml: string, { headers = {}, ...asked }: Asked = {}, query = 'reason=request%2012') {
  const tag = (await ask('GET', 'fleet')).headers.get('etag') ?? '';
  const all = { 'if-match': tag, ...headers };
  return ask('POST', `fleet/versions?${query}`, { yaml, ...asked, headers: all });
}

describe('the way of a version', () => {
  it('is read, proposed, told apart, agreed on by the other country, and taken back', async () => {
    const proposed = await propose(await withoutALeg());
    expect([proposed.status, proposed.headers.get('location')]).toEqual([201, '/api/v1/fleet/versions/1']);
    expect(versionSchema.parse(proposed.body)).toMatchObject({ state: 'proposed', author: { person: 'opo-be' } });
    expect(versionSchema.parse(proposed.body).needs).toContainEqual({ permission: 'edit_groups', country: 'FR' });

    const changes = changesSchema.parse((await ask('GET', 'fleet/versions/1/changes')).body);
    expect(changes.changes).toMatchObject([{ section: 'sharedGroups', kind: 'changed' }]);

    expect((await ask('POST', 'fleet/versions/1/agree')).body).toMatchObject({ code: 'author-cannot-approve' });
    const seen = proposed.headers.get('etag') ?? '';
    const agreed = await ask('POST', 'fleet/versions/1/agree', { as: 'fr', headers: { 'if-match': seen } });
    expect([agreed.status, agreed.body.state]).toEqual([200, 'active']);
    expect(await ask('GET', 'fleet/state')).toMatchObject({ status: 200, body: { active: 1, running: 0, owed: [] } });

    const shadows = await ask('GET', 'fleet/shadows', { as: 'fr' });
    expect(shadowsSchema.parse(shadows.body)).toEqual({ at: '2026-11-30T00:00:00.000Z', shadows: [listened] });
    expect((await ask('GET', 'fleet/shadows', { as: 'nobody-at-all' })).status).toBe(401);

    const tag = (await ask('GET', 'fleet')).headers.get('etag') ?? '';
    const back = await ask('POST', 'fleet/back', {
      json: { version: 0, reason: 'wrong' },
      headers: { 'if-match': tag },
    });
    expect([back.status, versionSchema.parse(back.body).backTo]).toEqual([201, 0]);
    const refused = await ask('POST', 'fleet/versions/2/refuse', { as: 'fr', json: { reason: 'it was right' } });
    expect([refused.status, refused.body.state]).toEqual([200, 'refused']);

    const list = versionsSchema.parse((await ask('GET', 'fleet/versions')).body);
    expect(list.versions.map(({ number, state }) => `${number} ${state}`)).toEqual(['2 refused', '1 active']);
  });

  it('begins with a preview that changes nothing', async () => {
    const asked = await ask('POST', 'fleet/preview', { yaml: await called('Mouscron 39') });
    expect(previewSchema.parse(asked.body)).toMatchObject({
      problems: [],
      changes: [{ section: 'units', item: 'm31' }],
    });
    expect((await ask('GET', 'fleet/versions')).body.versions).toEqual([]);
  });

  it('ends at once where the text is not valid: each error with its line, and nothing changed', async () => {
    const text = await called('Mouscron 39');
    const broken = `${text.replace(/^statuses:/m, 'statusses:')}\nattachments: []\n`;
    const answer = await propose(broken);
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid']);
    const { errors } = answer.body as { errors: { line: number; path: string }[] };
    const lineOf = (start: string): number => 1 + broken.split('\n').findIndex((line) => line.startsWith(start));
    expect(errors).toContainEqual(expect.objectContaining({ path: 'statusses', line: lineOf('statusses:') }));
    expect(errors).toContainEqual(expect.objectContaining({ path: 'attachments', line: lineOf('attachments:') }));
    expect((await ask('GET', 'fleet/versions')).body.versions).toEqual([]);
  });

  it('is listed page by page', async () => {
    for (const name of ['A', 'B', 'C']) await propose(await called(`Mouscron 3${name}`));
    const first = await ask('GET', 'fleet/versions?limit=2');
    expect(first.headers.get('link')).toBe('</api/v1/fleet/versions?limit=2&before=2>; rel="next"');
    const numbers = (body: unknown) => versionsSchema.parse(body).versions.map(({ number }) => number);
    expect(numbers(first.body)).toEqual([3, 2]);
    const last = await ask('GET', 'fleet/versions?limit=2&before=2');
    expect([numbers(last.body), last.body.next]).toEqual([[1], undefined]);
    expect(await ask('GET', 'fleet/versions?limit=1000')).toMatchObject({ status: 400, body: { code: 'query' } });
  });
});

describe('what was looked at', () => {
  it('is YAML, or JSON where that is asked for, and not sent again to whoever has it', async () => {
    const yaml = await ask('GET', 'fleet');
    expect(yaml.headers.get('content-type')).toBe('application/yaml');
    const json = await ask('GET', 'fleet', { headers: { accept: 'application/json' } });
    expect(json.body).toEqual(parse(yaml.text));
    expect(json.headers.get('etag')).not.toBe(yaml.headers.get('etag'));
    const again = await ask('GET', 'fleet', { headers: { 'if-none-match': yaml.headers.get('etag') ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('must be what holds: a proposal without If-Match is not taken, nor one of another version', async () => {
    const text = await called('Mouscron 39');
    const bare = await ask('POST', 'fleet/versions?reason=x', { yaml: text });
    expect([bare.status, bare.body.code]).toEqual([428, 'precondition-missing']);
    expect((await propose(text)).body.state).toBe('active');
    const late = await propose(await called('Mouscron 40'), { headers: { 'if-match': '"v0.yaml"' } });
    expect([late.status, late.body.code]).toEqual([412, 'base-outdated']);
  });

  it('must be the version as it is now where a word on it says so', async () => {
    await propose(await withoutALeg());
    const headers = { 'if-match': '"1.approved.1"' };
    const answer = await ask('POST', 'fleet/versions/1/agree', { as: 'fr', headers });
    expect([answer.status, answer.body.code]).toEqual([412, 'version-changed']);
  });
});

describe('announcements', () => {
  const wish = { id: 'ann-crossing', text: 'Franchissement à {place}, {time}.', language: 'fr' };

  it('are heard as they would be said, spelled out, with how long they last', async () => {
    const { texts } = (await ask('GET', 'fleet/announcements')).body as { texts: readonly { id: string }[] };
    expect(texts.map(({ id }) => id)).toContain('ann-crossing');
    const fields = { place: 'PF-14', time: '8:30' };
    const { status, body } = await ask('POST', 'fleet/announcements/listen', { json: { ...wish, fields } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      text: 'Franchissement à PF-14, 8:30.',
      spoken: 'Franchissement à P F 14, 8 heures 30.',
      spelled: 'Franchissement à P F quatorze, huit heures trente.',
    });
    const heard = readWav(Buffer.from(String(body.wav), 'base64'));
    if (!heard.ok) throw new Error(heard.malformed);
    expect(heard.samples.length / 16).toBe(body.durationMs);
    expect(levelDbov(heard.samples)).toBeGreaterThan(-30);
  });

  it('are told apart from what no program speaks', async () => {
    const { body } = await ask('POST', 'fleet/announcements/listen', { json: { ...wish, text: '{place}' } });
    expect(body).toEqual({ text: '', spoken: '', spelled: '' });
  });

  it.each([
    { ...wish, language: 'es' },
    { ...wish, text: 'x'.repeat(201) },
    { ...wish, id: '../x' },
    { ...wish, fields: { place: 'x'.repeat(61) } },
    { ...wish, command: ['sh'] },
  ])('are not heard where the wish is none', async (json) => {
    expect(await ask('POST', 'fleet/announcements/listen', { json })).toMatchObject({ status: 400 });
  });

  it('are not heard by whoever may not change them', async () => {
    expect((await ask('POST', 'fleet/announcements/listen', { as: 'auditor', json: wish })).status).toBe(403);
  });
});

describe('units as a table', () => {
  it('come out and go in again: without a change nothing would change', async () => {
    const table = await ask('GET', 'fleet/units.csv');
    expect(table.headers.get('content-disposition')).toBe('attachment; filename="units.csv"');
    expect(table.headers.get('content-type')).toContain('text/csv');
    const text = await ask('POST', 'fleet/units.csv', { csv: table.text });
    expect([text.status, text.headers.get('content-type')]).toEqual([200, 'application/yaml']);
    expect((await ask('POST', 'fleet/preview', { yaml: text.text })).body).toMatchObject({ problems: [], changes: [] });
  });

  it('change one unit, and nothing else of what holds', async () => {
    const csv = (await ask('GET', 'fleet/units.csv')).text.replace('Mouscron 31', 'Mouscron 77');
    const text = (await ask('POST', 'fleet/units.csv', { csv })).text;
    const { changes } = previewSchema.parse((await ask('POST', 'fleet/preview', { yaml: text })).body);
    expect(changes).toMatchObject([
      { section: 'units', item: 'm31', fields: [{ path: 'callSign', after: 'Mouscron 77' }] },
    ]);
  });

  it('name every line that is wrong, by its form or by the rules, and change nothing', async () => {
    const rows = (await ask('GET', 'fleet/units.csv')).text.trim().split('\r\n');
    const short = [...rows, 'x1,astrid', 'x2'].join('\n');
    const wrong = await ask('POST', 'fleet/units.csv', { csv: short });
    const linesOf = ({ body }: typeof wrong) => (body as { errors: { line: number }[] }).errors.map(({ line }) => line);
    expect([wrong.status, linesOf(wrong)]).toEqual([422, [rows.length + 1, rows.length + 2]]);

    const unknown = [...rows, 'x1,no-such-network,1,X 1,zp-mouscron,fr,', 'x2,astrid,2,X 2,no-such-service,fr,'].join(
      '\n',
    );
    const against = await ask('POST', 'fleet/units.csv', { csv: unknown });
    expect([against.status, against.body.code]).toEqual([422, 'invalid']);
    expect(linesOf(against)).toEqual(expect.arrayContaining([rows.length + 1, rows.length + 2]));
    expect((await ask('GET', 'fleet/versions')).body.versions).toEqual([]);
  });
});

describe('accounts of others', () => {
  const accountOf = async (person: string) => {
    const { accounts } = (await ask('GET', 'fleet/people', { as: 'sys-admin' })).body as {
      accounts: readonly { person: string; state: string }[];
    };
    return accounts.find((each) => each.person === person);
  };
  const act = (as: string, what: string, person: string) =>
    ask('POST', `fleet/people/${what}`, { as, json: { person } });

  it('get a link that one asks for and another gives, once; what was before is gone', async () => {
    await accountStore.ensure('opo-be');
    expect(await accountOf('opo-be')).toMatchObject({ state: 'invited', hasSecondFactor: false });
    const key = { id: 'k', person: 'opo-be', name: 'k', host: 'h', publicKey: '', counter: 0, transports: [] };
    await passkeys.addPasskey({ ...key, madeUtcMs: 0, usedUtcMs: undefined }, 10);
    expect(await accountOf('opo-be')).toMatchObject({ hasSecondFactor: true });
    expect((await act('sys-admin', 'give', 'opo-be')).body).toMatchObject({ status: 409, code: 'not-asked' });
    expect((await act('sys-admin', 'ask', 'opo-be')).body).toEqual({});
    expect(await accountOf('opo-be')).toMatchObject({ linkAskedBy: { person: 'sys-admin' } });
    expect((await act('sys-admin', 'give', 'opo-be')).body).toMatchObject({ status: 403, code: 'asked-by-you' });
    const { body } = await act('sys-2', 'give', 'opo-be');
    expect(body.link).toMatch(/^https:\/\/radio\.example\.org\/#invitation=[\w-]{43}$/);
    const token = String(body.link).split('=')[1] ?? '';
    // It opens an account: that it was asked for is kept over a restart, the link is not.
    const kept = readFileSync(join(rig.folder, 'answers.json'), 'utf8');
    expect(kept).toContain('sys-admin');
    expect(kept).not.toContain('invitation');
    expect(await accountStore.takeInvitation(hashOf(token), clock.utcMs(), 'a hash')).toBe('opo-be');
    expect((await act('sys-2', 'give', 'opo-be')).body).toMatchObject({ code: 'not-asked' });
    expect(await accountStore.takeChanges()).toMatchObject([{ person: 'opo-be', change: 'reset', by: 'sys-2' }]);
  });

  it('are disabled by one, and say by whom in the log', async () => {
    await accountStore.ensure('opo-be');
    expect((await act('sys-admin', 'disable', 'opo-be')).status).toBe(200);
    expect(await accountOf('opo-be')).toMatchObject({ state: 'disabled' });
    expect(await accountStore.takeChanges()).toMatchObject([{ person: 'opo-be', change: 'disabled', by: 'sys-admin' }]);
    expect((await act('sys-admin', 'disable', 'nobody')).body).toMatchObject({ status: 404, code: 'nobody' });
  });

  it.each(['disable', 'ask', 'give'])('are not their own: %s', async (what) => {
    await accountStore.ensure('sys-2');
    expect((await act('sys-2', what, 'sys-2')).body).toMatchObject({ status: 403, code: 'own-account' });
  });

  it('are the matter of system administrators alone, and a refusal is logged', async () => {
    expect((await ask('GET', 'fleet/people')).status).toBe(403);
    for (const what of ['disable', 'ask', 'give']) {
      expect((await act('be', what, 'sys-2')).body).toMatchObject({ status: 403, code: 'may-not-edit' });
    }
    const refused = audit.filter(({ event }) => event === 'fleet.refused').map(({ what, refusal }) => [what, refusal]);
    expect(refused).toEqual([
      ['read people', 'role'],
      ['disable sys-2', 'may-not-edit'],
      ['ask sys-2', 'may-not-edit'],
      ['give sys-2', 'may-not-edit'],
    ]);
  });
});

describe('a request that is sent again', () => {
  const headers = { 'idempotency-key': '"8e03978e-40d5-43e8-bc93-6894a57f9324"' };

  it('is answered as the first was, and done once', async () => {
    const text = await withoutALeg();
    const [first, second] = [await propose(text, { headers }), await propose(text, { headers })];
    expect([second.status, second.text, second.headers.get('location')]).toEqual([
      201,
      first.text,
      first.headers.get('location'),
    ]);
    expect(versionsSchema.parse((await ask('GET', 'fleet/versions')).body).versions).toHaveLength(1);
  });

  it('is answered so also after a restart, by its own sender alone, and for a day', async () => {
    const text = await withoutALeg();
    const first = await propose(text, { headers });
    const again = async (as: string) => {
      await server.close();
      await open(true);
      return await propose(text, { headers, as });
    };
    const second = await again('be');
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect((await propose(await called('Mouscron 39'), { headers })).body.code).toBe('key-other');
    expect(versionsSchema.parse((await ask('GET', 'fleet/versions')).body).versions).toHaveLength(1);
    expect((await again('fr')).text).not.toBe(first.text);
    clock.advance(25 * 3_600_000);
    expect((await propose(text, { headers })).text).not.toBe(first.text);
    writeFileSync(join(rig.folder, 'answers.json'), '{"version":1,"answers":[{}]}');
    expect((await again('be')).status).toBe(201);
    expect(audit).toContainEqual({ broken: expect.any(String) });
  });

  it('is refused when another one bore its key, unless somebody else sends it', async () => {
    await propose(await withoutALeg(), { headers });
    const other = await propose(await called('Mouscron 39'), { headers });
    expect([other.status, other.body.code]).toEqual([422, 'key-other']);
    const theirs = await propose(await called('Mouscron 39'), { as: 'fr', headers });
    expect(theirs.status).toBe(201);
  });

  it('may be tried anew where it was not done', async () => {
    const text = await withoutALeg();
    const refused = await propose(text, { headers }, 'reason=');
    expect(refused.body.code).toBe('reason-missing');
    expect((await propose(text, { headers }, 'reason=')).body.code).toBe('reason-missing');
  });

  it.each(['', 'no-quotes-at-all', '"short"'])('has to have a key: %j is none', async (key) => {
    const answer = await propose(await withoutALeg(), { headers: { 'idempotency-key': key } });
    expect([answer.status, answer.body.code]).toEqual([400, 'key-missing']);
  });
});

describe('who comes in', () => {
  it.each([
    ['nobody', { as: 'nobody-at-all' }, 401, 'no-session'],
    ['a locked session', { as: 'locked' }, 403, 'locked'],
    ['another site', { headers: { origin: 'https://evil.example' } }, 403, 'origin'],
    ['a form', { headers: { 'x-escaut-console': '' } }, 403, 'origin'],
  ] as const)('not %s', async (_who, asked, status, code) => {
    const answer = await ask('POST', 'fleet/preview', { yaml: 'units: []', ...asked });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('not whoever asks too often', async () => {
    isHasty = true;
    for (let count = 0; count < 80; count++) {
      if ((await ask('GET', 'fleet/state')).status === 429) return;
    }
    throw new Error('nobody was told to wait');
  });

  it('nobody where people do not log in, who is told what to do', async () => {
    await server.close();
    await open(false);
    const answer = await ask('GET', 'fleet');
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      403,
      'accounts-off',
      expect.stringContaining('accounts.enabled'),
    ]);
  });
});

describe('what is not right', () => {
  it.each([
    ['GET', 'fleet/versions/7', {}, 404, 'version-unknown'],
    ['GET', 'fleet/versions/x', {}, 404, 'version-unknown'],
    ['GET', 'fleet/versions/7/text', {}, 404, 'version-unknown'],
    ['GET', 'fleet/versions/7/changes', {}, 404, 'version-unknown'],
    ['POST', 'fleet/versions/7/agree', {}, 404, 'version-unknown'],
    ['POST', 'fleet/versions/7/agree', { json: { reason: 7 } }, 400, 'body'],
    ['POST', 'fleet/versions/7/agree', { yaml: 'a: b' }, 415, 'media-type'],
    ['POST', 'fleet/preview', { json: {} }, 415, 'media-type'],
    ['POST', 'fleet/preview', { yaml: 'a', headers: { 'content-type': 'text/plain' } }, 415, 'media-type'],
    ['POST', 'fleet/versions', { yaml: 'units: []' }, 400, 'query'],
    ['POST', 'fleet/versions?reason=x&from=tomorrow', { yaml: 'units: []' }, 400, 'query'],
    ['POST', 'fleet/preview', { yaml: '#'.repeat(5 * 1024 * 1024) }, 413, 'too-long'],
  ] as const)('%s %s %#', async (method, path, asked, status, code) => {
    const answer = await ask(method, path, asked);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(fleetProblemSchema.safeParse(answer.body).error).toBeUndefined();
  });

  it('is told as such while the fleet data cannot be had', async () => {
    isAway = true;
    expect(await ask('GET', 'fleet')).toMatchObject({ status: 503, body: { code: 'away' } });
  });
});

describe('the description', () => {
  it('is valid OpenAPI 3.1 to a validator that is not ours', async () => {
    const { body } = await ask('GET', 'openapi.json');
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(body));
    expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1']);
  });

  it('is a page without scripts, for whom the rules of our pages hold', async () => {
    const page = await ask('GET', '');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.text).toContain('POST /api/v1/fleet/versions/{number}/agree');
    expect(page.text).not.toMatch(/<script|\sstyle=|<style|\son\w+=/);
    expect((await ask('GET', 'reference.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
  });
});
