/** Hits of number-plate cameras in the built page: they call, are confirmed or rejected with what was compared, and read. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasNewHit, putHit, readHit } from '../../src/web/model/hit.ts';
import { demoSnapshot } from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const same = (text: string) => ({ fr: text, nl: text, en: text });
const read = (reference: string, source = 'ANPR federal', camera = 'E17 Rekkem') => ({
  source,
  country: source === 'LAPI' ? 'FR' : 'BE',
  reference,
  camera: same(camera),
  heading: { fr: 'la France', nl: 'Frankrijk', en: 'France' },
  readUtcMs: Date.now() - 5000,
});
const hit = (id: number, more: object = {}) => ({
  id,
  read: read(`H-${id}`),
  vehicle: { fr: 'Renault Master blanche', nl: 'witte Renault Master', en: 'white Renault Master' },
  reason: same('véhicule volé (SIS)'),
  state: 'unvalidated',
  cameUtcMs: Date.now() - 4000,
  ...more,
});

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const button = (name: string) => rig.page.getByRole('button', { name, exact: true });
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });

describe('hits', () => {
  beforeEach(() => rig.open(demoSnapshot()));
  afterEach(() => rig.close());

  it('call above the groups in my language, and are confirmed there with what was compared', async () => {
    rig.gateway.change({ hit: hit(1) });
    const call = rig.page.locator('.hit-call[data-hit="1"]');
    await call.waitFor();
    for (const words of ['Hit à vérifier', 'Renault Master blanche', 'E17 Rekkem → la France', 'véhicule volé']) {
      await expect.poll(() => call.textContent()).toContain(words);
    }
    await expect.poll(() => rig.page.locator('.view-badge').textContent()).toBe('1');
    await button('Confirmer…').click();
    await expect.poll(() => button('Confirmer').isDisabled()).toBe(true);
    await rig.page.getByRole('radio', { name: 'photo et plaque comparées' }).click();
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Enter');
    await told(1);
    expect(asked()[0]?.validateHit).toMatchObject({ hitId: 1, confirmed: true, checked: 'photo et plaque comparées' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'already-validated' } });
    await rig.page.getByText('Un autre opérateur vient de le vérifier.').waitFor();
    await rig.page.keyboard.press('Escape');
    rig.gateway.change({ hit: hit(1, { state: 'confirmed', validatedBy: 'CCPD 2', checked: 'photo' }) });
    await call.waitFor({ state: 'detached' });
  });

  it('stand in a view of their own by one key: what waits first, reads of one vehicle as one, who judged with what', async () => {
    rig.gateway.change({
      hit: hit(1, {
        merged: [read('H-2', 'LAPI', 'A22 Ferrain')],
        state: 'confirmed',
        validatedBy: 'CCPD 2',
        controlRoom: 'CCPD Tournai',
        checked: 'photo et plaque',
        validatedUtcMs: Date.now(),
      }),
    });
    rig.gateway.change({ hit: hit(3) });
    await rig.page.locator('.hit-call').waitFor();
    await rig.page.keyboard.press('h');
    await rig.page.locator('.hits').waitFor();
    await expect
      .poll(() => rig.page.locator('.hits li').evaluateAll((all) => all.map((each) => each.getAttribute('data-hit'))))
      .toEqual(['3', '1']);
    const merged = await rig.page.locator('.hits li[data-hit="1"]').textContent();
    for (const words of ['2 lectures du même véhicule', 'A22 Ferrain', 'CCPD 2 (CCPD Tournai)', 'photo et plaque']) {
      expect(merged).toContain(words);
    }
    await button('Écarter…').click();
    await rig.page.getByLabel('En vos mots').fill('autre utilitaire');
    await button('Écarter').click();
    await told(1);
    expect(asked()[0]?.validateHit).toMatchObject({ hitId: 3, checked: 'autre utilitaire' });
    expect(asked()[0]?.validateHit?.confirmed ?? false).toBe(false);
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: '' } });
    await rig.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await rig.violations()).toEqual([]);
  });

  it('of an exercise are made up here, stand below real ones, and are marked wherever they are shown', async () => {
    rig.gateway.change({ hit: hit(1, { exercise: true, read: read('X-1', 'CCPD Tournai') }) });
    const call = rig.page.locator('.hit-call[data-hit="1"]');
    await expect.poll(() => call.locator('.exercise-mark').textContent()).toBe('Exercice');
    await expect.poll(() => rig.page.locator('.view-badge').count()).toBe(0);
    await call.getByRole('button', { name: 'Confirmer…' }).click();
    await expect.poll(() => rig.page.locator('dialog .exercise-band').textContent()).toBe('Exercice');
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Escape');
    rig.gateway.change({ hit: hit(2) });
    await rig.page.locator('.hit-call[data-hit="2"]').waitFor();
    await expect
      .poll(() => rig.page.locator('.hit-call').evaluateAll((all) => all.map((each) => each.getAttribute('data-hit'))))
      .toEqual(['2', '1']);
    await rig.page.keyboard.press('h');
    await rig.page.locator('.hits li[data-hit="1"] .exercise-mark').waitFor();
    await expect.poll(() => rig.page.locator('.hits .exercise-mark').count()).toBe(1);
    await button('Hit d’exercice…').click();
    await expect.poll(() => button('Saisir le hit').isDisabled()).toBe(true);
    await rig.page.getByLabel('Véhicule : marque, modèle, couleur').fill('Audi grise');
    await rig.page.getByLabel('Pourquoi il est recherché').fill('vol');
    await rig.page.getByLabel('Où il a été lu').fill('E17 Rekkem');
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Enter');
    await told(1);
    expect(asked()[0]?.enterExerciseHit).toMatchObject({ vehicle: 'Audi grise', reason: 'vol', camera: 'E17 Rekkem' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'hit-incomplete' } });
    await rig.page.getByText('Indiquez véhicule, motif et lieu.').waitFor();
    await rig.page.keyboard.press('Escape');
  });

  it('have a view that Escape leaves, but not while a question is open', async () => {
    rig.gateway.change({ hit: hit(1) });
    await rig.page.keyboard.press('h');
    await rig.page.locator('main.hits').waitFor();
    await rig.page.locator('main.hits').getByRole('button', { name: 'Confirmer…' }).click();
    await rig.page.keyboard.press('Escape');
    await rig.page.locator('dialog[open]').waitFor({ state: 'detached' });
    await expect.poll(() => rig.page.locator('main.hits').count()).toBe(1);
    await rig.page.keyboard.press('Escape');
    await rig.page.locator('main.hits').waitFor({ state: 'detached' });
  });
});

describe('the model of hits', () => {
  it('sounds once for a new one, and not for what becomes of it', () => {
    const [one, judged] = [readHit(hit(1)), readHit(hit(1, { state: 'rejected' }))];
    expect(hasNewHit([], [one])).toBe(true);
    expect(hasNewHit([one], putHit([one], judged))).toBe(false);
    expect(hasNewHit([], [judged])).toBe(false);
    expect(hasNewHit([], [readHit(hit(1, { exercise: true }))])).toBe(false);
  });

  it('reads whatever comes, and keeps the newest hundred', () => {
    expect(readHit({})).toMatchObject({
      id: 0,
      state: 'unvalidated',
      vehicle: same('?'),
      read: { heading: undefined },
    });
    let hits: readonly ReturnType<typeof readHit>[] = [];
    for (let id = 1; id <= 120; id++) hits = putHit(hits, readHit(hit(id)));
    expect(hits.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => index + 21));
    for (let id = 200; id < 260; id++) hits = putHit(hits, readHit(hit(id, { exercise: true })));
    expect(hits.filter(({ exercise }) => !exercise)).toHaveLength(100);
    expect(hits.filter(({ exercise }) => exercise).map(({ id }) => id)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 210),
    );
  });
});
