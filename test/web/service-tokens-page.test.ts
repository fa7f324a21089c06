/** Service tokens on the page of networks, with the gateway's own doors, rules and database behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { operator } from '../console/world-of-test.ts';
import { TokenPlace } from '../doors/token-place.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { statusOfTest } from '../status-of-test.ts';
import { LoggedIn } from './logged-in.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const people = [
  { ...operator, person: 'tech-fr', display: 'Technique', role: 'technician', language: 'fr' },
  { ...operator, person: 'sup-fr', display: 'Chef', role: 'supervisor', language: 'fr' },
] as const;
/** Screenshots are kept where this names a folder. */
const pictures = process.env.ESCAUT_SHOTS;

let rig: PageRig;
let bench: LoginBench;
let place: TokenPlace;
let folder: string;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-page-'));
  place = await TokenPlace.open(join(folder, 'accounts.db'), {
    clock: new SystemClock(),
    signedIn: (token) => {
      const session = bench.logins.signedIn(token);
      const person = people.find((each) => each.person === session?.person);
      return session && person && { person, isLocked: session.isLocked };
    },
    people: () => people.map(({ person: id, display }) => ({ id, display })),
  });
  bench = await LoginBench.start(rig.pageFolder, { people, http: { tokens: place.office } });
  bench.console.status = { ...statusOfTest, attachments: [], legs: [] };
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await place.close();
  rmSync(folder, { recursive: true });
});

const { button, field, enter, look } = new LoggedIn(
  'service-tokens',
  () => rig,
  () => bench,
);

async function lookByNight(name: string): Promise<void> {
  await rig.page.evaluate('document.documentElement.dataset.theme = "night-red"');
  expect(await rig.violations()).toEqual([]);
  if (pictures !== undefined)
    await rig.page.screenshot({ path: `${pictures}/service-tokens-${name}-night-red.png`, fullPage: true });
  await rig.page.evaluate('delete document.documentElement.dataset.theme');
}

it('makes one, shows it once with how it is given, and ends it at once', async () => {
  const old = await place.make();
  await enter('tech-fr');
  await rig.page.locator('.networks-button').click();
  const rows = rig.page.locator('.service-tokens-table tbody tr');
  await expect.poll(() => rows.count()).toBe(2); // and the secret of the file
  const ending = rig.page.locator(`tr[data-token="${old}"]`);
  await expect.poll(() => ending.locator('td strong').textContent()).toBe('expire dans 8 jours');
  await expect.poll(() => rig.page.locator('tr[data-holder="old-box"]').textContent()).toContain('du fichier');
  await expect.poll(() => rig.page.locator('tr[data-holder="old-box"] button').count()).toBe(0);

  const made = rig.page.locator('.service-token-made');
  const options = () => rig.page.locator('.service-tokens-make option').allTextContents();
  expect(await options()).toEqual(['Choisir…', 'be-anpr – hits de caméras', 'box – agent de liaison']);
  await rig.page.locator('.service-tokens-make select').selectOption('link box');
  await field('Validité en jours (1 à 366)').fill('90');
  await button('Créer un jeton').click();
  await made.waitFor();
  const secret = await field('Jeton').inputValue();
  expect(secret).toMatch(/^escaut_[\w-]{43}$/);
  await rig.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button('Copier').click();
  await made.getByText('Copié.', { exact: false }).waitFor();
  expect(await rig.page.evaluate('navigator.clipboard.readText()')).toBe(secret);
  await look('made');
  await button('Je l’ai, masquer').click();
  await expect.poll(() => made.count()).toBe(0);
  await expect.poll(() => rows.count()).toBe(3);
  expect(await rig.page.content()).not.toContain(secret);

  const row = rig.page.locator('tr[data-holder="box"]');
  await row.getByRole('button').click();
  await row.getByText('Son agent est déconnecté dans les 5 s', { exact: false }).waitFor();
  await look('sure');
  await row.getByRole('button').first().click();
  await rig.page.locator('tr[data-holder="box"][data-state="revoked"]').waitFor();
  await expect.poll(() => row.locator('td').nth(1).textContent()).toContain('Technique');
  await expect.poll(() => row.getByRole('button').count()).toBe(0);

  await rig.page.locator('.look-button').click();
  await button('Nederlands').click();
  await rig.page.keyboard.press('Escape');
  await rig.page.getByText('verloopt over 8 dagen').waitFor();
  await look('nl');
  await lookByNight('nl');
});

it('is not shown to those whose role may not', async () => {
  await enter('sup-fr');
  await rig.page.locator('.networks-button').click();
  await rig.page.locator('main.networks .network').first().waitFor();
  await expect.poll(() => rig.page.locator('.service-tokens').count()).toBe(0);
});
