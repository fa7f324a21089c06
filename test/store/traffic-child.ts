/**
 * Traffic that is recorded and logged as in the gateway, by the same threads, until whoever started it kills it. Arguments:
 * a folder, the number of this run, a master key or nothing, and where the log is (JSON; '': in that folder). Says on its standard output what it has done, a line each:
 *
 *   voice OVER MS                     so much was said of it
 *   kept LINE FILE SHA256 MS          told to be whole; LINE of the log says so
 *   safe LINE                         the log is on the disk up to there
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { frameSamples } from '../../src/media/frame.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { AuditLog } from '../../src/store/audit-log.ts';
import { databasePlaceSchema, fileAt } from '../../src/store/database-place.ts';
import { signingKey } from '../../src/store/signing-key.ts';
import { RecordingThread } from '../../src/voice/recording-thread.ts';
import { tone } from '../media/signals.ts';

const [folder = '', run = '1', master = '', database = ''] = process.argv.slice(2);
const groups = ['xb-acc', 'xb-patr', 'line:ht'];
const frameMs = 20;
const clock = new SystemClock();
const say = (words: string): void => void writeSync(1, `${words}\n`);
const state = join(folder, 'state');
const { privateKey } = signingKey(join(state, 'signing-key'));

let lines = 0;
const log = new AuditLog(
  {
    ...{ gateway: 'escaut-test', run: `run ${run}` },
    database: database === '' ? fileAt(join(state, 'escaut.db')) : databasePlaceSchema.parse(JSON.parse(database)),
    ...{ spool: join(state, 'audit-spool.jsonl') },
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  },
  {
    clock,
    faulty: (fault) => void writeSync(2, `${fault?.reason ?? 'back'}\n`),
    lost: () => undefined,
    waiting: () => undefined,
    caughtUp: () => undefined,
    missing: () => undefined,
  },
);
const write = (event: string, fields: Readonly<Record<string, unknown>>): number => {
  log.write('info', event, fields);
  lines += 1;
  return lines;
};

const recordings = new RecordingThread(
  JSON.stringify({ folder: join(folder, 'recordings'), gateway: 'escaut-test' }),
  master,
  clock,
  (event) => {
    if (event.name !== 'recorded') return;
    const { name: _, ...kept } = event;
    if (kept.over === 0) {
      begin();
      return;
    }
    const line = write('recording.kept', kept);
    say(`kept ${line} ${kept.file} ${kept.sha256} ${kept.durationMs}`);
  },
);

const frames = Array.from({ length: 100 }, () => tone(440, -20, frameSamples, 16_000));
const encoder = new OpusSpeechEncoder();
const packets = frames.map((frame) => Uint8Array.from(encoder.encode(frame)));

/** One over after the other, with pauses, all at the pace at which it is said. */
class Talker {
  readonly #group: string;
  #over:
    | { readonly number: number; readonly tap: ReturnType<RecordingThread['tap']['begin']>; readonly forMs: number }
    | undefined;
  #dueMs = clock.nowMs() + 200 * Math.random();
  #saidMs = 0;

  constructor(group: string) {
    this.#group = group;
  }

  tick(nowMs: number): void {
    while (this.#dueMs <= nowMs) {
      if (this.#over === undefined) this.#begin();
      else if (this.#saidMs >= this.#over.forMs) this.#end();
      else this.#say();
    }
  }

  #begin(): void {
    overs += 1;
    const number = Number(run) * 100_000 + overs;
    const about = { group: this.#group, over: number, party: `${this.#group}/be`, exercise: false };
    const forMs = 300 + Math.round(1500 * Math.random());
    this.#over = { number, tap: recordings.tap.begin(about, this.#dueMs), forMs };
    this.#saidMs = 0;
    write('over.began', { group: this.#group, over: number });
  }

  #say(): void {
    const packet = packets[(this.#saidMs / frameMs) % packets.length];
    if (packet === undefined || this.#over === undefined) return;
    this.#over.tap.hear(packet, 0, packet.length, this.#dueMs, frameMs, this.#dueMs);
    this.#saidMs += frameMs;
    this.#dueMs += frameMs;
    if (this.#saidMs % 100 === 0) say(`voice ${this.#over.number} ${this.#saidMs}`);
  }

  #end(): void {
    this.#over?.tap.end(this.#dueMs, 'released');
    write('over.ended', { group: this.#group, over: this.#over?.number });
    this.#over = undefined;
    this.#dueMs += 40 + 260 * Math.random();
  }
}

let overs = 0;

/** Nobody talks before the recorder writes, as in the gateway: the first over is its alone. */
function begin(): void {
  const talkers = groups.map((group) => new Talker(group));
  setInterval(() => {
    const nowMs = clock.nowMs();
    for (const talker of talkers) talker.tick(nowMs);
    for (let line = 0; line < 4; line++) write('hit.changed', { number: lines });
    say(`safe ${lines - log.waiting}`);
  }, frameMs);
}
recordings.tap
  .begin({ group: 'first', over: 0, party: 'first/be', exercise: false }, clock.nowMs())
  .end(clock.nowMs(), 'released');
process.stdin.on('end', () => process.exit()); // whoever started it is gone
process.stdin.resume();
