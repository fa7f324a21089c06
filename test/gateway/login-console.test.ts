/** From the login to the console and back out: HTTP, WebSocket, logins and database together. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { operator } from '../console/world-of-test.ts';
import type { Page } from '../interop/console-bench.ts';
import { LoginBench } from './login-bench.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const waitMs = 20_000;
const password = 'nachtdienst in Doornik';
let bench: LoginBench;
beforeEach(async () => {
  bench = await LoginBench.start();
  const set = await bench.post('password', { invitation: await bench.invite(), newPassword: password });
  expect(set.status).toBe(200);
});
afterEach(() => bench.stop());

const login = (more: object = {}) => bench.post('login', { name: operator.person, password, ...more });

async function open(cookie: string): Promise<Page> {
  const page = await bench.console.connect({ cookie });
  page.send({ hello: { versionMin: 1, versionMax: 1, token: '' } });
  return page;
}
const welcomed = (page: Page) => page.until(({ welcome }) => welcome?.operator?.personId, waitMs);
const refused = (page: Page) => page.until(({ refused }) => refused?.detail, waitMs);

it('opens a console by its cookie, until its person logs out', async () => {
  const { cookie } = await login();
  const page = await open(cookie);
  expect(await welcomed(page)).toBe(operator.person);
  expect((await bench.post('logout', {}, cookie)).status).toBe(204);
  expect(await refused(page)).toBe('logged-out');
  await page.end(waitMs);
  expect(await refused(await open(cookie))).toBe('log-in');
});

it('hands the console over to where its person takes over, and says so where he was', async () => {
  const first = await login();
  const page = await open(first.cookie);
  await welcomed(page);
  expect(await login()).toMatchObject({ status: 409, code: 'elsewhere', cookie: '' });
  const second = await login({ takeOver: true });
  expect(await refused(page)).toBe('taken-over');
  expect(await welcomed(await open(second.cookie))).toBe(operator.person);
  expect(await refused(await open(first.cookie))).toBe('log-in');
});

it('closes the console with a new password, and opens it under the new cookie', async () => {
  const { cookie } = await login();
  const page = await open(cookie);
  await welcomed(page);
  const changed = await bench.post('password', { password, newPassword: 'een ander, langer woord' }, cookie);
  expect(changed.status).toBe(200);
  expect(await refused(page)).toBe('changed');
  expect(await welcomed(await open(changed.cookie))).toBe(operator.person);
});
