/**
 * Logging in by smart card over real sockets, with the programs curl and openssl as those who show one: certificates and lists
 * are made by openssl, and judged in the handshake by the TLS library of the gateway.
 */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { CardSite, type CardWanted } from '../base/card-authorities.ts';
import { Authority, type Issued } from '../base/certificates.ts';
import { operator } from '../console/world-of-test.ts';
import { named, placeOf } from '../doors/door-table.ts';
import { expectHardened } from '../doors/hardened.ts';
import type { Answer } from '../doors/raw-request.ts';
import { LoginBench } from './login-bench.ts';

const run = promisify(execFile);
const number = '71.07.15';
const own: CardWanted = { subject: `/CN=Lotte/serialNumber=${number}` };

let page: Authority;
let site: CardSite;
let bench: LoginBench;
let clock: ManualClock;
let said: string[];
let alarms: boolean[];
let linked: { id: string; card?: string }[];
let needed: boolean;
let files: { authorities: string; revoked: string[] };
let card: Issued;
beforeAll(() => {
  page = new Authority('Page CA');
  site = new CardSite();
  card = site.issuing.issue(own);
});
afterAll(() => {
  page.close();
  site.close();
});
beforeEach(async () => {
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.now() });
  [said, alarms, needed] = [[], [], false];
  linked = [{ id: operator.person, card: number }];
  site.issuing.list(site.cardList);
  const { certificate, key } = page.issue({ names: 'IP:127.0.0.1' });
  files = {
    authorities: join(site.folder, 'a.pem'),
    revoked: [join(site.folder, 'r.crl'), join(site.folder, 'c.crl')],
  };
  copyFileSync(site.authorities, files.authorities);
  copyFileSync(site.rootList, files.revoked[0]!);
  copyFileSync(site.cardList, files.revoked[1]!);
  bench = await LoginBench.start(undefined, {
    clock,
    isNeeded: () => needed,
    said: (event, about) => void said.push(`${event} ${JSON.stringify(about)}`),
    cards: {
      ...{ certificate, key, alarms, people: () => linked },
      settings: { ...files, port: 0, match: 'serial-number', policies: [] },
    },
  });
});
afterEach(() => bench.stop());

/** Status, where it leads, cookies and body. */
async function curl(url: string, more: readonly string[]) {
  const args = ['-sS', '-i', '--cacert', page.ca, '--max-time', '10', ...more, url];
  const { stdout } = await run('curl', args);
  const [head = '', body = ''] = stdout.split('\r\n\r\n', 2);
  const cookie = /^set-cookie: ([^;\r]+)/im.exec(head)?.[1] ?? '';
  const code: unknown = body.startsWith('{') ? JSON.parse(body) : {};
  const fields = code as { code?: string; url?: string; who?: object; card?: string };
  return {
    status: Number(head.split(' ')[1]),
    to: /^location: (.*?)\r?$/im.exec(head)?.[1],
    cookie,
    body: fields,
    head,
  };
}
const post = (path: string, cookie: string, body: object = {}) => {
  const headers = ['content-type: application/json', 'x-escaut-console: 1', `origin: ${bench.url.slice(0, -1)}`];
  if (cookie !== '') headers.push(`cookie: ${cookie}`);
  const args = [...headers.flatMap((each) => ['-H', each]), '-d', JSON.stringify(body)];
  return curl(`${bench.url}api/v1/${path}`, args);
};
const showing = ({ certificate, key }: Pick<Issued, 'certificate' | 'key'>) => ['--cert', certificate, '--key', key];

/** All steps of a browser, and what came of it. */
async function login(shown: Issued | undefined, takeOver = false) {
  const begun = await post('card', '');
  const back = await curl(begun.body.url ?? '', [...(shown ? showing(shown) : []), '-H', `cookie: ${begun.cookie}`]);
  expect([back.status, back.to]).toEqual([303, `${bench.url}#login=card`]);
  const entered = await post('card/enter', begun.cookie, { takeOver });
  return { ...entered, result: entered.body.code ?? 'in', ticket: begun.cookie };
}
const result = async (shown: Issued | undefined) => (await login(shown)).result;
const lines = (event: string) => said.filter((each) => each.startsWith(`${event} `)).join('\n');
/** Replaces a file in the way of an administrator, with a time that no look before has seen. */
let replaced = 0;
async function replace(file: string, write: (file: string) => void): Promise<void> {
  write(file);
  const later = Date.now() / 1000 + ++replaced * 10;
  utimesSync(file, later, later);
}
const inTime = { interval: 100 };

