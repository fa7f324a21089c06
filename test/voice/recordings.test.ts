/** What is said, as files: whole, cut off at any place, on a disk that takes nothing. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frameSamples } from '../../src/media/frame.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { Recorder, type RecordingOrder, type RecordingReply } from '../../src/voice/recorder.ts';
import { openRecording } from '../../src/voice/recording-keys.ts';
import { Recordings } from '../../src/voice/recordings.ts';
import { tone } from '../media/signals.ts';

const startUtcMs = Date.UTC(2026, 10, 29, 2, 15);

let base: string;
let masters: Uint8Array[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'recordings-'));
});
afterEach(() => rmSync(base, { recursive: true }));

/** Voice path and thread on one clock, without the thread. */
class Stand {
  nowMs = 0;
  /** By which the wall clock has been set. */
  steppedMs = 0;
  readonly replies: RecordingReply[] = [];
  shortage: string | undefined;
  readonly folder = join(base, 'recordings');
  readonly masters = masters;
  recordings = this.#newRecordings();
  readonly orders: RecordingOrder[] = [];
  isDown = false;
  readonly recorder = new Recorder({
    post: (order) => {
      this.orders.push(order);
      if (!this.isDown) this.recordings.take(order);
    },
    utcMs: (nowMs) => startUtcMs + nowMs,
    lost: (about, recording) => void this.replies.push({ name: 'recorded', ...about, ...recording }),
  });
  readonly #encoder = new OpusSpeechEncoder();

  #newRecordings(said?: string): Recordings {
    return new Recordings({
      folder: this.folder,
      gateway: 'ccpd',
      masters: this.masters,
      nowMs: () => this.nowMs,
      utcMs: () => startUtcMs + this.nowMs + this.steppedMs,
      reply: (reply) => {
        if (reply.name === 'took') this.recorder.took(reply.octets);
        else this.replies.push(reply);
        if (reply.name === 'recorded') this.recorder.recorded(reply);
      },
      shortageOf: () => this.shortage,
      said,
    });
  }

  die(): void {
    this.isDown = true;
    this.recorder.died();
  }

  anew(said?: string): void {
    this.isDown = false;
    this.recordings = this.#newRecordings(said);
    this.recorder.beginAnew(this.nowMs);
  }

  /** `coded`: as consoles hear it; else as a frame that nobody has coded. */
  say(over: number, ms: number, coded = true, exercise = false): void {
    const about = { group: 'xb-acc', over, party: 'xb-acc/in:590-900', exercise };
    const tap = this.recorder.begin(about, this.nowMs);
    this.sayOn(tap, ms, coded);
    tap.end(this.nowMs, 'released');
  }

  sayOn(tap: ReturnType<Recorder['begin']>, ms: number, coded = true): void {
    for (let at = 0; at < ms; at += 20, this.nowMs += 20) {
      const frame = tone(440, -20, frameSamples, 16_000);
      if (coded) {
        const packet = this.#encoder.encode(frame);
        tap.hear(packet, 0, packet.length, this.nowMs, 20, this.nowMs);
      } else tap.hearFrame(frame, this.nowMs, this.nowMs);
      if (this.nowMs % 500 === 0) this.recordings.tick();
    }
  }

  /** As it plays. */
  read(file: string): Buffer {
    return openRecording(this.folder, file, readFileSync(join(this.folder, file)), masters).bytes;
  }

  get recorded() {
    return this.replies.filter((reply) => reply.name === 'recorded');
  }
}

function sumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Milliseconds up to the end of the last page that is whole, as a player finds them (RFC 7845 §4). */
function playableMs(bytes: Buffer): number {
  let samples = 0;
  for (let at = 0; at + 27 <= bytes.length && bytes.toString('latin1', at, at + 4) === 'OggS'; ) {
    const table = bytes.subarray(at + 27, at + 27 + bytes[at + 26]!);
    const end = at + 27 + table.length + table.reduce((sum, length) => sum + length, 0);
    if (end > bytes.length) break;
    samples = Number(bytes.readBigUInt64LE(at + 6));
    at = end;
  }
  return samples / 48;
}

