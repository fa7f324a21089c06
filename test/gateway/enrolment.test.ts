/** Second factors that come and go while something else happens to the account: doors, logins and a real database. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AskedFrom } from '../../src/api/login-port.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { timeCode } from '../../src/operations/time-code.ts';
import { seal } from '../../src/store/seal.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from './login-bench.ts';

const { person } = operator;
const password = 'nachtdienst in Doornik';
const newPassword = 'een ander, langer woord';
let bench: LoginBench;
let isInsisted: boolean;

beforeEach(async () => {
  isInsisted = true;
  bench = await LoginBench.start(undefined, { insists: () => isInsisted });
  await choose(await bench.invite());
});
afterEach(() => bench.stop());

const choose = (invitation: string) => bench.logins.takeInvitation({ invitation, newPassword: password }, at(''));
const at = (token: string): AskedFrom => ({ address: '10.0.0.1', token });

async function login(): Promise<AskedFrom> {
  const answer = await bench.logins.login({ name: person, password, code: '', takeOver: true }, at(''));
  if (answer.as !== 'in') throw new Error(answer.code);
  return at(answer.token);
}

/** The code of an authenticator that has just been begun. */
async function begin(from: AskedFrom): Promise<string> {
  const begun = await bench.logins.beginSecondFactor(password, from);
  if (begun.as !== 'begun') throw new Error(begun.code);
  const text = new URL(begun.otpauth).searchParams.get('secret') ?? '';
  const bits = [...text].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'));
  const octets = bits.join('').match(/.{8}/g) ?? [];
  const secret = Uint8Array.from(octets, (each) => Number.parseInt(each, 2));
  return timeCode(secret, Math.floor(Date.now() / 30_000));
}

function addPasskey(id: string): Promise<boolean> {
  const key = { id, person, name: id, host: 'gateway.test', publicKey: '', counter: 0, transports: [] };
  return bench.passkeys.addPasskey({ ...key, madeUtcMs: 0, usedUtcMs: undefined }, 10);
}

describe('an authenticator', () => {
  it.each([true, false])(
    'is not enrolled with a password that is no more, before anybody has seen that (%s)',
    async (first) => {
      isInsisted = first;
      const from = await login();
      const code = await begin(from);
      const again = await bench.invite(); // a reset, which the next look at the database sees
      expect(await bench.logins.confirmSecondFactor(code, from)).toMatchObject({ code: 'no-enrolment' });
      expect(await bench.store.account(person)).toMatchObject({ timeSecret: undefined });
      expect(await choose(again)).toMatchObject({ as: 'set' });
      isInsisted = true;
      await begin(await login()); // by whoever has the new link
    },
  );

  it('is not enrolled by whoever was disabled, and none of it is kept', async () => {
    const from = await login();
    const code = await begin(from);
    await bench.store.disable(person, 0);
    expect(await bench.logins.confirmSecondFactor(code, from)).toMatchObject({ code: 'no-session' });
    expect(await bench.store.account(person)).toMatchObject({ timeSecret: undefined });
  });

  it('that stands meanwhile is not replaced by a password alone', async () => {
    const from = await login();
    const code = await begin(from);
    await bench.store.setTimeSecret(person, 'hers', 0, []);
    expect(await bench.logins.confirmSecondFactor(code, from)).toMatchObject({ code: 'no-session' });
    expect(await bench.logins.beginSecondFactor(password, from)).toMatchObject({ code: 'no-session' });
    expect(await bench.store.account(person)).toMatchObject({ timeSecret: 'hers' });
  });

  it('is none to enrol with a password alone for whoever has a passkey meanwhile', async () => {
    const from = await login();
    const code = await begin(from);
    await addPasskey('hers');
    expect(await bench.logins.confirmSecondFactor(code, from)).toMatchObject({ code: 'no-session' });
  });
});

