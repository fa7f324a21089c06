/** Hearing overs again on the built page, against a gateway that has their sound. Every wait is for a condition. */
import { mkdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeOggOpus } from '../../src/media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { framesOf, joined, tone } from '../media/signals.ts';
import * as demo from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

const pours = 'xb-pours-1';
/** On a machine that is busy with other tests a browser takes its time. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Keeps the level of what is played, and how long it was. */
const tap = `
  const connect = AudioNode.prototype.connect;
  window.tapped = [];
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && this instanceof GainNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, analyser);
      window.tapped.push(analyser);
    }
    return connect.call(this, to, ...rest);
  };
  window.loudest = () => Math.max(...window.tapped.map((analyser) => {
    const samples = new Float32Array(2048);
    analyser.getFloatTimeDomainData(samples);
    return Math.max(...samples);
  }));
`;

function file(pcm: Float32Array): Uint8Array {
  const encoder = new OpusSpeechEncoder();
  return writeOggOpus(framesOf(pcm).map((frame, i) => ({ atMs: 20 * i, bytes: encoder.encode(frame) })));
}
const seconds = (count: number) => tone(500, -20, 16_000 * count);
/** Longer than any test takes. */
const said = file(seconds(60));

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

describe('overs heard again', () => {
  beforeEach(async () => {
    await rig.open(demo.demoSnapshot(), tap);
    serve(said);
    await rig.tile(pours).locator('.tile-select').click();
  });
  afterEach(() => rig.close());

  /** Serves that file for every over, in parts. */
  function serve(ogg: Uint8Array): void {
    rig.gateway.onRecall = ({ partOf }) => {
      const offset = partOf?.offset ?? 0;
      return { part: { ogg: ogg.subarray(offset, offset + 4096), total: ogg.length } };
    };
  }
  const bar = () => rig.page.locator('.replay-bar');
  const loudest = (): Promise<number> => rig.page.evaluate('window.loudest()');
  const wanted = () => rig.gateway.heard.flatMap(({ recallRequest }) => recallRequest ?? []);

  it('are marked as a replay, sound, and end by themselves', async () => {
    serve(file(seconds(5)));
    await rig.page.locator('.over-replay button').first().click();
    await bar().locator('.replay-word', { hasText: 'Réécoute' }).waitFor();
    await expect.poll(loudest, { timeout: 20_000, interval: 20 }).toBeGreaterThan(0.05);
    await bar().waitFor({ state: 'detached' });
    await expect.poll(() => rig.page.locator('.replay-refusal').count()).toBe(0);
  });

  it('play by one key and stop by it, and take no part twice', async () => {
    const { page } = rig;
    await page.keyboard.press('r');
    await page.locator('.overs tr[data-replays="true"]').first().waitFor();
    await bar().locator('.waveform').waitFor();
    expect(wanted().map(({ partOf }) => partOf?.offset)).toEqual(
      Array.from({ length: Math.ceil(said.length / 4096) }, (_, i) => 4096 * i),
    );
    if (process.env.ESCAUT_SHOTS) await shoot('replay');
    await page.keyboard.press('r');
    await bar().waitFor({ state: 'detached' });
    await expect.poll(loudest, { timeout: 20_000 }).toBeLessThan(0.001);
  });

  it('stop as soon as the operator talks', async () => {
    const { page } = rig;
    await page.keyboard.press('r');
    await bar().locator('.waveform').waitFor();
    await page.keyboard.down(' ');
    await rig.tileShows(pours, 'transmitting');
    await expect.poll(() => bar().count()).toBe(0);
    await page.keyboard.up(' ');
  });

  it('catch up on what others have said in the time that was chosen, in order, fast and without pauses', async () => {
    const { page } = rig;
    const overs = demo.demoSnapshot().groups?.find(({ id }) => id === pours)?.lastOvers ?? [];
    const [newest, oldest] = [overs[0]!, overs[1]!];
    const ogg = file(joined(seconds(3), new Float32Array(16_000 * 20), seconds(3)));
    rig.gateway.onRecall = ({ list, partOf }) => {
      if (list) return { overs: { overs: [oldest, newest] } };
      return { part: { ogg: ogg.subarray(partOf?.offset ?? 0), total: ogg.length } };
    };
    await page.locator('.replay-catch-up select').selectOption('15');
    await page.keyboard.press('Tab'); // out of the list, where letters choose
    await page.keyboard.press('u');
    await bar().locator('.replay-word', { hasText: '×1,5' }).waitFor();
    // 26 s of an over in little more than 4.
    await bar()
      .locator('.replay-progress', { hasText: /\/ 0:04/ })
      .waitFor();
    expect(wanted()[0]?.list?.lastS).toBe(900);
    await bar().waitFor({ state: 'detached', timeout: 30_000 });
    const order = wanted().flatMap(({ partOf }) => (partOf && (partOf.offset ?? 0) === 0 ? [partOf.over] : []));
    expect(order).toEqual([oldest.over, newest.over]);
  });

  it('are refused in words', async () => {
    rig.gateway.onRecall = () => ({ refusal: 'not-own-control-room' });
    await rig.page.keyboard.press('r');
    await rig.page.locator('.replay-refusal', { hasText: 'ne suit pas ce groupe' }).waitFor();
    await expect.poll(() => bar().count()).toBe(0);
  });

  it('break no rule of accessibility', async () => {
    await rig.page.keyboard.press('r');
    await bar().locator('.waveform').waitFor();
    expect(await rig.violations()).toEqual([]);
  });

  async function shoot(name: string): Promise<void> {
    const folder = process.env.ESCAUT_SHOTS ?? '.';
    mkdirSync(folder, { recursive: true });
    await rig.page.screenshot({ path: `${folder}/${name}.png` });
  }
});