describe('a card that is good', () => {
  it('lets its person in, as two factors, and the page of his account shows it', async () => {
    const { status, cookie, ticket } = await login(card);
    expect(status).toBe(200);
    expect(cookie).toMatch(/^__Host-escaut-session=/);
    expect(bench.logins.sessions.all).toMatchObject([
      { person: operator.person, way: 'card', hasSecondFactor: true, address: '127.0.0.1' },
    ]);
    expect(lines('login.accepted')).toContain('"way":"card"');
    expect((await curl(`${bench.url}api/v1/account`, ['-H', `cookie: ${cookie}`])).body.card).toBe('…7.15');
    // The ticket is spent, and what the card says stands in no line.
    expect((await post('card/enter', ticket)).body.code).toBe('card-late');
    expect(said.join('\n')).not.toContain(number);
  });

  it('says first that there is a console elsewhere, and takes over by the same card', async () => {
    await login(card);
    const begun = await post('card', '');
    await curl(begun.body.url ?? '', [...showing(card), '-H', `cookie: ${begun.cookie}`]);
    expect((await post('card/enter', begun.cookie)).body.code).toBe('elsewhere');
    expect((await post('card/enter', begun.cookie, { takeOver: true })).status).toBe(200);
    expect(bench.logins.sessions.all).toHaveLength(1);
  });

  it('opens nothing for a browser that has not begun it, nor twice', async () => {
    const begun = await post('card', '');
    const bare = await curl(begun.body.url ?? '', showing(card));
    expect([bare.status, bare.to]).toEqual([400, undefined]);
    expect((await post('card/enter', '')).body.code).toBe('card-late');
    // The first word of a ticket stands: whoever gets hold of one cannot lend it his card.
    await curl(begun.body.url ?? '', ['-H', `cookie: ${begun.cookie}`]);
    await curl(begun.body.url ?? '', [...showing(card), '-H', `cookie: ${begun.cookie}`]);
    expect((await post('card/enter', begun.cookie)).body.code).toBe('card-none');
    // Nor does a ticket last.
    const late = await post('card', '');
    await curl(late.body.url ?? '', [...showing(card), '-H', `cookie: ${late.cookie}`]);
    clock.advance(121_000);
    expect((await post('card/enter', late.cookie)).body.code).toBe('card-late');
    expect(bench.logins.sessions.all).toEqual([]);
  });
});

describe('a ticket', () => {
  const proven = async () => {
    const begun = await post('card', '');
    await curl(begun.body.url ?? '', [...showing(card), '-H', `cookie: ${begun.cookie}`]);
    return begun.cookie.split('=')[1] ?? '';
  };
  const enter = (ticket: string) => bench.cards?.enter(ticket, true, { address: '127.0.0.1', token: '' });

  it('lets in once, however often it is shown in one instant', async () => {
    const ticket = await proven();
    const answers = await Promise.all(Array.from({ length: 8 }, () => enter(ticket)));
    const results = answers.map((answer) => (answer?.as === 'in' ? 'in' : answer?.code));
    expect(results.sort()).toEqual([...Array(7).fill('card-late'), 'in']);
    expect(bench.logins.sessions.all).toHaveLength(1);
  });
});

