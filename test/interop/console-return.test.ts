/**
 * The console page in Chromium on the running gateway: what becomes of it when the gateway is restarted or the cable is
 * pulled, and of the operator's talk when link, focus or microphone go.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cable } from './support/cable.ts';
import { ConsolePage } from './support/chromium.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { resampled } from './support/sound.ts';
import { until } from './support/until.ts';
import { readWav, writeWav } from './support/wav.ts';

const group = 'xb-pours';
const name = { fr: 'Poursuite', nl: 'Achtervolging', en: 'Pursuit' };
/** Far ends that nobody answers for: the page needs none to be itself. */
const world = {
  networks: [{ id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' }],
  attachments: [{ id: 'as', network: 'astrid', kind: 'sip', sip: { peer: 'sip:127.0.0.1:9' } }],
  talkgroups: [
    { id: 'as:1', network: 'astrid', number: '1', short: 'HT ALERTE 1' },
    { id: 'as:2', network: 'astrid', number: '2', short: 'HT ALERTE 2' },
  ],
  sharedGroups: [
    { id: group, short: 'FRBE POURS 1', name, legs: [{ talkgroup: 'as:1' }] },
    { id: 'xb-wait', short: 'FRBE ATT 1', name, mode: 'on-demand', legs: [{ talkgroup: 'as:2' }] },
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'escaut-microphone-'));
const microphone = join(folder, 'microphone.wav');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let gateway: Gateway;
let cable: Cable;
let desk: ConsolePage;

beforeAll(async () => {
  const speech = readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url));
  writeWav(microphone, resampled(speech, 48_000));
  gateway = await Gateway.start(await gatewayPorts(), world);
  cable = await Cable.to(gateway.ports.http);
  const link = new URL(await gateway.consoleLink());
  link.port = `${cable.port}`;
  desk = await ConsolePage.open(link.href, microphone);
  await desk.page.evaluate('window.neverReloaded = true');
}, 90_000);

afterAll(async () => {
  await desk?.close();
  cable?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const live = (withinMs: number) =>
  desk.page.locator('.console[data-link="live"] .talk-bar-key[data-off="false"]').waitFor({ timeout: withinMs });
const answers = (from: number) => gateway.linesOf('floor.answered', from).map(({ result }) => result);

/** Keys, is granted and unkeys: link, floor and the way of the microphone stand. */
async function talks(): Promise<void> {
  await desk.page.keyboard.down(' ');
  await desk.tileShows(group, 'transmitting');
  await desk.page.keyboard.up(' ');
  await desk.tileShows(group, 'idle');
  await expect.poll(() => desk.page.evaluate('window.neverReloaded')).toBe(true);
}

/** The newest mark of an absence in the timeline, which stands above what was said last as well. */
async function absence(): Promise<{ readonly seconds: number; readonly told: boolean }> {
  const { page } = desk;
  await page.keyboard.press('t');
  const mark = page.locator('.timeline-away .gap-words').first();
  const words = (await mark.textContent()) ?? '';
  const told = (await mark.getAttribute('data-told')) === 'true';
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.over-away').first().textContent()).toBe(words);
  expect(words).toMatch(/\d\d:\d\d:\d\d – \d\d:\d\d:\d\d$/);
  return { seconds: Number.parseInt(words, 10), told };
}

describe('a restart of the gateway', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s expels no console: it is back by itself within 5 s of the start, and talks',
    async (how) => {
      const restarting = gateway.restart(how);
      await desk.page.locator('.console[data-link="lost"]').waitFor();
      gateway = await restarting;
      const startMs = performance.now();
      await live(15_000);
      const tookMs = performance.now() - startMs;
      console.log(`back ${tookMs.toFixed(0)} ms after the gateway was ready again (${how})`);
      expect(tookMs).toBeLessThan(5000);
      await talks();
      const { seconds, told } = await absence();
      expect(told).toBe(false);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(gateway.linesOf('console.refused')).toEqual([]);
      expect(gateway.linesOf('voice.refused')).toEqual([]);
    },
    60_000,
  );
});

