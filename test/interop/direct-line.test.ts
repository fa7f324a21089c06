/**
 * The console page in Chromium and a telephone (baresip) on the running gateway, with a radio box beside them: each calls
 * the other, what either hears is compared with what was said, and the radio must have heard none of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boxPortBlock, RadioBox } from './support/baresip.ts';
import { ConsolePage } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { loopback } from './support/ports.ts';
import { RadioStage } from './support/radio-stage.ts';
import { joined, resampled, silence } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { playing, until } from './support/until.ts';
import { readWav, type Sound, writeWav } from './support/wav.ts';

const cut = ({ rateHz, samples }: Sound, seconds: number): Sound => ({
  rateHz,
  samples: samples.slice(0, 8000 * seconds),
});
const french = cut(resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000), 2);
const dutch = cut(readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url)), 2);
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;

const folder = mkdtempSync(join(tmpdir(), 'escaut-direct-line-'));
let stage: RadioStage<'i'>;
let phone: RadioBox;
let desk: ConsolePage;

beforeAll(async () => {
  const microphone = join(folder, 'microphone.wav');
  writeWav(microphone, resampled({ rateHz: 8000, samples: joined(french.samples, silence(1)) }, 48_000));
  stage = await RadioStage.set({ i: { group: 'xb-pours', network: 'astrid', number: '5300110' } });
  phone = await RadioBox.start({ name: 'phone', user: '204', firstPort: await boxPortBlock(), account: ';regint=0' });
  const { networks, attachments } = stage.world({}) as { networks: readonly object[]; attachments: readonly object[] };
  const peer = `sip:${loopback}:${phone.sipPort}`;
  await stage.startGateway({
    networks: [...networks, { id: 'tel', name: 'Telephone', technology: 'analogue', country: 'BE' }],
    attachments: [...attachments, { id: 'tel-ht', network: 'tel', kind: 'sip', sip: { peer } }],
    directLines: [{ id: 'ht', name: 'CIC Hainaut', attachment: 'tel-ht', number: '204' }],
  });
  desk = await ConsolePage.open(await stage.gateway.consoleLink(), microphone);
}, 90_000);

afterAll(async () => {
  await desk?.close();
  await phone?.close();
  await stage?.clear();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const key = (state: string) => desk.page.locator(`.line-key[data-line="${state}"]`);

/** Both speak at once; what each has heard of the other, and the radio of either. */
async function speakBothWays(what: string): Promise<void> {
  const listening = stage.listen(['i']);
  // The microphone's way is made once the call stands: nobody speaks before it can be heard.
  const early = phone.heard().samples.length;
  const isHeard = () =>
    phone
      .heard()
      .samples.subarray(early)
      .some((sample) => Math.abs(sample) > 0.03);
  show(`${what}: shown to be up → desk heard`, { ms: await until('the desk is heard', isHeard) });
  await desk.microphonePauses(300);
  // From within the pause on: of a sentence that is heard by half before it is heard whole, the half would be judged.
  const before = phone.heard().samples.length;
  const from = await desk.now();
  phone.say(dutch);
  const [fromMs, wholeMs] = [performance.now(), (1000 * dutch.samples.length) / dutch.rateHz];
  await desk.microphoneSpeaks();
  await desk.microphonePauses(600);
  const said = await desk.recorded('microphone', from);
  const atPhone = (): Sound => ({ rateHz: 8000, samples: phone.heard().samples.slice(before) });
  // Judged once, when all has come: judging meanwhile takes the machine from those who speak.
  await playing(Math.max(0, fromMs + wholeMs + 700 - performance.now()));
  const atDesk = await desk.recorded('played', from);
  const figures: Record<string, Comparison> = {
    [`${what}: desk → telephone`]: compareSpeech(said, atPhone()),
    [`${what}: telephone → desk`]: compareSpeech(dutch, atDesk),
  };
  for (const [way, each] of Object.entries(figures)) {
    show(way, { ...each });
    expect(each.cover).toBeGreaterThanOrEqual(0.9);
    expect(each.longestGapMs).toBeLessThanOrEqual(200);
  }
  const heard = listening().i;
  for (const speech of [french, dutch]) expect(traceOf(speech, heard).score).toBeLessThan(absent);
}

describe('a direct line', () => {
  it('is dialled by one click, full duplex while it is open, recorded, and heard by no radio', async () => {
    await key('idle').click();
    await key('talking').waitFor();
    await expect.poll(() => key('talking').textContent()).toContain('CIC Hainaut');
    await speakBothWays('dialled');
    await key('talking').click();
    await key('idle').waitFor();
    await until('the telephone is told', () => phone.count('CALL_CLOSED') === 1);
    const recorded = () => stage.gateway.linesOf('recording.kept').filter(({ group }) => group === 'line:ht');
    await until('both sides are recorded', () => recorded().length === 2);
    phone.hush();
  }, 60_000);

  it('rings when it calls, is answered by one key, and hung up when the page is closed', async () => {
    phone.command('dial', `sip:escaut@${loopback}:${stage.ports.sip}`);
    await key('ringing').waitFor();
    await until('it hears that it rings', () => phone.count('CALL_RINGING') === 1);
    await desk.page.keyboard.press('i');
    await key('talking').waitFor();
    await speakBothWays('called');
    expect(desk.complaints).toEqual([]);
    await desk.close();
    await until('the telephone is told', () => phone.count('CALL_CLOSED') === 2, 15_000);
    const told = () => stage.gateway.linesOf('line.changed').map(({ what, end }) => end ?? what);
    await expect.poll(told).toEqual(['dialled', 'answered', 'hung-up', 'called', 'answered', 'lost']);
  }, 60_000);
});
