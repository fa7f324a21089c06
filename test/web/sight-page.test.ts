/**
 * The built page for eyes that need it otherwise: less motion, the system's own colours, twice the size. Every view and
 * every question of it, found by its buttons, so that new ones are asked as well. Every wait is for a condition.
 */
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { escaut } from '../../src/protocols/generated/console.js';
import * as demo from './demo-groups.ts';
import { mapSnapshot, position } from './demo-map.ts';
import { demoStatus } from './demo-status.ts';
import { PageRig } from './page-rig.ts';

const { State } = escaut.console.v1.Leg;
const pours = 'xb-pours-1';
/** On a machine that is busy with other tests a browser takes its time. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const same = (text: string) => ({ fr: text, nl: text, en: text });
const controlRooms = [
  { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
  { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE' },
  { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
];
const alertPlans = [
  {
    id: 'plan-pf',
    name: same('Plan frontières'),
    openedBy: ['dispatcher'],
    levels: [
      { level: 1, name: same('Préalerte'), groupIds: ['xb-acc'], posts: ['PF-04'] },
      { level: 2, name: same('Surveillance'), groupIds: ['xb-acc'], posts: ['PF-04', 'PF-14'] },
    ],
    authority: { BE: 'DirCo', FR: 'préfet' },
    renewable: true,
    expiresMin: 240,
  },
];

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start(['--enable-unsafe-swiftshader']);
});
afterAll(() => rig?.stop());

/** All that there is to show at once: a talker, one in distress, a fault, a link on demand, a plan, a record, a hit. */
async function openFull(): Promise<void> {
  const base = mapSnapshot([
    position(demo.bac2, 50.745, 3.165, 95_000),
    position(demo.grensleie7, 50.795, 3.117, 8000),
  ]);
  const groups = base.groups ?? [];
  const onDemand = { ...groups.at(-1), id: 'xb-5', shortName: 'FRBE POURS 2', onDemand: true, mayTalk: false };
  await rig.open({
    ...base,
    controlRooms,
    alertPlans,
    talkgroups: demo.talkgroups,
    groups: [
      {
        ...groups[0],
        autoCloseMin: 90,
        bridging: { state: 'open', by: 'Opérateur', reason: 'vol', endsUtcMs: Date.now() + 3e6, members: [] },
      },
      ...groups.slice(1),
      { ...onDemand, monitored: false, lastOvers: [], legs: [] },
    ],
  });
  const { gateway } = rig;
  gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.bac2, 5000) } });
  gateway.change({ floor: { groupId: 'xb-acc', floor: demo.floor(demo.grensleie7, 5000, { emergency: true }) } });
  const call = { groupId: 'xb-acc', caller: demo.grensleie7, sinceUtcMs: Date.now(), homeRooms: ['cr-ccpd'] };
  gateway.change({ emergency: { ...call, id: 1, state: 'unacknowledged' } });
  const acknowledged = { acknowledgedBy: 'Lille 1', acknowledgedRoom: 'TN 59', acknowledgedUtcMs: Date.now() };
  gateway.change({ emergency: { ...call, id: 2, groupId: pours, state: 'acknowledged', ...acknowledged } });
  const down = demo.leg('xb-patr-b1', 'rubis', 'FRBE PATR B1', { state: State.DOWN, fault: 'busy', faultAnswer: 486 });
  gateway.change({ leg: { groupId: 'xb-patr-b1', leg: down } });
  gateway.change({ alarm: { code: 'leg-down', subject: 'xb-patr-b1/rubis', raised: true, atUtcMs: Date.now() } });
  const record = { origin: 'cr-ht', host: 'cr-ccpd', category: 'Vol', basis: 'pursuit', place: 'PF-04' };
  const noticed = { noticeUtcMs: Date.now(), noticeBy: 'CCPD 1' };
  gateway.change({ borderRecord: { id: 'B1', groupId: pours, state: 'notified', ...record, ...noticed } });
  const read = { source: 'LAPI', country: 'FR', reference: 'H-1', camera: same('E17 Rekkem'), readUtcMs: Date.now() };
  gateway.change({
    hit: { id: 1, read, vehicle: same('Renault'), reason: same('volé'), state: 'unvalidated', cameUtcMs: Date.now() },
  });
  await rig.page.locator('.hit-call').waitFor();
  await rig.tileShows('xb-acc', 'emergency');
}

