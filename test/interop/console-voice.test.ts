/**
 * The console page in Chromium on the running gateway, with radio boxes on the other side: what the page plays and what
 * the boxes hear of its microphone is recorded and compared with what was said.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsolePage, type PageSound } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { joined, resampled, silence } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { playing, until } from './support/until.ts';
import { readWav, type Sound, writeWav } from './support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const dutchWhole = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const dutch: Sound = { rateHz: 8000, samples: dutchWhole.samples.slice(0, 8000 * 5) };
/** Is still spoken 2 s after the latest moment at which it must be heard again. */
const dutchLong: Sound = { rateHz: 8000, samples: dutchWhole.samples.slice(0, 8000 * 6) };
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;

const group = 'xb-pours';
/** h is a patrol that calls in under its own address; i is called by the gateway. */
const cast = {
  h: {
    group,
    network: 'inpt',
    number: '590-911',
    user: '590192102',
    sip: { mode: 'accept', talkerIdentity: 'caller' },
  },
  i: { group, network: 'astrid', number: '5300110' },
} as const satisfies Record<string, Role>;
const organisation = {
  id: 'pn-tcg',
  name: 'Police nationale Tourcoing',
  country: 'FR',
};
const unit = {
  id: 'bac2',
  address: '590 1 92 102',
  network: 'inpt',
  callSign: 'BAC 2',
  organisation: 'pn-tcg',
  language: 'fr',
};

const folder = mkdtempSync(join(tmpdir(), 'escaut-microphone-'));
const microphone = join(folder, 'microphone.wav');
let stage: RadioStage<keyof typeof cast>;
let desk: ConsolePage;

beforeAll(async () => {
  const words = french.samples.slice(0, 8000 * 3.5);
  const wide = resampled({ rateHz: 8000, samples: joined(words, silence(1.5)) }, 48_000);
  writeWav(microphone, wide);
  stage = await RadioStage.set(cast);
  await stage.startGateway({ organisations: [organisation], units: [unit] });
  stage.boxes.h.command('dial', stage.addressOf('h'));
  await stage.gateway.legsUp([stage.legOf('h')]);
  desk = await ConsolePage.open(await stage.gateway.consoleLink(), microphone);
}, 90_000);

afterEach(async () => {
  await desk.page.keyboard.up(' ');
  for (const name of stage.names) stage.boxes[name].hush();
});

