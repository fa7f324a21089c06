/** The page of the fleet data, with the real doors, rules and database behind it, and people of two countries before it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ShadowReport } from '../../src/api/shadow-schema.ts';
import { checkConfig } from '../../src/config/load.ts';
import { AnnouncementBooth } from '../../src/gateway/announcement-booth.ts';
import { operator } from '../console/world-of-test.ts';
import { FleetRig } from '../gateway/fleet-rig.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { fleetOf, LoggedIn } from './logged-in.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
const people = [
  operator,
  { ...operator, person: 'opo-be', display: 'OPO Tournai', role: 'fleet-admin', country: 'BE' },
  { ...operator, person: 'opo-nl', display: 'OPO Brugge', role: 'fleet-admin', country: 'BE', language: 'nl' },
  { ...operator, person: 'sys-1', display: 'SYS Tournai', role: 'sys-admin', country: 'BE' },
  { ...operator, person: 'sys-2', display: 'SYS Lille', role: 'sys-admin', country: 'FR' },
  { ...operator, person: 'opo-fr', display: 'OPO Lille', role: 'fleet-admin', country: 'FR' },
] as const;

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
/** As on the air: by the program of the configuration, which is espeak-ng. */
const { config } = checkConfig(
  `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]`,
  { file: 'x.yaml', environment: {}, workingFolder: '.' },
);
if (config === undefined) throw new Error("the test's configuration is wrong");
const booth = new AnnouncementBooth(config.announcements, 10_000);

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
    fleet: fleetOf(fleet, people, {
      listening: booth,
      shadows: { utcMs: Date.now(), shadows: shadowsShown },
      owed: [{ section: 'sharedGroups', item: 'xb-acc', kind: 'changed', when: 'waits', why: 'talk' }],
    }),
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await fleet.close();
});

const { button, field, enter, look } = new LoggedIn(
  'fleet',
  () => rig,
  () => bench,
);

it('is not for a dispatcher', async () => {
  await enter(operator.person);
  await button('Réseaux').waitFor();
  await expect.poll(() => button('Flotte').count()).toBe(0);
});

it('leads from a mapping by a form to a version that the other country agrees to, and back', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await rig.page.getByText('Les données du fichier de configuration sont en vigueur.').waitFor();
  await button('Qui entend qui').click();
  await rig.page.locator('.fleet-box').first().waitFor();
  const lines = await rig.page.locator('.fleet-mapping path').count();
  expect(lines).toBeGreaterThan(10);
  await expect.poll(() => rig.page.locator('.fleet-legs li').count()).toBe(lines);
  await look('mapping');

  await button('Prochaine version').click();
  const text = rig.page.locator('.fleet-edit textarea');
  await expect.poll(() => text.inputValue(), { timeout: 10_000 }).toContain('units:');
  const whole = await text.inputValue();
  await text.fill(whole.replace(/^units:/m, 'unitss:'));
  await button('Vérifier et montrer les effets').click();
  const line = 1 + whole.split('\n').findIndex((each) => each.startsWith('units:'));
  await button(`Ligne ${line}`).first().click();
  await expect
    .poll(() =>
      rig.page.evaluate(
        'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)',
      ),
    )
    .toBe('unitss:');
  await look('errors');

  await text.fill(whole);
  await rig.page.locator('.fleet-form select').first().selectOption({ index: 1 });
  await rig.page.locator('.fleet-form select').last().selectOption({ index: 1 });
  await rig.page.locator('.fleet-form input[type=number]').fill('6');
  await button('Mettre dans le texte').click();
  await expect.poll(() => text.inputValue(), { timeout: 10_000 }).toContain('priorityMax: 6');
  await button('Vérifier et montrer les effets').click();
  await rig.page.locator('.fleet-changes td ins').first().waitFor();
  await expect.poll(() => button('Proposer').isDisabled()).toBe(true); // a reason is missing
  await field('Motif').fill('demande 12');
  await look('effects');
  await button('Proposer').click();
  await rig.page.getByText('Manque encore : un gestionnaire de flotte (OPO) (FR)').waitFor();
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
  await expect.poll(() => fits.locator('tbody tr').first().innerText()).toMatch(/Émissions\s+212\s+87/);
  await expect.poll(() => fits.locator('.fleet-verdict').innerText()).toContain('par-dessus le trafic national');
  await expect.poll(() => fits.innerText()).toContain('Collisions avec le trafic national');
  await expect
    .poll(() => fits.locator('.fleet-findings tbody tr').first().innerText())
    .toMatch(/Mouscron 31\s+4,2 s\s+entendu jusqu’au bout, après 1,2 s d’attente, priorité 9 abaissée à 6/);
  await expect
    .poll(() => rig.page.locator('[data-verdict=loop] .fleet-verdict').innerText())
    .toContain('Ne pas relier');
  await look('trial-fr');
  await fits.getByRole('button').click();
  await rig.page.locator('.fleet-changes td ins').first().waitFor();
  await expect.poll(() => rig.page.locator('.fleet-changes').innerText()).toContain('legs[as:5990011]');
  await rig.leave();

  await enter('opo-nl');
  await button('Fleetmap').click();
  await button('Op proef').click();
  await trial('FRBE POURS 1 (ASTRID) naast FRBE ACC').waitFor();
  await look('trial-nl');
});

