/**
 * The built page in Chromium against the fake gateway: keyboard, loss and return, languages, accessibility. Time is the
 * machine's; every wait is for a condition.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { escaut } from '../../src/protocols/generated/console.js';
import { chromiumFlags, chromiumPath, slowDown } from '../interop/support/chromium-flags.ts';
import { type BuiltPage, builtPage } from './built-page.ts';
import { cutTexts } from './cut-texts.ts';
import * as demo from './demo-groups.ts';
import { demoStatus } from './demo-status.ts';
import { FakeGateway, grantAll, oneTimeToken, operatorId, sessionId } from './fake-gateway.ts';

const { Result } = escaut.console.v1.FloorAnswer;
const { State, Transmission } = escaut.console.v1.Leg;
const pours = 'xb-pours-1';
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** On a machine that is busy with other tests a browser takes its time. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let built: BuiltPage;
let browser: Browser;
let gateway: FakeGateway;
let context: BrowserContext;
let page: Page;
/** What the page complained of: a breach of the content policy shows here. */
let complaints: string[];

beforeAll(async () => {
  built = await builtPage();
  browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags] });
});

afterAll(async () => {
  await browser?.close();
  built?.remove();
});

async function openPage(snapshot = demo.demoSnapshot()): Promise<void> {
  gateway = new FakeGateway(built.folder, snapshot);
  const url = await gateway.listen();
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ['microphone'],
    timezoneId: 'America/New_York',
  });
  page = await context.newPage();
  await slowDown(page);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().includes('WebSocket connection')) complaints.push(line.text());
  });
  await page.goto(`${url}#token=${oneTimeToken}`);
  await tile(pours).waitFor();
  await page.locator('.talk-bar-key[data-off="false"]').waitFor();
}

async function closePage(): Promise<void> {
  await context.close();
  await gateway.close();
  expect(complaints).toEqual([]);
}

/** One page for several tests: at rest again, on the first group, with nothing heard yet. */
async function rest(): Promise<void> {
  for (const groupId of [pours, 'xb-acc', 'xb-patr-b1']) gateway.change({ floor: { groupId, floor: {} } });
  gateway.onFloorRequest = grantAll;
  await page.keyboard.press('1');
  await tileShows(pours, 'idle');
  await tileShows('xb-acc', 'idle');
  gateway.heard.length = 0;
}

const tile = (group: string) => page.locator(`.tile[data-group="${group}"]`);
const tileShows = (group: string, state: string) =>
  page.locator(`.tile[data-group="${group}"][data-state="${state}"]`).waitFor();
/** Changes the page's language, as the operator does. */
async function speak(language: string): Promise<void> {
  await page.locator('.look-button').click();
  await page.getByRole('button', { name: language }).click();
  await page.locator('.dialog-main').click();
}
const requests = () => gateway.heard.flatMap((message) => message.floorRequest ?? []);
const releases = () => gateway.heard.flatMap((message) => message.floorRelease ?? []);
const heard = (count: () => number, atLeast: number) =>
  expect.poll(count, { timeout: 10_000 }).toBeGreaterThanOrEqual(atLeast);

describe('the space bar', () => {
  beforeAll(() => openPage());
  beforeEach(rest);
  afterAll(closePage);

  it('talks on the selected group while it is down, once, however long it repeats', async () => {
    await page.keyboard.down(' ');
    for (let repeat = 0; repeat < 20; repeat++) await page.keyboard.down(' ');
    await tileShows(pours, 'transmitting');
    expect(requests()).toHaveLength(1);
    await expect.poll(() => page.locator('.talk-bar').getAttribute('data-talk')).toBe('talking');
    await page.keyboard.up(' ');
    await tileShows(pours, 'idle');
    await heard(() => releases().length, 1);
    expect(requests()[0]?.groupId).toBe(pours);
    expect(releases()[0]).toMatchObject({ groupId: pours, requestId: requests()[0]?.requestId });
  });

  it('talks, and presses no button, when a button has the focus; Enter presses it', async () => {
    const mute = page.locator('.mute-button').first();
    await mute.click();
    await mute.filter({ hasText: 'Coupé' }).waitFor();
    await page.keyboard.down(' ');
    await tileShows(pours, 'transmitting');
    await page.keyboard.up(' ');
    await expect.poll(() => mute.textContent()).toContain('Coupé');
    await page.keyboard.press('Enter');
    await mute.filter({ hasText: 'Audible' }).waitFor();
  });

  it('does not talk where something is typed or chosen, and the talk bar says so', async () => {
    await page.locator('.microphone-choice').focus();
    await page.locator('.talk-bar-key[data-off="true"]').waitFor();
    await page.keyboard.down(' ');
    await page.keyboard.up(' ');
    await page.keyboard.press('Escape');
    // A field such as later pages will have.
    await page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'field' }))");
    await page.locator('#field').focus();
    await page.keyboard.type('PF 04 ');
    await expect.poll(() => page.locator('#field').inputValue()).toBe('PF 04 ');
    await page.evaluate("document.getElementById('field').remove()");
    await page.keyboard.press('2');
    expect(requests()).toEqual([]);
    await expect.poll(() => tile('xb-acc').getAttribute('data-selected')).toBe('true');
  });

  it('lets go at once when the window loses the focus, and talks again only after a new press', async () => {
    await page.keyboard.down(' ');
    await tileShows(pours, 'transmitting');
    await page.evaluate("window.dispatchEvent(new Event('blur'))");
    await tileShows(pours, 'revoked');
    await heard(() => releases().length, 1);
    await page.keyboard.down(' '); // the repeat of the key that is still down
    expect(requests()).toHaveLength(1);
    await page.keyboard.up(' ');
    await page.keyboard.down(' ');
    await heard(() => requests().length, 2);
    await page.keyboard.up(' ');
  });

  it('follows the numbers and the arrows to another group', async () => {
    await page.keyboard.press('3');
    await expect.poll(() => tile('xb-patr-b1').getAttribute('data-selected')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.down(' ');
    await tileShows('xb-acc', 'transmitting');
    await page.keyboard.up(' ');
    expect(requests()[0]?.groupId).toBe('xb-acc');
  });
});