afterAll(async () => {
  await desk?.close();
  await stage?.clear();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

function heardBy(what: string, speech: Sound, recording: Sound): Comparison {
  const figures = compareSpeech(speech, recording);
  show(what, { ...figures });
  return figures;
}

/** What is asked of voice that passes Opus and a browser, which stretches and shrinks it as its machine falters. */
function expectWhole(figures: Comparison): void {
  expect(figures.cover).toBeGreaterThanOrEqual(0.95);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect(figures.onsetMissingMs).toBeLessThanOrEqual(50);
  expect(figures.tailMissingMs).toBeLessThanOrEqual(100);
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;
}

describe('a console in Chromium', () => {
  it('hears a radio, whole and at the common level, and shows who talks', async () => {
    const from = await desk.now();
    const listening = stage.listen(['i']);
    const talking = stage.over('h', dutch);
    await desk.tileShows(group, 'receiving');
    const tile = desk.tile(group);
    await expect.poll(() => tile.locator('.talker-title').textContent()).toBe('BAC 2');
    const lines = (await tile.locator('.talker-line').allTextContents()).join(' ');
    expect(lines).toContain('FR');
    expect(lines).toContain('Police nationale Tourcoing');
    expect(lines).toContain('INPT');
    const { sinceMs } = await talking;
    await desk.tileShows(group, 'idle');
    const played = await desk.recorded('played', from);
    const figures = heardBy('h → page', dutch, played);
    expectWhole(figures);
    // Placed in the middle, a party is 3 dB fainter in either ear than it would be in one.
    expect(Math.abs(figures.levelDbov + 3 - -20)).toBeLessThanOrEqual(3);
    const sent = stage.sent('h', sinceMs);
    const { matches } = compareSpeech(sent, played);
    const delays = matches.map(({ speech, recording }) => played.firstMs + recording / 8 - sent.timeMs(speech));
    show('  from the wire to the loudspeaker', { ms: median(delays) });
    expect(compareSpeech(dutch, listening().i).cover).toBeGreaterThanOrEqual(0.98);
  }, 30_000);

  it('hears an over again, whole, within 1 s of the key', async () => {
    await desk.page.locator('.over-replay button').first().waitFor();
    const onsets: number[] = [];
    for (let n = 0; n < 5; n++) {
      const from = await desk.now();
      await desk.page.keyboard.press('r');
      await desk.page.locator('.replay-bar .waveform').waitFor();
      if (n < 4) {
        await new Promise((resolve) => setTimeout(resolve, 1200));
        await desk.page.keyboard.press('r');
      }
      await desk.page.locator('.replay-bar').waitFor({ state: 'detached', timeout: 15_000 });
      const replayed = await desk.recorded('played', from);
      onsets.push(replayed.samples.findIndex((sample) => Math.abs(sample) > loudness) / 8);
      if (n === 4) expectWhole(heardBy('h → page, again', dutch, replayed));
    }
    show('from the key to the first sound of the replay', { median: median(onsets), most: Math.max(...onsets) });
    expect(Math.min(...onsets)).toBeGreaterThan(0);
    expect(Math.max(...onsets)).toBeLessThanOrEqual(1000);
  }, 60_000);

  it('hears who talks meanwhile as if nothing were heard again', async () => {
    const from = await desk.now();
    const talking = stage.over('h', french);
    await desk.tileShows(group, 'receiving');
    await desk.page.keyboard.press('r');
    await desk.page.locator('.replay-bar .waveform').waitFor();
    const { sinceMs } = await talking;
    await desk.tileShows(group, 'idle');
    await desk.page.locator('.replay-bar').waitFor({ state: 'detached', timeout: 15_000 });
    const played = await desk.recorded('played', from);
    const live = heardBy('h → page, beside a replay', french, played);
    const sent = stage.sent('h', sinceMs);
    const delays = compareSpeech(sent, played).matches.map(
      ({ speech, recording }) => played.firstMs + recording / 8 - sent.timeMs(speech),
    );
    show('  from the wire to the loudspeaker, beside a replay', { ms: median(delays) });
    // Two voices in one recording hide parts of each other; what counts is that the live one comes as early and as loud.
    expect(delays.length).toBeGreaterThanOrEqual(10);
    expect(live.onsetMissingMs).toBeLessThanOrEqual(50);
    expect(live.levelDbov + 3).toBeGreaterThanOrEqual(-23);
    expect(median(delays)).toBeLessThanOrEqual(250);
  }, 40_000);

  it('is heard by both radios from the first syllable on while the space bar is down, and not by itself', async () => {
    const from = await desk.now();
    const listening = stage.listen(['h', 'i']);
    const sinceMs = Date.now();
    const { said, shownAfterMs } = await desk.talk(group);
    await desk.tileShows(group, 'idle');
    show('key-down until the page shows that it talks', { ms: shownAfterMs });
    expect(shownAfterMs).toBeLessThanOrEqual(200);
    const heard = listening();
    for (const name of ['h', 'i'] as const) {
      const figures = heardBy(`page → ${name}`, said, heard[name]);
      expectWhole(figures);
      expect(Math.abs(figures.levelDbov - -20)).toBeLessThanOrEqual(3);
    }
    show('  from the page to the wire', { ms: delayToWire(said, sinceMs) });
    const own = traceOf(french, await desk.recorded('played', from));
    show('  trace of its own voice in what it plays', { ...own });
    expect(own.score).toBeLessThan(absent);
  }, 40_000);

  it('falls silent when the page loses the focus, though the space bar stays down', async () => {
    await desk.microphonePauses(300);
    const sinceMs = Date.now();
    await desk.page.keyboard.down(' ');
    await desk.tileShows(group, 'transmitting');
    await desk.microphoneSpeaks();
    await until('it is heard', () => isLoud(stage.got('i', sinceMs)));
    const blurredMs = Date.now();
    await desk.loseFocus();
    await desk.tileShows(group, 'revoked');
    await playing(1000); // of a speech of three and a half seconds
    const after = stage.got('i', blurredMs);
    const loud = after.samples.findLastIndex((sample) => Math.abs(sample) > loudness);
    const silentAfterMs = loud < 0 ? 0 : after.timeMs(loud) - blurredMs;
    show('focus lost', { silentAfterMs });
    expect(silentAfterMs).toBeLessThanOrEqual(1000);
    await expect.poll(() => desk.page.evaluate('document.hasFocus()')).toBe(false);
    await desk.regainFocus();
  }, 30_000);

  it('hears the first word of another console, and sees that it is one', async () => {
    const other = await ConsolePage.open(await stage.gateway.consoleLink(), microphone);
    try {
      const from = await other.now();
      const talking = desk.talk(group);
      await other.tileShows(group, 'otherConsole', 20_000);
      await expect.poll(() => other.tile(group).locator('.talker-title').textContent()).toContain('Opérateur CCPD');
      const { said } = await talking;
      await other.tileShows(group, 'idle');
      expectWhole(heardBy('page → other page', said, await other.recorded('played', from)));
      expect(other.complaints).toEqual([]);
    } finally {
      await other.close();
    }
  }, 60_000);

  it("kill −9 of mediasoup's workers: heard again within 3 s, and the radios notice nothing", async () => {
    const from = await desk.now();
    const listening = stage.listen(['i']);
    const workers = stage.gateway.processes('mediasoup-worker');
    expect(workers).toHaveLength(2);
    const talking = stage.over('h', dutchLong);
    await desk.tileShows(group, 'receiving');
    await playing(1000);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await talking;
    const page = heardBy('h → page meanwhile', dutchLong, await desk.recorded('played', from));
    expect(page.longestGapMs).toBeLessThanOrEqual(3000);
    expect(page.tailMissingMs).toBeLessThanOrEqual(100);
    expect(heardBy('h → i meanwhile', dutchLong, listening().i).cover).toBeGreaterThanOrEqual(0.98);

    await desk.page.locator('.talk-bar-key[data-off="false"]').waitFor();
    const again = stage.listen(['i']);
    const { said } = await desk.talk(group);
    await desk.tileShows(group, 'idle');
    expectWhole(heardBy('page → i afterwards', said, again().i));
  }, 60_000);

  it('kill −9 of the voice process: heard again within 3 s, both ways', async () => {
    const from = await desk.now();
    const [pid = 0] = stage.gateway.processes('voice-process');
    const line = stage.gateway.lines.length;
    stage.boxes.h.say(dutchLong);
    await desk.tileShows(group, 'receiving');
    await playing(1000);
    process.kill(pid, 'SIGKILL');
    // The death ends the first over, what is left of the speech is another.
    await stage.oversEnded('h', 2, line, 15_000);
    const page = heardBy('h → page meanwhile', dutchLong, await desk.recorded('played', from));
    expect(page.longestGapMs).toBeLessThanOrEqual(3000);
    expect(page.tailMissingMs).toBeLessThanOrEqual(100);
    await desk.page.locator('.talk-bar-key[data-off="false"]').waitFor();
    const again = stage.listen(['i']);
    const { said } = await desk.talk(group);
    await desk.tileShows(group, 'idle');
    expectWhole(heardBy('page → i afterwards', said, again().i));
  }, 60_000);

  it('sees the gateway stop, which ends with 0', async () => {
    expect(desk.complaints).toEqual([]);
    expect(await stage.gateway.stop()).toBe(0);
    await desk.tileShows(group, 'stale');
  }, 20_000);
});

/** −26 dBov. */
const loudness = 0.05;

function isLoud({ samples }: Sound): boolean {
  return samples.some((sample) => Math.abs(sample) > loudness);
}

/** Median time from passing the page to the wire towards box i. */
function delayToWire(said: PageSound, sinceMs: number): number {
  const got = stage.got('i', sinceMs);
  const { matches } = compareSpeech(said, got);
  return median(matches.map(({ speech, recording }) => got.timeMs(recording) - (said.firstMs + speech / 8)));
}
