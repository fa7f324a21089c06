/** The doors of retention over real sockets: who comes in, as whom, and what he is told. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeptAnswers } from '../../src/api/idempotency.ts';
import type { HoldRefusal, RetentionOutcome } from '../../src/api/retention-door.ts';
import { type ChangeView, changeSchema, type RetentionView, retentionSchema } from '../../src/api/retention-schemas.ts';
import type { Person } from '../../src/operations/terms.ts';
import { ownHeaders, send } from '../doors/raw-request.ts';
import { type DoorServer, openDoorServer } from './door-server.ts';

const auditor: Person = { person: 'aud', display: 'Aud', role: 'auditor', controlRoom: '' };
const view: RetentionView = {
  rules: [{ rule: 'voiceSharedGroup', days: 60, keptFrom: '2026-09-30' }],
  ...{ groups: [], holds: [], reports: [], next: [], nextMore: 0, pending: [], mayHold: true },
  ...{ asked: [], mayAdd: ['hit.FR'], bounds: { min: 1, max: 36_600 } },
};
const change: ChangeView = { rule: 'hit.FR', days: 20, daysBefore: 30, goes: [], more: 0, groups: [] };
const retention = '/api/v1/retention';

const runs = 60;

let server: DoorServer;
let port: number;
let isLocked: boolean;
let outcome: RetentionOutcome;
let changeRefused: HoldRefusal | undefined;
/** What is kept of answers over a restart. */
let answers: KeptAnswers;
let refusal: 'not-permitted' | 'away' | undefined;
const asked: unknown[][] = [];

beforeEach(async () => {
  let document: unknown;
  answers = {
    read: (isWhole) => (isWhole(document) ? document : undefined),
    write: (next) => {
      document = JSON.parse(JSON.stringify(next));
    },
  };
  changeRefused = undefined;
  await open();
});

async function open(): Promise<void> {
  isLocked = false;
  outcome = { hold: 3, isWaiting: false };
  refusal = undefined;
  asked.length = 0;
  const note = async (...what: unknown[]) => {
    asked.push(what);
    return outcome;
  };
  server = await openDoorServer({
    retention: {
      answers,
      port: {
        signedIn: (token) => (token === 'T'.repeat(43) ? { person: auditor, isLocked } : undefined),
        view: async () => (refusal === undefined ? { view } : { refusal }),
        hold: ({ person }, wish) => note('hold', person, wish),
        lift: ({ person }, hold, reason) => note('lift', person, hold, reason),
        preview: async ({ person }, rule, days) => {
          asked.push(['preview', person, rule, days]);
          return changeRefused === undefined ? { view: change } : { refusal: changeRefused };
        },
        change: ({ person }, wish) => {
          asked.push(['change', person, wish]);
          return changeRefused === undefined ? { isWaiting: true } : { refusal: changeRefused };
        },
      },
    },
  });
  port = server.port;
}
afterEach(() => server.close());

const cookie = `escaut-session=${'T'.repeat(43)}`;
async function ask(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  const own = ownHeaders(`127.0.0.1:${port}`);
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await send(port, method, path, { ...own, cookie, ...more }, text);
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}
let keys = 0;
const once = () => ({ 'idempotency-key': `"key-${++keys}-of-a-test"` });
const wish = { reason: ' order 12 ', incident: 'B1', groups: ['xb-acc'] };