describe('the talk button and what the gateway answers', () => {
  beforeAll(() => openPage());
  beforeEach(rest);
  afterAll(closePage);

  it('talks on its own group while the mouse holds it, also when the mouse slides off', async () => {
    const button = tile('xb-acc').locator('.talk-button');
    await button.hover();
    await page.mouse.down();
    await tileShows('xb-acc', 'transmitting');
    await page.mouse.move(700, 850);
    await heard(() => requests().length, 1);
    expect(releases()).toEqual([]);
    await page.mouse.up();
    await heard(() => releases().length, 1);
    await expect.poll(() => tile('xb-acc').getAttribute('data-selected')).toBe('true');
  });

  it('shows a refusal with its cause, and wants the key let go', async () => {
    gateway.onFloorRequest = ({ groupId, requestId }) => [
      { floorAnswer: { groupId, requestId, result: Result.DENIED, cause: 'busy' } },
    ];
    await page.keyboard.down(' ');
    await tileShows(pours, 'denied');
    await expect.poll(() => tile(pours).locator('.state-band').textContent()).toContain('canal occupé');
    await page.keyboard.up(' ');
    await tileShows(pours, 'idle');
  });

  it('gives a grant back that comes after the key-up', async () => {
    gateway.onFloorRequest = () => [];
    await page.keyboard.press(' ');
    await heard(() => releases().length, 1);
    const requestId = requests()[0]?.requestId ?? 0;
    gateway.say({ floorAnswer: { groupId: pours, requestId, result: Result.GRANTED, talkLimitMs: 30_000 } });
    await heard(() => releases().length, 2);
    await expect.poll(() => tile(pours).getAttribute('data-state')).toBe('idle');
  });

  it('shows who talks: call sign, organisation, network, language; and for a stranger the address alone', async () => {
    gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.mouscron31, 8000) } });
    gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.unknownUnit) } });
    gateway.change({ floor: { groupId: 'xb-patr-b1', floor: demo.floor(demo.nameless) } });
    await tileShows('xb-patr-b1', 'receiving');
    const known = await tile(pours).locator('.talker').textContent();
    for (const part of ['Mouscron 31', 'BE', 'ZP Mouscron', 'ASTRID', 'français', '0:0']) expect(known).toContain(part);
    const stranger = await tile('xb-acc').locator('.talker').textContent();
    expect(stranger).toContain('059 1 11 377');
    expect(stranger).toContain('absent de l’annuaire');
    const nameless = await tile('xb-patr-b1').locator('.talker').textContent();
    for (const part of ['Correspondant inconnu', 'FR', 'RUBIS', 'identité non transmise'])
      expect(nameless).toContain(part);
  });

  it('shows what a radio supplied as text, whatever it is', async () => {
    const hostile = { ...demo.bac2, callSign: '<img src=x onerror=alert(1)>', organisation: '\u202eevil' };
    gateway.change({ floor: { groupId: pours, floor: demo.floor(hostile) } });
    await tileShows(pours, 'receiving');
    await expect.poll(() => tile(pours).locator('.talker-title').textContent()).toBe('<img src=x onerror=alert(1)>');
    await expect.poll(() => page.locator('.talker img').count()).toBe(0);
  });
});

