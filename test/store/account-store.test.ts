/** Accounts in a real database. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountStore, type AccountTables, type KeptSession } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { hashPassword, isPassword } from '../../src/store/password-hash.ts';
import { databaseKinds, testDatabases } from './databases.ts';

let store: AccountStore;

const invite = (person: string, hash: string, expiresUtcMs = 1000) =>
  store.invite({ utcMs: 10, person, change: 'added' }, { hash, expiresUtcMs });
const session = (person: string, hash: string): KeptSession => ({
  hash,
  person,
  role: 'dispatcher',
  openedUtcMs: 1,
  seenUtcMs: 2,
  actedUtcMs: 3,
  isLocked: false,
  way: 'oidc',
  address: '10.0.0.1',
  renewal: 'sealed',
});

describe.each(databaseKinds)('the store of accounts in %s', (kind) => {
  const databases = testDatabases(kind);
  const openStore = () => AccountStore.open(openDatabase<AccountTables>(databases.place('accounts')));
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  it('takes an invitation once, and while it holds', async () => {
    await invite('lotte', 'h1');
    expect(await store.invited('h1', 999)).toBe('lotte');
    expect(await store.takeInvitation('h1', 1000, 'phc')).toBeUndefined();
    const both = await Promise.all([store.takeInvitation('h1', 5, 'phc 1'), store.takeInvitation('h1', 5, 'phc 2')]);
    expect(both.filter((person) => person === 'lotte')).toHaveLength(1);
    expect((await store.account('lotte'))?.password).toMatch(/^phc/);
  });

  it('keeps what it has over a restart', async () => {
    await invite('lotte', 'h1');
    await store.openSession(session('lotte', 's1'));
    await store.keepGuesses({ kind: 'account', subject: 'x', wrong: 3, lastMs: 7 });
    await store.keepGuesses({ kind: 'account', subject: 'x', wrong: 4, lastMs: 8 });
    await store.close();
    store = await openStore();
    expect(await store.sessions()).toEqual([session('lotte', 's1')]);
    expect(await store.guesses()).toEqual([{ kind: 'account', subject: 'x', wrong: 4, lastMs: 8 }]);
    expect(await store.takeChanges()).toEqual([{ utcMs: 10, person: 'lotte', change: 'added' }]);
    expect(await store.takeChanges()).toEqual([]);
  });

  it('has one session a person', async () => {
    await invite('lotte', 'h1');
    expect(await store.openSession(session('lotte', 's1'))).toBe(true);
    expect(await store.openSession(session('lotte', 's2'))).toBe(true);
    await store.keepSession({ ...session('lotte', 's1'), isLocked: true }); // gone, and stays so
    expect((await store.sessions()).map(({ hash }) => hash)).toEqual(['s2']);
    await store.endSession('s2');
    expect(await store.sessions()).toEqual([]);
  });

  it('takes everything from a leaver at once', async () => {
    await invite('lotte', 'h1');
    await store.openSession(session('lotte', 's1'));
    expect(await store.disable('lotte', 20)).toBe(true);
    expect(await store.sessions()).toEqual([]);
    expect(await store.invited('h1', 5)).toBeUndefined();
    expect(await store.openSession(session('lotte', 's2'))).toBe(false);
    expect(await store.disable('nobody', 20)).toBe(false);
    expect(await store.openSession(session('nobody', 's3'))).toBe(false);
  });

  it('uses a step and a recovery code once, and ends sessions with a new factor or password', async () => {
    await invite('lotte', 'h1');
    await store.openSession(session('lotte', 's1'));
    await store.setTimeSecret('lotte', 'sealed', 5, ['c1', 'c2']);
    expect(await store.sessions()).toEqual([]);
    expect(await Promise.all([store.useStep('lotte', 6), store.useStep('lotte', 6)])).toEqual([true, false]);
    expect(await store.useStep('lotte', 5)).toBe(false);
    expect(await store.hasRecoveryCode('lotte', 'c1')).toBe(true);
    expect(await store.useRecoveryCode('lotte', 'c1')).toBe(true);
    expect(await store.useRecoveryCode('lotte', 'c1')).toBe(false);
    await store.openSession(session('lotte', 's2'));
    await store.setPassword('lotte', 'phc');
    expect(await store.sessions()).toEqual([]);
  });

  it('begins anew with a reset: no password, no factor, no session', async () => {
    await invite('lotte', 'h1');
    await store.takeInvitation('h1', 5, 'phc');
    await store.setTimeSecret('lotte', 'sealed', 5, ['c1']);
    await store.openSession(session('lotte', 's1'));
    await invite('lotte', 'h2');
    expect(await store.account('lotte')).toEqual({
      person: 'lotte',
      password: undefined,
      isDisabled: false,
      timeSecret: undefined,
      usedStep: 0,
    });
    expect(await store.sessions()).toEqual([]);
    expect(await store.hasRecoveryCode('lotte', 'c1')).toBe(false);
    expect(await store.invited('h1', 5)).toBeUndefined();
  });
});

describe('a password', () => {
  const databases = testDatabases('SQLite');

  it('is kept as argon2id, each time another text, and nowhere as it was typed', async () => {
    const password = 'nachtdienst in Doornik';
    const [one, other] = await Promise.all([hashPassword(password), hashPassword(password)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(await isPassword(one, password)).toBe(true);
    expect(await isPassword(one, `${password}!`)).toBe(false);
    expect(await isPassword(undefined, password)).toBe(false);
    store = await AccountStore.open(openDatabase<AccountTables>(databases.place('accounts')));
    await invite('lotte', 'h1');
    await store.takeInvitation('h1', 5, one);
    await store.close();
    expect(readFileSync(join(databases.folder, 'accounts.db')).includes(password)).toBe(false);
  });
});
