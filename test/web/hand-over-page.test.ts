/** A shift handed over in the built page: the sheet, the offer, the colleague's answer, on paper and as one file. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { offersTo, ownOffer, putHandOver, readHandOver, readHandOvers } from '../../src/web/model/hand-over.ts';
import { demoSnapshot } from './demo-groups.ts';
import { operatorId } from './fake-gateway.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const began = Date.UTC(2026, 0, 10, 13);
const handOver = (id: number, more: object = {}) => ({
  id,
  state: 'offered',
  from: 'Operator CCPD BE 2',
  fromPersonId: 'ccpd-be-2',
  to: 'Opérateur CCPD BE 1',
  toPersonId: operatorId,
  note: 'PF-14 sous filtrage',
  offeredUtcMs: began,
  ...more,
});
const entry = { id: 4, atUtcMs: began, groupId: 'xb-acc', kind: 'group', what: 'open', words: 'vol avec violence' };

describe('the model of hand-overs', () => {
  it('knows what waits for whom, and keeps the newest fifty', () => {
    const all = readHandOvers([handOver(1), handOver(2, { fromPersonId: operatorId, toPersonId: 'ccpd-be-2' })]);
    expect(offersTo(all, operatorId).map(({ id }) => id)).toEqual([1]);
    expect(ownOffer(all, operatorId)?.id).toBe(2);
    const confirmed = putHandOver(all, readHandOver(handOver(1, { state: 'confirmed' })));
    expect(confirmed.map(({ id, state }) => [id, state])).toEqual([
      [1, 'confirmed'],
      [2, 'offered'],
    ]);
    expect(offersTo(confirmed, operatorId)).toEqual([]);
    let many = all;
    for (let id = 3; id <= 60; id++) many = putHandOver(many, readHandOver(handOver(id)));
    expect(many).toHaveLength(50);
    expect(readHandOver({})).toMatchObject({ id: 0, state: 'lapsed', endedUtcMs: 0 });
  });
});

describe('the hand-over on the page', () => {
  let rig: PageRig;
  beforeAll(async () => {
    rig = await PageRig.start();
  });
  afterAll(() => rig?.stop());
  beforeEach(() => {
    const colleagues = [{ personId: 'ccpd-be-2', display: 'Operator CCPD BE 2', role: 'dispatcher' }];
    return rig.open({ ...demoSnapshot(), colleagues, timeline: { entries: [entry] } });
  });
  afterEach(() => rig.close());

  const button = (name: string) => rig.page.getByRole('button', { name, exact: true });
  const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
  const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });
  const open = async () => {
    await rig.page.keyboard.press('t');
    await button('Relève…').click();
    await rig.page.locator('main.hand-over').waitFor();
  };

  it('shows what there is to hand over, and offers it to a colleague with a note', async () => {
    await open();
    const sheet = rig.page.locator('.sheet');
    for (const words of ['Groupes ouverts', 'FRBE ACC', 'Aucune détresse ouverte.', 'vol avec violence']) {
      await expect.poll(() => sheet.textContent()).toContain(words);
    }
    await expect.poll(() => button('Transmettre la relève').isDisabled()).toBe(true);
    await rig.page.getByLabel('Note pour la relève').fill('PF-14 sous filtrage');
    await expect.poll(() => sheet.textContent()).toContain('PF-14 sous filtrage');
    await rig.page.getByLabel('À qui ?').selectOption('ccpd-be-2');
    expect(await rig.violations()).toEqual([]);
    await button('Transmettre la relève').click();
    await told(1);
    expect(asked()[0]?.offerShift).toMatchObject({ personId: 'ccpd-be-2', note: 'PF-14 sous filtrage' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'already-offered' } });
    await rig.page.getByText('Votre relève attend déjà une réponse.').waitFor();
    const mine = { fromPersonId: operatorId, toPersonId: 'ccpd-be-2', from: 'Moi', to: 'Operator CCPD BE 2' };
    rig.gateway.change({ handOver: handOver(1, mine) });
    await rig.page.getByText('Operator CCPD BE 2 doit confirmer. Jusque-là, c’est vous.').waitFor();
    await button('Retirer').click();
    await told(2);
    expect(asked()[1]?.withdrawShift).toMatchObject({ handOverId: 1 });
  });

  it('calls the colleague, who reads the sheet as it was and confirms it, or refuses it with a reason', async () => {
    rig.gateway.change({ handOver: handOver(7) });
    const call = rig.page.locator('.hand-over-call');
    await call.waitFor();
    await expect.poll(() => call.textContent()).toContain('Operator CCPD BE 2 vous transmet la relève');
    await call.getByRole('button').click();
    const wanted = () => rig.gateway.heard.flatMap(({ sheetRequest }) => sheetRequest ?? []);
    await vi.waitFor(() => expect(wanted()).toHaveLength(1), { timeout: 30_000 });
    expect(wanted()[0]).toMatchObject({ handOverId: 7 });
    const { groups = [], ...then } = demoSnapshot();
    const sheet = { ...then, groups: groups?.slice(0, 1) ?? [], gatewayUtcMs: began, timeline: { entries: [entry] } };
    rig.gateway.say({ sheetAnswer: { requestId: wanted()[0]?.requestId ?? 0, sheet } });
    await rig.page.locator('.sheet').waitFor();
    await expect.poll(() => rig.page.locator('.sheet').textContent()).toContain('14:00:00');
    expect(await rig.violations()).toEqual([]);
    await button('Refuser…').click();
    await rig.page.locator('dialog input').fill('détresse en cours');
    await rig.page.keyboard.press('Enter');
    await told(1);
    expect(asked()[0]?.refuseShift).toMatchObject({ handOverId: 7, reason: 'détresse en cours' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: '' } });
    await rig.page.locator('dialog').waitFor({ state: 'detached' });
    await button('Je prends la relève').click();
    await told(2);
    expect(asked()[1]?.confirmShift).toMatchObject({ handOverId: 7 });
    rig.gateway.change({ handOver: handOver(7, { state: 'confirmed', endedUtcMs: began + 60_000 }) });
    await rig.page.getByText('confirmée à 14:01').waitFor();
    await expect.poll(() => button('Je prends la relève').count()).toBe(0);
  });

  it('saves the sheet as one file that needs nothing else, and prints it alone', async () => {
    rig.gateway.change({ timelineEntry: { ...entry, id: 5, words: '<script>alert(1)</script>' } });
    await open();
    const coming = rig.page.waitForEvent('download');
    await button('Enregistrer (HTML)').click();
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(/^escaut-\d{4}-\d\d-\d\d-\d{4}\.html$/);
    const file = readFileSync(await download.path(), 'utf8');
    expect(file).toMatch(/^<!doctype html>\n<html lang="fr">/);
    expect(file).toContain('FRBE ACC');
    expect(file).toContain('&lt;script&gt;');
    expect(file).not.toMatch(/<script|<link|<img|<button|src=|href=/);
    await rig.page.emulateMedia({ media: 'print' });
    await expect.poll(() => rig.page.locator('.sheet').isVisible()).toBe(true);
    await expect.poll(() => rig.page.locator('.top-bar').isVisible()).toBe(false);
    await expect.poll(() => button('Enregistrer (HTML)').isVisible()).toBe(false);
  });
});