describe.each([
  ['recordings', []],
  ['encrypted recordings', [randomBytes(32)]],
] as const)('%s', (_, keys) => {
  beforeAll(() => {
    masters = [...keys];
  });

  it.each([true, false])('hold an over whole, with what it is about (coded: %s)', (coded) => {
    const stand = new Stand();
    stand.say(7, 3000, coded);
    const [recorded] = stand.recorded;
    expect(recorded).toMatchObject({
      group: 'xb-acc',
      over: 7,
      party: 'xb-acc/in:590-900',
      file: '2026-11-29/xb-acc/20261129T021500.000Z-7.opus',
      durationMs: 3000,
    });
    expect(recorded).not.toHaveProperty('missing');
    const bytes = stand.read(recorded?.file ?? '');
    expect(playableMs(bytes)).toBe(3000);
    expect(bytes.length).toBe(recorded?.octets);
    expect(sumOf(bytes)).toBe(recorded?.sha256);
    for (const comment of ['GATEWAY=ccpd', 'GROUP=xb-acc', 'OVER=7', 'START_UTC=2026-11-29T02:15:00.000Z']) {
      expect(bytes.includes(comment)).toBe(true);
    }
  });

  it('have less than a second to lose at any instant of an over', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    let leastMs = Infinity;
    for (let said = 20; said <= 5000; said += 20) {
      stand.sayOn(tap, 20);
      const bytes = stand.read('2026-11-29/xb-acc/20261129T021500.000Z-7.opus');
      leastMs = Math.min(leastMs, playableMs(bytes) - said);
    }
    expect(leastMs).toBeGreaterThan(-1000);
  });

  it('keep overs of several groups at a time apart, and ids out of paths', () => {
    const stand = new Stand();
    const one = stand.recorder.begin({ group: '../up', over: 1, party: 'a', exercise: false }, 0);
    const two = stand.recorder.begin({ group: 'xb-acc', over: 2, party: 'b', exercise: false }, 0);
    stand.sayOn(one, 400);
    stand.sayOn(two, 600);
    one.end(stand.nowMs, 'released');
    two.end(stand.nowMs, 'released');
    expect(stand.recorded.map(({ over, file }) => [over, file])).toEqual([
      [1, '2026-11-29/.._up/20261129T021500.000Z-1.opus'],
      [2, '2026-11-29/xb-acc/20261129T021500.000Z-2.opus'],
    ]);
  });

  it.each(['..', '.', ''])('stay in a folder of their own for a group with the id "%s"', (group) => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group, over: 1, party: 'a', exercise: false }, 0);
    stand.sayOn(tap, 400);
    tap.end(stand.nowMs, 'released');
    expect(stand.recorded[0]?.file).toMatch(/^2026-11-29\/_+\/20261129T021500\.000Z-1\.opus$/);
  });

  it('lie apart when they are of an exercise, and say so', () => {
    const stand = new Stand();
    stand.say(7, 1000, true, true);
    const [recorded] = stand.recorded;
    expect(recorded).toMatchObject({ exercise: true, file: '2026-11-29/exercise/xb-acc/20261129T021500.000Z-7.opus' });
    expect(stand.read(recorded?.file ?? '').includes('EXERCISE=1')).toBe(true);
  });

  it('are of an exercise up to where it became real, and of what is real from there on', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: true }, 0);
    stand.sayOn(tap, 1000);
    tap.turnReal(stand.nowMs);
    stand.sayOn(tap, 1000);
    tap.turnReal(stand.nowMs); // it was
    stand.anew();
    stand.sayOn(tap, 1000);
    tap.end(stand.nowMs, 'released');
    expect(stand.recorded).toMatchObject([
      { over: 7, exercise: true, durationMs: 1000, file: '2026-11-29/exercise/xb-acc/20261129T021500.000Z-7.opus' },
      { over: 7, exercise: false, durationMs: 1000, file: '2026-11-29/xb-acc/20261129T021502.000Z-7.opus' },
    ]);
    const real = stand.read('2026-11-29/xb-acc/20261129T021501.000Z-7.opus');
    expect(real.includes('EXERCISE=1')).toBe(false);
    expect(playableMs(real)).toBeGreaterThanOrEqual(500);
  });

  it('say how the over ended, and otherwise when that proves to be otherwise', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    stand.sayOn(tap, 1000);
    const file = '2026-11-29/xb-acc/20261129T021500.000Z-7.opus';
    expect(stand.read(file).includes('END=')).toBe(false); // kill -9 here: nobody knows
    tap.end(stand.nowMs, 'released');
    const before = stand.read(file);
    expect(before.includes('END=released')).toBe(true);
    stand.recorder.amend(7, 'left');
    const after = stand.read(file);
    expect(after.includes('END=left')).toBe(true);
    expect(after.includes('END=released')).toBe(false);
    expect(after.length).toBe(before.length);
    expect(playableMs(after)).toBe(playableMs(before));
    expect(stand.recorded.map(({ end, sha256, amended }) => [end, sha256, amended])).toEqual([
      ['released', sumOf(before), undefined],
      ['left', sumOf(after), true],
    ]);
  });

  it('stay as they are when they cannot be amended', () => {
    const stand = new Stand();
    stand.say(7, 400);
    rmSync(stand.folder, { recursive: true });
    stand.recorder.amend(7, 'left');
    stand.recorder.amend(8, 'left');
    expect(stand.recorded).toHaveLength(1);
    expect(stand.replies.at(-1)).toEqual({ name: 'fault', reason: 'ENOENT' });
  });

  it('say that nothing can be written, and what is missing; go on as soon as it can', () => {
    const stand = new Stand();
    writeFileSync(stand.folder, 'in the way');
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    stand.sayOn(tap, 1000);
    expect(stand.replies).toEqual([{ name: 'fault', reason: 'ENOTDIR' }]);
    rmSync(stand.folder);
    stand.sayOn(tap, 3000);
    tap.end(stand.nowMs, 'released');
    expect(stand.replies.slice(1)).toMatchObject([
      { name: 'fault', reason: undefined },
      { name: 'recorded', over: 7, missing: 'ENOTDIR' },
    ]);
    const { durationMs = 0 } = stand.recorded[0] ?? {};
    expect(durationMs).toBeGreaterThan(2000);
    expect(durationMs).toBeLessThan(3500);
  });

  it('say of an over that left nothing that it did', () => {
    const stand = new Stand();
    writeFileSync(stand.folder, 'in the way');
    stand.say(7, 400);
    expect(stand.recorded).toMatchObject([{ over: 7, file: '', octets: 0, missing: 'ENOTDIR' }]);
  });

  it('find out by themselves that they can be written again, though nobody talks', () => {
    const stand = new Stand();
    writeFileSync(stand.folder, 'in the way');
    stand.say(7, 400);
    rmSync(stand.folder);
    stand.nowMs += 2000;
    stand.recordings.tick();
    expect(stand.replies.at(-1)).toEqual({ name: 'fault', reason: undefined });
    expect(readdirSync(stand.folder)).toEqual([]);
  });

  it('go on in another file when the thread dies within an over', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    stand.sayOn(tap, 1000);
    stand.anew();
    stand.sayOn(tap, 1000);
    tap.end(stand.nowMs, 'released');
    expect(stand.recorded).toMatchObject([
      { file: '2026-11-29/xb-acc/20261129T021501.000Z-7.opus', missing: 'the recorder was started anew' },
    ]);
    const before = stand.read('2026-11-29/xb-acc/20261129T021500.000Z-7.opus');
    expect(playableMs(before)).toBeGreaterThanOrEqual(500);
  });

  it('miss, and say so, an over that begins and ends while the thread is dead, and one that ends then', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    stand.sayOn(tap, 500);
    stand.die();
    stand.say(8, 500);
    stand.sayOn(tap, 500);
    tap.end(stand.nowMs, 'released');
    stand.anew();
    stand.say(9, 500);
    expect(stand.recorded.map(({ over, file, missing }) => [over, file === '', missing])).toEqual([
      [8, true, 'the recorder was down'],
      [7, true, 'the recorder was down'],
      [9, false, undefined],
    ]);
  });

  it('miss, and say so, what the thread had in its hands when it died', () => {
    const stand = new Stand();
    stand.say(6, 500);
    stand.isDown = true; // it hangs, and then dies
    stand.say(7, 500);
    stand.die();
    expect(stand.recorded.map(({ over, missing }) => [over, missing])).toEqual([
      [6, undefined],
      [7, 'the recorder died before it had told of it'],
    ]);
  });

  it('say that they can be written where the thread before has died', () => {
    const stand = new Stand();
    stand.anew('the worker died');
    stand.recordings.tick();
    expect(stand.replies).toEqual([{ name: 'fault', reason: undefined }]);
  });

  it('tell within a second that the disk fills, while nobody talks, and that there is room again', () => {
    const stand = new Stand();
    const tick = () => {
      stand.nowMs += 500;
      stand.recordings.tick();
    };
    tick();
    expect(stand.replies).toEqual([]);
    stand.shortage = '12 MiB left';
    tick();
    tick();
    expect(stand.replies.splice(0)).toEqual([{ name: 'fault', reason: '12 MiB left' }]);
    stand.shortage = undefined;
    tick();
    tick();
    expect(stand.replies).toEqual([{ name: 'fault', reason: undefined }]);
  });

  it('tell before anybody talks that the folder of the day is none', () => {
    const stand = new Stand();
    stand.say(1, 500);
    const [day = ''] = readdirSync(stand.folder);
    rmSync(join(stand.folder, day), { recursive: true });
    writeFileSync(join(stand.folder, day), 'a file');
    chmodSync(join(stand.folder, day), 0o600);
    stand.replies.splice(0);
    stand.nowMs += 10_000;
    stand.recordings.tick();
    expect(stand.replies).toMatchObject([{ name: 'fault', reason: expect.stringMatching(/EACCES|ENOTDIR/) }]);
  });

  it('say of an over of which a part was dropped that it misses one', () => {
    const stand = new Stand();
    const tap = stand.recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    stand.sayOn(tap, 1000);
    stand.recorder.took(-8 * 1024 * 1024); // the thread hangs
    stand.sayOn(tap, 1000);
    stand.recorder.took(8 * 1024 * 1024);
    stand.sayOn(tap, 1000);
    tap.end(stand.nowMs, 'released');
    stand.say(8, 1000);
    expect(stand.recorded[0]).toMatchObject({ over: 7, missing: 'the recorder was behind' });
    expect(stand.recorded[1]).not.toHaveProperty('missing');
  });

  it('leave neither files nor descriptors behind where a disk takes nothing', () => {
    const child = ['test/voice/full-disk-child.ts', base];
    const { stdout } = spawnSync('sh', ['-c', 'ulimit -f 0 && exec "$0" "$@"', process.execPath, ...child]);
    const said: { openMore: number; left: string[]; replies: RecordingReply[] } = JSON.parse(stdout.toString());
    expect(said.replies.filter(({ name }) => name !== 'took')).toMatchObject([
      { name: 'fault', reason: 'EFBIG' },
      { name: 'recorded', over: 7, octets: 0, missing: 'EFBIG' },
    ]);
    expect(said.openMore).toBe(0);
    expect(said.left).toEqual([]);
  });

  it('drop what a thread that hangs is behind with beyond 8 MiB, and count it', () => {
    const recorder = new Recorder({ post: () => undefined, utcMs: (nowMs) => nowMs, lost: () => undefined });
    const tap = recorder.begin({ group: 'xb-acc', over: 7, party: 'op 1', exercise: false }, 0);
    const packet = new Uint8Array(1200);
    for (let nowMs = 0; nowMs < 200_000; nowMs += 20) tap.hear(packet, 0, packet.length, nowMs, 20, nowMs);
    expect(recorder.octetsDropped).toBeGreaterThan(3_000_000);
    expect(recorder.octetsDropped).toBeLessThan(4_000_000);
  });
});
