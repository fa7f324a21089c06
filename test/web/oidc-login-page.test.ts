/** Logging in by a provider of identities in Chromium: the library oidc-provider as a server, the real door and link behind. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { OidcProviderRig } from './oidc-provider-rig.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let rig: PageRig;
let bench: LoginBench;
let provider: OidcProviderRig;
let clock: ManualClock;
let said: string[];
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());
beforeEach(async () => {
  provider = await OidcProviderRig.start();
  clock = new ManualClock({ nowMs: 1000, utcMs: Date.now() });
  said = [];
  bench = await LoginBench.start(rig.pageFolder, {
    clock,
    lockAfterMs: 1,
    said: (event, about) => void said.push(`${event} ${JSON.stringify(about)}`),
    oidc: {
      name: 'Identité Police',
      issuer: provider.issuer,
      clientId: 'escaut',
      clientSecret: new Secret('a secret of this test'),
      scopes: ['openid', 'offline_access'],
      prompt: 'login consent', // this library gives no refresh token but where consent is asked for
      personClaim: 'preferred_username',
      roleClaim: 'groups',
      grants: [
        { value: 'radio-dispatch', role: operator.role, country: operator.country },
        { value: 'radio-observers', role: 'observer' },
        { value: 'radio-fr', role: operator.role, country: 'FR' },
      ],
      logoutThere: true,
      timeoutSec: 2,
    },
  });
  await provider.tell({
    redirectUri: `${bench.url}api/v1/oidc/callback`,
    groups: { [operator.person]: ['mail', 'radio-dispatch'] },
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
  await provider.stop();
});

const button = (name: string | RegExp) => rig.page.getByRole('button', { name });
const consoleShown = () => rig.page.locator('.top-bar').waitFor();
const ended = (event: string) => said.filter((each) => each.startsWith(`${event} `));

/** The provider's own pages: who, then whether the gateway may know it. */
async function atProvider(person: string = operator.person): Promise<void> {
  await rig.page.getByPlaceholder('Enter any login').fill(person);
  await rig.page.getByPlaceholder('and password').fill('whatever the provider asks');
  await button('Sign-in').click();
  await button('Continue').click();
}

async function throughProvider(person?: string): Promise<void> {
  await rig.visit(bench.url);
  await button('Se connecter par Identité Police').click();
  await atProvider(person);
}

