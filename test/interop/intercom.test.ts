/**
 * Two operators in two Chromiums on the running gateway call each other, with a radio box beside them: what each page
 * plays is compared with what the other one's microphone gave, and the box must have heard none of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsolePage, type PageSound } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { RadioStage } from './support/radio-stage.ts';
import { joined, resampled, silence } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { readWav, type Sound, writeWav } from './support/wav.ts';

const cut = ({ rateHz, samples }: Sound, seconds: number): Sound => ({
  rateHz,
  samples: samples.slice(0, 8000 * seconds),
});
const french = cut(resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000), 2);
const dutch = cut(readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url)), 2);
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;
const group = 'xb-pours';
const common = { role: 'dispatcher', country: 'BE' };

const folder = mkdtempSync(join(tmpdir(), 'escaut-intercom-'));
let stage: RadioStage<'i'>;
let anna: ConsolePage;
let bram: ConsolePage;

beforeAll(async () => {
  for (const [name, speech] of [
    ['anna', french],
    ['bram', dutch],
  ] as const) {
    const looped = { rateHz: 8000, samples: joined(speech.samples, silence(1)) };
    writeWav(join(folder, `${name}.wav`), resampled(looped, 48_000));
  }
  stage = await RadioStage.set({ i: { group, network: 'astrid', number: '5300110' } });
  const { sharedGroups } = stage.world({}) as { sharedGroups: readonly object[] };
  await stage.startGateway({
    controlRooms: [
      { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
      { id: 'cr-wv', callSign: 'CIC West-Vlaanderen', country: 'BE' },
    ],
    people: [
      { id: 'anna', display: 'Anna', controlRoom: 'cr-ccpd', language: 'en', ...common },
      { id: 'bram', display: 'Bram', controlRoom: 'cr-wv', language: 'en', ...common },
    ],
    // Bram hears no group: whatever he plays has come by intercom.
    sharedGroups: sharedGroups.map((each) => ({ ...each, monitoredBy: ['cr-ccpd'] })),
  });
  const links = [await stage.gateway.consoleLink(), await stage.gateway.consoleLink()];
  [anna, bram] = (await Promise.all(
    ['anna', 'bram'].map((name, index) => ConsolePage.open(links[index] ?? '', join(folder, `${name}.wav`))),
  )) as [ConsolePage, ConsolePage];
}, 90_000);

afterAll(async () => {
  await anna?.close();
  await bram?.close();
  await stage?.clear();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const strip = (desk: ConsolePage, state: string) => desk.page.locator(`.call[data-call="${state}"]`);

/** What the microphone gave in one round of its sound file, from pause to pause. */
async function round(desk: ConsolePage): Promise<PageSound> {
  await desk.microphonePauses(300);
  const from = await desk.now();
  await desk.microphoneSpeaks();
  await desk.microphonePauses(600);
  return desk.recorded('microphone', from);
}

function heardBy(what: string, speech: Sound, recording: Sound): Comparison {
  const figures = compareSpeech(speech, recording);
  show(what, { ...figures });
  return figures;
}

describe('the intercom', () => {
  it('is full duplex between two consoles, and neither a radio nor a group hears it', async () => {
    const listening = stage.listen(['i']);
    await anna.page.keyboard.press('i');
    await anna.page.getByRole('button', { name: 'Call Bram', exact: true }).click();
    await strip(anna, 'calling').waitFor();
    await strip(bram, 'ringing').waitFor();
    await expect.poll(() => strip(bram, 'ringing').textContent()).toContain('Anna · CCPD Tournai');
    await bram.page.keyboard.press('i');
    await Promise.all([strip(anna, 'talking').waitFor(), strip(bram, 'talking').waitFor()]);

    const [fromAnna, fromBram] = [await anna.now(), await bram.now()];
    const [saidAnna, saidBram] = await Promise.all([round(anna), round(bram)]);
    const figures = [
      heardBy('Anna → Bram', saidAnna, await bram.recorded('played', fromBram)),
      heardBy('Bram → Anna', saidBram, await anna.recorded('played', fromAnna)),
    ];
    for (const { cover, longestGapMs } of figures) {
      expect(cover).toBeGreaterThanOrEqual(0.9);
      expect(longestGapMs).toBeLessThanOrEqual(200);
    }
    const heard = listening().i;
    for (const speech of [french, dutch]) expect(traceOf(speech, heard).score).toBeLessThan(absent);
    expect(stage.gateway.linesOf('over.ended')).toEqual([]);
  }, 60_000);

  it('waits while one of them talks on a group, which hears him and not the other', async () => {
    await anna.microphonePauses(300);
    const listening = stage.listen(['i']);
    const from = await anna.now();
    await anna.page.keyboard.down(' ');
    await anna.tileShows(group, 'transmitting');
    await strip(bram, 'talking').locator('.call-held').waitFor();
    const held = await bram.now();
    await anna.microphoneSpeaks();
    await anna.microphonePauses(600);
    const played = await bram.recorded('played', held);
    await anna.page.keyboard.up(' ');
    const said = await anna.recorded('microphone', from);
    await strip(bram, 'talking').locator('.call-held').waitFor({ state: 'detached' });
    const heard = listening().i;
    expect(heardBy('Anna → radio', said, heard).cover).toBeGreaterThanOrEqual(0.9);
    expect(traceOf(dutch, heard).score).toBeLessThan(absent);
    const peak = played.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    show('of it at Bram', { peak });
    expect(peak).toBeLessThan(0.003);
  }, 60_000);

  it('ends when one page is gone, and the other is told', async () => {
    await bram.close();
    await strip(anna, 'over').waitFor();
    await expect.poll(() => strip(anna, 'over').textContent()).toContain('Link to Bram lost');
    const told = () => stage.gateway.linesOf('intercom.changed').map(({ what, end }) => end ?? what);
    await expect.poll(told).toEqual(['called', 'answered', 'lost']);
    expect(anna.complaints).toEqual([]);
  }, 30_000);
});
