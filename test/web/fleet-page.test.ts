/** The page of the fleet data, with the real doors, rules and database behind it, and people of two countries before it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ShadowReport } from '../../src/api/shadow-schema.ts';
import { operator } from '../console/world-of-test.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
const people = [
  operator,
  { ...operator, person: 'opo-be', display: 'OPO Tournai', role: 'fleet-admin', country: 'BE' },
  { ...operator, person: 'opo-nl', display: 'OPO Brugge', role: 'fleet-admin', country: 'BE', language: 'nl' },
  { ...operator, person: 'opo-fr', display: 'OPO Lille', role: 'fleet-admin', country: 'FR' },
] as const;
/** Screenshots are kept where this names a folder. */
const pictures = process.env.ESCAUT_SHOTS;

/** What has been found of two talkgroups: one that would fit, and one that is joined to the group already. */
const side = { overs: 0, voiceMs: 0, queued: 0, refused: 0, cut: 0, emergencies: 0 };
const shadowsShown: readonly ShadowReport[] = [
  {
    ...{ group: 'xb-acc', talkgroup: 'as:5990011', state: 'up', since: '2026-11-22T05:00:00.000Z' },
    in: { ...side, overs: 212, voiceMs: 1_184_000, queued: 9, refused: 2, emergencies: 1 },
    out: { ...side, overs: 87, voiceMs: 401_500, queued: 3, cut: 1 },
    ...{ unheardMs: 31_200, collisions: 6, collisionMs: 8_900, lowered: 4, loops: 0, unreadable: 2, data: 17 },
    last: [
      {
        ...{ what: 'over', at: '2026-11-29T23:41:12.000Z', way: 'in', talker: 'Mouscron 31', voiceMs: 4180 },
        ...{ end: 'released', priority: 6, claimed: 9, waitedMs: 1200 },
      },
      {
        ...{ what: 'over', at: '2026-11-29T23:40:58.000Z', way: 'out', voiceMs: 9020, collisionMs: 2100 },
        end: 'released',
      },
      {
        ...{ what: 'held', at: '2026-11-29T23:40:55.000Z', way: 'in', talker: 'Mouscron 31' },
        why: 'queued',
        by: 'BAC 2',
      },
      {
        ...{ what: 'over', at: '2026-11-29T23:31:00.000Z', way: 'in', talker: 'Tournai 12' },
        voiceMs: 2500,
        end: 'pre-empted',
        emergency: true,
      },
      { what: 'unreadable', at: '2026-11-29T22:02:07.000Z', way: 'in' },
    ],
  },
  {
    ...{
      group: 'xb-acc',
      talkgroup: 'in:590-911',
      state: 'waits',
      since: '2026-11-28T05:00:00.000Z',
      in: side,
      out: side,
    },
    ...{ unheardMs: 0, collisions: 0, collisionMs: 0, lowered: 0, loops: 3, unreadable: 0, data: 0 },
    last: [{ what: 'loop', at: '2026-11-28T23:41:12.000Z', way: 'in', delayMs: 480, likeness: 0.81 }],
  },
];

let rig: PageRig;
let bench: LoginBench;
let fleet: FleetRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  fleet = await FleetRig.open(() => Date.now());
  bench = await LoginBench.start(rig.pageFolder, {
    people,
    fleet: (signedIn) => ({
      desk: fleet.office,
      running: 0,
      shadows: { utcMs: Date.now(), shadows: shadowsShown },
      owed: [{ section: 'sharedGroups', item: 'xb-acc', kind: 'changed', when: 'restart', why: 'permanent' }],
      editor: (token) => {
        const session = signedIn(token);
        const person = people.find((each) => each.person === session?.person);
        if (session === undefined || person === undefined) return undefined;
        return { editor: person, isLocked: session.isLocked };
      },
    }),
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await fleet.close();
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
}

async function look(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme });
    expect(await rig.violations()).toEqual([]);
    if (pictures !== undefined) {
      await rig.page.screenshot({ path: `${pictures}/fleet-${name}-${colorScheme}.png`, fullPage: true });
    }
  }
}

it('is not for a dispatcher', async () => {
  await enter(operator.person);
  await button('Réseaux').waitFor();
  expect(await button('Flotte').count()).toBe(0);
});

