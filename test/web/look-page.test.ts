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
  const down = demo.leg('xb-patr-b1', 'rubis', 'FRBE PATR B1', { state: State.DOWN, fault: 'busy', faultAnswer: 486 });
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
    await expect.poll(() => page.locator('meta[name="theme-color"]').getAttribute('content')).toBe('#060000');
    await page.reload();
    await rig.ready();
    await expect.poll(theme).toBe('night-red');
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
    await expect.poll(() => polite('Mouscron 31').count()).toBe(0);
    await choose('Rien');
    await expect.poll(() => rig.page.locator('[aria-live="assertive"]', { hasText: 'Grensleie 7' }).count()).toBe(0);
  });
});

describe('tabs of groups', () => {
  afterEach(() => rig.close());
  const tab = (name: string) => rig.page.locator('.tab', { hasText: name });
  /** Thirteen groups, four of them for pursuits. */
  const manyGroups = () => {
    const snapshot = demo.crowd(13);
    const groups = (snapshot.groups ?? []).map((group, index) => ({
      ...group,
      use: index % 3 === 0 ? 'pursuit' : 'hailing',
    }));
    return { ...snapshot, groups };
  };

  it('say what goes on behind them, are turned by keys, and hide no distress', async () => {
    await rig.open(manyGroups());
    const { page, gateway } = rig;
    await tab('Poursuite').waitFor();
    await expect.poll(() => rig.tile('xb-acc').count()).toBe(0);
    gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7) } });
    await tab('Accueil').locator('.tab-news', { hasText: '1 en réception' }).waitFor();
    gateway.change({ emergency: distress() });
    await rig.tile('xb-acc').waitFor();
    await page.keyboard.press('PageDown');
    await rig.page.locator('.tab[aria-pressed="true"]', { hasText: 'Accueil' }).waitFor();
    await expect.poll(() => rig.tile(pours).count()).toBe(0);
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.down('F1'); // the first tile of this tab
    await rig.until(() => rig.requests().length, 1);
    expect(rig.requests()[0]?.groupId).toBe('xb-acc');
    await page.keyboard.up('F1');
    await page.keyboard.press('PageUp');
    await rig.tile(pours).waitFor();
  });

  it('are arranged by the operator, with groups that stand on all, and kept for him', async () => {
    await rig.open();
    const { page } = rig;
    await expect.poll(() => page.locator('.tabs').count()).toBe(0);
    await page.locator('.look-button').click();
    await page.locator('.tabs-button').click();
    await page.locator('.tab-add').click();
    await page.locator('.tab-names input').nth(0).fill('Frontière');
    await page.locator('.tab-names input').nth(1).fill('Bassin 1');
    const place = (group: string) => page.locator('.tab-places label', { hasText: group }).locator('select');
    await place('FRBE POURS 1').selectOption({ label: 'Sur tous les onglets' });
    await place('FRBE PATR B1').selectOption({ label: 'Bassin 1' });
    expect(await rig.violations()).toEqual([]);
    await page.locator('.dialog-main').click();
    await tab('Bassin 1').click();
    await rig.tile('xb-patr-b1').waitFor();
    await expect.poll(async () => [await rig.tile(pours).count(), await rig.tile('xb-acc').count()]).toEqual([1, 0]);
    await page.reload();
    await rig.ready();
    await tab('Frontière').waitFor();
    await expect.poll(async () => [await rig.tile(pours).count(), await rig.tile('xb-acc').count()]).toEqual([1, 1]);
    await expect.poll(() => rig.tile('xb-patr-b1').count()).toBe(0);
  });
});

describe('the order of tiles', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());
  const order = () =>
    rig.page.locator('.tile').evaluateAll((all) => all.map((tile) => tile.getAttribute('data-group')));

  it('is the operator’s, by keys, by hand or by a button, and kept for him', async () => {
    const { page } = rig;
    const [first, second, third] = await order();
    await page.keyboard.press('1');
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(order).toEqual([second, first, third]);
    await page.locator('.tile-place', { hasText: 'Place 2 sur 3' }).waitFor();
    await expect.poll(() => rig.tile(first ?? '').getAttribute('data-selected')).toBe('true');
    await rig
      .tile(third ?? '')
      .locator('.tile-names')
      .dragTo(rig.tile(second ?? ''));
    await expect.poll(order).toEqual([third, second, first]);
    await page.locator('.tile-place button').first().click();
    await expect.poll(order).toEqual([third, first, second]);
    expect(await rig.violations()).toEqual([]);
    await page.reload();
    await rig.ready();
    await expect.poll(order).toEqual([third, first, second]);
    await page.keyboard.down('F1'); // the first tile, whichever it is
    await rig.until(() => rig.requests().length, 1);
    expect(rig.requests()[0]?.groupId).toBe(third);
    await page.keyboard.up('F1');
    await page.locator('.look-button').click();
    await page.locator('.order-reset').click();
    await expect.poll(order).toEqual([first, second, third]);
  });
});