describe('a card that is not', () => {
  it('is told so', async () => {
    const { issuing } = site;
    expect(await result(undefined)).toBe('card-none');
    expect(await result(issuing.issue({ ...own, fromDays: -9, toDays: -1 }))).toBe('card-expired');
    expect(await result(issuing.issue({ ...own, fromDays: 1 }))).toBe('card-expired');
    expect(await result(issuing.issue({ ...own, purpose: 'serverAuth' }))).toBe('card-untrusted');
    expect(await result(issuing.issue({ ...own, purpose: '' }))).toBe('card-untrusted');
    expect(await result(site.stranger('Elsewhere').issue(own))).toBe('card-untrusted');
    expect(await result(site.selfSigned('/CN=Lotte/serialNumber=71.07.15'))).toBe('card-untrusted');
    expect(await result(site.root.issue({ ...own, purpose: 'serverAuth' }))).toBe('card-untrusted');
    expect(bench.logins.sessions.all).toEqual([]);
    const failed = lines('card.failed');
    for (const reason of ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'not for client authentication']) {
      expect(failed).toContain(reason);
    }
    expect(lines('login.refused')).toContain('card-untrusted');
    expect(said.join('\n')).not.toContain(number);
  });

  it('that claims to be of our authority, and is not signed by it, is cut off or told so', async () => {
    const begun = await post('card', '');
    const forged = site.stranger().issue(own);
    // OpenSSL leaves the fault of the signature behind, and the connection may end with it before its request is read.
    const shown = curl(begun.body.url ?? '', [...showing(forged), '-H', `cookie: ${begun.cookie}`]);
    const wasAnswered = await shown.then(
      ({ to }) => to !== undefined,
      () => false,
    );
    const { body } = await post('card/enter', begun.cookie);
    expect(body.code).toBe(wasAnswered ? 'card-untrusted' : 'card-late');
    await expect.poll(() => lines('card.failed')).toMatch(/of no authority of ours|ERR_SSL_/);
    expect(bench.logins.sessions.all).toEqual([]);
    expect(await result(card)).toBe('in'); // nobody else's connection suffers
  });

  it('is told that it lets nobody in, whether it is nobody’s or of somebody who may not log in', async () => {
    const nobody = await login(site.issuing.issue({ subject: '/CN=x/serialNumber=1' }));
    await bench.store.ensure(operator.person);
    await bench.store.disable(operator.person, 0);
    const disabled = await login(card);
    expect(nobody.result).toBe('card-person');
    expect([disabled.status, disabled.body]).toEqual([nobody.status, nobody.body]);
    linked = [{ id: 'gone', card: number }];
    expect((await login(card)).body).toEqual(nobody.body);
    expect(bench.logins.sessions.all).toEqual([]);
  });

  it('is out of date from the handshake that showed it: nothing is resumed', async () => {
    const begun = await post('card', '');
    const at = new URL(begun.body.url ?? '').host;
    for (const version of ['-tls1_2', '-tls1_3']) {
      const session = join(site.folder, 'session.pem');
      rmSync(session, { force: true });
      const client = [
        's_client',
        '-connect',
        at,
        version,
        '-CAfile',
        page.ca,
        '-cert',
        card.certificate,
        '-key',
        card.key,
      ];
      const ask = (more: string[]) =>
        new Promise<string>((resolve) => {
          const child = execFile('openssl', [...client, '-ign_eof', ...more], (_error, stdout) => resolve(stdout));
          child.stdin?.end(`GET /card HTTP/1.1\r\nHost: ${at}\r\n\r\n`);
        });
      const first = await ask(['-sess_out', session]);
      expect(first).toContain('HTTP/1.1 400');
      expect(first).toMatch(/Acceptable client certificate CA names\n.*Police Cards 1/);
      const second = await ask(['-sess_in', session]).catch(() => '');
      expect(second).not.toContain('Reused,');
    }
  });

  it('that is revoked is refused once the list is there, and its session ends, never within a word', async () => {
    const stolen = site.issuing.issue(own);
    expect((await login(stolen)).status).toBe(200);
    site.issuing.revoke(stolen);
    needed = true;
    await replace(files.revoked[1]!, (file) => site.issuing.list(file));
    await expect.poll(() => bench.cardDesk?.lists().some(({ serials }) => serials.size > 0), inTime).toBe(true);
    clock.advance(5000);
    expect(bench.logins.sessions.all).toHaveLength(1); // he talks
    needed = false;
    clock.advance(5000);
    await expect.poll(() => bench.logins.sessions.all.length).toBe(0);
    expect(lines('card.failed')).toContain(`${operator.person}: card-revoked`);
    expect(await result(stolen)).toBe('card-revoked');
    expect(await result(card)).toBe('in');
  });

  it('that is no longer his ends his session', async () => {
    await login(card);
    linked = [{ id: operator.person, card: 'another' }];
    clock.advance(5000);
    await expect.poll(() => bench.logins.sessions.all.length).toBe(0);
  });
});

