/** Second factors that come and go while something else happens to the account: doors, logins and a real database. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AskedFrom } from '../../src/api/login-port.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from './login-bench.ts';

const { person } = operator;
const password = 'nachtdienst in Doornik';
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

function addPasskey(id: string): Promise<boolean> {
  const key = { id, person, name: id, host: 'gateway.test', publicKey: '', counter: 0, transports: [] };
  return bench.passkeys.addPasskey({ ...key, madeUtcMs: 0, usedUtcMs: undefined }, 10);
}

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
});