describe('link and language', () => {
  beforeEach(() => openPage());
  afterEach(closePage);

  it('takes the token out of the address, and resumes after a reload without it', async () => {
    expect(page.url()).not.toContain('token');
    await page.reload();
    await tile(pours).waitFor();
    const hellos = gateway.heard.flatMap((message) => message.hello ?? []);
    expect(hellos.map((hello) => [hello.token, hello.resumeToken])).toEqual([
      [oneTimeToken, ''],
      ['', 'resume'],
    ]);
  });

  it("shows the gateway's name in the page's language, and its time in its own zone, whatever this computer's is", async () => {
    const name = page.locator('.top-bar-gateway h1');
    for (const [language, shown] of [
      ['Nederlands', 'Radiogateway CCPD Doornik'],
      ['English', 'Tournai PCCC radio gateway'],
      ['Français', 'Passerelle radio CCPD Tournai'],
    ] as const) {
      await speak(language);
      await expect.poll(() => name.textContent()).toBe(shown);
      await expect.poll(() => page.title()).toBe(shown);
    }
    const brussels = new Intl.DateTimeFormat('fr-BE', { timeZone: 'Europe/Brussels', timeStyle: 'short' });
    const right = async () => (await page.locator('.clock-time').textContent())?.includes(brussels.format(Date.now()));
    await expect.poll(right).toBe(true);
  });

  it('says that the gateway restarts when that is what it said, and is back with what the new one shows', async () => {
    gateway.say({ goodbye: { reason: 'stopping', retryAfterMs: 500 } });
    gateway.cut();
    await page.getByText('La passerelle redémarre').waitFor();
    await expect.poll(() => page.locator('.indicator', { hasText: 'Redémarrage' }).count()).toBe(1);
    gateway.restart();
    gateway.accept();
    await tileShows(pours, 'idle');
    await expect.poll(() => page.locator('.alarm').count()).toBe(0);
  });

  it('marks among what was said, and in the timeline, how long it saw nothing, and what it could not hear', async () => {
    const over = (id: number, ageMs: number) => ({ ...demo.over(id, demo.bac2, ageMs), durationMs: 1000 });
    const [first, ...rest] = demo.demoSnapshot().groups ?? [];
    gateway.cut();
    await tileShows(pours, 'stale');
    // Until it has been away for longer than the over that it is to have missed is old.
    await tile(pours)
      .getByText(/0:(0[2-9]|[1-5]\d)/)
      .waitFor();
    gateway.restart();
    const lastOvers = [over(90, 1500), over(89, 60_000)];
    gateway.snapshot = { ...demo.demoSnapshot(), groups: [{ ...first, lastOvers }, ...rest] };
    gateway.accept();
    await tileShows(pours, 'idle');
    const rows = page.locator('.overs tbody tr');
    await rows.first().waitFor();
    const texts = await rows.evaluateAll((all) => all.map((row) => row.textContent ?? ''));
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/\d s sans liaison : rien vu ici/);
    expect(texts[1]).toContain('pas entendu ici');
    expect(texts[2]).not.toContain('pas entendu ici');
    await page.keyboard.press('t');
    await page.locator('.timeline-away', { hasText: 'rien vu ici' }).waitFor();
  });

  it('says at the key that nothing is recorded, before anybody talks, for as long as that lasts', async () => {
    const alarm = { code: 'not-recorded', subject: '', atUtcMs: Date.now() };
    const words = tile(pours).locator('.talk-button .talk-unrecorded');
    await expect.poll(() => words.count()).toBe(0);
    gateway.change({ alarm: { ...alarm, raised: true } });
    await words.waitFor();
    await expect.poll(() => words.textContent()).toBe('Non enregistré');
    gateway.change({ alarm: { ...alarm, raised: false } });
    await words.waitFor({ state: 'detached' });
  });

  it('counts live how many entries of the log of evidence wait, as long as its store is away', async () => {
    const alarm = { code: 'evidence-away', subject: '', atUtcMs: Date.now() };
    const waiting = page.locator('.alarm-count');
    for (const count of [12, 340]) {
      gateway.change({ alarm: { ...alarm, raised: true, count } });
      await expect.poll(() => waiting.textContent()).toBe(` Entrées en attente : ${count}.`);
    }
    gateway.change({ alarm: { ...alarm, raised: false } });
    await waiting.waitFor({ state: 'detached' });
  });

  it('says which sides of a group are lost, why in its own words, and who can still be reached', async () => {
    const down = demo.leg(pours, 'inpt', 'FRBE POURS 1', { state: State.DOWN, fault: 'busy', faultAnswer: 486 });
    gateway.change({ leg: { groupId: pours, leg: down } });
    gateway.change({
      alarm: { code: 'leg-down', subject: `${pours}/inpt`, raised: true, atUtcMs: Date.now() },
    });
    const alarm = page.locator('.alarm', { hasText: 'hors service' });
    await alarm.waitFor();
    await expect
      .poll(() => alarm.textContent())
      .toMatch(/FRBE POURS 1 : INPT \(occupé \(réponse 486\)\) hors service\. Encore en service : ASTRID\./);
    await expect.poll(() => tile(pours).locator('.leg-fault').textContent()).toBe('occupé (réponse 486)');
    gateway.change({ leg: { groupId: pours, leg: { ...down, fault: 'of-a-later-gateway', faultAnswer: 0 } } });
    await tile(pours).locator('.leg-fault', { hasText: 'autre panne' }).waitFor();
  });

  it('names another console of its own person as his', async () => {
    const others = [
      { consoleId: 'console:2', personId: operatorId, display: 'Opérateur CCPD 2', controlRoom: 'CCPD', country: 'BE' },
      { consoleId: 'console:3', personId: 'x', display: 'CIC Hainaut', controlRoom: 'CIC Hainaut', country: 'BE' },
    ];
    gateway.change({ presence: { groupId: pours, consoles: others } });
    const presences = page.locator('.presences li');
    await presences.filter({ hasText: 'Opérateur CCPD 2' }).waitFor();
    const mine = await presences.evaluateAll((all) =>
      all.map((each) => /votre autre console/.test(each.textContent ?? '')),
    );
    expect(mine).toEqual([true, false]);
  });

  it('needs no reload for another language, and remembers the choice through one', async () => {
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('fr');
    await expect.poll(() => tile(pours).textContent()).toContain('Libre');
    await speak('Nederlands');
    await expect.poll(() => tile(pours).textContent()).toContain('Vrij');
    await expect.poll(() => tile(pours).textContent()).toContain('Grensachtervolging 1');
    await page.reload();
    await tile(pours).waitFor();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('nl');
  });

  it('lets the key go and shows everything as stale when it breaks, and comes back by itself with what was missed', async () => {
    await page.keyboard.down(' ');
    await tileShows(pours, 'transmitting');
    gateway.cut();
    await tileShows(pours, 'stale');
    await expect.poll(() => page.locator('.alarm[data-severity="critical"]').count()).toBe(1);
    await expect.poll(() => page.locator('.talk-button[data-talk="again"]').count()).toBe(1);
    await page.keyboard.up(' ');
    gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.bac2) } });
    gateway.accept();
    await tileShows(pours, 'receiving');
    await expect.poll(() => tile(pours).locator('.talker-title').textContent()).toBe('BAC 2');
    await expect.poll(() => page.locator('.alarm').count()).toBe(0);
    const last = gateway.heard.flatMap((message) => message.hello ?? []).at(-1);
    expect(last).toMatchObject({ resumeToken: 'resume', lastSeq: 1 });
  });

  it('asks again for a delta that was lost on the way', async () => {
    gateway.loseDelta({ floor: { groupId: pours, floor: demo.floor(demo.bac2) } });
    gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7) } });
    await tileShows(pours, 'receiving');
    await tileShows('xb-acc', 'receiving');
  });

  it('says in plain words that a used link is of no use, and starts from a fresh one in the same tab', async () => {
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(`${page.url()}#token=${oneTimeToken}`);
    await other.locator('.gate [role="alert"]').waitFor();
    gateway.renewToken();
    await other.evaluate(`location.hash = 'token=${oneTimeToken}'`);
    await other.locator('.tile').first().waitFor();
    await stranger.close();
  });
});

describe('sound and microphone', () => {
  it('says that it is not heard until the first gesture, and never asks for the floor without a microphone', async () => {
    gateway = new FakeGateway(built.folder, demo.demoSnapshot());
    const url = await gateway.listen();
    context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    await slowDown(page);
    complaints = [];
    await page.addInitScript(
      "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))",
    );
    gateway.operatorLanguage = 'en';
    await page.goto(`${url}#token=${oneTimeToken}`);
    await tile(pours).waitFor();
    await page.getByText('Click to listen').waitFor();
    await page.getByText('Not allowed by the browser').waitFor();
    await page.getByText('Click to listen').click();
    await page.locator('.indicator[data-tone="good"]', { hasText: 'Listening' }).waitFor();
    await page.keyboard.down(' ');
    await tileShows(pours, 'denied');
    await page.keyboard.up(' ');
    await expect.poll(() => page.locator('.talk-bar').textContent()).toContain('no microphone');
    expect(requests()).toEqual([]);
    await closePage();
  });
});