describe('the listener for cards', () => {
  /** With the card in the reader, so that whatever stands in the way is not its absence. */
  const ask = (method: string, path: string, headers: Record<string, string> = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const pair = { cert: readFileSync(card.certificate), key: readFileSync(card.key), ca: readFileSync(page.ca) };
    const at = {
      host: '127.0.0.1',
      port: bench.cardDesk?.port(),
      agent: false,
      checkServerIdentity: () => undefined,
      ...pair,
    };
    const asked = request({ ...at, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => {
        text += part.toString('latin1');
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(method === 'GET' ? undefined : '{}');
    return promise;
  };

  it('has one route, that of the table of doors', () => {
    expect(bench.cardDesk?.routes).toEqual(named('CARD').map(placeOf));
  });

  it('answers with all headers, to its own names and by GET alone, and says nothing again', async () => {
    const mark = '%3Csvg%20onload%3Dalert(1)%3E';
    const answers = await Promise.all([
      ask('GET', '/card'),
      ask('GET', `/card?${mark}`),
      ask('GET', `/${mark}`),
      ask('GET', '/card/../../etc/passwd'),
      ask('GET', '/api/v1/session'),
      ask('POST', '/card'),
      ask('OPTIONS', '/card', { origin: 'https://evil.example', 'access-control-request-method': 'GET' }),
      ask('GET', '/card', { host: 'evil.example' }),
      ask('GET', '/card', { cookie: `__Host-escaut-login=${'x'.repeat(43)}` }),
      ask('GET', '/card', { 'x-ssl-client-cert': 'anybody', 'x-forwarded-for': '192.0.2.1' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 404, 404, 404, 405, 405, 421, 400, 400]);
    for (const answer of answers) {
      expectHardened(answer);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.text).not.toMatch(/svg/);
    }
    expect(bench.logins.sessions.all).toEqual([]);
  });

  it.each([
    ['more of the same', '\r\n\r\n'],
    [
      'a length and chunks, of which two parsers may believe either',
      '\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a body that is a request', '\r\nContent-Length: 31\r\n\r\nGET /card HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('answers one request of a connection, and not those behind it: %s', async (_, ending) => {
    const tickets = [(await post('card', '')).cookie, (await post('card', '')).cookie, (await post('card', '')).cookie];
    const at = `127.0.0.1:${bench.cardDesk?.port()}`;
    const asked = tickets.map((ticket) => `GET /card HTTP/1.1\r\nHost: ${at}\r\nCookie: ${ticket}\r\n\r\n`);
    const socket = connect({
      ...{
        host: '127.0.0.1',
        port: bench.cardDesk?.port(),
        ca: readFileSync(page.ca),
        checkServerIdentity: () => undefined,
      },
      ...{ cert: readFileSync(card.certificate), key: readFileSync(card.key) },
    });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let text = '';
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1');
    });
    socket.on('error', reject).on('close', () => resolve(text));
    socket.write(`${asked[0]}${asked[1]?.replace('\r\n\r\n', ending)}${asked[2]}`);
    expect((await promise).match(/HTTP\/1\.1/g)).toHaveLength(1);
    const entered = [];
    for (const ticket of tickets)
      entered.push((await post('card/enter', ticket, { takeOver: true })).body.code ?? 'in');
    expect(entered).toEqual(['in', 'card-late', 'card-late']);
  });

  it('tells whoever asks too often to wait', async () => {
    const statuses = [];
    for (let each = 0; each < 25; each++) statuses.push((await ask('GET', '/card')).status);
    expect(statuses.slice(0, 20).every((status) => status === 400)).toBe(true);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    clock.advance(1000);
    expect((await ask('GET', '/card')).status).toBe(400);
  });
});

describe('lists', () => {
  it('that are out of date refuse cards, raise the alarm, and leave whoever is in', async () => {
    await login(card);
    expect(alarms).toEqual([false]);
    clock.advance(2 * 86_400_000); // ours; the library's is the machine's
    expect(alarms).toEqual([false, true]);
    expect(lines('cards.unchecked')).toContain('Police Cards 1: its list is out of date');
    expect((await login(card, true)).result).toBe('card-unchecked');
    expect(bench.logins.sessions.all).toHaveLength(1);
  });

  it.each([
    ['out of date', (file: string) => site.issuing.list(file, 'DER', -60_000), 'its list is out of date'],
    ['of another authority', (file: string) => site.stranger('Elsewhere').list(file), 'of another authority'],
    ['not signed by its authority', (file: string) => site.stranger().list(file), 'not signed by its authority'],
    ['no list', (file: string) => writeFileSync(file, '<html>'), 'c.crl is empty'],
    ['gone', (file: string) => rmSync(file), 'c.crl ENOENT'],
  ])('%s: refuse, say why, and are good again without a restart', async (_, spoil, word) => {
    const [, file = ''] = files.revoked;
    spoil(file);
    if (word !== 'c.crl ENOENT') await replace(file, () => undefined);
    await expect.poll(() => lines('cards.unchecked'), inTime).toContain(word);
    expect(alarms.at(-1)).toBe(true);
    expect(await result(card)).toBe('card-unchecked');
    await replace(file, (at) => site.issuing.list(at, 'PEM'));
    await expect.poll(() => alarms.at(-1), inTime).toBe(false);
    expect(await result(card)).toBe('in');
  });
});

describe('a list of before', () => {
  it('takes no revocation back: the newer one stays, the alarm stands, and the next new one is taken', async () => {
    const [, file = ''] = files.revoked;
    const revoked = () => Math.max(...(bench.cardDesk?.lists() ?? []).map(({ serials }) => serials.size));
    const already = revoked(); // by tests before
    const stolen = site.issuing.issue(own);
    const before = join(site.folder, 'before.crl');
    site.issuing.list(before);
    site.issuing.revoke(stolen);
    await replace(file, (at) => site.issuing.list(at));
    await expect.poll(revoked, inTime).toBe(1 + already);
    await replace(file, (at) => copyFileSync(before, at));
    await expect.poll(() => lines('cards.unchecked'), inTime).toContain('Police Cards 1: its list is older');
    expect(alarms.at(-1)).toBe(true);
    expect(await result(stolen)).toBe('card-revoked');
    expect(await result(card)).toBe('in');
    await replace(file, (at) => site.issuing.list(at));
    await expect.poll(() => alarms.at(-1), inTime).toBe(false);
    expect((await login(stolen, true)).result).toBe('card-revoked');
  });
});

describe('authorities', () => {
  it('are taken without a restart, and those before stay where there are none', async () => {
    await replace(files.authorities, (file) => writeFileSync(file, 'nothing'));
    await expect.poll(() => lines('cards.unchecked'), inTime).toContain('holds no certificate in PEM');
    expect(await result(card)).toBe('in');
    const next = site.stranger('Police Cards 2');
    const theirs = next.issue(own);
    expect((await login(theirs, true)).result).toBe('card-untrusted');
    next.list(files.revoked[0]!);
    await replace(files.authorities, (file) => copyFileSync(next.certificate, file));
    await expect.poll(async () => (await login(theirs, true)).result, { ...inTime, interval: 500 }).toBe('in');
    expect((await login(card, true)).result).toBe('card-untrusted');
    expect(readFileSync(files.authorities, 'utf8')).toContain('BEGIN');
  });

  it('of one name, after a change of its key, want a list each: until then an alarm says whose cards are refused', async () => {
    const next = site.stranger(); // as the one that issues cards
    const theirs = next.issue(own);
    const [, list = ''] = files.revoked;
    const both = [site.authorities, next.certificate].map((file) => readFileSync(file, 'utf8')).join('');
    await replace(files.authorities, (file) => writeFileSync(file, both));
    const { serialNumber } = new X509Certificate(readFileSync(next.certificate));
    const word = `Police Cards 1, certificate ${serialNumber}: the list of that name is signed by another key`;
    await expect.poll(() => lines('cards.unchecked'), inTime).toContain(word);
    await expect.poll(() => alarms.at(-1), inTime).toBe(true);
    expect(await result(theirs)).toBe('card-unchecked');
    expect(await result(card)).toBe('in');
    const [old, young] = ['old', 'young'].map((name) => join(site.folder, `${name}.crl`)) as [string, string];
    site.issuing.list(old, 'PEM');
    next.list(young, 'PEM');
    await replace(list, (file) => writeFileSync(file, readFileSync(old, 'utf8') + readFileSync(young, 'utf8')));
    await expect.poll(() => alarms.at(-1), inTime).toBe(false);
    expect((await login(theirs, true)).result).toBe('in');
    expect((await login(card, true)).result).toBe('in');
    // The library takes the first of a name that does not say whose it is.
    next.list(young, 'PEM', 86_400_000, false);
    await replace(list, (file) => writeFileSync(file, readFileSync(old, 'utf8') + readFileSync(young, 'utf8')));
    await expect.poll(() => lines('cards.unchecked'), inTime).toContain('another key has that name');
    await expect.poll(() => alarms.at(-1), inTime).toBe(true);
  });
});
