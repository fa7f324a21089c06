/**
 * A whole gateway with state and recordings on a disk of its own that fills: what consoles are told before anybody talks,
 * what is refused, how far evidence goes on, what an over loses that is being spoken as the last octet is taken, and that
 * all comes back by itself and nothing that was there before is lost. Voice is heard whole all the time. The disk is a tmpfs,
 * whose size is set anew each time; only root may mount one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { readRecording } from '../../src/evidence/recording-files.ts';
import { sha256Of } from '../../src/store/backup-form.ts';
import { played } from '../store/ogg-played.ts';
import { ConsoleLink } from './support/console-link.ts';
import { show } from './support/figures.ts';
import { FleetClient } from './support/fleet-client.ts';
import { Gateway, gatewayPorts, type LogLine } from './support/gateway.ts';
import { type RtpLine, rtpLines } from './support/rtp-lines.ts';
import { playing, until } from './support/until.ts';

const mib = 1024 * 1024;
/** What ffmpeg says is longer or shorter by a packet or two, and more where the machine stalls. */
const spareMs = 100;
/** Of administration; that of recordings is 256 MiB. */
const reserveMiB = 200;
const disk = mkdtempSync(join(tmpdir(), 'disk-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'none', disk]).status === 0;

let gateway: Gateway;
let line: RtpLine;
let opo: FleetClient;
let link: ConsoleLink;

/** From now on so much is free, MiB. */
async function free(room: number): Promise<void> {
  await until('the disk has another size', () => {
    const { blocks, bavail, bsize } = statfsSync(disk);
    const octets = (blocks - bavail) * bsize + room * mib;
    return spawnSync('mount', ['-o', `remount,size=${octets}`, disk]).status === 0; // what is there has grown meanwhile
  });
}

/** Says it. Resolves with the line that tells of its recording, and what of it was heard at the other leg, ms. */
async function said(ms: number): Promise<{ readonly kept: LogLine; readonly heardMs: number }> {
  const from = gateway.lines.length;
  await line.say(ms);
  // What cannot be written is told of before the over has ended; what is said then would be the same over.
  const isOver = () => ['over.ended', 'recording.kept'].every((event) => gateway.linesOf(event, from).length > 0);
  await until('it is over, and told of', isOver);
  const kept = gateway.linesOf('recording.kept', from);
  return { kept: kept[0]!, heardMs: line.heard.at(-1) ?? 0 };
}

async function isRecordedWhole(ms: number): Promise<void> {
  const { kept, heardMs } = await said(ms);
  expect(Math.abs(heardMs - ms)).toBeLessThanOrEqual(spareMs);
  expect(kept.missing).toBeUndefined();
  expect(Math.abs(Number(kept.durationMs) - ms)).toBeLessThanOrEqual(spareMs);
}

const rename = () =>
  opo.propose('another name', (fleet) => {
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { name: { fr: 'Un', nl: 'Een', en: 'One' } });
  });

describe.runIf(mounted)('a disk that fills', () => {
  beforeAll(async () => {
    const { lines, world } = await rtpLines(['g1'], new SeededRandom(7));
    line = lines[0]!;
    gateway = await Gateway.start(await gatewayPorts(), {
      ...world,
      gateway: {
        ...{ id: 'e2e', name: { fr: 'Essai', nl: 'Proef', en: 'Proof' } },
        ...{ stateFolder: join(disk, 'state'), diskReserveMiB: reserveMiB },
      },
      recording: { folder: join(disk, 'recordings') },
      accounts: { enabled: true },
      people: [
        { id: 'opo', display: 'OPO', role: 'fleet-admin', controlRoom: 'cr-ccpd', country: 'BE', language: 'en' },
        { id: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'cr-ccpd', country: 'BE', language: 'nl' },
      ],
    });
    opo = await FleetClient.login('opo', await gateway.consoleLink());
    link = await ConsoleLink.open(gateway, opo.cookie);
    await gateway.legsUp(line.legs);
  });
  afterAll(async () => {
    link?.close();
    await gateway?.kill();
    line?.close();
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  it('is told of before anybody talks, and evidence goes on while there is room', async () => {
    await isRecordedWhole(1000);
    expect(link.alarms).toEqual([]);
    await free(250);
    const recordingMs = await link.told('not-recorded', true);
    expect(link.alarms).toEqual(['not-recorded']);
    await free(100);
    const administrationMs = await link.told('disk-nearly-full', true);
    show('told of a disk that fills', { recordingMs, administrationMs });
    await isRecordedWhole(1000);
    expect(link.alarms).toEqual(['not-recorded', 'disk-nearly-full']); // of the log there is nothing to say
    const isKept = ({ event }: { readonly event: unknown }) => event === 'recording.kept';
    await expect
      .poll(async () => (await gateway.entries()).filter(isKept).length)
      .toBe(gateway.linesOf('recording.kept').length);
  });

  it('refuses what can wait, in words', async () => {
    const refused = await rename();
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'disk-nearly-full' })]);
    const { code, output } = await gateway.command('user', 'add', 'lotte');
    expect(code).not.toBe(0);
    expect(output).toBe('');
  });

  it('takes the rest of an over that is being spoken and no syllable of it on the air, and says what is missing', async () => {
    const saying = said(3000);
    await playing(1200);
    await free(0);
    await link.told('evidence-unsafe', true);
    const { kept, heardMs } = await saying;
    expect(Math.abs(heardMs - 3000)).toBeLessThanOrEqual(spareMs);
    expect(kept.missing).toBe('ENOSPC');
    const file = readRecording(join(disk, 'recordings'), String(kept.file), []) ?? Buffer.alloc(0);
    const { ms, faults } = played(file);
    expect([faults, sha256Of(file)]).toEqual([0, kept.sha256]);
    expect(ms).toBeGreaterThan(200);
    const silent = await said(1000);
    expect(Math.abs(silent.heardMs - 1000)).toBeLessThanOrEqual(spareMs);
    expect(silent.kept).toMatchObject({ file: '', missing: 'ENOSPC' });
    expect(link.alarms.toSorted()).toEqual(['disk-nearly-full', 'evidence-unsafe', 'not-recorded']);
  });

  it('has room again: all is taken by itself, and every line is in the log, in its order', async () => {
    await free(400);
    const alarms = ['evidence-unsafe', 'not-recorded', 'disk-nearly-full'];
    const [evidenceMs, recordingMs, administrationMs] = await Promise.all(
      alarms.map((alarm) => link.told(alarm, false)),
    );
    show('taken back', { evidenceMs, recordingMs, administrationMs });
    await isRecordedWhole(1000);
    expect((await rename()).status).toBe(201);
    await gateway.stop('its folder');
    const { code, output } = await gateway.audited('--verify');
    expect([code, output]).toEqual([0, expect.stringMatching(/^whole/)]);
    const entries = await gateway.entries();
    const run = entries.find(({ event }) => event === 'gateway.starting')?.run; // retention writes by itself
    const written = entries.filter((entry) => entry.run === run);
    expect(written.map(({ event }) => event)).toEqual(gateway.printed.map(({ event }) => event));
    const kept = entries.filter(({ event, about }) => event === 'recording.kept' && about.file !== '');
    expect(kept.length).toBeGreaterThanOrEqual(4);
    for (const { about } of kept) {
      const bytes = readRecording(join(disk, 'recordings'), String(about.file), []);
      expect(bytes && sha256Of(bytes)).toBe(about.sha256);
    }
  });
});

it.skipIf(mounted)('a disk that fills is not tried: nobody may mount one on this machine', () => undefined);
