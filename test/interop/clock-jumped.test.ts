/**
 * A whole gateway whose wall clock is set while it runs (libfaketime, which leaves the monotonic one alone): a day
 * forwards within an over, 25 hours back, and 40 days forwards while it does not run. No syllable and no line is lost, the
 * order of the log holds, the log says by how much the clock was set, and nothing is deleted for it.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { readRecording } from '../../src/evidence/recording-files.ts';
import { sha256Of } from '../../src/store/backup-form.ts';
import { ConsoleLink } from './support/console-link.ts';
import { Gateway, gatewayPorts, type LogLine } from './support/gateway.ts';
import { type RtpLine, rtpLines } from './support/rtp-lines.ts';
import { playing, until } from './support/until.ts';

const library = readdirSync('/usr/lib', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
  .map(({ name }) => join('/usr/lib', name, 'faketime/libfaketime.so.1'))
  .find((file) => readdirSync(join(file, '../..')).includes('faketime'));
const hourMs = 3_600_000;
/** What ffmpeg says is longer or shorter by a packet or two, and more where the machine stalls. */
const spareMs = 100;

const folder = mkdtempSync(join(tmpdir(), 'escaut-clock-'));
const clock = join(folder, 'clock');
let gateway: Gateway;
let line: RtpLine;
/** Of all overs that were told to be whole, in their order. */
const kept: LogLine[] = [];

/** Until noon, UTC: what is counted in days is counted from there, whatever the hour of the test. */
const noonMs = (36 * hourMs - (Date.now() % (24 * hourMs))) % (24 * hourMs);

/** From now on it is ahead of that noon by so many hours. */
function ahead(hours: number): void {
  const seconds = Math.round((noonMs + hours * hourMs) / 1000);
  writeFileSync(`${clock}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  renameSync(`${clock}.new`, clock);
}

/** `meanwhile`: in the midst of it. */
async function isRecordedWhole(ms: number, meanwhile: () => void = () => undefined): Promise<void> {
  const from = gateway.lines.length;
  const saying = line.say(ms);
  await playing(ms / 2);
  meanwhile();
  await saying;
  await until('it is told of', () => gateway.linesOf('recording.kept', from).length > 0);
  const [told] = gateway.linesOf('recording.kept', from);
  expect(told?.missing).toBeUndefined();
  expect(Math.abs(Number(told?.durationMs) - ms)).toBeLessThanOrEqual(spareMs);
  expect(Math.abs((line.heard.at(-1) ?? 0) - ms)).toBeLessThanOrEqual(spareMs);
  kept.push(told!);
}

/** The log says so, within the ten seconds in which it looks. */
async function isTold(hours: number, from: number): Promise<void> {
  await until('it is told', () => gateway.linesOf('clock.stepped', from).length > 0, 12_000);
  const [stepped] = gateway.linesOf('clock.stepped', from);
  expect(stepped?.level).toBe('warn');
  expect(Math.abs(Number(stepped?.byMs) - hours * hourMs)).toBeLessThan(2000);
}

function areAllThere(): void {
  for (const { file, sha256 } of kept) {
    const bytes = readRecording(join(gateway.folder, 'recordings'), String(file), []);
    expect(bytes && sha256Of(bytes)).toBe(sha256);
  }
}

describe.runIf(library !== undefined)('a clock that is set', () => {
  beforeAll(async () => {
    ahead(0);
    const { lines, world } = await rtpLines(['g1'], new SeededRandom(11));
    line = lines[0]!;
    gateway = await Gateway.start(
      await gatewayPorts(),
      // A day: whatever a clock is believed that is wrong by two is deleted.
      { ...world, retention: { voiceSharedGroupDays: 1 } },
      {
        ...{ LD_PRELOAD: library ?? '', FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' },
        ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
      },
    );
    await gateway.legsUp(line.legs);
  }, 60_000);
  afterAll(async () => {
    await gateway?.kill();
    line?.close();
    rmSync(folder, { recursive: true });
  });

  it('a day forwards within an over: that and the next are whole, and it is told', async () => {
    await isRecordedWhole(1000);
    const from = gateway.lines.length;
    await isRecordedWhole(2000, () => ahead(24));
    await isRecordedWhole(1000);
    await isTold(24, from);
    const [first, , last] = kept.map(({ file }) => Date.parse(String(file).slice(0, 10)));
    expect((last ?? 0) - (first ?? 0)).toBe(24 * hourMs);
  });

  it('25 hours back: no file is written over, and it is told', async () => {
    const from = gateway.lines.length;
    await isRecordedWhole(2000, () => ahead(-1));
    await isRecordedWhole(1000);
    await isTold(-25, from);
    areAllThere();
  });

  it('40 days forwards while it did not run: nothing is deleted, and consoles say so', async () => {
    await gateway.crash('all');
    ahead(40 * 24);
    gateway = await gateway.again();
    const link = await ConsoleLink.open(gateway);
    await link.told('retention-halted', true, 15_000);
    await expect.poll(() => gateway.linesOf('retention.halted')).toMatchObject([{ reason: 'ahead' }]);
    link.close();
    await gateway.legsUp(line.legs);
    await isRecordedWhole(1000);
    areAllThere();
    await gateway.stop('its folder');
    const { code, output } = await gateway.audited('--verify');
    expect([code, output]).toEqual([0, expect.stringMatching(/^whole/)]);
    const entries = await gateway.entries();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
    for (const run of new Set(entries.map((entry) => entry.run))) {
      const upMs = entries.filter((entry) => entry.run === run).map((entry) => entry.upMs);
      expect(upMs).toEqual(upMs.toSorted((one, other) => one - other)); // whatever the stamps say
    }
    const files = entries.flatMap(({ event, about }) => (event === 'recording.kept' ? [about.file] : []));
    expect(files).toEqual(kept.map(({ file }) => file));
    expect(entries.some(({ event }) => event === 'retention.removed')).toBe(false);
  });
});

it.skipIf(library !== undefined)(
  'a clock that is set is not tried: libfaketime is not on this machine',
  () => undefined,
);
