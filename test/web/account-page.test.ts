/** One's own account in Chromium, with its virtual authenticator, before the real door, logins and database. */
import decodeQR from 'qr/decode.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { stepOfCode, timeCode } from '../../src/operations/time-code.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const password = 'nachtdienst in Doornik';
const newPassword = 'een ander, langer woord';
let rig: PageRig;
let bench: LoginBench;
let said: string[];
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  said = [];
  bench = await LoginBench.start(rig.pageFolder, {
    said: (event, about) => void said.push(`${event} ${JSON.stringify(about)}`),
  });
  await bench.post('password', { invitation: await bench.invite(), newPassword: password });
  await rig.visit(home());
  await enter();
  await consoleShown();
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
});

/** By a name: passkeys are good for one. */
const home = () => `http://localhost:${bench.console.port}/`;
const part = (title: string) => rig.page.locator('section', { has: rig.page.getByRole('heading', { name: title }) });
const consoleShown = () => rig.page.locator('.top-bar').waitFor();

async function enter(word = password): Promise<void> {
  await rig.page.getByLabel('Identifiant', { exact: true }).fill(operator.person);
  await rig.page.getByLabel('Mot de passe', { exact: true }).fill(word);
  await rig.page.keyboard.press('Enter');
}

async function openAccount(): Promise<void> {
  await rig.page.goto(`${home()}#account`);
  await rig.page.reload(); // another page of the same document
  await part('Votre session').waitFor();
}

async function clean(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await rig.page.emulateMedia({ colorScheme });
    expect(await rig.violations()).toEqual([]);
    const folder = process.env['ESCAUT_PICTURES'];
    if (folder !== undefined)
      await rig.page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: true });
  }
}

describe('my account', () => {
  it('is reached from the console, and says how one is in', async () => {
    const opened = rig.page.context().waitForEvent('page');
    await rig.page.getByRole('link', { name: 'Mon compte' }).click();
    const account = await opened;
    await account.getByText(/Depuis .*, par mot de passe, depuis/).waitFor();
    await account.getByText('Aucun authentificateur n’est enregistré').waitFor();
    await account.getByRole('button', { name: 'Se déconnecter' }).click();
    await account.getByText('Personne ne s’est connecté').waitFor();
    await rig.page.getByText('Vous vous êtes déconnecté.').waitFor();
  });

  it('changes the password, and the console beside it goes on by itself', async () => {
    const beside = await rig.page.context().newPage();
    await openAccount();
    await beside.goto(home());
    await beside.locator('.top-bar').waitFor();
    const change = async (old: string, next: string, again: string) => {
      await part('Mot de passe').getByLabel('Mot de passe actuel').fill(old);
      await part('Mot de passe').getByLabel('Nouveau mot de passe').fill(next);
      await part('Mot de passe').getByLabel('Encore une fois').fill(again);
      await rig.page.keyboard.press('Enter');
    };
    await change(password, newPassword, 'something else');
    await part('Mot de passe').getByRole('alert').filter({ hasText: 'pas' }).waitFor();
    await change('wrong wrong wrong', newPassword, newPassword);
    await rig.page.getByText('Le mot de passe est erroné').waitFor();
    await clean('account-fault');
    await change(password, 'court', 'court');
    await rig.page
      .getByText('Au moins 12 caractères, s’il vous plaît.')
      .or(rig.page.getByText(/Au moins 12/).nth(1))
      .waitFor();
    await change(password, newPassword, newPassword);
    await rig.page.getByText('Le mot de passe est changé.').waitFor();
    expect((await bench.post('login', { name: operator.person, password })).code).toBe('credentials');
    await beside.waitForTimeout(500);
    await beside.locator('.top-bar').waitFor();
  });

  it('enrols an authenticator by a picture that it draws itself, and gives codes for paper', async () => {
    const asked: string[] = [];
    rig.page.on('request', (request) => void asked.push(new URL(request.url()).host));
    await openAccount();
    await part('Authentificateur').getByLabel('Mot de passe').fill(password);
    await rig.page.getByRole('button', { name: 'Enregistrer un authentificateur' }).click();
    const picture = rig.page.locator('.code-picture');
    await picture.waitFor();
    await clean('account-factor');
    const otpauth = new URL(
      read(await picture.innerHTML(), Number((await picture.getAttribute('viewBox'))?.split(' ')[2])),
    );
    expect(otpauth.host).toBe('totp');
    const secret = fromBase32(otpauth.searchParams.get('secret') ?? '');
    await rig.page.getByLabel('Code de votre authentificateur').fill('000000');
    await rig.page.keyboard.press('Enter');
    await rig.page.getByText('Le code est erroné').waitFor();
    const code = timeCode(secret, Math.floor(Date.now() / 30_000));
    expect(stepOfCode(secret, code, Date.now(), 0)).toBeDefined();
    await rig.page.getByLabel('Code de votre authentificateur').fill(code);
    await rig.page.keyboard.press('Enter');
    const codes = rig.page.locator('.recovery code');
    await codes.first().waitFor();
    await expect.poll(() => codes.count()).toBe(10);
    await part('Authentificateur').getByText('codes de secours restants : 10').waitFor();
    await clean('account-codes');
    const paper = (await codes.first().textContent()) ?? '';
    const again = { name: operator.person, password, takeOver: true };
    expect(await bench.post('login', again)).toMatchObject({ status: 401, code: 'code-needed' });
    expect(await bench.post('login', { ...again, code: paper })).toMatchObject({ status: 200 });
    expect(await bench.post('login', { ...again, code: paper })).toMatchObject({ status: 401, code: 'code' });
    expect([...new Set(asked)]).toEqual([new URL(home()).host]); // nothing was asked of elsewhere
  });
});

