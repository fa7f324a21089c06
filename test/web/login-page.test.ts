/** Logging in on the built page, with the real door, logins and console link behind it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
let rig: PageRig;
let bench: LoginBench;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  bench = await LoginBench.start(rig.pageFolder);
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
});

const field = (name: string) => rig.page.getByLabel(name, { exact: true });
const button = (name: string) => rig.page.getByRole('button', { name });
const consoleShown = () => rig.page.locator('.top-bar').waitFor();

async function setPassword(): Promise<void> {
  await bench.post('password', { invitation: await bench.invite(), newPassword: password });
}

async function enter(): Promise<void> {
  await field('Identifiant').fill(operator.person);
  await field('Mot de passe').fill(password);
  await rig.page.keyboard.press('Enter');
}

describe('the login', () => {
  it('begins with a password for whoever was invited, and is clean by day and by night', async () => {
    const invitation = await bench.invite();
    await rig.visit(`${bench.url}#invitation=${invitation}`);
    await field('Nouveau mot de passe').fill('court');
    expect(rig.page.url()).not.toContain(invitation);
    await field('Encore une fois').fill('court');
    await rig.page.keyboard.press('Enter');
    await rig.page.getByText('Au moins 12 caractères.', { exact: true }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await rig.page.emulateMedia({ colorScheme });
      expect(await rig.violations()).toEqual([]);
    }
    await field('Nouveau mot de passe').fill(password);
    await field('Encore une fois').fill(password);
    await rig.page.keyboard.press('Enter');
    await rig.page.getByText('Le mot de passe est enregistré.').waitFor();
    expect(await rig.violations()).toEqual([]);
    await enter();
    await consoleShown();
  });

  it('says what is wrong in words, by keyboard alone', async () => {
    await setPassword();
    await rig.visit(bench.url);
    await field('Identifiant').waitFor();
    await expect.poll(() => rig.page.locator('input:focus').getAttribute('autocomplete')).toBe('username');
    await rig.page.keyboard.type(operator.person);
    await rig.page.keyboard.press('Tab');
    await rig.page.keyboard.type('wrong wrong wrong');
    await rig.page.keyboard.press('Enter');
    await rig.page.getByText('Identifiant ou mot de passe erroné').waitFor();
    expect(await rig.violations()).toEqual([]);
    await field('Mot de passe').fill(password);
    await rig.page.keyboard.press('Enter');
    await consoleShown();
    // Whoever reloads is still in.
    await rig.page.reload();
    await consoleShown();
    await button('Se déconnecter').click();
    await rig.page.getByText('Vous vous êtes déconnecté.').waitFor();
    await field('Identifiant').waitFor();
  });

  it('takes over a console elsewhere when told to, which says so there', async () => {
    await setPassword();
    await bench.post('login', { name: operator.person, password });
    await rig.visit(bench.url);
    await enter();
    await rig.page.getByText('Vous avez une console ailleurs depuis').waitFor();
    expect(await rig.violations()).toEqual([]);
    await expect.poll(() => rig.page.locator('button:focus').textContent()).toBe('Reprendre ici');
    await rig.page.keyboard.press('Enter');
    await consoleShown();
    await bench.post('login', { name: operator.person, password, takeOver: true });
    await rig.page.getByText('Vous avez repris la console ailleurs').waitFor();
  });

  it('locks the console, which asks for the password', async () => {
    await setPassword();
    await rig.visit(bench.url);
    await enter();
    await consoleShown();
    bench.console.server.lock(operator.person, true);
    await rig.page.getByText('Cette console est verrouillée').waitFor();
    expect(await rig.violations()).toEqual([]);
    await field('Mot de passe').fill(password);
    await rig.page.keyboard.press('Enter');
    await consoleShown();
  });
});
