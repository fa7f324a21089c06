/** Logins over a real database, in virtual time; passwords are hashed by a stand-in, which counts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AskedFrom, LoggedIn } from '../../src/api/login-port.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { Logins } from '../../src/gateway/logins.ts';
import type { Person } from '../../src/operations/terms.ts';
import { timeCode } from '../../src/operations/time-code.ts';
import { AccountsAway } from '../../src/store/account-methods.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';

const minute = 60_000;
const people: readonly Person[] = [
  { person: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'ccpd' },
  { person: 'Marc', display: 'Marc', role: 'supervisor', controlRoom: 'ccpd' },
];
const password = 'nachtdienst in Doornik';
const here: AskedFrom = { address: '10.0.0.1', token: '' };

let folder: string;
let store: AccountStore;
let clock: ManualClock;
let logins: Logins;
let done: string[];
let looked: (string | undefined)[];
let needed: Set<string>;
let atConsole: Map<string, number>;
let given: number;
/** Roles of which more than a password is insisted on. */
let insisted: Set<string>;
let invitations: { readonly person: string; readonly token: string }[];

/** Bytes that never come twice. */
const random = (count: number) => Uint8Array.from({ length: count }, () => given++ % 251);

function make(role: Person['role'] = 'dispatcher'): Logins {
  const note = (name: string) => (at: object) => void done.push(`${name} ${Object.values(at).join(' ')}`.trim());
  return new Logins(
    {
      people: people.map((each) => (each.person === 'lotte' ? { ...each, role } : each)),
      issuer: 'CCPD',
      limits: { lockAfterMs: 30 * minute, idleMs: 120 * minute, endAfterMs: 840 * minute },
      breached: new Set(['password1234']),
      common: async () => new Set<string>(),
      insists: (role) => insisted.has(role),
      words: ['escaut'],
      key: new Uint8Array(32).fill(7),
    },
    {
      clock,
      events: {
        accounts: {
          loggedIn: note('in'),
          loginRefused: note('refused'),
          loggedOut: note('out'),
          changed: note('changed'),
          away: note('away'),
        },
      },
      keeper: store,
      passkeys: async () => [],
      cardOf: () => undefined,
      consoles: {
        isNeeded: (person) => needed.has(person),
        lock: (person, isLocked) => void done.push(`${isLocked ? 'lock' : 'unlock'} ${person}`),
        endPerson: (person, why) => void done.push(`close ${person} ${why}`),
        presence: (person) => ({ isHere: atConsole.has(person), actedMs: atConsole.get(person) ?? -Infinity }),
      },
      random,
      invited: (person, token) => void invitations.push({ person: person.person, token }),
      hashPassword: async (text) => `hash of ${text}`,
      isPassword: async (kept, text) => {
        looked.push(kept);
        return kept === `hash of ${text}`;
      },
    },
  );
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'logins-'));
  store = await AccountStore.open(openDatabase<AccountTables>(fileAt(join(folder, 'accounts.db'))));
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 10, 29) });
  [done, looked, needed, atConsole, given, invitations] = [[], [], new Set(), new Map(), 0, []];
  insisted = new Set();
  logins = make();
});
afterEach(async () => {
  logins.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The database here answers within a turn; virtual time stands still. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** So that the database is looked at on the way; time in steps of its own rhythm. */
async function pass(ms: number): Promise<void> {
  const endMs = clock.nowMs() + ms;
  while (clock.nowMs() < endMs) {
    clock.advance(Math.min(5000, endMs - clock.nowMs()));
    await settle();
  }
}

async function account(person: string): Promise<void> {
  await store.invite({ utcMs: 0, person, change: 'added' }, { hash: hashOf(`for ${person}`), expiresUtcMs: Infinity });
  const set = await logins.takeInvitation({ invitation: `for ${person}`, newPassword: password }, here);
  expect(set).toEqual({ as: 'set', person });
  await store.takeChanges();
  done.length = 0;
}

const login = (name: string, more: { password?: string; code?: string; takeOver?: boolean } = {}, from = here) =>
  logins.login({ name, password, code: '', takeOver: false, ...more }, from);
async function loggedIn(name: string, more = {}, from = here): Promise<LoggedIn> {
  const answer = await login(name, more, from);
  if (answer.as !== 'in') throw new Error(`refused: ${answer.code}`);
  return answer;
}
const codeOf = (otpauth: string, utcMs: number): string => {
  const text = new URL(otpauth).searchParams.get('secret') ?? '';
  const bits = [...text].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'));
  const octets = bits.join('').match(/.{8}/g) ?? [];
  return timeCode(
    Uint8Array.from(octets, (each) => Number.parseInt(each, 2)),
    Math.floor(utcMs / 30_000),
  );
};

describe('the first start', () => {
  it('invites one person, until somebody has a password', async () => {
    await logins.start();
    logins.stop();
    logins = make();
    await logins.start();
    expect(invitations.map(({ person }) => person)).toEqual(['Marc', 'Marc']);
    const [old = '', invitation = ''] = invitations.map(({ token }) => token);
    expect(await logins.takeInvitation({ invitation: old, newPassword: password }, here)).toEqual({
      as: 'refused',
      code: 'invitation',
    });
    for (const [newPassword, code] of [
      ['short', 'too-short'],
      ['Password1234', 'breached'],
      ['MarcMarcMarc', 'names-person'],
      ['x'.repeat(200), 'too-long'],
    ] as const) {
      expect(await logins.takeInvitation({ invitation, newPassword }, here)).toEqual({ as: 'refused', code });
    }
    expect(await logins.takeInvitation({ invitation, newPassword: password }, here)).toMatchObject({ as: 'set' });
    expect(await logins.takeInvitation({ invitation, newPassword: password }, here)).toMatchObject({
      code: 'invitation',
    });
    expect((await loggedIn('marc')).who).toMatchObject({ person: 'Marc', isLocked: false });
    logins.stop();
    logins = make();
    await logins.start();
    expect(invitations).toHaveLength(2);
  });
});

describe('a login', () => {
  it('looks at one password whoever it is, and answers alike', async () => {
    await account('lotte');
    await account('Marc');
    await store.disable('Marc', 0);
    const wrong = 'wrong wrong wrong';
    const answers = [
      await login('lotte', { password: wrong }),
      await login('nobody', { password: wrong }),
      await login('Marc'),
      await login('', { password: '' }),
      await login('lotte', { password: '\ud800' }),
    ];
    expect(new Set(answers.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify({ as: 'refused', code: 'credentials' })]),
    );
    expect(looked).toHaveLength(5);
    expect(JSON.stringify(done)).not.toContain('nobody');
    expect(done[0]).toBe('refused lotte 10.0.0.1 credentials');
  });

  it('ends the session of whoever is no person any more, or of another role, and of nobody else', async () => {
    await account('lotte');
    await account('Marc');
    const [lotte, marc] = [await loggedIn('lotte'), await loggedIn('Marc')];
    logins.setPeople(people);
    expect([lotte, marc].map(({ token }) => logins.signedIn(token)?.person)).toEqual(['lotte', 'Marc']);
    logins.setPeople(people.map((each) => (each.person === 'Marc' ? { ...each, role: 'observer' } : each)));
    expect(logins.signedIn(marc.token)).toBeUndefined();
    expect(done).toContain('close Marc changed');
    logins.setPeople([]);
    expect(logins.signedIn(lotte.token)).toBeUndefined();
    expect(done).toContain('close lotte disabled');
    expect(await login('lotte')).toEqual({ as: 'refused', code: 'credentials' });
  });

  it('lets nobody in who stopped being a person while he logged in', async () => {
    await account('lotte');
    const answer = login('lotte');
    const openSession = store.openSession.bind(store);
    store.openSession = async (session) => {
      const isOpen = await openSession(session);
      logins.setPeople(people.filter(({ person }) => person !== 'lotte'));
      return isOpen;
    };
    expect(await answer).toEqual({ as: 'refused', code: 'credentials' });
    expect(await store.sessions()).toEqual([]);
    expect(done.filter((line) => line.startsWith('in '))).toEqual([]);
  });

  it('gives a token that nobody had, and takes the one that was shown (fixation)', async () => {
    await account('lotte');
    const planted = 'planted-by-somebody';
    const first = await loggedIn('lotte', {}, { ...here, token: planted });
    expect(first.token).not.toBe(planted);
    expect(first.token).toMatch(/^[\w-]{43}$/);
    expect(logins.signedIn(planted)).toBeUndefined();
    const second = await loggedIn('lotte', {}, { ...here, token: first.token });
    expect(logins.signedIn(first.token)).toBeUndefined();
    expect(logins.signedIn(second.token)?.person).toBe('lotte');
    expect((await store.sessions()).map(({ hash }) => hash)).toEqual([hashOf(second.token)]);
  });

  it('waits after wrong guesses, the same for a name that is nobody’s; right ones do not pass meanwhile', async () => {
    await account('lotte');
    for (const name of ['lotte', 'nobody']) {
      const codes: string[] = [];
      for (let guess = 0; guess < 7; guess++) {
        const answer = await login(name, { password: 'wrong wrong wrong' });
        if (answer.as === 'refused') codes.push(answer.code);
      }
      expect(codes).toEqual([...Array<string>(5).fill('credentials'), 'wait', 'wait']);
    }
    expect(looked).toHaveLength(10);
    expect(await login('lotte')).toMatchObject({ code: 'wait', waitMs: 5000 });
    // Elsewhere she is let in.
    expect(await login('lotte', {}, { address: '10.0.0.2', token: '' })).toMatchObject({ as: 'in' });
    clock.advance(5000);
    expect(await login('lotte', { takeOver: true })).toMatchObject({ as: 'in' });
  });

  it('bounds guesses that come at once, and over a restart', async () => {
    await account('lotte');
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => login('lotte', { password: 'wrong wrong wrong' })),
    );
    expect(answers.filter((each) => each.as === 'refused' && each.code === 'credentials')).toHaveLength(5);
    await settle();
    logins.stop();
    logins = make();
    await logins.start();
    expect(await login('lotte')).toMatchObject({ code: 'wait' });
  });

  it('says that there is a console elsewhere, and takes it over when told to', async () => {
    await account('lotte');
    const first = await loggedIn('lotte');
    done.length = 0;
    const asked = await login('lotte', {}, { address: '10.0.0.2', token: '' });
    expect(asked).toEqual({ as: 'refused', code: 'elsewhere', sinceUtcMs: clock.utcMs() });
    expect(logins.signedIn(first.token)).toBeDefined();
    await loggedIn('lotte', { takeOver: true }, { address: '10.0.0.2', token: '' });
    expect(logins.signedIn(first.token)).toBeUndefined();
    expect(done).toContain('close lotte taken-over');
  });

  it('is possible once the accounts can be had again, though they could not at the start', async () => {
    await account('lotte');
    const { sessions } = store;
    store.sessions = () => Promise.reject(new AccountsAway('disk'));
    await logins.start();
    expect(done).toEqual(['away disk']);
    store.sessions = sessions.bind(store);
    await pass(5000);
    expect(done).toEqual(['away disk', 'away']);
    expect(await login('lotte')).toMatchObject({ as: 'in' });
  });

  it('is answered while the accounts cannot be had, and whoever is in stays', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    store.account = () => Promise.reject(new AccountsAway('disk'));
    expect(await login('lotte')).toEqual({ as: 'refused', code: 'away' });
    expect(logins.signedIn(token)).toBeDefined();
    expect(done).toContain('away disk');
  });
});