describe('a passkey', () => {
  it('is removed, but not the last two at once', async () => {
    isInsisted = false;
    const { cookie } = await bench.post('login', { name: person, password });
    isInsisted = true;
    await Promise.all(['one', 'two', 'three'].map(addPasskey));
    // A database that takes its time: all have looked before the first is gone.
    const read = bench.passkeys.passkeys.bind(bench.passkeys);
    vi.spyOn(bench.passkeys, 'passkeys').mockImplementation(async (of) => {
      const found = await read(of);
      await setTimeout(50);
      return found;
    });
    const remove = (id: string) => bench.post('passkeys/remove', { id, password }, cookie);
    const answers = await Promise.all(['one', 'two', 'three'].map(remove));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409]);
    expect(await read(person)).toHaveLength(1);
  });

  it('is a second factor to whoever looks at accounts, and to whoever changes his password', async () => {
    isInsisted = false;
    const from = await login();
    isInsisted = true;
    expect(await bench.store.passkeyHolders()).toEqual([]);
    expect(await bench.logins.changePassword({ password, newPassword }, from)).toMatchObject({ code: 'second-factor' });
    await Promise.all(['one', 'two'].map(addPasskey));
    expect(await bench.store.passkeyHolders()).toEqual([person]);
    expect(await bench.logins.changePassword({ password, newPassword }, from)).toMatchObject({ as: 'in' });
  });
});

it.each(['oidc', 'card'] as const)(
  'a session by %s is one after a change as well, and asked about as before',
  async (way) => {
    const { sessions } = bench.logins;
    const proof = { way, hasSecondFactor: false, renewal: 'what is asked about' };
    const open = await sessions.admit(operator, proof, at(''), false);
    if (open.as !== 'in') throw new Error(open.code);
    const changed = await bench.logins.changePassword({ password, newPassword: password }, at(open.token));
    if (changed.as !== 'in') throw new Error(changed.code);
    expect(sessions.of(changed.token)).toMatchObject({ way, renewal: 'what is asked about' });
    const enrolled = await bench.logins.confirmSecondFactor(await begin(at(changed.token)), at(changed.token));
    if (enrolled.as !== 'in') throw new Error(enrolled.code);
    expect(sessions.of(enrolled.token)).toMatchObject({ way, renewal: 'what is asked about', hasSecondFactor: true });
    expect(await bench.store.sessions()).toMatchObject([{ way, hash: hashOf(enrolled.token), renewal: proof.renewal }]);
  },
);

it('a session by card that a provider unlocks is the provider’s, and its card is looked at no more', async () => {
  await bench.stop();
  bench = await LoginBench.start(undefined, { cards: 'door', lockAfterMs: 0 });
  await choose(await bench.invite());
  const { sessions } = bench.logins;
  const kept = (what: object) => seal(Buffer.from(JSON.stringify(what)), new Uint8Array(32), person);
  const card = { serial: '1', issuer: 'CA', fromUtcMs: 0, toUtcMs: 1e15, value: '4405512' };
  const byCard = { way: 'card', hasSecondFactor: true, renewal: kept(card) } as const;
  const byProvider = { way: 'oidc', hasSecondFactor: false, renewal: kept({ refreshToken: 'r' }) } as const;
  const open = await sessions.admit(operator, byCard, at(''), false);
  if (open.as !== 'in') throw new Error(open.code);
  await bench.logins.start();
  expect(bench.logins.personOf(open.token)).toMatchObject({ isLocked: true });
  const unlocked = await sessions.admit(operator, byProvider, at(open.token), false);
  if (unlocked.as !== 'in') throw new Error(unlocked.code);
  bench.cards?.start();
  expect(sessions.of(unlocked.token)).toMatchObject({ way: 'oidc', renewal: byProvider.renewal, isLocked: false });
  // One that an earlier release has left ends, and takes nobody with it.
  const left = await sessions.open(operator, { ...byProvider, way: 'card' }, at(''), 'changed');
  bench.cards?.start();
  expect(sessions.of(left?.token ?? '')).toBeUndefined();
});
