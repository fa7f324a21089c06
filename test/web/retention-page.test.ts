/** The page of retention, with the real doors, rules, databases and folders behind it, and auditors of two countries before it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { RetentionOffice } from '../../src/gateway/retention-office.ts';
import { RetentionKeeper } from '../../src/store/retention-keeper.ts';
import { operator } from '../console/world-of-test.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { dayMs, nowUtcMs, RetentionRig } from '../store/retention-rig.ts';
import { fleetOf, LoggedIn } from './logged-in.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const people = [
  operator,
  { ...operator, person: 'aud-be', display: 'Audit Tournai', role: 'auditor', country: 'BE' },
  { ...operator, person: 'aud-fr', display: 'Audit Lille', role: 'auditor', country: 'FR' },
  { ...operator, person: 'opo-be', display: 'OPO Tournai', role: 'fleet-admin', country: 'BE' },
] as const;
const group = demoConfig.sharedGroups[0]!;

let rig: PageRig;
let bench: LoginBench;
let fleet: FleetRig;
let kept: RetentionRig;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

beforeEach(async () => {
  kept = new RetentionRig();
  fleet = await FleetRig.open(() => Date.now());
  for (const age of [61, 62, 58]) kept.recording(age, 'xb-acc');
  for (const days of [-1, 0]) {
    kept.utcMs = nowUtcMs + days * dayMs;
    await kept.sweep();
  }
  const [store, audit] = [await kept.store(), await kept.audit()];
  closing.push(
    () => store.close(),
    () => audit.close(),
  );
  await store.setValue('voiceNationalLeg.FR', 90, 'Audit Lille, Audit Tournai', nowUtcMs);
  const values = { voiceSharedGroup: 60, 'voiceNationalLeg.BE': 365, borderRecord: 1095, actionLog: 1095 };
  const keeper = new RetentionKeeper(
    { recordings: kept.recordings, stateFolder: kept.state, values },
    {
      ...{ store, audit, key: kept.key.privateKey },
      groups: () => ({ 'xb-acc': { group: 'xb-acc', countries: ['BE', 'FR'] } }),
    },
  );
  let inForce: Readonly<Record<string, number>> = { ...values, 'voiceNationalLeg.FR': 90 };
  const nothing = () => undefined;
  const office = new RetentionOffice(
    {
      ...{ sharedGroups: [{ ...group, id: 'xb-acc' }], networks: demoConfig.networks },
      people: people.map(({ person: id, ...each }) => ({ ...demoConfig.people[0]!, ...each, id })),
    },
    {
      clock: new ManualClock({ nowMs: 0, utcMs: nowUtcMs }),
      signedIn: (token) => {
        const session = bench.logins.signedIn(token);
        const person = people.find((each) => each.person === session?.person);
        return session && person && { person, isLocked: session.isLocked };
      },
      events: {
        retention: { changed: nothing, holdSet: nothing, holdLifted: nothing },
        consoles: { notPermitted: nothing },
      },
      desk: () => keeper,
      halted: nothing,
      values: () => inForce,
      set: (rule, days, by) => {
        inForce = { ...inForce, [rule]: days };
        void store.setValue(rule, days, by, nowUtcMs);
        return true;
      },
      words: { read: nothing, write: nothing },
      incident: async () => undefined,
    },
  );
  bench = await LoginBench.start(rig.pageFolder, {
    people,
    fleet: fleetOf(fleet, people),
    http: { retention: { port: office } },
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await fleet.close();
  for (const close of closing.splice(0)) await close();
  kept.close();
});

const { button, field, look, ...page } = new LoggedIn(
  'retention',
  () => rig,
  () => bench,
);
async function enter(person: string): Promise<void> {
  await page.enter(person);
  await button('Flotte').click();
}

it('shows auditors what is kept and goes; a hold of one is lifted by two', async () => {
  await enter('aud-be');
  await button('Conservation').click();
  const rule = rig.page.locator('tr[data-rule="voiceNationalLeg.FR"] td');
  await rule.first().waitFor();
  expect((await rule.allTextContents()).slice(0, 2)).toEqual(['90 jours', '2026-08-31']);
  await expect
    .poll(() => rig.page.locator('tr[data-group="xb-acc"] td').allTextContents())
    .toEqual([
      ...['Belgique, France', '60 jours', 'Enregistrements des groupes partagés, pupitres et lignes directes'],
    ]);
  await rig.page.getByText('Les 2 derniers sont signés, et aucun ne manque.').waitFor();
  await rig.page.locator('.retention-report summary').last().click();
  await rig.page.getByText('Enregistrements : 1').first().waitFor();
  await expect.poll(() => rig.page.locator('.retention-next tbody tr').count()).toBe(1);
  await look('kept');

  await button('Retenir des preuves').click();
  const holdNow = button('Retenir');
  await field('Motif, p. ex. l’ordre du magistrat').fill('instruction 12/2026');
  await expect.poll(() => holdNow.isDisabled()).toBe(true); // of which time?
  await field('Incident (fiche, plan, hit LAPI ou détresse)').fill('B9');
  await holdNow.click();
  await rig.page.getByText('Le journal ne nomme aucun incident de ce nom.').waitFor();
  await look('hold');
  await field('Incident (fiche, plan, hit LAPI ou détresse)').fill('');
  await field('De (nécessaire sans incident)').fill('2026-10-01T00:00');
  await holdNow.click();
  await rig.page.locator('.retention-hold').waitFor();
  await rig.page.getByText('reste : rétention 1').waitFor();
  await button('Lever la rétention 1').click();
  await field('Motif, p. ex. l’ordre du magistrat').fill('classé');
  await button('Lever').click();
  await rig.page.getByText('Vous avez demandé la levée.').waitFor();
  await look('asked');
  await rig.leave();

  await enter('aud-fr');
  await button('Conservation').click();
  await rig.page.getByText('Audit Tournai a demandé la levée.').waitFor();
  await button('Lever la rétention 1').click();
  await field('Motif, p. ex. l’ordre du magistrat').fill('classé');
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('Rien n’est retenu.').waitFor();
});

it('lets two auditors set a rule, who see first what goes; and says what is not possible', async () => {
  await enter('aud-be');
  await button('Conservation').click();
  const rule = 'Enregistrements des groupes partagés, pupitres et lignes directes';
  await button(`Modifier : ${rule}`).click();
  await field('Jours (entiers, UTC)').fill('0');
  await button('Voir ce qui sera effacé').click();
  await rig.page.getByText('Nombre impossible : de 1 à 36600 jours entiers.').waitFor();
  await look('impossible');
  await field('Jours (entiers, UTC)').fill('50');
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('60 → 50 jours').waitFor();
  await rig.page.locator('.retention-effects').getByText('Enregistrements : 1 – ').waitFor();
  const ask = button('Demander');
  await expect.poll(() => ask.isDisabled()).toBe(true); // why?
  await field('Motif, p. ex. la loi ou l’ordre du responsable').fill('loi de 2026');
  await look('preview');
  await ask.click();
  await rig.page.getByText(`Vous avez demandé 50 jours : ${rule}.`).waitFor();
  await expect.poll(() => button('Voir et fixer…').count()).toBe(0);
  await rig.leave();

  await enter('aud-fr');
  await button('Conservation').click();
  await rig.page.getByText(`Audit Tournai a demandé 50 jours : ${rule}.`).waitFor();
  await look('second');
  await button('Voir et fixer…').click();
  await rig.page.getByText('60 → 50 jours').waitFor();
  await field('Motif, p. ex. la loi ou l’ordre du responsable').fill('loi de 2026');
  await look('second-preview');
  await button('Fixer').click();
  const set = rig.page.locator('tr[data-rule="voiceSharedGroup"] td');
  await expect.poll(() => set.first().textContent()).toBe('50 jours');
  await expect.poll(() => rig.page.locator('[data-asked]').count()).toBe(0);

  await button('Règle d’un pays…').click();
  await rig.page.locator('.dialog select').selectOption('hit.FR');
  await field('Jours (entiers, UTC)').fill('20');
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('Cette règle n’existe pas encore.').waitFor();
  await look('country');
});

it('is offered to nobody else', async () => {
  await enter('opo-be');
  await button('Qui entend qui').waitFor();
  await expect.poll(() => button('Conservation').count()).toBe(0);
});