describe('what units say beside voice', () => {
  beforeAll(() => openPage());
  afterAll(closePage);

  it('is listed with its group', async () => {
    const said = { groupId: pours, sender: demo.mouscron31, atUtcMs: Date.now() };
    const place = { latitudeDeg: 50.7412, longitudeDeg: 3.2153, radiusM: 20 };
    const meaning = { fr: 'Franchissement de frontière', nl: 'Grens overgestoken', en: 'Border crossed' };
    gateway.change({ data: { ...said, id: 1, status: { code: 12, meaning } } });
    gateway.change({ data: { ...said, id: 2, position: place } });
    gateway.change({ data: { ...said, id: 3, sender: demo.bac2, text: 'Berline grise, 3 occupants' } });
    gateway.change({ data: { ...said, id: 4, alarm: { raised: true, place }, undelivered: [`${pours}/inpt`] } });
    const rows = page.locator('.data li');
    await expect
      .poll(() => rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-kind'))))
      .toEqual(['alarm', 'text', 'position', 'status']);
    await expect.poll(() => rows.nth(0).textContent()).toContain('Non remis à INPT FRBE POURS 1');
    await expect.poll(() => rows.nth(1).textContent()).toContain('Berline grise, 3 occupants');
    await expect.poll(() => rows.nth(3).textContent()).toContain('Franchissement de frontière');
    const cleared = { raised: true, place, repeats: 2, clearedAtUtcMs: Date.now() };
    gateway.change({ data: { ...said, id: 4, alarm: cleared } });
    await rows.nth(0).getByText('Levée par la radio à').waitFor();
    await expect.poll(() => rows.nth(0).textContent()).toContain('Répétée : 2');
  });
});

describe('an emergency of somebody else', () => {
  beforeAll(async () => {
    await openPage();
    await page.evaluate('window.tones = 0');
    await page.evaluate(
      'OscillatorNode.prototype.start = new Proxy(OscillatorNode.prototype.start, { apply: (target, self, args) => { window.tones++; return Reflect.apply(target, self, args); } })',
    );
  });
  beforeEach(rest);
  afterAll(closePage);

  const call = (change: object = {}) => ({
    emergency: {
      id: 1,
      groupId: 'xb-acc',
      caller: demo.grensleie7,
      sinceUtcMs: Date.now(),
      state: 'unacknowledged',
      homeRooms: ['cr-ccpd'],
      ...change,
    },
  });
  const asked = () => gateway.heard.flatMap(({ operate }) => operate ?? []).at(-1);
  const answer = (refusal = '') =>
    gateway.say({ operationAnswer: { requestId: asked()?.requestId ?? 0, refusal, talkgroupId: '', groupId: '' } });

  it('takes tile, banner, tone and the assertive live region at once', async () => {
    await page.keyboard.press('1');
    const before = await page.evaluate<number>('window.tones');
    gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7, 0, { emergency: true }) } });
    const place = { latitudeDeg: 50.7412, longitudeDeg: 3.2153, radiusM: 20 };
    gateway.change(call({ place }));
    await tileShows('xb-acc', 'emergency');
    const band = tile('xb-acc').locator('.state-band');
    await expect.poll(() => band.textContent()).toBe('Détresse');
    await expect.poll(() => band.locator('[data-shape="emergency"]').count()).toBe(1);
    const words = 'Détresse sur FRBE ACC : Grensleie 7';
    await expect.poll(() => page.locator('.emergency-title').textContent()).toBe(words);
    await expect.poll(() => page.locator('.emergency').textContent()).toContain('50.74120° N 3.21530° E ± 20 m');
    await page.locator('[aria-live="assertive"]', { hasText: words }).waitFor({ state: 'attached' });
    await expect.poll(() => page.evaluate<number>('window.tones')).toBeGreaterThanOrEqual(before + 6);
    await page.locator('.emergency-who').click();
    await expect.poll(() => tile('xb-acc').getAttribute('data-selected')).toBe('true');
    gateway.change({ floor: { groupId: 'xb-acc', floor: {} } });
  });

  it('sounds until somebody answers, or it is silenced here, which the banner says', async () => {
    const tones = () => page.evaluate<number>('window.tones');
    const quiet = page.locator('.emergency-quiet');
    const first = await tones();
    await expect.poll(tones, { timeout: 20_000 }).toBeGreaterThanOrEqual(first + 4); // ▁▔ twice
    await page.keyboard.press('q');
    await page.locator('.emergency-silenced').waitFor();
    await expect.poll(() => page.locator('.emergency-title').isVisible()).toBe(true);
    const silenced = await tones();
    gateway.change(call({ reminders: 1 }));
    await expect.poll(tones, { timeout: 20_000 }).toBe(silenced + 6);
    await expect.poll(() => quiet.count()).toBe(0);
    gateway.change(call({ reminders: 1, repeated: 1 }));
    await quiet.waitFor();
    await expect.poll(tones, { timeout: 20_000 }).toBeGreaterThanOrEqual(silenced + 14);
    gateway.change(call({ state: 'acknowledged', reminders: 1, repeated: 1 }));
    await quiet.waitFor({ state: 'detached' });
    gateway.change({ emergencyOver: { emergencyId: 1, groupId: 'xb-acc' } });
    await page.locator('.emergency').waitFor({ state: 'detached' });
  });

  it('stays until a person has cleared it in two steps, with a cause', async () => {
    gateway.change(call());
    const banner = page.locator('.emergency');
    await banner.getByRole('button', { name: 'Acquitter', exact: true }).click();
    await heard(() => gateway.heard.filter(({ operate }) => operate?.acknowledgeEmergency).length, 1);
    expect(asked()?.acknowledgeEmergency).toMatchObject({ emergencyId: 1 });
    answer('not-home-control-room');
    await banner.locator('.dialog-refusal', { hasText: 'Seul' }).waitFor();
    const seen = { acknowledgedBy: 'Lille 1', acknowledgedRoom: 'TN 59', acknowledgedUtcMs: Date.now() };
    gateway.change(call({ state: 'acknowledged', ...seen }));
    await banner.getByText('Lille 1 (TN 59) s’en occupe').waitFor();
    await banner.getByRole('button', { name: 'Lever…' }).click();
    await page.getByRole('radio', { name: 'Secours sur place' }).click();
    await page.keyboard.press('Enter');
    await heard(() => gateway.heard.filter(({ operate }) => operate?.clearEmergency).length, 1);
    expect(asked()?.clearEmergency).toMatchObject({ emergencyId: 1, cause: 'Secours sur place' });
    answer();
    const clearing = { clearingBy: 'CCPD 1', clearingPersonId: operatorId, clearingCause: 'Secours sur place' };
    gateway.change(call({ state: 'clearing', ...seen, ...clearing }));
    await banner.getByRole('button', { name: 'Confirmer : fin de détresse' }).click();
    await heard(() => gateway.heard.filter(({ operate }) => operate?.confirmClear).length, 1);
    answer();
    gateway.change({ emergencyOver: { emergencyId: 1, groupId: 'xb-acc' } });
    await banner.waitFor({ state: 'detached' });
  });
});