it('changes an item by a form: what is wrong stands at its field, what is right goes into the next version', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await button('Unités').click();
  await field('Chercher').fill('mouscron 34');
  await rig.page.locator('.fleet-table tbody tr').nth(1).waitFor({ state: 'detached' });
  await look('units');
  await button('m34').click();
  const form = rig.page.locator('.fleet-item');
  await form.locator('[data-field=address] input').fill('99999999');
  await button('Mettre dans la prochaine version').click();
  await form.locator('[data-field=address] .fleet-problems li').waitFor();
  await form.locator('[data-field=callSign] input').fill('');
  await button('Mettre dans la prochaine version').click();
  await form.locator('[data-field=callSign] .fleet-problems li').waitFor();
  // Where the first of them is, there the keyboard is.
  const focused = 'document.activeElement.closest("[data-field]")?.dataset.field';
  await expect.poll(() => rig.page.evaluate(focused), { timeout: 10_000 }).toBe('callSign');
  await look('unit-wrong');
  await form.locator('[data-field=address] input').fill('5317035');
  await form.locator('[data-field=callSign] input').fill('Mouscron 35');
  await rig.page.keyboard.press('Enter');
  await rig.page.getByText('m34 est dans la prochaine version.').waitFor();
  await rig.page.locator('.fleet-table tbody tr[data-kind=changed]').waitFor();

  await button('Services').click();
  await button('zp5317').click();
  await rig.page.locator('.fleet-item').waitFor();
  await button('Retirer').click();
  // Its units still speak of it.
  await rig.page.locator('.fleet-item [role=alert] li code').first().waitFor();
  await look('still-named');
  await button('Fermer').click();

  await button('Plans').click();
  await button('plan-pf').click();
  await rig.page.locator('.fleet-item [data-field=levels] fieldset').first().waitFor();
  await look('plan');
  await rig.page
    .getByRole('button', { name: /^Ôter .*PF-03/ })
    .first()
    .click();
  await button('Mettre dans la prochaine version').click();
  await rig.page.getByText('plan-pf est dans la prochaine version.').waitFor();
  for (const part of ['Personnes', 'Salles', 'États', 'Lieux']) {
    await button(part).click();
    await rig.page.locator('.fleet-table tbody tr').first().waitFor();
    await look(part);
  }
  // People are the system administrators' matter: there is nothing to type into.
  await button('Personnes').click();
  await rig.page.locator('.fleet-table tbody button').first().click();
  await rig.page.getByText('Votre rôle ne permet pas de changer ceci.').waitFor();
  await expect.poll(() => rig.page.locator('.fleet-item :is(input, select):enabled').count()).toBe(0);
  await button('Voir et proposer').click();
  await rig.page.locator('.fleet-changes tbody').nth(1).waitFor();
  await expect
    .poll(() => rig.page.locator('.fleet-changes th').allInnerTexts())
    .toEqual(expect.arrayContaining(['Plans plan-pf modifié', 'Unités m34 modifié', 'Indicatif callSign']));
  await field('Motif').fill('demande 13');
  await button('Proposer').click();
  await rig.page.getByRole('heading', { name: 'Version n° 1' }).waitFor();
});

it('disables a leaver at once, and gives a link only by two', async () => {
  await enter('sys-1');
  await button('Flotte').click();
  await button('Personnes').click();
  await field('Chercher').fill('opo-be');
  await button('opo-be').click();
  await rig.page.getByText('N’a pas encore de compte.').waitFor();
  await button('Demander un lien pour un nouveau mot de passe').click();
  await rig.page.getByText('Un autre administrateur système doit le donner.').waitFor();
  await look('link-asked');
  // Nobody shuts himself out.
  await field('Chercher').fill('sys-1');
  await button('sys-1').click();
  await rig.page.getByText('C’est votre propre compte').waitFor();
  await expect.poll(() => button('Désactiver').count()).toBe(0);
  await rig.leave();

  await enter('sys-2');
  await button('Flotte').click();
  await button('Personnes').click();
  await button('Donner le lien pour opo-be').click();
  const link = rig.page.locator('.fleet-link code');
  await link.waitFor();
  await look('link-given');
  const invitation = (await link.innerText()).split('=')[1] ?? '';
  expect((await bench.post('password', { invitation, newPassword: password })).status).toBe(200);
  const { cookie } = await bench.post('login', { name: 'opo-be', password });
  expect(bench.isIn(cookie)).toBe(true);

  await button('opo-be').click();
  await button('Actualiser').click();
  await button('Désactiver').click();
  await button('Oui, désactiver opo-be tout de suite').click();
  await rig.page.getByText('Désactivé : ne peut plus se connecter.').waitFor();
  await look('disabled');
  expect((await bench.post('login', { name: 'opo-be', password })).status).toBe(401);
});

it('lets an announcement be heard, as the gateway would say it, before it is proposed', async () => {
  await enter('opo-be');
  await button('Flotte').click();
  await button('Annonces').click();
  await button('ann-crossing').click();
  await button('Écouter en français').click();
  const voice = rig.page.locator('.fleet-voice[data-language=fr]');
  await voice.locator('audio').waitFor();
  await expect
    .poll(() => voice.locator('q').innerText())
    .toBe('Franchissement de frontière à P F zéro un, quatorze heures cinq.');
  await expect.poll(() => voice.innerText()).toMatch(/Dure \d,\d s|Dure \d s/);
  const lasts = 'document.querySelector(".fleet-voice audio").duration';
  await expect.poll(() => rig.page.evaluate(lasts), { timeout: 10_000 }).toBeGreaterThan(2);
  await look('announcement');
  await rig.page.locator('.fleet-item [data-field=fr] input').fill('Passage à {place}.');
  await voice.locator('audio').waitFor({ state: 'detached' }); // it was of another text
  await button('Mettre dans la prochaine version').click();
  await rig.page.getByText('ann-crossing est dans la prochaine version.').waitFor();
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