describe('a cable that is pulled', () => {
  it('ends the talk at once on both sides; after 30 s the page resumes without reload', async () => {
    await desk.page.keyboard.down(' ');
    await desk.tileShows(group, 'transmitting');
    const from = gateway.lines.length;
    cable.pull();
    const pulledMs = performance.now();
    await desk.page.locator('.console[data-link="lost"]').waitFor({ timeout: 4000 });
    await desk.page.locator('.talk-button[data-talk="again"]').first().waitFor();
    const shownMs = performance.now() - pulledMs;
    await until('the over ended', () => gateway.linesOf('over.ended', from).length === 1, 4000);
    console.log(
      `cable pulled: shown after ${shownMs.toFixed(0)} ms, over ended ${(performance.now() - pulledMs).toFixed(0)} ms`,
    );
    expect(shownMs).toBeLessThan(2500);
    await desk.page.keyboard.up(' ');
    await new Promise((resolve) => setTimeout(resolve, 30_000 - (performance.now() - pulledMs)));
    cable.plug();
    const pluggedMs = performance.now();
    await live(10_000);
    console.log(`plugged in again: live after ${(performance.now() - pluggedMs).toFixed(0)} ms`);
    await expect.poll(() => gateway.linesOf('console.opened', from).length).toBe(1);
    await talks();
    const { seconds, told } = await absence();
    expect(told).toBe(true);
    expect(seconds).toBeGreaterThanOrEqual(29);
  }, 70_000);
});

describe('push-to-talk falls with what it needs', () => {
  it('is released at once when another tab has the focus', async () => {
    await desk.page.keyboard.down(' ');
    await desk.tileShows(group, 'transmitting');
    const from = gateway.lines.length;
    await desk.loseFocus();
    await until('the over ended', () => gateway.linesOf('over.ended', from).length === 1, 1000);
    await desk.regainFocus();
    await desk.page.keyboard.up(' ');
  });

  it('asks once however long the key repeats', async () => {
    const from = gateway.lines.length;
    for (let repeat = 0; repeat < 20; repeat++) await desk.page.keyboard.down(' ');
    await desk.tileShows(group, 'transmitting');
    await expect.poll(() => answers(from)).toEqual(['granted']);
    await desk.page.keyboard.up(' ');
    await desk.tileShows(group, 'idle');
    expect(answers(from)).toEqual(['granted']);
  });
});

describe('the page as a whole', () => {
  it('changes language completely, without a key left untranslated', async () => {
    for (const [button, word] of [
      ['Nederlands', 'Vrij'],
      ['Deutsch', 'Frei'],
      ['English', 'Free'],
      ['Français', 'Libre'],
    ] as const) {
      await desk.page.locator('.look-button').click();
      await desk.page.getByRole('button', { name: button }).click();
      await desk.page.locator('.dialog-main').click();
      const words = async () => (await desk.page.locator('.console').textContent()) ?? '';
      await expect.poll(words).toContain(word);
      const text = await words();
      expect(text).not.toMatch(/\b(?:alarm|bar|cause|detail|group|leg|link|panel|queue|say|state|talk|talker)\.[a-z]/);
      expect(text).not.toMatch(/\{\{|undefined|NaN/);
    }
  });

  it('has no violation that axe-core knows, with a leg down and a group on demand', async () => {
    await desk.tileShows('xb-wait', 'onDemand');
    await desk.page.locator('.alarm').first().waitFor();
    await desk.page.evaluate(axe);
    const found = await desk.page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
    expect(found).toEqual([]);
  });
});

describe('a microphone that is pulled out', () => {
  it('ends the talk at once, and the page says why', async () => {
    await desk.page.addInitScript(
      'const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); navigator.mediaDevices.getUserMedia = async (wish) => { const stream = await ask(wish); window.lastTrack = stream.getAudioTracks()[0]; return stream; }',
    );
    await desk.page.reload();
    await live(15_000);
    await desk.page.keyboard.down(' ');
    await desk.tileShows(group, 'transmitting');
    const from = gateway.lines.length;
    await desk.page.evaluate("window.lastTrack.dispatchEvent(new Event('ended'))");
    await until('the over ended', () => gateway.linesOf('over.ended', from).length === 1, 1000);
    await desk.page.locator('.talk-bar[data-talk="refused"]', { hasText: /micro/ }).waitFor();
    await desk.page.keyboard.up(' ');
  });
});
