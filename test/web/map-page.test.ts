/** The map in the built page: drawn from our own files alone, and the same as lists. Every wait is for a condition. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as demo from './demo-groups.ts';
import { mapSnapshot, position } from './demo-map.ts';
import { PageRig } from './page-rig.ts';

/** On a machine that is busy with other tests a browser takes its time, and it draws without a graphics card. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start(['--enable-unsafe-swiftshader']);
});
afterAll(() => rig?.stop());

const mark = (name: string) => rig.page.locator(`[data-mark="${name}"]`);
const row = (unit: string) => rig.page.locator(`tr[data-unit="${unit}"]`);
const drawn = () => rig.page.locator('.map[data-drawn="true"]').waitFor({ timeout: 100_000 });

describe('the map', () => {
  beforeEach(async () => {
    await rig.open(
      mapSnapshot([position(demo.bac2, 50.745, 3.165, 95_000), position(demo.grensleie7, 50.795, 3.117, 8000)]),
    );
    await rig.page.keyboard.press('m');
    await rig.page.locator('.map-view').waitFor();
  });
  afterEach(() => rig.close());

  it('is drawn under the content policy, with marks where the places are, and is accessible', async () => {
    await drawn();
    await expect.poll(() => mark('PF-05').textContent()).toContain('Menin – Halluin');
    const [north, south] = [await mark('PF-01').boundingBox(), await mark('PF-16').boundingBox()];
    expect(south!.x - north!.x).toBeGreaterThan(100);
    expect(south!.y - north!.y).toBeGreaterThan(100);
    expect(await rig.violations()).toEqual([]);
  });

  it('shows a unit as old in a word, one in distress first, and lets go of what is withdrawn', async () => {
    await expect.poll(() => row('inpt 590192102').textContent()).toMatch(/BAC 2.*ancienne, il y a \d+ (s|min).*PF-04/);
    const floor = demo.floor(demo.grensleie7, 0, { emergency: true });
    rig.gateway.change({ floor: { groupId: 'xb-acc', floor } });
    await rig.page.locator('tr[data-unit="astrid 5455007"][data-state="emergency"]').waitFor();
    await expect.poll(() => rig.page.locator('tr[data-unit]').first().textContent()).toMatch(/Grensleie 7.*détresse/);
    await expect.poll(() => mark('astrid 5455007').getAttribute('data-state')).toBe('emergency');
    rig.gateway.change({ positions: { seen: [position(demo.mouscron31, 50.762, 3.19, 0)] } });
    await row('astrid 5317031').waitFor();
    rig.gateway.change({ positions: { withdrawn: ['inpt 590192102'] } });
    await row('inpt 590192102').waitFor({ state: 'detached' });
    await expect.poll(() => mark('inpt 590192102').count()).toBe(0);
  });

  it('goes by the keyboard to a place of the list, and back to the groups', async () => {
    await drawn();
    const { page } = rig;
    const before = await mark('PF-16').boundingBox();
    await page.locator('tr[data-place="PF-16"] button').focus();
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await mark('PF-16').boundingBox())!.x, { timeout: 20_000 }).not.toBe(before!.x);
    await page.locator('.map-marks[data-near="true"]').waitFor();
    await page.locator('.look-button').click();
    await page.locator('button[lang="nl"]').click();
    await page.locator('.dialog-main').click();
    await page.locator('tr[data-place="PF-05"]', { hasText: 'Menen – Halluin' }).waitFor();
    await page.keyboard.press('Escape');
    await rig.tile('xb-pours-1').waitFor();
  });
});

describe('a map that takes its time', () => {
  beforeEach(() => rig.open(mapSnapshot([])));
  afterEach(() => rig.close());

  it('says so until it is drawn', async () => {
    const released = Promise.withResolvers<void>();
    await rig.page.route('**/*.geojson', async (route) => {
      await released.promise;
      await route.continue();
    });
    await rig.page.locator('[data-shortcut="map"]').click();
    const said = rig.page.locator('.map-drawing');
    await said.waitFor();
    released.resolve();
    await drawn();
    await expect.poll(() => said.count()).toBe(0);
  });
});

describe('a browser that cannot draw it', () => {
  beforeEach(() => rig.open(mapSnapshot([]), 'HTMLCanvasElement.prototype.getContext = () => null'));
  afterEach(() => rig.close());

  it('says so, and shows the lists all the same', async () => {
    await rig.page.locator('[data-shortcut="map"]').click();
    await rig.page.locator('.map-fault').waitFor();
    await expect.poll(() => rig.page.locator('tr[data-place]').count()).toBe(6);
    expect(await rig.violations()).toEqual([]);
  });
});
