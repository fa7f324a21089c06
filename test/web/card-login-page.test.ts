/** Logging in by smart card in Chromium, at the real door and listener, with certificates made by openssl. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardSite } from '../base/card-authorities.ts';
import { Authority, type Issued } from '../base/certificates.ts';
import { operator } from '../console/world-of-test.ts';
import { LoginBench } from '../gateway/login-bench.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const number = '4405512';
const own = { subject: `/CN=Lotte/serialNumber=${number}` };
let rig: PageRig;
let page: Authority;
let site: CardSite;
let card: Issued;
let revoked: Issued;
let bench: LoginBench;
beforeAll(async () => {
  rig = await PageRig.start();
  page = new Authority('Page CA');
  site = new CardSite();
  [card, revoked] = [site.issuing.issue(own), site.issuing.issue(own)];
  site.issuing.revoke(revoked);
  site.issuing.list(site.cardList);
});
afterAll(async () => {
  await rig?.stop();
  page?.close();
  site?.close();
});
beforeEach(async () => {
  bench = await LoginBench.start(rig.pageFolder, {
    lockAfterMs: 1,
    cards: {
      ...page.issue({ names: 'DNS:localhost,IP:127.0.0.1' }),
      people: () => [{ id: operator.person, card: number }],
      settings: { ...site.files, port: 0, match: 'serial-number', policies: [] },
    },
  });
});
afterEach(async () => {
  await rig.leave();
  await bench.stop();
});

const button = (name: string | RegExp) => rig.page.getByRole('button', { name });
const consoleShown = () => rig.page.locator('.top-bar').waitFor();

/** A browser of somebody with that card in his reader. */
async function visit(shown?: Issued): Promise<void> {
  const origin = `https://127.0.0.1:${bench.cardDesk?.port()}`;
  await rig.visit(bench.url, {
    ignoreHTTPSErrors: true,
    ...(shown && { clientCertificates: [{ origin, certPath: shown.certificate, keyPath: shown.key }] }),
  });
}

describe('a login by smart card', () => {
  it('opens the console, and no trace of it stays in the address', async () => {
    await visit(card);
    await button('Se connecter par carte à puce').waitFor();
    expect(await rig.violations()).toEqual([]);
    await button('Se connecter par carte à puce').click();
    await consoleShown();
    expect(rig.page.url()).toBe(bench.url);
    expect(bench.logins.sessions.all).toMatchObject([{ person: operator.person, way: 'card' }]);
    // Whoever reloads is still in.
    await rig.page.reload();
    await consoleShown();
    await rig.page.goto(`${bench.url}#account`);
    await rig.page.reload();
    await rig.page.getByText('La carte qui finit par …5512').waitFor();
    await rig.page.getByText('par carte à puce, depuis').waitFor();
    expect(await rig.violations()).toEqual([]);
  });

  it('is refused in words with one that is revoked, and the password is still asked for', async () => {
    await visit(revoked);
    await button('Se connecter par carte à puce').click();
    await rig.page.getByText('Cette carte a été révoquée.').waitFor();
    expect(await rig.violations()).toEqual([]);
    expect(rig.page.url()).toBe(bench.url);
    await rig.page.getByLabel('Mot de passe', { exact: true }).waitFor();
    expect(bench.logins.sessions.all).toEqual([]);
  });

  it('says so where the browser has none to show', async () => {
    await visit();
    await button('Se connecter par carte à puce').click();
    await rig.page.getByText('Le navigateur n’a montré aucune carte.').waitFor();
  });

  it('takes over from elsewhere, and opens a console that is locked', async () => {
    await visit(card);
    await button('Se connecter par carte à puce').click();
    await consoleShown();
    await rig.leave();
    await visit(card);
    await button('Se connecter par carte à puce').click();
    await button('Reprendre ici').click();
    await consoleShown();
    await bench.logins.start(); // looks at once who has done nothing for a millisecond
    await button('Se connecter par carte à puce').click();
    await consoleShown();
    await expect
      .poll(() => bench.logins.sessions.all.map(({ isLocked, way }) => [isLocked, way]))
      .toEqual([[false, 'card']]);
  });
});

it('is offered nowhere else', async () => {
  const plain = await LoginBench.start(rig.pageFolder);
  await rig.visit(plain.url);
  await rig.page.getByLabel('Identifiant', { exact: true }).waitFor();
  await expect.poll(() => rig.page.getByRole('button').allInnerTexts()).toContain('Se connecter');
  await expect.poll(() => button(/carte/).count()).toBe(0);
  await rig.leave();
  await plain.stop();
});
