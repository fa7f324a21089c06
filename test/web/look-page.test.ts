/** How the built page looks: themes, languages, sizes. Every wait is for a condition. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { escaut } from '../../src/protocols/generated/console.js';
import * as demo from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

const { State } = escaut.console.v1.Leg;
const pours = 'xb-pours-1';
/** On a machine that is busy with other tests a browser takes its time. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const distress = () => ({
  id: 1,
  groupId: 'xb-acc',
  caller: demo.grensleie7,
  sinceUtcMs: Date.now(),
  state: 'unacknowledged',
  homeRooms: ['cr-ccpd'],
});

/** Somebody in distress, somebody who talks, somebody who is held back, a leg down. */
function fillPage(): void {
  rig.gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.bac2, 5000) } });
  rig.gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7, 5000, { emergency: true }) } });
  rig.gateway.change({ emergency: distress() });
  const down = demo.leg('xb-patr-b1', 'rubis', 'FRBE PATR B1', { state: State.DOWN, reason: '486 Busy Here' });
  rig.gateway.change({ leg: { groupId: 'xb-patr-b1', leg: down } });
  const blocked = demo.leg('xb-patr-b1', 'inpt', 'FRBE PATR B1', { receiving: true, blocked: true });
  rig.gateway.change({ leg: { groupId: 'xb-patr-b1', leg: blocked } });
  rig.gateway.change({ alarm: { code: 'leg-down', subject: 'xb-patr-b1/rubis', raised: true, atUtcMs: Date.now() } });
}

describe('themes', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());
  const theme = () => rig.page.locator('html').getAttribute('data-theme');

  it('follow the system, are chosen without a reload, and stay chosen through one', async () => {
    const { page } = rig;
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(theme).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(theme).toBe('light');
    await page.locator('.look-button').click();
    await page.locator('.chip', { hasText: 'Rouge nuit' }).click();
    await expect.poll(theme).toBe('night-red');
    expect(await page.locator('meta[name="theme-color"]').getAttribute('content')).toBe('#060000');
    await page.reload();
    await rig.ready();
    expect(await theme()).toBe('night-red');
  });

  it('break no rule of accessibility in any of them, on any view', async () => {
    const { page } = rig;
    fillPage();
    await rig.tileShows('xb-patr-b1', 'blocked');
    for (const label of ['Clair', 'Sombre', 'Rouge nuit']) {
      await page.locator('.look-button').click();
      await page.locator('.chip', { hasText: label }).click();
      expect([label, await rig.violations()]).toEqual([label, []]);
      await page.locator('.dialog-main').click();
      for (const view of await page.locator('.view-button').all()) {
        if ((await view.getAttribute('aria-pressed')) === 'false') await view.click();
        await page.locator('#groups, .networks').first().waitFor();
        expect([label, await view.textContent(), await rig.violations()]).toEqual([
          label,
          await view.textContent(),
          [],
        ]);
      }
      await page.locator('.view-button').first().click();
      await rig.tile(pours).waitFor();
    }
  });
});

describe('what is read out', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());
  const polite = (text: string) => rig.page.locator('[aria-live="polite"]', { hasText: text });
  const choose = async (label: string): Promise<void> => {
    await rig.page.locator('.look-button').click();
    await rig.page.locator('.chip', { hasText: label }).click();
    await rig.page.locator('.dialog-main').click();
  };

  it('is every change of talker, unless the operator wants emergencies alone, or nothing', async () => {
    rig.gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.bac2) } });
    await polite('BAC 2 parle').waitFor({ state: 'attached' });
    await choose('Détresses seulement');
    rig.gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.mouscron31, 0, { over: 101 }) } });
    rig.gateway.change({ emergency: distress() });
    await rig.page.locator('[aria-live="assertive"]', { hasText: 'Grensleie 7' }).waitFor({ state: 'attached' });
    expect(await polite('Mouscron 31').count()).toBe(0);
    await choose('Rien');
    await expect.poll(() => rig.page.locator('[aria-live="assertive"]', { hasText: 'Grensleie 7' }).count()).toBe(0);
  });
});