describe('a second factor', () => {
  async function enrol(token: string): Promise<{ otpauth: string; recoveryCodes: readonly string[]; token: string }> {
    const begun = await logins.beginSecondFactor(password, { ...here, token });
    if (begun.as !== 'begun') throw new Error(begun.code);
    const code = codeOf(begun.otpauth, clock.utcMs());
    const confirmed = await logins.confirmSecondFactor(code, { ...here, token });
    if (confirmed.as !== 'in') throw new Error(confirmed.code);
    return { otpauth: begun.otpauth, recoveryCodes: confirmed.recoveryCodes, token: confirmed.token };
  }

  it('is asked for, and its codes are good once', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    expect(await logins.beginSecondFactor('wrong wrong wrong', { ...here, token })).toMatchObject({
      code: 'credentials',
    });
    const enrolled = await enrol(token);
    expect(logins.signedIn(token)).toBeUndefined(); // more may be done from here on: another token
    expect(logins.signedIn(enrolled.token)).toMatchObject({ hasSecondFactor: true });
    expect((await store.account('lotte'))?.timeSecret).not.toContain(
      new URL(enrolled.otpauth).searchParams.get('secret'),
    );
    const enrolling = codeOf(enrolled.otpauth, clock.utcMs());
    expect(await login('lotte')).toEqual({ as: 'refused', code: 'code-needed' });
    expect(await login('lotte', { code: enrolling, takeOver: true })).toEqual({ as: 'refused', code: 'code' });
    clock.advance(30_000);
    const code = codeOf(enrolled.otpauth, clock.utcMs());
    expect(await login('lotte', { code })).toMatchObject({ code: 'elsewhere' });
    expect(await login('lotte', { code, takeOver: true })).toMatchObject({ as: 'in' });
    expect(await login('lotte', { code, takeOver: true })).toEqual({ as: 'refused', code: 'code' });
  });

  it('can be replaced by a code on paper, once each', async () => {
    await account('lotte');
    const { recoveryCodes } = await enrol((await loggedIn('lotte')).token);
    const [code = ''] = recoveryCodes;
    const both = await Promise.all([0, 1].map(() => login('lotte', { code: code.toLowerCase(), takeOver: true })));
    expect(both.map(({ as }) => as).sort()).toEqual(['in', 'refused']);
    expect(await login('lotte', { code, takeOver: true })).toEqual({ as: 'refused', code: 'code' });
  });

  it('is not guessed by whoever has the password, however he mixes his attempts', async () => {
    await account('lotte');
    await enrol((await loggedIn('lotte')).token);
    let wrong = 0;
    for (let attempt = 0; attempt < 40; attempt++) {
      await login('lotte');
      const answer = await login('lotte', { code: 'AAAA' });
      if (answer.as === 'refused' && answer.code === 'code') wrong++;
    }
    expect(wrong).toBe(5);
  });

  it('has to be enrolled first where it is insisted on, within half an hour, and nothing else is possible', async () => {
    await account('lotte');
    await account('Marc');
    insisted.add('dispatcher');
    expect((await loggedIn('Marc')).who).not.toHaveProperty('mustEnrol');
    const { token, who } = await loggedIn('lotte');
    expect(who).toMatchObject({ mustEnrol: true, hasSecondFactor: false });
    expect(done).toContain('refused lotte 10.0.0.1 second-factor');
    const from = { ...here, token };
    expect([logins.signedIn(token), logins.personOf(token)]).toEqual([undefined, undefined]);
    const newPassword = 'een ander, langer woord';
    for (const answer of [logins.unlock(password, from), logins.changePassword({ password, newPassword }, from)]) {
      expect(await answer).toEqual({ as: 'refused', code: 'second-factor' });
    }
    expect(await logins.account(from)).toMatchObject({ account: { who: { mustEnrol: true } } });
    // It is in no database: a restart forgets it.
    expect((await store.sessions()).map(({ person }) => person)).toEqual(['Marc']);
    const before = await enrol(token);
    expect(logins.signedIn(before.token)).toMatchObject({ hasSecondFactor: true });
    expect(logins.isEnrolling(token)).toBe(false);
    await store.invite(
      { utcMs: 0, person: 'lotte', change: 'reset' },
      { hash: hashOf('again'), expiresUtcMs: Infinity },
    );
    await logins.takeInvitation({ invitation: 'again', newPassword: password }, here);
    await logins.start();
    const late = await loggedIn('lotte');
    expect(logins.isEnrolling(late.token)).toBe(true);
    clock.advance(30 * minute);
    expect(logins.isEnrolling(late.token)).toBe(false);
    expect(await logins.beginSecondFactor(password, { ...here, token: late.token })).toMatchObject({
      code: 'no-session',
    });
  });

  it('is not enrolled any more by whoever was disabled, or given another link, meanwhile', async () => {
    await account('lotte');
    insisted.add('dispatcher');
    await logins.start();
    const { token } = await loggedIn('lotte');
    await store.invite(
      { utcMs: 0, person: 'lotte', change: 'reset' },
      { hash: hashOf('again'), expiresUtcMs: Infinity },
    );
    await pass(5000);
    expect(logins.isEnrolling(token)).toBe(false);
  });

  it('is insisted on at the next login: whoever is in stays in, also over a restart', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    insisted.add('dispatcher');
    logins.stop();
    logins = make();
    await logins.start();
    expect(logins.signedIn(token)?.person).toBe('lotte');
    const from = { ...here, token };
    const newPassword = 'een ander, langer woord';
    expect(await logins.changePassword({ password, newPassword }, from)).toMatchObject({ code: 'second-factor' });
    // At another desk she enrols; until it stands the console that she has goes on.
    const there = { address: '10.0.0.2', token: '' };
    expect(await login('lotte', {}, there)).toMatchObject({ code: 'elsewhere' });
    const other = await loggedIn('lotte', { takeOver: true }, there);
    expect(logins.signedIn(token)?.person).toBe('lotte');
    expect(done.filter((line) => line.startsWith('close'))).toEqual([]);
    const enrolled = await enrol(other.token);
    expect(logins.signedIn(token)).toBeUndefined();
    expect(logins.signedIn(enrolled.token)).toMatchObject({ hasSecondFactor: true });
    expect(done).toContain('close lotte changed');
  });

  it('is enrolled within ten minutes, by its first code', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    const from = { ...here, token };
    expect(await logins.confirmSecondFactor('123456', from)).toMatchObject({ code: 'no-enrolment' });
    const begun = await logins.beginSecondFactor(password, from);
    clock.advance(10 * minute);
    const code = begun.as === 'begun' ? codeOf(begun.otpauth, clock.utcMs()) : '';
    expect(await logins.confirmSecondFactor(code, from)).toMatchObject({ code: 'no-enrolment' });
    expect(await logins.confirmSecondFactor(code, here)).toMatchObject({ code: 'no-session' });
  });
});

