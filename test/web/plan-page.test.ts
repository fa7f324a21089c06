/** Alert plans in the built page: activated in three actions, levels with both authorities, posts, end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoSnapshot } from './demo-groups.ts';
import { mapSnapshot } from './demo-map.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const name = (words: string) => ({ fr: words, nl: words, en: words });
const controlRooms = [
  { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
  { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE' },
  { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
];
const pursuit = {
  id: 'plan-pours',
  name: name('Poursuite'),
  openedBy: ['dispatcher'],
  levels: [{ level: 1, name: name('Poursuite'), groupIds: ['xb-pours-1'], posts: [] }],
  requires: ['reason', 'origin', 'host', 'place'],
  expiresMin: 90,
};
const border = {
  id: 'plan-pf',
  name: name('Plan frontières'),
  openedBy: ['dispatcher'],
  levels: [
    { level: 1, name: name('Préalerte'), groupIds: ['xb-acc'], posts: [] },
    { level: 2, name: name('Surveillance'), groupIds: ['xb-acc'], posts: ['PF-04', 'PF-14'] },
  ],
  authority: { BE: 'DirCo', FR: 'préfet' },
  renewable: true,
  expiresMin: 240,
};
const hitPlan = { ...pursuit, id: 'plan-anpr', name: name('Hit LAPI'), requires: ['hit'] };
const active = {
  planId: 'plan-pf',
  level: 1,
  by: 'Chef',
  authority: { BE: 'DirCo 18:43' },
  endsUtcMs: Date.now() + 3_600_000,
  groupIds: ['xb-acc'],
};

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });
const button = (words: string) => rig.page.getByRole('button', { name: words, exact: true });

describe('alert plans', () => {
  beforeEach(() => {
    const supervisorOnly = { ...pursuit, id: 'plan-enl', name: name('Alerte enlèvement'), openedBy: ['supervisor'] };
    return rig.open({
      ...demoSnapshot(),
      places: mapSnapshot([]).places ?? [],
      controlRooms,
      alertPlans: [pursuit, border, hitPlan, supervisorOnly],
    });
  });
  afterEach(() => rig.close());

  it('of another role say whose they are, ask for nothing else, and are refused by the gateway in plain words', async () => {
    await rig.page.keyboard.press('p');
    await expect.poll(() => rig.page.getByRole('radio', { name: 'Poursuite' }).isChecked()).toBe(true);
    await rig.page.getByRole('radio', { name: 'Alerte enlèvement' }).check();
    await rig.page.getByText('Ce plan s’active par un chef de salle.').waitFor();
    await expect.poll(() => rig.page.getByLabel('Lieu').count()).toBe(0);
    expect(await rig.violations()).toEqual([]);
    await button('Activer').click();
    await told(1);
    expect(asked()[0]?.activatePlan).toMatchObject({ planId: 'plan-enl' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'not-permitted' } });
    await rig.page.getByText('Votre fonction ne le permet pas.').waitFor();
    await rig.page.getByRole('radio', { name: 'Poursuite' }).check();
    await rig.page.getByLabel('Lieu').waitFor();
    await expect.poll(() => rig.page.getByRole('dialog').getByRole('alert').count()).toBe(0);
    await rig.page.keyboard.press('Escape');
  });

  it('are activated by a key, an offence, a place and Enter', async () => {
    await rig.page.keyboard.press('p');
    await expect.poll(() => button('Activer').isDisabled()).toBe(true);
    await rig.page.getByRole('radio', { name: 'Vol aggravé' }).click();
    await rig.page.getByLabel('Lieu').selectOption('PF-04');
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Enter');
    await told(1);
    expect(asked()[0]?.activatePlan).toMatchObject({
      planId: 'plan-pours',
      level: 1,
      details: { reason: 'Vol aggravé', origin: 'cr-ht', host: 'cr-tn59', place: 'PF-04' },
    });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'already-active' } });
    await rig.page.getByText('Le plan est déjà actif.').waitFor();
    await rig.page.keyboard.press('Escape');
  });

  it('say before the click what they take of the networks, and who would be left without a channel', async () => {
    rig.gateway.onCapacity = ({ requestId, groups }) => ({
      requestId: requestId ?? 0,
      networks: [{ networkId: 'inpt', needed: 2, free: groups?.[0]?.groupId === 'xb-acc' ? 5 : 0 }],
      shortLegIds: ['xb-pours-1/in:590-912'],
      displacedLegIds: ['xb-acc/in:590-900'],
    });
    await rig.page.keyboard.press('p');
    await rig.page.getByText('INPT : 0 canaux libres, il en faut 2').waitFor();
    const { talkgroups = [], groups = [] } = rig.gateway.snapshot;
    const called = (id: string) => talkgroups?.find((each) => each.id === id)?.shortName ?? id;
    const group = (id: string) => groups?.find((each) => each.id === id)?.shortName;
    await rig.page.getByText(`Pas de canal pour ${called('in:590-912')} (${group('xb-pours-1')}).`).waitFor();
    await rig.page.getByText(`Perdraient leur canal : ${called('in:590-900')} (${group('xb-acc')}).`).waitFor();
    expect(await rig.violations()).toEqual([]);
    await rig.page.getByRole('radio', { name: 'Plan frontières' }).click();
    await rig.page.getByText('INPT : 5 canaux libres, il en faut 2').waitFor();
    await rig.page.keyboard.press('Escape');
  });

  it('of a hit take one that a person has confirmed, picked from a list', async () => {
    const read = { reference: 'H-1', camera: name('E17 Rekkem') };
    const hit = { read, vehicle: name('Master blanche'), reason: name('volé'), cameUtcMs: Date.now() };
    rig.gateway.change({ hit: { ...hit, id: 7, state: 'confirmed' } });
    rig.gateway.change({ hit: { ...hit, id: 8, state: 'rejected' } });
    await rig.page.keyboard.press('p');
    await rig.page.getByRole('radio', { name: 'Hit LAPI' }).click();
    const pick = rig.page.getByLabel('Hit confirmé');
    await expect
      .poll(() => pick.locator('option').allTextContents())
      .toEqual(['Choisir le hit', 'H-1 · Master blanche · E17 Rekkem']);
    await expect.poll(() => button('Activer').isDisabled()).toBe(true);
    await pick.selectOption('7');
    await button('Activer').click();
    await told(1);
    expect(asked()[0]?.activatePlan).toMatchObject({ planId: 'plan-anpr', details: { hit: '7' } });
    await rig.page.keyboard.press('Escape');
  });

  it('are activated as an exercise by a tick: hits that were made up, and nothing of what is real', async () => {
    const read = { reference: 'X-7', camera: name('E17 Rekkem') };
    const hit = { read, vehicle: name('Audi grise'), reason: name('volé'), cameUtcMs: Date.now(), state: 'confirmed' };
    rig.gateway.change({ hit: { ...hit, id: 7, exercise: true } });
    rig.gateway.change({ hit: { ...hit, id: 8, read: { ...read, reference: 'H-8' } } });
    await rig.page.keyboard.press('p');
    await rig.page.getByRole('radio', { name: 'Plan frontières' }).click();
    await rig.page.getByRole('checkbox', { name: /^En exercice/ }).check();
    await expect.poll(() => rig.page.locator('dialog .exercise-band').textContent()).toBe('Exercice');
    // It is open for real.
    await rig.page.getByText(/FRBE ACC \(sert en réel : laissé tel quel\)/).waitFor();
    await rig.page.getByRole('radio', { name: 'Hit LAPI' }).click();
    const pick = rig.page.getByLabel('Hit confirmé');
    await expect
      .poll(() => pick.locator('option').allTextContents())
      .toEqual(['Choisir le hit', 'X-7 · Audi grise · E17 Rekkem']);
    await pick.selectOption('7');
    expect(await rig.violations()).toEqual([]);
    await button('Activer l’exercice').click();
    await told(1);
    expect(asked()[0]?.activatePlan).toMatchObject({ planId: 'plan-anpr', details: { hit: '7' }, exercise: true });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'groups-in-use' } });
    await rig.page.getByText('Tous les groupes de ce plan servent en réel.').waitFor();
    await rig.page.getByRole('checkbox', { name: /^En exercice/ }).uncheck();
    await expect
      .poll(() => pick.locator('option').allTextContents())
      .toEqual(['Choisir le hit', 'H-8 · Audi grise · E17 Rekkem']);
    await rig.page.keyboard.press('Escape');
  });

  it('of an exercise are marked, and can be activated for real, which ends it', async () => {
    rig.gateway.change({ activePlan: { ...active, exercise: true } });
    const strip = rig.page.locator('.plan[data-plan="plan-pf"]');
    await expect.poll(() => strip.locator('.exercise-mark').textContent()).toBe('Exercice');
    await button('Lever…').click();
    await expect.poll(() => rig.page.locator('dialog .exercise-band').textContent()).toBe('Exercice');
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Escape');
    await rig.page.keyboard.press('p');
    await rig.page.getByRole('radio', { name: 'Plan frontières' }).click();
    await rig.page.getByText('L’exercice de Plan frontières prend fin : le plan devient réel.').waitFor();
    await expect.poll(() => rig.page.getByRole('checkbox', { name: /^En exercice/ }).count()).toBe(0);
    await rig.page.getByLabel(/^BE : DirCo/).fill('DirCo 18:43');
    await button('Activer').click();
    await told(1);
    expect(asked()[0]?.activatePlan).toMatchObject({ planId: 'plan-pf' });
    expect(asked()[0]?.activatePlan?.exercise ?? false).toBe(false);
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0 } });
    rig.gateway.change({ activePlan: active });
    await strip.locator('.exercise-mark').waitFor({ state: 'detached' });
  });

  it('show level, end and posts; a level above the first wants both authorities', async () => {
    rig.gateway.change({ activePlan: active });
    const strip = rig.page.locator('.plan[data-plan="plan-pf"]');
    await strip.getByText('niveau 1, Préalerte').waitFor();
    await button('Niveau…').click();
    await rig.page.getByRole('radio', { name: '2 · Surveillance' }).click();
    await expect.poll(() => button('Fixer le niveau').isDisabled()).toBe(true);
    await rig.page.getByLabel(/^FR : préfet/).fill('préfet délégué 18:44');
    await button('Fixer le niveau').click();
    await told(1);
    expect(asked()[0]?.setPlanLevel).toMatchObject({
      planId: 'plan-pf',
      level: 2,
      authority: { BE: 'DirCo 18:43', FR: 'préfet délégué 18:44' },
    });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0 } });
    const posts = [
      { place: 'PF-04', manned: false },
      { place: 'PF-14', manned: true, unit: 'Tournai 22' },
    ];
    rig.gateway.change({ activePlan: { ...active, level: 2, posts } });
    await strip.getByText('Points tenus : 1 sur 2').click();
    await strip.getByText('PF-14 tenu Tournai 22').waitFor();
    await strip.getByText('PF-04 non tenu').click();
    await told(2);
    expect(asked()[1]?.markPost).toMatchObject({ planId: 'plan-pf', place: 'PF-04', manned: true });
    expect(await rig.violations()).toEqual([]);
  });

  it('are renewed and ended, and are gone when they have', async () => {
    rig.gateway.change({ activePlan: active });
    await button('+ 240 min').click();
    await told(1);
    expect(asked()[0]?.renewPlan).toMatchObject({ planId: 'plan-pf' });
    await button('Lever…').click();
    await button('Lever le plan').click();
    await told(2);
    expect(asked()[1]?.endPlan).toMatchObject({ planId: 'plan-pf', authority: { BE: 'DirCo 18:43' } });
    rig.gateway.say({ operationAnswer: { requestId: asked()[1]?.requestId ?? 0 } });
    rig.gateway.change({ planEnded: 'plan-pf' });
    await rig.page.locator('.plan').waitFor({ state: 'detached' });
  });
});
