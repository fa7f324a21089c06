/** Exercises on the built page: nobody can take one for real, and what is real takes its marks away. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { escaut } from '../../src/protocols/generated/console.js';
import { bac2, demoSnapshot, floor, mouscron31, over } from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

type Group = escaut.console.v1.Group.$Properties;
const id = 'xb-pours-1';
const bridging = {
  state: 'open',
  by: 'Chef de salle CCPD',
  controlRoom: 'cr-ccpd',
  reason: 'entraînement mensuel',
  endsUtcMs: Date.now() + 3_600_000,
};
const known = (change: Group): Group => ({ ...demoSnapshot().groups?.[0], ...change });
const kept = (mayExercise: boolean): Group => known({ onDemand: true, mayTalk: false, monitored: false, mayExercise });
const training = (exercise: string, change: Group = {}): Group => {
  return known({ mayExercise: true, bridging: { ...bridging, exercise }, ...change });
};

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const show = (group: Group) => rig.gateway.change({ group: { group } });
const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });
const answer = (refusal = '') => {
  rig.gateway.say({ operationAnswer: { requestId: asked().at(-1)?.requestId ?? 0, refusal } });
};
const button = (name: string) => rig.page.getByRole('button', { name, exact: true });
const tile = () => rig.tile(id);

describe('an exercise', () => {
  beforeEach(() => rig.open({ ...demoSnapshot(), groups: demoSnapshot().groups ?? [] }));
  afterEach(() => rig.close());

  it('is opened by a tick, which whoever may not lead one does not see', async () => {
    show(kept(false));
    await tile()
      .getByRole('button', { name: /^Ouvrir la/ })
      .click();
    const choice = rig.page.getByRole('checkbox', { name: /^Ouvrir en exercice/ });
    await expect.poll(() => choice.count()).toBe(0);
    await rig.page.keyboard.press('Escape');
    show(kept(true));
    await tile()
      .getByRole('button', { name: /^Ouvrir la/ })
      .click();
    await choice.check();
    await rig.page.getByRole('radio', { name: 'Essai' }).check({ force: true });
    await expect.poll(() => rig.page.locator('dialog .exercise-band').textContent()).toBe('Exercice');
    expect(await rig.violations()).toEqual([]);
    await button('Ouvrir l’exercice').click();
    await told(1);
    expect(asked()[0]).toMatchObject({ groupId: id, open: { reason: 'Essai', exercise: true } });
    answer('emergency-open');
    await rig.page.getByText('Une détresse est en cours sur ce groupe : pas d’exercice.').waitFor();
  });

  it('is named wherever its group is: tile, head, key, panel, overs, and for whoever listens to the page', async () => {
    await rig.page.keyboard.press('1');
    show(training('under-way', { lastOvers: [over(13, bac2, 9000, { exercise: true }), over(12, bac2, 42_000)] }));
    await tile().locator('.exercise-band[data-exercise="under-way"]').waitFor();
    await expect.poll(() => tile().getAttribute('data-exercise')).toBe('under-way');
    await expect.poll(() => rig.page.getByRole('article', { name: 'FRBE POURS 1 Exercice' }).count()).toBe(1);
    await expect
      .poll(() => rig.page.locator('.exercise-banner').textContent())
      .toBe('ExerciceSur FRBE POURS 1, rien n’est réel.');
    for (const place of ['.panel-header', '.talk-bar-name', '.overs tr[data-exercise="true"]']) {
      await expect.poll(() => rig.page.locator(`${place} .exercise-mark`).count()).toBe(1);
    }
    await expect.poll(() => rig.page.locator('.overs .exercise-mark').count()).toBe(1);
    rig.gateway.change({ floor: { groupId: id, floor: floor(mouscron31) } });
    await rig.page.getByText('FRBE POURS 1 (exercice)', { exact: false }).first().waitFor({ state: 'attached' });
    await rig.page.keyboard.down('Space');
    await rig.page.locator('.talk-bar[data-talk="talking"] .exercise-mark').waitFor();
    await rig.page.keyboard.up('Space');
    expect(await rig.violations()).toEqual([]);
    // Where the system paints, stripes are lost: borders tell it.
    await rig.page.emulateMedia({ forcedColors: 'active' });
    const borderOf = (what: string) => {
      return rig.page.evaluate(
        `getComputedStyle(document.querySelector('.tile[data-group="${id}"]${what}')).borderTopStyle`,
      );
    };
    expect([await borderOf(''), await borderOf(' .exercise-band')]).toEqual(['dashed', 'dashed']);
  });

  it('gives way to what is real by one click, and goes on by another', async () => {
    show(training('under-way'));
    await button('C’est réel').click();
    await told(1);
    expect(asked()[0]).toMatchObject({ groupId: id, suspendExercise: {} });
    answer();
    show(training('suspended'));
    await rig.page.getByRole('alert').getByText('Réel : l’exercice sur FRBE POURS 1 est suspendu.').waitFor();
    await expect.poll(() => tile().locator('.exercise-band').textContent()).toBe('Réel, exercice suspendu');
    await expect.poll(() => rig.page.locator('.exercise-mark').count()).toBe(0);
    expect(await rig.violations()).toEqual([]);
    await button('Reprendre l’exercice').click();
    await told(2);
    expect(asked()[1]).toMatchObject({ resumeExercise: {} });
    answer('emergency-open');
    await tile().getByText('Une détresse est en cours sur ce groupe : pas d’exercice.').waitFor();
    show({ ...training('suspended'), mayExercise: false });
    await button('Reprendre l’exercice').waitFor({ state: 'detached' });
  });

  it('ends when the group is opened for real', async () => {
    show(training('under-way'));
    await button('Ouvrir en réel…').click();
    await rig.page.getByText('L’exercice sur FRBE POURS 1 prend fin : la liaison devient réelle.').waitFor();
    await expect.poll(() => rig.page.getByRole('checkbox', { name: /^Ouvrir en exercice/ }).count()).toBe(0);
    await rig.page.getByRole('radio', { name: 'Poursuite, flagrant délit' }).check({ force: true });
    await button('Ouvrir la liaison').click();
    await told(1);
    expect(asked()[0]?.open).toMatchObject({ reason: 'Poursuite, flagrant délit' });
    expect(asked()[0]?.open?.exercise ?? false).toBe(false);
    answer();
    show(known({ bridging }));
    await tile().locator('.exercise-band').waitFor({ state: 'detached' });
  });

  it('hides no distress: that is said to be real, above all else', async () => {
    show(training('suspended', { floor: floor(mouscron31, 0, { emergency: true }) }));
    rig.gateway.change({
      emergency: { id: 1, groupId: id, caller: mouscron31, sinceUtcMs: Date.now(), state: 'unacknowledged' },
    });
    const call = rig.page.locator('.emergency[data-emergency="1"]');
    await call.waitFor();
    await expect.poll(() => call.textContent()).toContain('Réel, ce n’est pas un exercice');
    await rig.tileShows(id, 'emergency');
    await expect.poll(() => tile().getAttribute('data-exercise')).toBe('suspended');
    await expect.poll(() => button('Reprendre l’exercice').count()).toBe(0);
    expect(await rig.violations()).toEqual([]);
  });

  it('stands on the wall as well', async () => {
    // The wall is a page of its own: it is shown all anew.
    rig.gateway.snapshot = { ...demoSnapshot(), groups: [training('under-way')] };
    await rig.page.locator('.look-button').click();
    await rig.page.locator('.wall-button').click();
    await rig.page.locator('.wall .tile .exercise-band').waitFor();
  });
});