describe('passkeys', () => {
  async function authenticator() {
    const cdp = await rig.page.context().newCDPSession(rig.page);
    await cdp.send('WebAuthn.enable');
    const add = async () => {
      const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2',
          transport: 'usb',
          ...{
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
            automaticPresenceSimulation: true,
          },
        },
      });
      return authenticatorId;
    };
    return { cdp, add };
  }
  async function enrol(name: string): Promise<void> {
    const keys = part('Clés d’accès');
    await keys.getByLabel('Mot de passe').fill(password);
    await keys.getByLabel('Nom de la clé d’accès').fill(name);
    await rig.page.keyboard.press('Enter');
    await keys.getByRole('button', { name: `Retirer ${name}` }).waitFor();
  }
  const log = (event: string) => said.filter((each) => each.startsWith(`${event} `)).at(-1);

  it('are enrolled, let in without a name, take over, and are seen when copied', async () => {
    const { cdp, add } = await authenticator();
    const first = await add();
    await openAccount();
    await enrol('clé bleue');
    expect(bench.logins.sessions.all).toHaveLength(1);
    await clean('account-passkeys');
    await rig.page.getByRole('button', { name: 'Se déconnecter' }).click();
    await rig.page.goto(home());
    await rig.page.getByRole('button', { name: 'Se connecter par clé d’accès' }).click();
    await consoleShown();
    expect(bench.logins.sessions.all).toMatchObject([{ way: 'passkey', hasSecondFactor: true }]);
    expect(log('login.accepted')).toContain('"way":"passkey"');

    // Elsewhere he is asked, and signs again to take over.
    await rig.page.context().clearCookies();
    await rig.page.reload();
    await rig.page.getByRole('button', { name: 'Se connecter par clé d’accès' }).click();
    await rig.page.getByRole('button', { name: 'Reprendre ici' }).click();
    await consoleShown();

    // A copy signs with a counter that the gateway has seen.
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: first });
    const [key] = credentials;
    if (key === undefined) throw new Error('no key was made');
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId: first });
    await cdp.send('WebAuthn.addCredential', { authenticatorId: first, credential: { ...key, signCount: 0 } });
    await rig.page.context().clearCookies();
    await rig.page.reload();
    await rig.page.getByRole('button', { name: 'Se connecter par clé d’accès' }).click();
    await rig.page.getByText('a peut-être été copiée').waitFor();
    expect(log('login.refused')).toContain('passkey-copied');
  });

  it('are several a person, and removed one by one', async () => {
    const { cdp, add } = await authenticator();
    const first = await add();
    await openAccount();
    await enrol('une');
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first });
    await add();
    await enrol('deux');
    const keys = part('Clés d’accès');
    await expect.poll(() => keys.getByRole('button', { name: 'Retirer une' }).isDisabled()).toBe(true);
    await keys.getByLabel('Mot de passe').fill('wrong wrong wrong');
    await keys.getByRole('button', { name: 'Retirer une' }).click();
    await rig.page.getByText('Le mot de passe est erroné').waitFor();
    await keys.getByLabel('Mot de passe').fill(password);
    await keys.getByRole('button', { name: 'Retirer deux' }).click();
    await keys.getByRole('button', { name: 'Retirer deux' }).waitFor({ state: 'detached' });
    expect(log('account.changed')).toContain('passkey-removed');
    // What was removed lets nobody in.
    await rig.page.getByRole('button', { name: 'Se déconnecter' }).click();
    await rig.page.goto(home());
    await rig.page.getByRole('button', { name: 'Se connecter par clé d’accès' }).click();
    await rig.page.getByText('Cette clé d’accès n’est pas connue ici.').waitFor();
  });
});

/** The picture as a camera sees it. */
function read(svg: string, side: number): string {
  const [, path = ''] = /<path d="([^"]*)"/.exec(svg) ?? [];
  const scale = 4;
  const width = side * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1/g)) {
    for (let row = 0; row < scale; row++) {
      for (let column = 0; column < scale; column++) {
        const at = ((Number(y) * scale + row) * width + Number(x) * scale + column) * 4;
        data.fill(0, at, at + 3);
      }
    }
  }
  return decodeQR({ width, height: width, data });
}

function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
