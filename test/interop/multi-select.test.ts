/**
 * Several groups under one key, on the running gateway: an operator in Chromium talks on two at once, and one of them
 * lets him in later, since a radio talks there and has its grace. What the boxes hear is compared with what was said.
 *
 *   h   box of the group that is free        i   box of the other one        j   talks there
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConsolePage } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { joined, resampled, silence } from './support/sound.ts';
import { compareSpeech } from './support/speech-compare.ts';
import { until } from './support/until.ts';
import { readWav, writeWav } from './support/wav.ts';

const wide = readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url));
const french = resampled({ ...wide, samples: wide.samples.slice(0, 3 * wide.rateHz) }, 48_000);
const dutch = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const graceMs = 600;
const free = 'xb-pours';
const taken = 'xb-acc';
const cast = {
  h: { group: free, network: 'inpt', number: '590-911' },
  i: { group: taken, network: 'astrid', number: '5300110' },
  j: { group: taken, network: 'inpt', number: '590-912' },
} as const satisfies Record<string, Role>;

const folder = mkdtempSync(join(tmpdir(), 'escaut-multi-select-'));
const microphone = join(folder, 'microphone.wav');
let stage: RadioStage<keyof typeof cast>;
let desk: ConsolePage;

beforeAll(async () => {
  writeWav(microphone, { rateHz: 48_000, samples: joined(french.samples, silence(1, 48_000)) });
  stage = await RadioStage.set(cast);
  await stage.startGateway({ limits: { graceMs } });
  desk = await ConsolePage.open(await stage.gateway.consoleLink(), microphone);
}, 90_000);

afterAll(async () => {
  await desk?.close();
  await stage?.clear();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

it('is heard from the first syllable in each, when one grants 600 ms later', async () => {
  await desk.page.keyboard.press('g');
  await desk.page.locator('.multi-banner[data-multi="choosing"]').waitFor();
  await desk.page.keyboard.press('2'); // the first one is selected
  for (const group of [free, taken])
    await desk.page.locator(`.tile[data-group="${group}"][data-together="true"]`).waitFor();
  await desk.page.keyboard.press('Enter');
  await desk.page.locator('.multi-banner[data-multi="on"]').waitFor();
  await desk.microphonePauses(300);
  stage.boxes.j.say(dutch);
  await desk.tileShows(taken, 'receiving');
  await desk.microphoneSpeaks();

  const line = stage.gateway.lines.length;
  const listening = stage.listen(['h', 'i']);
  const from = await desk.now();
  await desk.page.keyboard.down(' ');
  await desk.tileShows(taken, 'transmitting');
  await desk.microphonePauses(300);
  await desk.page.keyboard.up(' ');
  for (const group of [free, taken]) {
    const ended = () => stage.gateway.linesOf('over.ended', line).filter((over) => over.group === group);
    await until(`the over on ${group} has ended`, () =>
      ended().some(({ party }) => String(party).startsWith('console')),
    );
  }
  const said = await desk.recorded('microphone', from);
  const heard = listening();
  const grantedMs = (group: string): number => {
    const answers = stage.gateway.linesOf('floor.answered', line);
    const granted = answers.find((answer) => answer.group === group && answer.result === 'granted');
    return Date.parse(granted?.time ?? '');
  };
  const laterMs = grantedMs(taken) - grantedMs(free);
  for (const name of ['h', 'i'] as const) {
    const { matches: _, ...figures } = compareSpeech(said, heard[name], 1000);
    show(`page → ${name}`, { ...figures, laterMs });
    expect(figures.cover, name).toBeGreaterThanOrEqual(0.95);
    expect(figures.onsetMissingMs, name).toBeLessThanOrEqual(100);
  }
  expect(laterMs).toBeGreaterThanOrEqual(graceMs - 50);
  expect(desk.complaints).toEqual([]);
}, 40_000);