/** Shows each view in turn, the groups first. */
async function onEachView(look: (view: string) => Promise<void>): Promise<void> {
  const { page } = rig;
  for (const view of await page.locator('.view-button[aria-pressed]').all()) {
    const name = (await view.textContent()) ?? '';
    await show(view);
    if ((await page.evaluate('location.hash')) === '#networks') {
      rig.gateway.change({ status: demoStatus(Date.now()) });
      await page.locator('.status-row').first().waitFor();
    }
    await look(name);
  }
  await show(page.locator('.view-button[aria-pressed]').first());
}

/** Until it is drawn, which is a frame later. */
async function show(view: Locator): Promise<void> {
  if ((await view.getAttribute('aria-pressed')) === 'true') return;
  await view.dispatchEvent('click');
  await expect.poll(() => view.getAttribute('aria-pressed')).toBe('true');
}

/** Opens each question of the page as it is, in turn. By convention a button that asks first ends with “…”. */
async function inEachQuestion(look: (question: string) => Promise<void>): Promise<void> {
  const { page } = rig;
  const asking = page.locator('button:not(dialog *):not([disabled])', { hasText: /…$/ });
  const others = page.locator('.look-button, [data-shortcut="desk"], [data-shortcut="help"]');
  for (const buttons of [asking, others]) {
    for (let index = 0; index < (await buttons.count()); index++) {
      const button = buttons.nth(index);
      const name = (await button.textContent()) ?? '';
      await button.dispatchEvent('click');
      await page.locator('dialog:modal').waitFor();
      await look(name);
      await page.keyboard.press('Escape');
      await page.locator('dialog:modal').waitFor({ state: 'detached' });
    }
  }
}

/** What moves at this moment without end, and how long one turn of it takes, ms. */
const moving = `document.getAnimations()
  .filter((animation) => animation.playState === 'running' && animation.effect.getComputedTiming().iterations === Infinity)
  .map((animation) => [animation.effect.target.className, animation.effect.getComputedTiming().duration])`;
const turns = () => rig.page.evaluate<[string, number][]>(moving);

describe('motion', () => {
  beforeEach(openFull);
  afterEach(() => rig.close());

  it('never flashes more than once a second, and there is none for who wants less of it', async () => {
    const seen: [string, number][] = [];
    await onEachView(async () => {
      seen.push(...(await turns()));
    });
    expect(seen.length).toBeGreaterThanOrEqual(2); // else this looks at nothing
    for (const [what, durationMs] of seen) expect([what, durationMs >= 1000]).toEqual([what, true]);
    await rig.page.emulateMedia({ reducedMotion: 'reduce' });
    await onEachView(async (view) => {
      await expect.poll(async () => [view, await turns()]).toEqual([view, []]);
    });
    // Still told apart: by word and shape.
    await expect.poll(() => rig.tile('xb-acc').locator('.state-word').textContent()).toBe('Détresse');
    await rig.page.locator('.emergency[data-state="unacknowledged"] [data-shape="emergency"]').waitFor();
  });
});

