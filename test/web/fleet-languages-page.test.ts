/** Every part of the view of fleet data in four languages on a small screen: no word cut, none that axe finds fault with. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { operator } from '../console/world-of-test.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { cutTexts } from './cut-texts.ts';
import { fleetOf, LoggedIn } from './logged-in.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const people = [{ ...operator, person: 'opo-be', display: 'OPO Tournai', role: 'fleet-admin', country: 'BE' }] as const;
let rig: PageRig;
let bench: LoginBench;
let fleet: FleetRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  fleet = await FleetRig.open(() => Date.now());
  const owed = ['talk', 'control-room'].map((why) => ({ section: 'sharedGroups', item: 'xb-acc', why }));
  bench = await LoginBench.start(rig.pageFolder, {
    people,
    fleet: fleetOf(fleet, people, { owed: owed.map((each) => ({ ...each, kind: 'changed', when: 'waits' }) as never) }),
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await fleet.close();
});

const { enter } = new LoggedIn(
  'fleet',
  () => rig,
  () => bench,
);

it('shows every part whole in each language, in red for the night as well', async () => {
  await enter('opo-be');
  const { page } = rig;
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.locator('.fleet-button').click();
  await page.evaluate('document.documentElement.dataset.theme = "night-red"');
  const parts = page.locator('.fleet-parts button[aria-pressed]');
  for (const [at, language] of ['Français', 'Nederlands', 'English', 'Deutsch'].entries()) {
    if (at > 0) {
      await page.locator('.look-button').click();
      await page.getByRole('button', { name: language, exact: true }).click();
      await page.keyboard.press('Escape');
      await page.locator('.dialog').waitFor({ state: 'detached' });
    }
    await expect.poll(() => parts.count()).toBeGreaterThan(9);
    const count = await parts.count();
    for (let index = 0; index < count; index++) {
      const part = parts.nth(index);
      await part.click();
      await expect.poll(() => part.getAttribute('aria-pressed')).toBe('true');
      const row = page.locator('.fleet-scroll tbody button').first();
      if ((await row.count()) > 0) {
        await row.click();
        await page.locator('.fleet-item').waitFor();
      }
      const what = [language, await part.textContent()];
      expect([...what, await page.evaluate(cutTexts)]).toEqual([...what, []]);
      if (index % 4 === at) expect([...what, await rig.violations()]).toEqual([...what, []]);
    }
  }
});