describe('the doors of retention', () => {
  it('show it to whoever has logged in and may, and to nobody else', async () => {
    const answer = await ask('GET', retention);
    expect([answer.status, retentionSchema.parse(answer.body)]).toEqual([200, view]);
    for (const code of ['not-permitted', 'away'] as const) {
      refusal = code;
      expect(await ask('GET', retention)).toMatchObject({ status: code === 'away' ? 503 : 403, body: { code } });
    }
    expect(await ask('GET', retention, undefined, { cookie: '' })).toMatchObject({ status: 401 });
    isLocked = true;
    expect(await ask('GET', retention)).toMatchObject({ status: 403, body: { code: 'locked' } });
  });

  it('hold once for each key, and answer the same again', async () => {
    const key = once();
    for (const _ of [1, 2]) {
      expect(await ask('POST', `${retention}/holds`, wish, key)).toEqual({ status: 201, body: { hold: 3 } });
    }
    expect(asked).toEqual([['hold', 'aud', { ...wish, reason: 'order 12' }]]);
    const other = await ask('POST', `${retention}/holds`, { reason: 'x' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'key-other' } });
    expect(await ask('POST', `${retention}/holds`, wish)).toMatchObject({ status: 400, body: { code: 'key-missing' } });
    expect(asked).toHaveLength(1);
  });

  it('lift, or say that it waits for the second person', async () => {
    const path = `${retention}/holds/3/lift`;
    outcome = { hold: 3, isWaiting: true };
    expect(await ask('POST', path, { reason: 'x' }, once())).toEqual({
      status: 202,
      body: { hold: 3, state: 'waiting' },
    });
    outcome = { hold: 3, isWaiting: false };
    expect(await ask('POST', path, { reason: 'x' }, once())).toEqual({
      status: 200,
      body: { hold: 3, state: 'lifted' },
    });
    expect(asked).toEqual(Array(2).fill(['lift', 'aud', 3, 'x']));
    for (const number of ['0', '-1', '03', '1e3', '9999999999', 'x']) {
      const answer = await ask('POST', `${retention}/holds/${number}/lift`, { reason: 'x' }, once());
      expect(answer).toMatchObject({ status: 404, body: { code: 'hold-unknown' } });
    }
    expect(asked).toHaveLength(2);
  });

  it('show what a rule would do, and set it or say that it waits; bounds are named', async () => {
    const shown = await ask('GET', `${retention}/preview?rule=hit.FR&days=20`);
    expect([shown.status, changeSchema.parse(shown.body)]).toEqual([200, change]);
    expect(await ask('GET', `${retention}/preview?rule=hit.FR`)).toMatchObject({ status: 400 });
    const wish = { days: 20, reason: ' law ' };
    expect(await ask('POST', `${retention}/rules/hit.FR`, wish, once())).toEqual({
      status: 202,
      body: { rule: 'hit.FR', days: 20, state: 'waiting' },
    });
    expect(asked).toEqual([
      ['preview', 'aud', 'hit.FR', 20],
      ['change', 'aud', { rule: 'hit.FR', days: 20, reason: 'law' }],
    ]);
    changeRefused = 'days-out-of-range';
    const bounds = { min: 1, max: 36_600 };
    for (const days of [0, 1.5, 1e9]) {
      const answer = await ask('POST', `${retention}/rules/hit.FR`, { days, reason: 'law' }, once());
      expect(answer).toMatchObject({ status: 422, body: { code: 'days-out-of-range', bounds } });
    }
    changeRefused = 'unknown-rule';
    expect(await ask('GET', `${retention}/preview?rule=x&days=2`)).toMatchObject({ status: 404 });
  });

  it('answer the same again also after the gateway was started anew', async () => {
    const key = once();
    expect(await ask('POST', `${retention}/holds`, wish, key)).toMatchObject({ status: 201, body: { hold: 3 } });
    await server.close();
    await open();
    outcome = { hold: 4, isWaiting: false };
    expect(await ask('POST', `${retention}/holds`, wish, key)).toMatchObject({ status: 201, body: { hold: 3 } });
    expect(asked).toEqual([]);
  });

  it('take nothing that is not as it should be, nor from other sites', async () => {
    const wrong = [
      ...['', '{', '[]', {}, { reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(501) }],
      ...[
        { ...wish, groups: [] },
        { ...wish, fromUtcMs: -1 },
        { ...wish, toUtcMs: 1.5 },
        { ...wish, what: 1 },
      ],
      'x'.repeat(9000),
    ];
    for (const body of wrong) {
      const answer = await ask('POST', `${retention}/holds`, body, once());
      expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'body']);
    }
    const foreign = { ...once(), origin: 'https://evil.example' };
    expect(await ask('POST', `${retention}/holds`, wish, foreign)).toMatchObject({ body: { code: 'origin' } });
    expect(asked).toEqual([]);
  });

  it.each([
    ['not-permitted', 403],
    ['second-person-other-country', 403],
    ['hold-unknown', 404],
    ['group-unknown', 422],
    ['incident-unknown', 422],
    ['no-time', 422],
    ['away', 503],
  ] as const)('say that it is %s, and the same key may try again', async (code: HoldRefusal, status) => {
    outcome = { refusal: code };
    const key = once();
    expect(await ask('POST', `${retention}/holds`, wish, key)).toMatchObject({ status, body: { code } });
    outcome = { hold: 4, isWaiting: false };
    expect(await ask('POST', `${retention}/holds`, wish, key)).toMatchObject({ status: 201 });
  });

  it('answer whatever is sent with a problem, and pass on nothing but a number and a reason', async () => {
    const days = fc.oneof(
      fc.constantFrom<unknown>('30', '٣٠', '３０', null, true, [30], { valueOf: 30 }, 1e308, -0, 36_601),
      fc.double(),
    );
    const body = fc.oneof(
      fc.record({ days, reason: fc.oneof(fc.string(), fc.constantFrom('', ' \u00a0', 'x'.repeat(501))) }),
      fc.record({ days, reason: fc.constant('law'), by: fc.constant('somebody') }, { requiredKeys: ['days'] }),
      fc.jsonValue(),
      fc.string(),
      fc.constantFrom('{"days":30,"days":1,"reason":"law"}', '{"__proto__":{"days":1},"reason":"law"}', '1e999', '{'),
    );
    const rule = fc.constantFrom('hit.FR', '..%2f..', '%00', '__proto__', 'x'.repeat(90), '%ff', 'a%2Fb');
    await fc.assert(
      fc.asyncProperty(rule, body, async (to, sent) => {
        asked.length = 0;
        server.clock.advance(1000); // not too often
        const { status } = await ask('POST', `${retention}/rules/${to}`, sent ?? 'null', once());
        expect([202, 400, 404]).toContain(status);
        expect(asked.length).toBe(status === 202 ? 1 : 0);
        for (const [what, by, wish] of asked) {
          expect([what, by]).toEqual(['change', 'aud']);
          expect(wish).toEqual({
            rule: expect.any(String),
            days: expect.any(Number),
            reason: expect.stringMatching(/^\S.{0,499}$/s),
          });
        }
      }),
      { numRuns: runs },
    );
  });
});
