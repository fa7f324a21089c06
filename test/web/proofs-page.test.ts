/** The page of the proofs of lines, with the gateway's own rules and doors behind it; the far ends alone are played. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { Config } from '../../src/config/schema.ts';
import { Proofs } from '../../src/gateway/operations/proofs.ts';
import { operator } from '../console/world-of-test.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { statusOfTest } from '../status-of-test.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
const people = [
  { ...operator, person: 'tech-fr', display: 'Technique', role: 'technician', language: 'fr' },
  { ...operator, person: 'disp-en', display: 'Liaison', role: 'observer', language: 'en' },
] as const;
/** Screenshots are kept where this names a folder. */
const pictures = process.env.ESCAUT_SHOTS;
const group = demoConfig.sharedGroups[0]!;
const config: Config = {
  ...demoConfig,
  sharedGroups: [{ ...group, id: 'xb-tech', short: 'FRBE TECH', use: 'test', mode: 'on-demand' }],
  morningProof: {
    ...{ group: 'xb-tech', at: '05:30', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], waitMin: 15 },
    ...{ levelDbov: -16, toleranceDb: 3, oneWayMsMax: 600, withoutAnswer: [], identities: [] },
  },
};
const [first = ''] = group.legs.map(({ talkgroup }) => talkgroup);

let rig: PageRig;
let bench: LoginBench;
let proofs: Proofs;
/** Of the first line; undefined: nothing comes back. */
let levelDbov: number | undefined;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  levelDbov = -27;
  const nothing = () => undefined;
  const clock = new SystemClock();
  proofs = new Proofs(config, {
    clock,
    random: new SeededRandom(1),
    events: {
      ...{ proofs: { begun: nothing, line: nothing, done: nothing, missed: nothing, refused: nothing } },
      state: { notKept: nothing },
    },
    console: { raiseAlarm: nothing, clearAlarm: nothing },
    attachments: {
      join: ({ need }) => setTimeout(() => proofs.legState(need.leg, true), 50),
      leave: nothing,
      report: () => ({ legs: [] }) as never,
    },
    kept: { read: nothing, write: nothing },
    sendVoice: (command) => {
      if (command.name !== 'prove') return;
      const { leg, proof } = command.order;
      const level = leg.endsWith(first) ? levelDbov : -16.2;
      const heard = level === undefined ? [] : [{ leg, levelDbov: level, delayMs: 160, whole: 1 }];
      const event = { name: 'proved', group: command.group, proof, end: 'done', heard } as const;
      setTimeout(() => proofs.voiceEvent(event), 50);
    },
    groupOf: nothing,
    isJoined: () => false,
  });
  proofs.start();
  bench = await LoginBench.start(rig.pageFolder, {
    people,
    http: {
      proofs: {
        signedIn: (token) => {
          const session = bench.logins.signedIn(token);
          const person = people.find((each) => each.person === session?.person);
          return session && person && { person, isLocked: session.isLocked };
        },
        personOf: nothing,
        view: (person) => proofs.view(person),
        report: (number) => proofs.report(number),
        run: (person, attachment) => proofs.run(person, attachment),
      },
    },
  });
});
afterEach(async () => {
  await rig.leave();
  proofs.stop();
  await bench.stop();
});

const button = (name: string) => rig.page.getByRole('button', { name, exact: true });

async function enter(person: string): Promise<void> {
  await bench.post('password', { invitation: await bench.invite(person), newPassword: password });
  await rig.visit(bench.url);
  await rig.page.setViewportSize({ width: 1440, height: 900 });
  await rig.page.getByLabel('Identifiant', { exact: true }).fill(person);
  await rig.page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await rig.page.keyboard.press('Enter');
  await rig.page.locator('.top-bar').waitFor();
  await rig.page.locator('.proofs-button').click();
  await rig.page.locator('.proofs-lines').waitFor();
}