describe('groups on demand', () => {
  afterEach(closePage);

  it('stand after the joined ones, are told apart by word and shape, and have no key', async () => {
    await openPage(demo.crowd(6));
    const states = await page.locator('.tile').evaluateAll((tiles) => tiles.map((each) => each.dataset.state ?? ''));
    expect(states.slice(-2)).toEqual(['onDemand', 'onDemand']);
    const waiting = tile('xb-6');
    await expect.poll(() => waiting.locator('.state-band').textContent()).toBe('Sur demandenon relié');
    await expect.poll(() => waiting.locator('[data-shape="onDemand"]').count()).toBe(1);
    await expect.poll(() => waiting.locator('.talk-button, .listen-button').count()).toBe(0);
    await page.keyboard.press('6');
    await page.keyboard.down(' ');
    await page.locator('.talk-bar[data-talk="refused"]', { hasText: 'groupe non relié' }).waitFor();
    await page.keyboard.up(' ');
    expect(requests()).toEqual([]);
  });
});

describe('opening a group', () => {
  const waiting = (more = {}) => ({
    ...demo.crowd(6).groups?.[5],
    autoCloseMin: 90,
    ...more,
  });
  const bridging = {
    state: 'open',
    by: 'Opérateur CCPD',
    reason: 'vol aggravé',
    endsUtcMs: Date.UTC(2026, 0, 1, 4, 38),
  };
  const operations = () => gateway.heard.flatMap(({ operate }) => operate ?? []);
  const answer = (refusal = '') =>
    gateway.say({
      operationAnswer: { requestId: operations().at(-1)?.requestId ?? 0, refusal, talkgroupId: 'as:5400110' },
    });
  beforeEach(async () => {
    const crowd = demo.crowd(6);
    const [first, ...rest] = crowd.groups ?? [];
    const joined = demo.leg(pours, 'as:5300110', 'HT ALERTE 1');
    const groups = [{ ...first, legs: [...(first?.legs ?? []), joined] }, ...rest];
    await openPage({ ...crowd, groups, talkgroups: demo.talkgroups });
  });
  afterEach(closePage);

  it('takes three actions: open, a reason, and yes', async () => {
    await tile('xb-6').locator('.bridging-open').click();
    await page.locator('.chip', { hasText: 'flagrant' }).click();
    await page.locator('.dialog-main').click();
    await heard(() => operations().length, 1);
    expect(operations()[0]).toMatchObject({
      groupId: 'xb-6',
      open: { reason: 'Poursuite, flagrant délit', talkgroupIds: [], durationS: 5400 },
    });
    answer();
    await page.locator('.dialog').waitFor({ state: 'detached' });
  });

  it('goes by keys alone, and the space bar still talks', async () => {
    await tile('xb-6').locator('.bridging-open').focus();
    await page.keyboard.press('Enter');
    await page.locator('.chip input').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await heard(() => operations().length, 1);
    expect(operations()[0]?.open?.reason).toBe('Poursuite, flagrant délit');
  });

  it('says what is missing before it can be opened, beside the button and aloud', async () => {
    await tile('xb-6').locator('.bridging-open').click();
    const open = page.locator('.dialog-main');
    await expect.poll(() => open.getAttribute('title')).toBe('Il manque : Motif');
    await expect.poll(() => open.getAttribute('aria-disabled')).toBe('true');
    await page.locator('.dialog-missing', { hasText: 'Il manque : Motif' }).waitFor();
    await page.locator('.chip', { hasText: 'Poursuite, flagrant délit' }).click();
    await page.locator('.dialog-missing').waitFor({ state: 'detached' });
    await expect.poll(() => open.getAttribute('aria-disabled')).toBe('false');
    await page.keyboard.press('Escape');
  });

  it('without a reason goes no further than the page', async () => {
    await tile('xb-6').locator('.bridging-open').click();
    await page.locator('.dialog-main').click({ force: true });
    await expect.poll(() => page.locator('.dialog-refusal').textContent()).toContain('motif');
    expect(operations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.dialog').waitFor({ state: 'detached' });
  });

  it('names what cannot be joined and why, and says in words what the gateway refuses', async () => {
    await tile('xb-6').locator('.bridging-open').click();
    const off = page.locator('.talkgroup[data-off="true"]');
    await expect
      .poll(() => off.allTextContents())
      .toEqual(['PJ CHIFFREchiffré de bout en bout : ne peut être relié', 'HT ALERTE 1déjà relié à FRBE POURS 1']);
    await page.locator('.talkgroup', { hasText: 'WV ALARM 1' }).click();
    await page.locator('.dialog-preview', { hasText: 'ASTRID : 7 canaux libres, il en faut 1' }).waitFor();
    await page.locator('.chip').first().click();
    await page.locator('.dialog-main').click();
    await heard(() => operations().length, 1);
    expect(operations()[0]?.open?.talkgroupIds).toEqual(['as:5400110']);
    answer('in-other-group');
    await page.locator('.dialog-refusal', { hasText: 'WV ALARM 1 est déjà relié' }).waitFor();
  });

  it('is shown with its person, reason and end, and can be closed in a minute or at once', async () => {
    gateway.change({
      group: { group: waiting({ onDemand: false, mayTalk: true, bridging: { ...bridging, state: 'opening' } }) },
    });
    await tileShows('xb-6', 'opening');
    gateway.change({ group: { group: waiting({ onDemand: false, mayTalk: true, bridging }) } });
    await tileShows('xb-6', 'idle');
    await expect
      .poll(() => tile('xb-6').locator('.bridging-words').textContent())
      .toBe('vol aggravéOpérateur CCPDjusqu’à 05:38');
    await tile('xb-6').locator('.bridging-close').click();
    await page.locator('.dialog-main').click();
    await heard(() => operations().length, 1);
    expect(operations()[0]).toMatchObject({ groupId: 'xb-6', close: { afterS: 60 } });
    answer();
    await page.locator('.dialog').waitFor({ state: 'detached' });
    const quiet = { ...bridging, quiet: true, ending: true };
    gateway.change({ group: { group: waiting({ onDemand: false, mayTalk: true, bridging: quiet }) } });
    await tile('xb-6').locator('.bridging-quiet button').click();
    await heard(() => operations().length, 2);
    expect(operations()[1]?.keep).toBeTruthy();
    const holder = { partyId: 'announcement', isConsole: true };
    gateway.change({ floor: { groupId: 'xb-6', floor: { holder, over: 9, sinceUtcMs: Date.now() } } });
    await tileShows('xb-6', 'announcement');
    await expect.poll(() => tile('xb-6').locator('.talker-title').textContent()).toBe('Annonce de la passerelle');
  });

  it('has no accessibility violation, open or asked about', async () => {
    await page.evaluate(readFileSync(axePath, 'utf8'));
    const violations = () =>
      page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
    const asked = { ...bridging, quiet: true, ending: true };
    gateway.change({ group: { group: waiting({ onDemand: false, mayTalk: true, bridging: asked }) } });
    await tile('xb-6').locator('.bridging-quiet').waitFor();
    expect(await violations()).toEqual([]);
    await tile('xb-5').locator('.bridging-open').click();
    await page.locator('.dialog-main').click({ force: true });
    expect(await violations()).toEqual([]);
  });
});

describe('a group that opens by itself', () => {
  const hour = 3_600_000;
  /** About noon in Brussels, in two days. */
  const noonUtcMs = Math.floor(Date.now() / (24 * hour)) * 24 * hour + 59 * hour;
  const next = { fromUtcMs: noonUtcMs, toUtcMs: noonUtcMs + 8 * hour };
  const operations = () => gateway.heard.flatMap(({ operate }) => operate ?? []);
  const patrol = (more = {}) => ({ ...demo.crowd(6).groups?.[5], schedule: { openings: [next] }, ...more });
  const minute = (utcMs: number) =>
    new Intl.DateTimeFormat('fr-BE', { timeStyle: 'short', hourCycle: 'h23', timeZone: 'Europe/Brussels' }).format(
      utcMs,
    );
  beforeEach(async () => {
    const crowd = demo.crowd(6);
    await openPage({ ...crowd, groups: [...(crowd.groups ?? []).slice(0, 5), patrol()], talkgroups: demo.talkgroups });
  });
  afterEach(closePage);

  it('says when it opens and until when, in the tile, in its panel and before it is opened by hand', async () => {
    await tileShows('xb-6', 'scheduled');
    const { fromUtcMs, toUtcMs } = next;
    const when = new RegExp(`ouverture .* ${minute(fromUtcMs)}, jusqu’à ${minute(toUtcMs)}`);
    await expect.poll(() => tile('xb-6').locator('.state-band').textContent()).toMatch(when);
    await page.keyboard.press('6');
    const row = page.locator('.schedule li');
    await row.first().waitFor();
    await expect
      .poll(() => row.allTextContents())
      .toEqual([expect.stringContaining(`${minute(fromUtcMs)} à ${minute(toUtcMs)}`)]);
    await tile('xb-6').locator('.bridging-open').click();
    await expect.poll(() => page.locator('.dialog p').first().textContent()).toMatch(when);
    await page.keyboard.press('Escape');
  });

  it('says that its schedule has opened it, what it lacks and who has that, and is put off from its end', async () => {
    const now = { fromUtcMs: Date.now() - hour, toUtcMs: Date.now() + 2 * hour };
    const bridging = {
      state: 'open',
      reason: 'accord de Tournai',
      endsUtcMs: now.toUtcMs,
      scheduled: true,
      lacking: [{ talkgroupId: 'as:5300110', groupId: pours }],
    };
    const group = patrol({ onDemand: false, mayTalk: true, bridging, schedule: { openings: [now, next] } });
    gateway.change({ group: { group: { ...group, bridging: { ...bridging, state: 'opening' } } } });
    await tileShows('xb-6', 'opening');
    gateway.change({ group: { group } });
    await tileShows('xb-6', 'idle');
    await expect
      .poll(() => tile('xb-6').locator('.bridging-words').textContent())
      .toBe(`accord de Tournaipar l’horaireprévu jusqu’à ${minute(now.toUtcMs)}`);
    await expect
      .poll(() => tile('xb-6').locator('.schedule-lacking').textContent())
      .toBe('HT ALERTE 1 est dans FRBE POURS 1 : relié ici dès qu’il y est libre');
    await tile('xb-6').locator('[data-shortcut="extend"]').click();
    await heard(() => operations().length, 1);
    const putOffS = operations()[0]?.extend?.durationS ?? 0;
    expect(Math.abs(putOffS - 3 * 3600)).toBeLessThan(120);
    await page.keyboard.press('6');
    await page.locator('.schedule li[data-now="true"]', { hasText: 'ouvert' }).waitFor();
    await tile('xb-6').locator('.bridging-close').click();
    await page.locator('.dialog', { hasText: `jusqu’à la fin prévue, ${minute(now.toUtcMs)}` }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.dialog').waitFor({ state: 'detached' });
    await page.evaluate(readFileSync(axePath, 'utf8'));
    const violations =
      await page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
    expect(violations).toEqual([]);
    const closed = patrol({ schedule: { openings: [now, next], closedBy: 'CCPD BE 2' } });
    gateway.change({ group: { group: closed } });
    await tile('xb-6').locator('.schedule-closed', { hasText: 'Fermé par CCPD BE 2' }).waitFor();
  });
});

describe('what is joined to a group', () => {
  const alarm1 = { talkgroupId: 'as:5400110', legId: `${pours}/as:5400110`, by: 'CIC Hainaut', reason: 'vol aggravé' };
  const controlRooms = [
    { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
    { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
  ];
  const operations = () => gateway.heard.flatMap(({ operate }) => operate ?? []);
  const answer = (refusal = '') =>
    gateway.say({ operationAnswer: { requestId: operations().at(-1)?.requestId ?? 0, refusal } });
  const joined = () => page.locator('.joined li');
  const within = (name: string, where = page.locator('body')) => where.getByRole('button', { name });
  /** The first group as it is with these members; it is permanent. */
  const joins = (...members: object[]) =>
    gateway.change({ group: { group: { ...gateway.snapshot.groups?.[0], bridging: { state: 'open', members } } } });
  /** The talkgroup that the tests join belongs to this control room. */
  const openOwnedBy = (consentOf: string) =>
    openPage({
      ...demo.demoSnapshot(),
      controlRooms,
      talkgroups: demo.talkgroups.map((each, index) => (index === 0 ? { ...each, consentOf } : each)),
    });
  afterEach(closePage);

  it('is joined to a permanent group for a reason and a time, and taken out again', async () => {
    await openOwnedBy('');
    await page.keyboard.press('j');
    await page.locator('.chip', { hasText: 'flagrant' }).click();
    await page.locator('.talkgroup', { hasText: 'WV ALARM 1' }).click();
    await page.locator('.dialog-main').click();
    await heard(() => operations().length, 1);
    expect(operations()[0]).toMatchObject({
      groupId: pours,
      add: { talkgroupId: 'as:5400110', reason: 'Poursuite, flagrant délit', durationS: 5400 },
    });
    answer();
    await page.locator('.dialog').waitFor({ state: 'detached' });
    joins({ ...alarm1, endsUtcMs: Date.UTC(2026, 0, 1, 4, 38) });
    await joined().waitFor();
    await expect
      .poll(() => joined().locator('p').allTextContents())
      .toEqual(['WV ALARM 1jusqu’à 05:38', 'vol aggravé · CIC Hainaut']);
    await within('Retirer… WV ALARM 1').click();
    await page.locator('.dialog-main').click();
    await heard(() => operations().length, 2);
    expect(operations()[1]).toMatchObject({ groupId: pours, remove: { talkgroupId: 'as:5400110' } });
    answer('not-permitted');
    await page.locator('.dialog-refusal', { hasText: 'fonction' }).waitFor();
  });

  it('waits for the consent of its owner, as is said where others see it', async () => {
    await openOwnedBy('cr-tn59');
    const awaited = { ...alarm1, consentAwaited: true };
    const legs = [demo.leg(pours, 'as:5400110', 'WV ALARM 1', { networkId: 'astrid', state: 4 })];
    gateway.change({
      group: { group: { ...gateway.snapshot.groups?.[0], legs, bridging: { state: 'open', members: [awaited] } } },
    });
    await joined().filter({ hasText: 'Attend l’accord de TN 59' }).waitFor();
    await expect.poll(() => tile(pours).locator('.leg-state').textContent()).toBe('Accord attendu');
    await expect.poll(() => page.locator('.consent-asked').count()).toBe(0);
  });

  it('is asked of its owner on the tile, who gives consent by one click and takes it back by another', async () => {
    await openOwnedBy('cr-ccpd');
    joins({ ...alarm1, consentAwaited: true });
    const asked = tile(pours).locator('.consent-asked');
    await asked.filter({ hasText: 'CIC Hainaut demande WV ALARM 1 (vol aggravé)' }).waitFor();
    await page.evaluate(readFileSync(axePath, 'utf8'));
    await expect
      .poll(() =>
        page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`),
      )
      .toEqual([]);
    await within('D’accord', asked).click();
    await heard(() => operations().length, 1);
    expect(operations()[0]).toMatchObject({ groupId: pours, consent: { talkgroupId: 'as:5400110', given: true } });
    answer();
    joins(alarm1);
    await asked.waitFor({ state: 'detached' });
    await within('Reprendre l’accord').click();
    await heard(() => operations().length, 2);
    expect(operations()[1]?.consent).toMatchObject({ talkgroupId: 'as:5400110', given: false });
    answer('link-lost');
    await page.locator('.joined .dialog-refusal').waitFor();
  });
});

describe('the talk button under fingers', () => {
  let glass: CDPSession;
  beforeAll(async () => {
    await openPage();
    glass = await context.newCDPSession(page);
    await page.evaluate(
      'window.menus = []; addEventListener("contextmenu", (event) => window.menus.push(event.defaultPrevented))',
    );
  });
  beforeEach(rest);
  afterAll(closePage);

  /** Fingers on the glass, by id; as the browser's own input reports them. */
  async function fingers(type: 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel', at: [number, number][]) {
    const touchPoints = at.map(([x, y], id) => ({ x, y, id }));
    await glass.send('Input.dispatchTouchEvent', { type, touchPoints });
  }
  async function middleOf(group: string): Promise<[number, number]> {
    const box = await tile(group).locator('.talk-button').boundingBox();
    return [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  }

  it('talks while the finger is down, also when it slides off, and lets go when it is lifted', async () => {
    const [x, y] = await middleOf(pours);
    await fingers('touchStart', [[x, y]]);
    await tileShows(pours, 'transmitting');
    await fingers('touchMove', [[x + 5, y + 300]]);
    expect(releases()).toEqual([]);
    await fingers('touchEnd', []);
    await heard(() => releases().length, 1);
    expect(requests()).toHaveLength(1);
  });

  it('takes no second finger for another press or for a release', async () => {
    const [first, second] = [await middleOf(pours), await middleOf('xb-acc')];
    await fingers('touchStart', [first]);
    await tileShows(pours, 'transmitting');
    await fingers('touchStart', [first, second]);
    await fingers('touchMove', [first]); // only the first is left
    expect([requests().length, releases().length]).toEqual([1, 0]);
    await fingers('touchEnd', []);
    await heard(() => releases().length, 1);
  });

  it('lets go when the system takes the touch away, and opens no menu on a long press', async () => {
    const spot = await middleOf(pours);
    await fingers('touchStart', [spot]);
    await tileShows(pours, 'transmitting');
    await tile(pours).locator('.talk-button').dispatchEvent('contextmenu', { bubbles: true, cancelable: true });
    await expect.poll(() => page.evaluate('window.menus')).toEqual([true]);
    expect(releases()).toEqual([]);
    await fingers('touchCancel', []);
    await heard(() => releases().length, 1);
  });
});

describe('names in full', () => {
  afterEach(closePage);

  it.each([1, 3, 6, 12])('cuts off no text with %i groups, at any size of screen', async (count) => {
    await openPage(demo.crowd(count));
    gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.longest, 8000) } });
    await tileShows(pours, 'receiving');
    for (const language of ['Nederlands', 'Deutsch', 'English', 'Français']) {
      await speak(language);
      for (const [width, height] of screens) {
        await page.setViewportSize({ width, height });
        expect([width, language, await page.evaluate(cutTexts)]).toEqual([width, language, []]);
      }
    }
    const shown = await tile(pours).locator('.talker').textContent();
    expect(shown).toContain(demo.longest.callSign);
    expect(shown).toContain(demo.longest.organisation);
  });
});

/** Desk, desk, wall, tablet of 10 inches in both ways. */
const screens = [
  [1280, 720],
  [1440, 900],
  [1920, 1080],
  [1024, 768],
  [800, 1280],
] as const;

describe('the networks', () => {
  beforeAll(() => openPage());
  afterAll(closePage);
  const watches = () => gateway.heard.flatMap((message) => message.watchStatus?.on ?? []);
  const row = (id: string) => page.locator(`.status-row[data-item="${id}"]`);

  it('asks for them only while they are looked at, and tells what is wrong and what to do', async () => {
    expect(watches()).toEqual([]);
    await page.locator('.networks-button').click();
    await expect.poll(watches, { timeout: 20_000 }).toEqual([true]);
    gateway.change({ status: demoStatus(Date.now()) });
    await row('astrid-b').waitFor();
    await expect.poll(() => row('inpt-1').textContent()).toMatch(/Hors service.*ne répond pas.*Que faire/);
    await expect.poll(() => row('astrid-a').textContent()).toMatch(/En réserve.*reviennent dans \d+ s/);
    await expect.poll(() => row('astrid-b').textContent()).toContain('Certificat bientôt expiré');
    await expect
      .poll(() => row('xb-pours-1/astrid').textContent())
      .toMatch(/à l’essai sur astrid-a.*Parole : il y a \d+ s/);
  });

  it('folds details out by Enter, while the space bar goes on talking', async () => {
    await row('astrid-a').locator('summary').focus();
    await page.keyboard.press('Enter');
    await row('astrid-a').getByText('nous y sommes enregistrés').waitFor();
    await page.keyboard.down(' ');
    await page.locator('.talk-bar[data-talk="talking"]').waitFor();
    await page.keyboard.up(' ');
    await page.locator('.talk-bar[data-talk="talking"]').waitFor({ state: 'detached' });
    await expect.poll(() => row('astrid-a').locator('details').getAttribute('open')).not.toBeNull();
  });

  it('has no violation of accessibility', async () => {
    await page.evaluate(readFileSync(axePath, 'utf8'));
    await expect
      .poll(() =>
        page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`),
      )
      .toEqual([]);
  });

  it('changes in place, and asks again after the link was lost', async () => {
    gateway.change({ status: { attachments: [{ id: 'inpt-1', networkId: 'inpt', kind: 'sip', state: 'up' }] } });
    await page.locator('.status-row[data-item="inpt-1"][data-tone="good"]').waitFor();
    gateway.cut();
    gateway.accept();
    await expect.poll(watches, { timeout: 20_000 }).toEqual([true, true]);
    expect(new URL(page.url()).hash).toBe('#networks');
  });

  it('is left by one key, and then nothing more is asked for', async () => {
    await page.keyboard.press('Escape');
    await tile(pours).waitFor();
    await expect.poll(watches, { timeout: 20_000 }).toEqual([true, true, false]);
    expect(new URL(page.url()).hash).toBe('');
  });
});

describe('accessibility (axe-core, WCAG 2.2 A and AA)', () => {
  const violations = async (): Promise<unknown> => {
    // The content policy of the page would not let a script in from outside it.
    await page.evaluate(axe);
    return page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
  };
  let axe: string;
  beforeAll(async () => {
    axe = readFileSync(axePath, 'utf8');
    await openPage();
  });
  afterAll(closePage);

  it('has no violation at rest, and none with every state on the page', async () => {
    expect(await violations()).toEqual([]);
    gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7, 5000, { emergency: true }) } });
    gateway.change({
      leg: {
        groupId: 'xb-patr-b1',
        leg: demo.leg('xb-patr-b1', 'rubis', 'FRBE PATR B1', { state: State.DOWN, fault: 'busy', faultAnswer: 486 }),
      },
    });
    const blocked = { receiving: true, blocked: true };
    const inpt = demo.leg('xb-patr-b1', 'inpt', 'FRBE PATR B1', blocked);
    gateway.change({ leg: { groupId: 'xb-patr-b1', leg: inpt } });
    const subject = 'xb-patr-b1/rubis';
    gateway.change({ alarm: { code: 'leg-down', subject, raised: true, atUtcMs: Date.now() } });
    gateway.change({ emergency: { id: 1, groupId: 'xb-acc', caller: demo.grensleie7, state: 'unacknowledged' } });
    await page.locator('.emergency').waitFor();
    const said = { groupId: pours, sender: demo.mouscron31, atUtcMs: Date.now() };
    gateway.change({ data: { ...said, id: 1, text: 'Véhicule gris', undelivered: [`${pours}/inpt`] } });
    gateway.change({ data: { ...said, id: 2, alarm: { raised: true } } });
    await page.keyboard.down(' ');
    await tileShows(pours, 'transmitting');
    const own = { partyId: sessionId, isConsole: true, callSign: 'x', country: 'BE', verified: true };
    gateway.change({ floor: { groupId: pours, floor: demo.floor(own, 21_000) } });
    const flowing = demo.leg(pours, 'inpt', 'FRBE POURS 1', { transmission: Transmission.FLOWING });
    gateway.change({ leg: { groupId: pours, leg: flowing } });
    await page.locator('.truth [data-truth="pending"]').waitFor();
    const refused = demo.leg(pours, 'inpt', 'FRBE POURS 1', { transmission: Transmission.REFUSED });
    gateway.change({ leg: { groupId: pours, leg: refused } });
    await page.locator('.truth [data-truth="failing"]').waitFor();
    await tileShows('xb-patr-b1', 'blocked');
    expect(await violations()).toEqual([]);
    await page.keyboard.up(' ');
  });

  it('shows everything at 200 % zoom and on a tablet without scrolling sideways', async () => {
    for (const [width, height] of [
      [640, 400],
      [1024, 768],
      [1280, 720],
    ] as const) {
      await page.setViewportSize({ width, height });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('has no violation while the link is lost, and on the gate', async () => {
    gateway.cut();
    await tileShows(pours, 'stale');
    expect(await violations()).toEqual([]);
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await page.locator('.gate').waitFor();
    expect(await violations()).toEqual([]);
  });
});