/** The renewal is asked for on the gateway's clock, which stands still until it is answered. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds && bench.logins.sessions.all.length > 0; second++) {
    clock.advance(1000);
    await expect.poll(() => bench.oidc?.asking, { interval: 5 }).toBe(0);
  }
}

describe('a login by a provider of identities', () => {
  it('opens the console, and no trace of it stays in the address', async () => {
    await throughProvider();
    await consoleShown();
    expect(rig.page.url()).toBe(bench.url);
    const [session] = bench.logins.sessions.all;
    expect(session).toMatchObject({ person: operator.person, way: 'oidc' });
    expect(ended('login.accepted').join()).toContain('"way":"oidc"');
    // Neither code nor token stands anywhere in the log, nor the refresh token as it is in the database.
    expect(said.join('\n')).not.toMatch(/code=|eyJ|refresh_token/);
    const cookies = await rig.page.context().cookies(bench.url);
    expect(cookies.find(({ name }) => name === 'escaut-session')).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(cookies.find(({ name }) => name === 'escaut-login')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  });

  it('is out within a minute of leaving there, also while he sits at his console', async () => {
    await throughProvider();
    await consoleShown();
    // Renewed a few times first: each answer brings another token, and the one before is spent.
    await pass(100);
    expect(bench.logins.sessions.all).toHaveLength(1);
    await provider.tell({ groups: { [operator.person]: null } });
    const leftMs = clock.nowMs();
    await pass(60);
    expect(bench.logins.sessions.all).toEqual([]);
    expect(clock.nowMs() - leftMs).toBeLessThan(60_000);
    await rig.page.getByText('Ce compte ne peut plus se connecter').waitFor();
    expect(ended('login.ended').join()).toContain('disabled');
  });

  it('is out within a minute of losing his role there', async () => {
    await throughProvider();
    await consoleShown();
    await provider.tell({ groups: { [operator.person]: ['mail'] } });
    await pass(60);
    expect(bench.logins.sessions.all).toEqual([]);
  });

  it.each([
    ['in no group of ours', ['mail']],
    ['of another role', ['radio-observers']],
    ['of another country', ['radio-fr']],
    ['in none at all', []],
  ])('gives no right by default: %s', async (_, groups) => {
    await provider.tell({ groups: { [operator.person]: groups } });
    await throughProvider();
    await rig.page.getByText('ne vous donne pas votre rôle').waitFor();
    expect(await rig.violations()).toEqual([]);
    expect(bench.logins.sessions.all).toEqual([]);
    expect(ended('login.refused').join()).toContain('oidc-role');
  });

  it('knows nobody whom the configuration does not', async () => {
    await provider.tell({ groups: { stranger: ['radio-dispatch'] } });
    await throughProvider('stranger');
    await rig.page.getByText('Personne ici ne porte le nom').waitFor();
    expect(ended('oidc.failed').join()).toContain('person: stranger');
  });

  it('of somebody disabled here is none, though the provider says yes', async () => {
    await bench.store.ensure(operator.person);
    await bench.store.disable(operator.person, 0);
    await throughProvider();
    await rig.page.getByText('Identifiant ou mot de passe erroné').waitFor();
    expect(bench.logins.sessions.all).toEqual([]);
  });

  it('refused there is said', async () => {
    await rig.visit(bench.url);
    await button('Se connecter par Identité Police').click();
    await rig.page.getByRole('link', { name: /Cancel/ }).click();
    await rig.page.getByText('ne vous a pas laissé entrer').waitFor();
  });

  it.each([
    ['wrong-key', 'ne peut pas se fier'],
    ['other-issuer', 'ne peut pas se fier'],
  ] as const)('does not hold from a provider with %s', async (misbehave, text) => {
    await provider.tell({ misbehave });
    await throughProvider();
    await rig.page.getByText(text).waitFor();
    expect(ended('oidc.failed')).toHaveLength(1);
    expect(bench.logins.sessions.all).toEqual([]);
    // Once it is well again so is the login: nothing that was wrong is kept.
    await rig.leave();
    await provider.tell({ misbehave: 'none' });
    await throughProvider();
    await consoleShown();
  });

  it('by a way back that was taken, or is another browser’s, leads nowhere', async () => {
    await rig.visit(bench.url);
    const back: string[] = [];
    rig.page.on('request', (request) => {
      if (request.url().includes('/oidc/callback')) back.push(request.url());
    });
    await button('Se connecter par Identité Police').click();
    await atProvider();
    await consoleShown();
    const [address = ''] = back;
    expect(new URL(address).searchParams.get('iss')).toBe(provider.issuer);
    await fetch(address, { redirect: 'manual' }); // by whoever saw it pass
    expect(ended('login.refused').at(-1)).toContain('oidc-expired');
    await rig.page.goto(address); // by the same browser: reloaded
    await consoleShown();
    expect(bench.logins.sessions.all).toHaveLength(1);
  });

  it('takes over a console elsewhere when told to', async () => {
    await bench.post('password', { invitation: await bench.invite(), newPassword: 'nachtdienst in Doornik' });
    await bench.post('login', { name: operator.person, password: 'nachtdienst in Doornik' });
    await throughProvider();
    await rig.page.getByText('Vous avez une console ailleurs depuis').waitFor();
    await button('Reprendre ici').click();
    await consoleShown();
    expect(bench.logins.sessions.all).toMatchObject([{ way: 'oidc' }]);
  });

  it('opens a locked console again', async () => {
    await throughProvider();
    await consoleShown();
    await bench.logins.start(); // looks at who has done nothing
    await rig.page.getByText('Cette console est verrouillée').waitFor();
    await button('Se connecter par Identité Police').click();
    await atProvider();
    await rig.page.locator('.top-bar').waitFor();
    expect(bench.logins.sessions.all).toMatchObject([{ way: 'oidc', isLocked: false }]);
  });
});

describe('while the provider is away or slow', () => {
  it.each(['away', 'slow'] as const)('%s: it is said and logged, and passwords log in as ever', async (how) => {
    if (how === 'away') await provider.stop();
    else await provider.tell({ misbehave: 'slow' });
    await bench.post('password', { invitation: await bench.invite(), newPassword: 'nachtdienst in Doornik' });
    await rig.visit(bench.url);
    await button('Se connecter par Identité Police').click();
    await rig.page.getByText('Le fournisseur d’identité ne répond pas').waitFor();
    expect(ended('login.refused').join()).toContain('oidc-away');
    await rig.page.getByLabel('Identifiant', { exact: true }).fill(operator.person);
    await rig.page.getByLabel('Mot de passe', { exact: true }).fill('nachtdienst in Doornik');
    await rig.page.keyboard.press('Enter');
    await consoleShown();
  });

  it('whoever is in stays in, and the log says so', async () => {
    await throughProvider();
    await consoleShown();
    await provider.stop();
    await pass(120);
    expect(bench.logins.sessions.all).toHaveLength(1);
    expect(ended('oidc.away')).toHaveLength(1);
  });
});
