/** The doors of the proofs over real sockets: who comes in, as whom, and what he is told. */
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProofRefusal } from '../../src/api/proof-door.ts';
import { type ProofReport, type ProofsView, proofsSchema, summaryOf } from '../../src/api/proof-schemas.ts';
import type { Person } from '../../src/operations/terms.ts';
import { proofText } from '../../src/proof-command.ts';
import { type DoorServer, openDoorServer } from './door-server.ts';

const tech: Person = { person: 'tech', display: 'Tech', role: 'technician', controlRoom: '' };
const report: ProofReport = {
  ...{ number: 3, kind: 'morning', by: '', dueUtcMs: 1000, beganUtcMs: 1000, endedUtcMs: 60_000, verdict: 'red' },
  results: [
    {
      ...{ talkgroup: 'tg-a', network: 'a', attachment: 'a-1', verdict: 'green', causes: [] },
      ...{ heardOn: 'tg-a', levelDbov: -16.2, oneWayMs: 80, whole: 1 },
    },
    { talkgroup: 'tg-b', network: 'b', attachment: 'b-1', verdict: 'red', causes: ['no-answer'] },
  ],
};
const view: ProofsView = {
  ...{ group: 'FRBE TECH', nextUtcMs: 90_000, levelDbov: -16, mayRun: true, lines: [], isUnderWay: false },
  ...{ last: report, history: [summaryOf(report)] },
};

let server: DoorServer;
let port: number;
let refusal: ProofRefusal | undefined;
let isLocked: boolean;
const ran: [string, string | undefined][] = [];
const seen: (string | undefined)[] = [];

beforeEach(async () => {
  refusal = undefined;
  isLocked = false;
  ran.length = 0;
  seen.length = 0;
  server = await openDoorServer({
    proofs: {
      signedIn: (token) => (token === 'T'.repeat(43) ? { person: tech, isLocked } : undefined),
      personOf: (id) => (id === 'tech' ? tech : undefined),
      view: (person) => {
        seen.push(person?.person);
        return view;
      },
      report: (number) => (number === 3 ? report : undefined),
      run: ({ person }, attachment) => {
        ran.push([person, attachment]);
        return refusal;
      },
    },
  });
  port = server.port;
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const type = text === undefined ? {} : { 'content-type': 'application/json' };
    const asking = httpRequest(
      { host: '127.0.0.1', port, path, method, headers: { ...type, ...headers } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString()) }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(text);
  });
}

const cookie = { cookie: `escaut-session=${'T'.repeat(43)}` };
const own = () => ({ origin: `http://127.0.0.1:${port}`, 'x-escaut-console': '1' });
const proofs = '/api/v1/proofs';

describe('the doors of the proofs', () => {
  it('show them to whoever has logged in, and to programs on this machine', async () => {
    const answer = await ask('GET', proofs, { ...cookie, ...own() });
    expect(proofsSchema.parse(answer.body)).toEqual(view);
    expect((await ask('GET', '/proofs')).status).toBe(200);
    expect(seen).toEqual(['tech', undefined]);
    expect((await ask('GET', `${proofs}/3`, cookie)).body).toEqual(report);
    expect(await ask('GET', `${proofs}/4`, cookie)).toMatchObject({ status: 404, body: { code: 'unknown' } });
    expect(await ask('GET', `${proofs}/..%2f3`, cookie)).toMatchObject({ status: 404 });
  });

  it('are closed to pages of nobody, by way of proxies too, and to locked sessions', async () => {
    expect(await ask('GET', proofs, own())).toMatchObject({ status: 401, body: { code: 'no-session' } });
    expect(await ask('GET', proofs)).toMatchObject({ status: 401 });
    for (const [name, value] of Object.entries({ ...own(), 'x-forwarded-for': '192.0.2.1' })) {
      if (name !== 'x-escaut-console')
        expect(await ask('GET', '/proofs', { [name]: value })).toMatchObject({
          status: 403,
          body: { code: 'machine' },
        });
    }
    expect(await ask('GET', proofs, { cookie: `escaut-session=${'U'.repeat(43)}` })).toMatchObject({ status: 401 });
    isLocked = true;
    expect(await ask('GET', proofs, cookie)).toMatchObject({ status: 403, body: { code: 'locked' } });
  });

  it('begin one for whoever has logged in, from our page alone', async () => {
    expect((await ask('POST', proofs, { ...cookie, ...own() }, { attachment: 'a-1' })).status).toBe(202);
    expect(ran).toEqual([['tech', 'a-1']]);
    const foreign = { ...cookie, origin: 'https://evil.example', 'x-escaut-console': '1' };
    expect(await ask('POST', proofs, foreign, {})).toMatchObject({ status: 403, body: { code: 'origin' } });
    expect(await ask('POST', proofs, { ...own() }, { by: 'tech' })).toMatchObject({ status: 401 });
    expect(await ask('POST', proofs, { ...cookie, ...own() }, { by: 'tech' })).toMatchObject({ status: 400 });
    expect(ran).toHaveLength(1);
  });

  it('begin one for a program on this machine, in the name of a person of the configuration', async () => {
    expect((await ask('POST', '/proofs', {}, { by: 'tech' })).status).toBe(202);
    expect(await ask('POST', '/proofs', {}, { by: 'nobody' })).toMatchObject({ body: { code: 'person-unknown' } });
    expect(await ask('POST', '/proofs', {}, {})).toMatchObject({ status: 403 });
    for (const body of ['{', '[]', '{"by":1}', '{"what":"x"}', `{"by":"${'x'.repeat(2000)}"}`])
      expect(await ask('POST', '/proofs', {}, body)).toMatchObject({ status: 400, body: { code: 'body' } });
    expect(ran).toEqual([['tech', undefined]]);
  });

  it.each([
    ['not-permitted', 403],
    ['under-way', 409],
    ['group-in-use', 409],
    ['not-configured', 409],
    ['attachment-unknown', 404],
  ] as const)('say that it is %s', async (code, status) => {
    refusal = code;
    expect(await ask('POST', '/proofs', {}, { by: 'tech' })).toMatchObject({ status, body: { code } });
  });
});

describe('escaut proof', () => {
  it('prints what is green with its figures, and what is not with its cause', () => {
    expect(proofText(view, false)).toBe(
      [
        'RED: proof of 1970-01-01T00:01Z; the next is due 1970-01-01T00:01Z',
        '  GREEN       tg-a by a-1: heard on tg-a, -16.2 dBov, 80 ms one way',
        '  RED         tg-b by b-1: not proven: no far end answers',
      ].join('\n'),
    );
    const { last: _, ...without } = view;
    expect(proofText(without, false)).toContain('no proof of the lines yet');
    const missed: ProofReport = { ...report, missed: true, verdict: 'unproven', results: [] };
    expect(proofText({ ...view, last: missed }, false)).toContain('NOT PROVEN: it did not take place');
  });
});
