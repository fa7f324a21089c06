/** A second factor that is insisted on, in Chromium: whoever has none is led to enrol it, then to the console. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { timeCode } from '../../src/operations/time-code.ts';
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
  bench = await LoginBench.start(rig.pageFolder, { insists: () => true });
  await bench.post('password', { invitation: await bench.invite(), newPassword: password });
  await rig.visit(`http://localhost:${bench.console.port}/`);
  await rig.page.getByLabel('Identifiant', { exact: true }).fill(operator.person);
  await rig.page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('Cette passerelle exige un second facteur.').waitFor();
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
});

const part = (title: string) => rig.page.locator('section', { has: rig.page.getByRole('heading', { name: title }) });
const toConsole = () => rig.page.getByRole('link', { name: 'Vers la console' }).click();

it('is an authenticator; the console itself leads there too, and opens when it stands', async () => {
  await part('Mot de passe').waitFor({ state: 'detached' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme });
    expect(await rig.violations()).toEqual([]);
  }
  await rig.page.goto(`http://localhost:${bench.console.port}/?again`);
  await rig.page.getByText('Cette passerelle exige un second facteur.').waitFor();
  await part('Authentificateur').getByLabel('Mot de passe').fill(password);
  await rig.page.getByRole('button', { name: 'Enregistrer un authentificateur' }).click();
  const shown = part('Authentificateur').locator('p code');
  await shown.waitFor();
  const secret = fromBase32(((await shown.textContent()) ?? '').replaceAll(' ', ''));
  const code = timeCode(secret, Math.floor(Date.now() / 30_000));
  await rig.page.getByLabel('Code de votre authentificateur').fill(code);
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('Votre second facteur est enregistré.').waitFor();
  await expect.poll(() => rig.page.locator('.recovery code').count()).toBe(10);
  expect(await rig.violations()).toEqual([]);
  await toConsole();
  await rig.page.locator('.top-bar').waitFor();
});

it('is a passkey, without which a password lets nobody in, and which is not removed while it is the last', async () => {
  const cdp = await rig.page.context().newCDPSession(rig.page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  const keys = part('Clés d’accès');
  await keys.getByLabel('Mot de passe').fill(password);
  await keys.getByLabel('Nom de la clé d’accès').fill('clé bleue');
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('Votre second facteur est enregistré.').waitFor();
  await keys.getByLabel('Mot de passe').fill(password);
  await keys.getByRole('button', { name: 'Retirer clé bleue' }).click();
  await keys.getByText('C’est votre dernier second facteur').waitFor();
  expect(await bench.post('login', { name: operator.person, password })).toMatchObject({
    status: 401,
    code: 'passkey-needed',
  });
  await toConsole();
  await rig.page.locator('.top-bar').waitFor();
});

function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
