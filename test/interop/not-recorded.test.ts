/**
 * Nothing on a shared group is spoken unrecorded without whoever talks being told before: a whole gateway whose recorder
 * dies, or whose disk hangs, and the page of a dispatcher in Chromium. Voice is heard whole all the time. And a gateway
 * that lacks its master key does not begin.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { readRecording } from '../../src/evidence/recording-files.ts';
import { sha256Of } from '../../src/store/backup-form.ts';
import { ConsolePage } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { endRecorderThread, inspectable } from './support/recorder-thread.ts';
import { type RtpLine, rtpLines } from './support/rtp-lines.ts';
import { resampled } from './support/sound.ts';
import { playing, until } from './support/until.ts';
import { readWav, writeWav } from './support/wav.ts';

const master = randomBytes(32).toString('hex');
const secret = 'ESCAUT_NOT_RECORDED_MASTER';
/** What ffmpeg says is longer or shorter by a packet or two, and more where the machine stalls. */
const spareMs = 100;
const folder = mkdtempSync(join(tmpdir(), 'escaut-not-recorded-'));
const microphone = join(folder, 'microphone.wav');

let gateway: Gateway;
let line: RtpLine;
let desk: ConsolePage;
let world: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  writeWav(microphone, resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 48_000));
  const rtp = await rtpLines(['g1'], new SeededRandom(9));
  line = rtp.lines[0]!;
  world = { ...rtp.world, recording: { masterKey: { env: secret } } };
  gateway = await Gateway.start(await gatewayPorts(), world, { ...inspectable, [secret]: master });
  desk = await ConsolePage.open(await gateway.consoleLink(), microphone);
  await gateway.legsUp(line.legs);
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await gateway?.kill();
  line?.close();
  rmSync(folder, { recursive: true });
}, 20_000);

const warning = () => desk.tile('g1').locator('.talk-unrecorded');
const banner = () => desk.page.locator('.alarms', { hasText: 'What is said is not recorded' });

it('tells at once when the recorder dies, in words and on every talk button, and what of the over is missing', async () => {
  await expect.poll(() => warning().count()).toBe(0);
  const from = gateway.lines.length;
  const saying = line.say(4000);
  await playing(1500);
  // What the page shows for a second or two is not to be missed.
  const shown = Promise.all([warning().waitFor(), banner().waitFor()]);
  const diedMs = performance.now();
  await endRecorderThread(gateway, 7);
  await shown;
  const away = () => gateway.linesOf('recording.away', from);
  await expect.poll(away).toMatchObject([{ reason: 'the recorder ended with 7' }]);
  await warning().waitFor({ state: 'detached' });
  show('recorder dead', { awayMs: performance.now() - diedMs });
  await saying;
  await until('it is told of', () => gateway.linesOf('recording.kept', from).length > 0);
  expect(Math.abs((line.heard.at(-1) ?? 0) - 4000)).toBeLessThanOrEqual(spareMs);
  const [kept] = gateway.linesOf('recording.kept', from);
  expect(kept).toMatchObject({ level: 'error', missing: 'the recorder was started anew' });
  expect(Number(kept?.durationMs)).toBeGreaterThan(500);
  const recordings = join(gateway.folder, 'recordings');
  const bytes = readRecording(recordings, String(kept?.file), [Buffer.from(master, 'hex')]);
  expect(bytes && sha256Of(bytes)).toBe(kept?.sha256);
});

it('tells within ten seconds of a disk that hangs, and takes it back when that goes on', async () => {
  const probe = join(gateway.folder, 'recordings', '.probe');
  // Whoever opens it to write waits until somebody reads: the look at the disk, every ten seconds.
  await until('it hangs', () => spawnSync('mkfifo', [probe]).status === 0);
  await warning().waitFor({ timeout: 25_000 });
  const reason = () => gateway.linesOf('recording.away').at(-1)?.reason;
  await expect.poll(reason).toBe('the recorder does not answer');
  await line.say(1000);
  await until('it is heard', () => Math.abs((line.heard.at(-1) ?? 0) - 1000) <= spareMs);
  openSync(probe, 'r');
  rmSync(probe); // the next look makes a file again: what was written here cannot be flushed
  await warning().waitFor({ state: 'detached', timeout: 20_000 });
  await until('the over is recorded', () => {
    const kept = gateway.linesOf('recording.kept').at(-1);
    return kept?.missing === undefined && Math.abs(Number(kept?.durationMs) - 1000) <= spareMs;
  });
}, 60_000);

it('does not begin without its master key, and names it', async () => {
  const ports = await gatewayPorts();
  await expect(Gateway.start(ports, world)).rejects.toThrow(new RegExp(`did not start[^]*${secret}`));
});