/** State bands whose word or shape is not to be seen: no size, or drawn in the colour of their ground. */
const untold = `[...document.querySelectorAll('.state-band')].filter((band) => {
  const word = band.querySelector('.state-word');
  const shape = band.querySelector('[data-shape]');
  const ground = getComputedStyle(band).backgroundColor;
  const isDrawn = (part) => part !== null && part.getBoundingClientRect().width > 0 && getComputedStyle(part).color !== ground;
  return !isDrawn(word) || word.textContent.trim() === '' || !isDrawn(shape);
}).map((band) => band.textContent)`;
/** Buttons without an edge of their own: where the system paints, their ground tells nothing. */
const edgeless = `[...document.querySelectorAll('button, select')]
  .filter((button) => button.getBoundingClientRect().width > 0)
  .filter((button) => !/^(tile-select|emergency-who|view-button|map-show|tab)/.test(button.className) && button.className !== 'over-select')
  .filter((button) => parseFloat(getComputedStyle(button).borderTopWidth) === 0)
  .map((button) => button.className + ' ' + button.textContent)`;

describe('the system’s own colours', () => {
  beforeEach(openFull);
  afterEach(() => rig.close());

  it('leave every state its word, its shape and its edge, on every view', async () => {
    const { page } = rig;
    await page.emulateMedia({ forcedColors: 'active' });
    await expect.poll(() => page.locator('.state-band').count()).toBeGreaterThanOrEqual(4);
    await expect.poll(() => page.evaluate(untold)).toEqual([]);
    await onEachView(async (view) => {
      expect([view, await page.evaluate(edgeless)]).toEqual([view, []]);
    });
    await page.keyboard.down(' ');
    await rig.until(() => rig.requests().length, 1);
    await rig.tileShows(pours, 'transmitting');
    await expect.poll(() => page.evaluate(untold)).toEqual([]);
    await page.keyboard.up(' ');
  });
});

/** Text that its box cuts off. */
const cut = `[...document.querySelectorAll('h1, h2, h3, p, span, bdi, button, td, th, li, label')]
  .filter((element) => getComputedStyle(element).overflowX !== 'visible' && !element.closest('.unseen'))
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
  .map((element) => element.className + ': ' + element.textContent)`;
/** Names of which a letter stands below the other. */
const crushed = `[...document.querySelectorAll('h1, h2, .talk-bar-group, .talker-title, .tab')]
  .filter((element) => !element.closest('.unseen') && element.textContent.length > 3 && element.clientWidth > 0)
  .filter((element) => element.clientHeight > 2 * element.clientWidth)
  .map((element) => element.className + ': ' + element.textContent)`;
/** Share of the screen that the talk bar takes, which covers what is below it. */
const covered = `document.querySelector('.talk-bar').getBoundingClientRect().height / innerHeight`;
const sideways = 'document.documentElement.scrollWidth - innerWidth';

describe('twice the size', () => {
  afterEach(() => rig.close());

  it('cuts off no text and scrolls not sideways, on any view and in any question', async () => {
    await openFull();
    const { page } = rig;
    // A desk of 1440 × 900 at 200 %.
    await page.setViewportSize({ width: 720, height: 450 });
    const look = async (what: string): Promise<void> => {
      expect([what, await page.evaluate(cut)]).toEqual([what, []]);
      expect([what, await page.evaluate(crushed)]).toEqual([what, []]);
      await expect.poll(() => page.evaluate<number>(covered)).toBeLessThan(0.34);
      expect([what, await page.evaluate<number>(sideways)]).toEqual([what, 0]);
    };
    await onEachView(look);
    await inEachQuestion(look);
    // Talk stays within reach.
    await expect.poll(() => page.locator('.talk-bar').isVisible()).toBe(true);
  });
});

describe('accessibility (axe-core, WCAG 2.2 A and AA)', () => {
  afterEach(() => rig.close());

  it('is broken on no view, and by no question', async () => {
    await openFull();
    const asked: string[] = [];
    await onEachView(async (view) => expect([view, await rig.violations()]).toEqual([view, []]));
    await inEachQuestion(async (question) => {
      asked.push(question);
      expect([question, await rig.violations()]).toEqual([question, []]);
    });
    expect(asked.length).toBeGreaterThanOrEqual(8);
  });
});