describe('a session', () => {
  it('ends by its person, here and in the database', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    await logins.logout({ ...here, token });
    await logins.logout({ ...here, token });
    expect(logins.signedIn(token)).toBeUndefined();
    expect(await store.sessions()).toEqual([]);
    expect(done.filter((each) => each.startsWith('out'))).toEqual(['out lotte logged-out 10.0.0.1']);
  });

  it('of a leaver is over within a minute, though another process disabled him', async () => {
    await account('lotte');
    await logins.start();
    const { token } = await loggedIn('lotte');
    needed.add('lotte');
    await store.disable('lotte', clock.utcMs());
    await pass(minute);
    expect(logins.signedIn(token)).toBeUndefined();
    expect(done).toContain('close lotte disabled');
    expect(done).toContain('changed lotte disabled');
    expect(await login('lotte')).toMatchObject({ code: 'credentials' });
  });

  it('outlives a restart, unless the role is another one', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    logins.stop();
    logins = make();
    await logins.start();
    expect(logins.signedIn(token)?.person).toBe('lotte');
    logins.stop();
    logins = make('supervisor');
    await logins.start();
    expect(logins.signedIn(token)).toBeUndefined();
    expect(await store.sessions()).toEqual([]);
  });

  it('locks when nobody acts, opens by the password under another token, and waits for a voice in flight', async () => {
    await account('lotte');
    await logins.start();
    const { token } = await loggedIn('lotte');
    atConsole.set('lotte', clock.nowMs());
    needed.add('lotte');
    clock.advance(35 * minute);
    await pass(5000);
    expect(logins.signedIn(token)?.isLocked).toBe(false);
    needed.delete('lotte');
    await pass(5000);
    expect(logins.signedIn(token)?.isLocked).toBe(true);
    expect(done).toContain('lock lotte');
    const from = { ...here, token };
    expect(await logins.unlock('wrong wrong wrong', from)).toMatchObject({ code: 'credentials' });
    expect(await logins.unlock(password, here)).toMatchObject({ code: 'no-session' });
    const opened = await logins.unlock(password, from);
    expect(opened).toMatchObject({ as: 'in', who: { isLocked: false } });
    expect(logins.signedIn(token)).toBeUndefined();
    expect(done).toContain('unlock lotte');
  });

  it('ends with the shift, and when its page has been away for two hours', async () => {
    await account('lotte');
    await account('Marc');
    await logins.start();
    const lotte = await loggedIn('lotte');
    const marc = await loggedIn('Marc');
    clock.advance(119 * minute);
    await settle();
    atConsole.set('lotte', clock.nowMs());
    await pass(minute);
    expect(logins.signedIn(marc.token)).toBeUndefined();
    expect(logins.signedIn(lotte.token)).toBeDefined();
    clock.advance(721 * minute);
    await settle();
    expect(logins.signedIn(lotte.token)).toBeUndefined();
    expect(done).toContain('close lotte expired');
  });

  it('is another one after a new password, and all others are over', async () => {
    await account('lotte');
    const { token } = await loggedIn('lotte');
    const from = { ...here, token };
    const newPassword = 'een ander, langer woord';
    expect(await logins.changePassword({ password: 'wrong wrong wrong', newPassword }, from)).toMatchObject({
      code: 'credentials',
    });
    expect(await logins.changePassword({ password, newPassword: 'short' }, from)).toMatchObject({ code: 'too-short' });
    expect(await logins.changePassword({ password, newPassword }, from)).toMatchObject({ as: 'in' });
    expect(logins.signedIn(token)).toBeUndefined();
    expect(await login('lotte')).toMatchObject({ code: 'credentials' });
    expect(await login('lotte', { password: newPassword, takeOver: true })).toMatchObject({ as: 'in' });
  });

  it('is one a person, whatever people do', async () => {
    await account('lotte');
    await account('Marc');
    const step = fc.tuple(
      fc.constantFrom('in', 'over', 'out', 'wrong', 'wait'),
      fc.constantFrom('lotte', 'Marc'),
      fc.nat(3),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const tokens = ['', '', '', ''];
        for (const [what, name, browser] of steps) {
          const from = { address: `10.0.0.${browser}`, token: tokens[browser] ?? '' };
          if (what === 'out') await logins.logout(from);
          else if (what === 'wait') clock.advance(20 * minute);
          else {
            const more = what === 'wrong' ? { password: 'wrong wrong wrong' } : { takeOver: what === 'over' };
            const answer = await login(name, more, from);
            if (answer.as === 'in') tokens[browser] = answer.token;
          }
          const live = tokens.flatMap((token) => logins.signedIn(token)?.person ?? []);
          expect(new Set(live).size).toBe(live.length);
          expect((await store.sessions()).map(({ person }) => person).sort()).toEqual([...live].sort());
        }
        for (const token of tokens) await logins.logout({ ...here, token });
      }),
      { numRuns: 10 },
    );
  });
});