describe('the wall', () => {
  afterEach(() => rig.close());

  it('shows everything large, has nothing to press, takes no microphone, and no key of it talks', async () => {
    await rig.open();
    const { page, gateway } = rig;
    await page.setViewportSize({ width: 3840, height: 2160 });
    const before = gateway.heard.filter(({ rtcRequest }) => rtcRequest?.produce).length;
    await page.locator('.look-button').click();
    await page.locator('.wall-button').click();
    await page.locator('.wall').waitFor();
    fillPage();
    await rig.tileShows('xb-acc', 'emergency');
    await page.locator('.wall .emergency-title', { hasText: 'Grensleie 7' }).waitFor();
    await expect.poll(() => page.locator('.wall :is(button, select, input):not([inert] *)').count()).toBe(0);
    await page.keyboard.press(' ');
    await page.keyboard.press('F1');
    expect(rig.requests()).toEqual([]);
    expect(gateway.heard.filter(({ rtcRequest }) => rtcRequest?.produce).length).toBe(before);
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await rig.ready();
  });
});

describe('the clock', () => {
  afterEach(() => rig.close());

  it('says UTC beside the hour of the zone, and while the link is lost for how long nobody compared it', async () => {
    await rig.open();
    await rig.page.locator('.clock-date', { hasText: 'UTC' }).waitFor();
    await expect.poll(() => rig.page.locator('.clock-stale').count()).toBe(0);
    rig.gateway.cut();
    await rig.page.locator('.clock-stale', { hasText: 'non recalée' }).waitFor();
  });

  it('says whether that time is right, with a word and a shape', async () => {
    await rig.open();
    const quality = rig.page.locator('.clock-quality');
    const says = async (state: string, offsetMs: number, word: string, shape: string): Promise<void> => {
      rig.gateway.change({ clock: { state, offsetMs, boundMs: 3, source: offsetMs === 0 ? '' : 'ntp1' } });
      await quality.filter({ hasText: word }).locator(`[data-shape="${shape}"]`).waitFor();
    };
    await expect.poll(() => quality.count()).toBe(0);
    rig.gateway.change({ clock: { state: 'unmeasured', offsetMs: 0, boundMs: 0, source: '' } });
    await quality.filter({ hasText: 'non vérifiée' }).waitFor();
    await expect.poll(() => quality.locator('[data-shape]').count()).toBe(0);
    await expect.poll(() => quality.getAttribute('title')).toBe('Aucun serveur de temps n’est configuré.');
    await says('unknown', 0, 'heure incertaine', 'unknown');
    await says('agreed', 0.4, 'vérifiée', 'done');
    await expect.poll(() => quality.getAttribute('title')).toBe('0 ms ± 3 ms, ntp1');
    await says('off', -1234, 'retard de 1,2 s', 'warned');
    await says('off', 120, 'avance de 120 ms', 'warned');
    expect(await rig.violations()).toEqual([]);
  });
});

describe('a tablet', () => {
  afterEach(() => rig.close());

  it('gives a finger 44 px at least on every control of the page, and scrolls not sideways', async () => {
    await rig.open();
    await rig.page.setViewportSize({ width: 1024, height: 768 });
    await expect.poll(() => rig.page.evaluate(smallTargets)).toEqual([]);
    await expect
      .poll(() => rig.page.evaluate('document.documentElement.scrollWidth - innerWidth'))
      .toBeLessThanOrEqual(0);
  });
});

/** Controls that are lower or narrower than 44 px. */
const smallTargets = `[...document.querySelectorAll('button, select, input')]
  .map((control) => [control, control.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 0 && (height < 43.5 || width < 43.5))
  .map(([control, { width, height }]) => control.className + ' ' + Math.round(width) + '×' + Math.round(height))`;
