/** Border records in the built page: notice, mark, acceptance by the host room, late notice, a refusal in words. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoSnapshot } from './demo-groups.ts';
import { mapSnapshot } from './demo-map.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const pours = 'xb-pours-1';
const controlRooms = [
  { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
  { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE' },
  { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
];
const record = {
  id: 'B1',
  groupId: pours,
  state: 'notified',
  origin: 'cr-ht',
  host: 'cr-tn59',
  category: 'Vol aggravé',
  basis: 'pursuit',
  place: 'PF-04',
  noticeUtcMs: Date.now(),
  noticeBy: 'CCPD 1',
};

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const answer = (refusal = '') =>
  rig.gateway.say({ operationAnswer: { requestId: asked().at(-1)?.requestId ?? 0, refusal } });
const button = (name: string) => rig.page.getByRole('button', { name, exact: true });
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });

describe('border records', () => {
  beforeEach(() => rig.open({ ...demoSnapshot(), places: mapSnapshot([]).places ?? [], controlRooms }));
  afterEach(() => rig.close());

  it('begin with a notice: rooms of both countries are proposed, the offence is one click', async () => {
    await button('Aviser…').click();
    await rig.page.getByRole('radio', { name: 'Vol aggravé' }).click();
    await rig.page.getByLabel('Lieu').selectOption('PF-04');
    await rig.page.keyboard.press('Enter');
    await told(1);
    expect(asked()[0]).toMatchObject({
      groupId: pours,
      openRecord: { origin: 'cr-ht', host: 'cr-tn59', category: 'Vol aggravé', basis: 'pursuit', place: 'PF-04' },
    });
    answer();
    await rig.page.locator('dialog').waitFor({ state: 'detached' });
    rig.gateway.change({ borderRecord: record });
    await rig.page.locator('[data-record="B1"]', { hasText: 'CIC Hainaut a avisé TN 59' }).waitFor();
    expect(await rig.violations()).toEqual([]);
  });

  it('are marked by a key, with the unit that was heard last and the place of the notice; a refusal is said in words', async () => {
    rig.gateway.change({ borderRecord: record });
    await rig.page.locator('[data-record="B1"]').waitFor();
    await rig.page.keyboard.press('b');
    await rig.page.locator('dialog').waitFor();
    await expect.poll(() => rig.page.getByLabel('Lieu').inputValue()).toBe('PF-04');
    await rig.page.getByLabel('Équipage').fill('Mouscron 31');
    await button('Franchi maintenant').click();
    await told(1);
    expect(asked()[0]?.markCrossing).toMatchObject({
      recordId: 'B1',
      unit: 'Mouscron 31',
      place: 'PF-04',
      from: 'BE',
      to: 'FR',
    });
    answer('already-marked');
    await rig.page.getByText('Le franchissement est déjà marqué.').waitFor();
    await rig.page.keyboard.press('Escape');
    const crossings = [{ source: 'voice-mark', atUtcMs: Date.now() }];
    rig.gateway.change({
      borderRecord: { ...record, unit: 'Mouscron 31', from: 'BE', to: 'FR', crossings, noticeLateMs: 65_000 },
    });
    await rig.page.getByText('La salle hôte a été avisée 1:05 après le franchissement').waitFor();
  });

  it('are accepted at the host control room alone', async () => {
    rig.gateway.change({ borderRecord: record });
    await rig.page.locator('[data-record="B1"]').waitFor();
    await expect.poll(() => button('Prendre en compte…').count()).toBe(0);
    rig.gateway.change({ borderRecord: { ...record, host: 'cr-ccpd' } });
    await button('Prendre en compte…').click();
    await rig.page.getByRole('radio', { name: 'suivre sans interpeller' }).click();
    await button('Prendre en compte').click();
    await told(1);
    expect(asked()[0]?.acceptPursuit).toMatchObject({ recordId: 'B1', condition: 'suivre sans interpeller' });
  });
});