async function look(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme });
    expect(await rig.violations()).toEqual([]);
    if (pictures !== undefined) {
      await rig.page.screenshot({ path: `${pictures}/proofs-${name}-${colorScheme}.png`, fullPage: true });
    }
  }
}

it('says which line is faulty and why, and a test call of it says step by step what becomes of it', async () => {
  await enter('tech-fr');
  await rig.page.getByText('Aucun essai des liaisons jusqu’ici.').waitFor();
  await button('Essayer toutes les liaisons').click();
  await rig.page.getByText('Au moins une liaison est en défaut.').waitFor({ timeout: 20_000 });
  const rows = rig.page.locator('.proofs-lines tbody tr');
  await expect.poll(() => rows.count()).toBe(proofs.view(undefined).lines.length);
  const row = rig.page.locator('.proofs-lines tr[data-verdict=red]').first();
  const cells = await row.locator('td').allTextContents();
  expect(cells.slice(1, 4)).toEqual(['En défaut trop faible', '-27 dBov', '80 ms']);
  await look('fr');

  levelDbov = -16;
  const attachment = (await row.getAttribute('data-line')) ?? '';
  await button(`Appel d’essai par ${attachment}`).click();
  await rig.page.locator(`.proofs-lines tr[data-line=${attachment}][data-verdict=green]`).waitFor();
  const steps = rig.page.locator('.proofs-steps li span');
  await expect
    .poll(() => steps.allTextContents())
    .toEqual(['appelée', 'a répondu', 'tonalité envoyée', 'tonalité revenue', 'terminé']);
  // Of all lines there is no other word yet.
  await expect.poll(() => rig.page.getByText('Au moins une liaison est en défaut.').count()).toBe(1);
  await expect.poll(() => rig.page.locator('.proofs-history li').count()).toBe(2);

  for (const [language, words] of [
    ['Deutsch', 'Mindestens eine Verbindung ist gestört.'],
    ['Nederlands', 'Minstens één verbinding is defect.'],
  ] as const) {
    await rig.page.locator('.look-button').click();
    await button(language).click();
    await rig.page.keyboard.press('Escape');
    await rig.page.getByText(words).waitFor();
  }
  await look('nl');
});

it('shows it to whoever has logged in, and lets those alone have one who may', async () => {
  await enter('disp-en');
  await rig.page.getByText('No proof of the lines yet.').waitFor();
  await expect.poll(() => rig.page.locator('.proofs button', { hasText: /Prove|Test call/ }).count()).toBe(0);
  await look('en');
});

it('tries an attachment where its health stands, and says there how far it is, when it was and what came back', async () => {
  const attachments = statusOfTest.attachments.map((each) => ({ ...each, id: 'as-sim-1' }));
  bench.console.status = { ...statusOfTest, attachments, legs: [] };
  await enter('tech-fr');
  await rig.page.locator('.networks-button').click();
  const row = rig.page.locator('.status-row[data-item="as-sim-1"]');
  await row.locator('summary').click();
  await row.getByText('Aucun groupe opérationnel n’est appelé.', { exact: false }).waitFor();
  const call = button('Appel d’essai par as-sim-1');
  await call.click();
  await row.locator('[data-step]').first().waitFor();
  await expect.poll(() => call.isDisabled()).toBe(true);
  const said = row.locator('.test-call-said p');
  await expect
    .poll(() => said.innerText(), { timeout: 20_000 })
    .toMatch(/^HT ALERTE 1\s+En défaut\s+\d\d:\d\d trop faible · Niveau -27 dBov · Aller simple 80 ms$/);
  await look('call-faulty');

  levelDbov = -16;
  await call.click();
  await expect.poll(() => said.innerText(), { timeout: 20_000 }).toMatch(/En ordre\s+\d\d:\d\d Niveau -16 dBov/);
  await expect.poll(() => call.isDisabled()).toBe(false);
  await look('call-good');
});