it('leads from a mapping by a form to a version that the other country agrees to, and back', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await rig.page.getByText('Les données du fichier de configuration sont en vigueur.').waitFor();
  await button('Qui entend qui').click();
  await rig.page.locator('.fleet-box').first().waitFor();
  const lines = await rig.page.locator('.fleet-mapping path').count();
  expect(lines).toBeGreaterThan(10);
  expect(await rig.page.locator('.fleet-legs li').count()).toBe(lines);
  await look('mapping');

  await button('Prochaine version').click();
  const text = rig.page.locator('.fleet-edit textarea');
  await expect.poll(() => text.inputValue(), { timeout: 10_000 }).toContain('units:');
  const whole = await text.inputValue();
  await text.fill(whole.replace(/^units:/m, 'unitss:'));
  await button('Vérifier et montrer les effets').click();
  const line = 1 + whole.split('\n').findIndex((each) => each.startsWith('units:'));
  await button(`Ligne ${line}`).first().click();
  expect(
    await rig.page.evaluate(
      'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)',
    ),
  ).toBe('unitss:');
  await look('errors');

  await text.fill(whole);
  await rig.page.locator('.fleet-form select').first().selectOption({ index: 1 });
  await rig.page.locator('.fleet-form select').last().selectOption({ index: 1 });
  await rig.page.locator('.fleet-form input[type=number]').fill('6');
  await button('Mettre dans le texte').click();
  await expect.poll(() => text.inputValue(), { timeout: 10_000 }).toContain('priorityMax: 6');
  await button('Vérifier et montrer les effets').click();
  await rig.page.locator('.fleet-changes td ins').first().waitFor();
  expect(await button('Proposer').isDisabled()).toBe(true); // a reason is missing
  await field('Motif').fill('demande 12');
  await look('effects');
  await button('Proposer').click();
  await rig.page.getByText('Manque encore : un administrateur de flotte (FR)').waitFor();
  await look('proposed');
  await rig.leave();

  await enter('opo-fr');
  await button('Flotte').click();
  // By keyboard alone.
  const row = rig.page.locator('.fleet-list button').first();
  await row.focus();
  await rig.page.keyboard.press('Enter');
  await button('Donner son accord').focus();
  await rig.page.keyboard.press('Enter');
  await rig.page.getByRole('heading', { name: 'Version n° 1: en vigueur' }).waitFor();
  await rig.page.getByText('La version 1 est en vigueur.').waitFor();

  await field('Motif').fill('trop tôt');
  await button('Proposer le texte d’avant').click();
  await rig.page.getByText('Avec le texte de la version 0').waitFor();
  await button('Retirer').click();
  await rig.page.getByRole('heading', { name: 'Version n° 2: retirée' }).waitFor();
  await look('back');
});

it('shows what is on trial, and prepares the version that joins it', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await button('À l’essai').click();
  const trial = (name: string) => rig.page.getByRole('region', { name });
  const fits = trial('FRBE POURS 1 (ASTRID) à côté de FRBE ACC');
  await fits.waitFor();
  expect(await fits.locator('tbody tr').first().innerText()).toMatch(/Messages\s+212\s+87/);
  expect(await fits.locator('.fleet-verdict').innerText()).toContain('par-dessus le trafic national');
  expect(await fits.innerText()).toContain('Collisions avec le trafic national');
  expect(await fits.locator('.fleet-findings tbody tr').first().innerText()).toMatch(
    /Mouscron 31\s+4,2 s\s+entendu jusqu’au bout, après 1,2 s d’attente, priorité 9 abaissée à 6/,
  );
  expect(await rig.page.locator('[data-verdict=loop] .fleet-verdict').innerText()).toContain('Ne pas relier');
  await look('trial-fr');
  await fits.getByRole('button').click();
  await rig.page.locator('.fleet-changes td ins').first().waitFor();
  expect(await rig.page.locator('.fleet-changes').innerText()).toContain('legs[as:5990011]');
  await rig.leave();

  await enter('opo-nl');
  await button('Vloot').click();
  await button('Op proef').click();
  await trial('FRBE POURS 1 (ASTRID) naast FRBE ACC').waitFor();
  await look('trial-nl');
});

it('says why something is not done', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await button('Prochaine version').click();
  const text = rig.page.locator('.fleet-edit textarea');
  await expect.poll(() => text.inputValue(), { timeout: 10_000 }).toContain('units:');
  await text.fill((await text.inputValue()).replace(/callSign: \S+/, 'callSign: Ailleurs'));
  await button('Vérifier et montrer les effets').click();
  await field('Motif').fill('x');
  await rig.page.locator('.fleet-changes').waitFor();
  await rig.page.route('**/api/v1/fleet/versions?*', (route) => route.abort());
  await button('Proposer').click();
  await rig.page.getByText('La passerelle ne répond pas. Réessayez.').waitFor();
});
