/** What is said over real sockets, as files that other people's programs play: whole, and after kill −9. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRecording } from '../../src/evidence/recording-files.ts';
import { levelAt, tone } from '../media/signals.ts';
import { pause, VoiceRig } from './voice-rig.ts';

const speech = (seconds: number): Float32Array => tone(1000, -20, Math.round(8000 * seconds), 8000);

let folder: string;
let rig: VoiceRig;
let masters: Uint8Array[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
  rig = new VoiceRig({ recordings: { folder, gateway: 'ccpd', masters } });
  await rig.start();
});
afterEach(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true });
});

const files = (): string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.opus'))
    .toSorted();

/** As ffmpeg plays it, at 16 kHz. */
function played(file: string): { readonly seconds: number; readonly samples: Float32Array } {
  const decode = ['-v', 'error', '-i', '-', '-f', 'f32le', '-ar', '16000', '-ac', '1', '-'];
  const { stdout } = spawnSync('ffmpeg', decode, { maxBuffer: 1e8, input: readRecording(folder, file, masters) });
  const samples = new Float32Array(new Uint8Array(stdout).buffer);
  return { seconds: samples.length / 16_000, samples };
}

describe.each([
  ['a recording', []],
  ['an encrypted recording', [randomBytes(32)]],
] as const)('%s', (_, keys) => {
  beforeAll(() => {
    masters = [...keys];
  });

  it('holds an over whole, at its level, under the hash that is told', async () => {
    const be = await rig.leg('be');
    await rig.leg('fr');
    await be.talk(speech(2));
    await rig.until(() => rig.last('recorded') !== undefined);
    const recorded = rig.last('recorded');
    expect(recorded).toMatchObject({ group: 'xb', party: 'be', durationMs: 2000 });
    const { seconds, samples } = played(recorded?.file ?? '');
    expect(seconds).toBeCloseTo(2, 1);
    expect(Math.abs(levelAt(samples.subarray(1600, -1600), 1000, 16_000) + 20)).toBeLessThan(1.5);
    const bytes = readRecording(folder, recorded?.file ?? '', masters)!;
    expect(readFileSync(join(folder, recorded?.file ?? '')).includes('OggS')).toBe(masters.length === 0);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(recorded?.sha256);
  });

  it('kill −9 within an over: plays up to less than a second before; the next over is recorded again', async () => {
    const be = await rig.leg('be');
    await rig.leg('fr');
    const talk = be.talk(speech(3));
    await pause(2000);
    process.kill(rig.client.pid ?? 0, 'SIGKILL');
    await talk;
    const [cut = ''] = files();
    expect(played(cut).seconds).toBeGreaterThan(1);
    expect(played(cut).seconds).toBeLessThan(2.2);
    await rig.until(() => rig.planes.includes('back'));
    await pause(500);
    await be.talk(speech(1));
    await rig.until(() => rig.last('recorded')?.durationMs === 1000);
  });
});
