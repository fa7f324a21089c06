/** The page of retention, with the real doors, rules, databases and folders behind it, and auditors of two countries before it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { AnnouncementBooth } from '../../src/gateway/announcement-booth.ts';
import { RetentionOffice } from '../../src/gateway/retention-office.ts';
import { RetentionKeeper } from '../../src/store/retention-keeper.ts';
import { operator } from '../console/world-of-test.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { dayMs, nowUtcMs, RetentionRig } from '../store/retention-rig.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
const people = [
  operator,
  { ...operator, person: 'aud-be', display: 'Audit Tournai', role: 'auditor', country: 'BE' },
  { ...operator, person: 'aud-fr', display: 'Audit Lille', role: 'auditor', country: 'FR' },
  { ...operator, person: 'opo-be', display: 'OPO Tournai', role: 'fleet-admin', country: 'BE' },
] as const;
/** Screenshots are kept where this names a folder. */
const pictures = process.env.ESCAUT_SHOTS;
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
  const nothing = () => undefined;
  const office = new RetentionOffice(
    {
      sharedGroups: [{ ...group, id: 'xb-acc' }],
      people: people.map(({ person: id, ...each }) => ({ ...demoConfig.people[0]!, ...each, id })),
    },
    {
      clock: new ManualClock({ nowMs: 0, utcMs: nowUtcMs }),
      signedIn: (token) => {
        const session = bench.logins.signedIn(token);
        const person = people.find((each) => each.person === session?.person);
        return session && person && { person, isLocked: session.isLocked };
      },
      events: { retention: { holdSet: nothing, holdLifted: nothing }, consoles: { notPermitted: nothing } },
      desk: () => keeper,
      halted: nothing,
      incident: async () => undefined,
    },
  );
  bench = await LoginBench.start(rig.pageFolder, {
    people,
    fleet: (signedIn, accounts) => ({
      ...{ accounts, listening: new AnnouncementBooth(demoConfig.announcements, 10_000), desk: fleet.office },
      ...{ running: 0, owed: [], shadows: { utcMs: Date.now(), shadows: [] } },
      editor: (token) => {
        const session = signedIn(token);
        const editor = people.find((each) => each.person === session?.person);
        return session && editor && { editor, isLocked: session.isLocked };
      },
    }),
    http: {
      retention: office,
    },
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await fleet.close();
  for (const close of closing.splice(0)) await close();
  kept.close();
});

const button = (name: string) => rig.page.getByRole('button', { name, exact: true });
const field = (name: string) => rig.page.getByLabel(name, { exact: true });

async function enter(person: string): Promise<void> {
  await bench.post('password', { invitation: await bench.invite(person), newPassword: password });
  await rig.visit(bench.url);
  await rig.page.setViewportSize({ width: 1440, height: 900 });
  await field('Nom').fill(person);
  await field('Mot de passe').fill(password);
  await rig.page.keyboard.press('Enter');
  await rig.page.locator('.top-bar').waitFor();
  await button('Flotte').click();
}

async function look(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme });
    expect(await rig.violations()).toEqual([]);
    if (pictures !== undefined) {
      await rig.page.screenshot({ path: `${pictures}/retention-${name}-${colorScheme}.png`, fullPage: true });
    }
  }
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
  await field('Incident (registre, plan, alerte plaque ou urgence)').fill('B9');
  await holdNow.click();
  await rig.page.getByText('Le journal ne nomme aucun incident de ce nom.').waitFor();
  await look('hold');
  await field('Incident (registre, plan, alerte plaque ou urgence)').fill('');
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

it('is offered to nobody else', async () => {
  await enter('opo-be');
  await button('Qui entend qui').waitFor();
  await expect.poll(() => button('Conservation').count()).toBe(0);
});
