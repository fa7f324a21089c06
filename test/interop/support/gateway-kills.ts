/**
 * kill −9 of a whole gateway at random moments of traffic, again and again on the same folder: the program as its users
 * start it, with its voice process and media workers. On each of several groups ffmpeg speaks one over after the other
 * into one leg (RTP without signalling), and what the gateway sends to the other leg is counted, packet by packet, marker
 * by marker: that is what was said, by somebody who is not the gateway. One kill in eight strikes while it starts, one in
 * five takes the main process alone; else all its processes die at once, as in a loss of power.
 *
 * After each kill, before the next start, on what lies on the disk: the chain of the audit log; every line printed more
 * than a second before; every over that was told to be whole, by its hash, packet by packet, by ffmpeg, and as long as it
 * was heard; and how much is missing of those that were not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../src/base/random.ts';
import { readEntry } from '../../../src/evidence/log-entry.ts';
import { readRecording } from '../../../src/evidence/recording-files.ts';
import { AuditStore, type AuditTables } from '../../../src/store/audit-store.ts';
import { sha256Of } from '../../../src/store/backup-form.ts';
import { openToRead } from '../../../src/store/database.ts';
import { fileAt } from '../../../src/store/database-place.ts';
import { signingKey } from '../../../src/store/signing-key.ts';
import { played } from '../../store/ogg-played.ts';
import { Gateway, gatewayPorts, type LogLine } from './gateway.ts';
import { type RtpLine, rtpLines } from './rtp-lines.ts';
import { playing } from './until.ts';

export interface GatewayKillFigures {
  kills: number;
  /** Of those: while it started; of the main process alone. */
  starting: number;
  mainAlone: number;
  entries: number;
  /** Overs that were told to be whole, and milliseconds of them. */
  whole: number;
  wholeMs: number;
  /** Overs under way when it was killed. */
  cut: number;
  /** What was heard of such an over and is not in its file, ms: the most, and all. */
  cutMsMost: number;
  cutMs: number;
  /** From the start of the program to its readiness, ms: all. */
  startMs: number;
  /** Empty: nothing was wrong. */
  readonly faults: string[];
}

/** No more is lost of the last over. */
export const cutMsMost = 1000;
/** Kills come so long after the program was started, ms. */
const latestStartingMs = 1500;
/** Between what a listener got of an over and its file: a first or a last packet that ffmpeg did not fill. */
const lengthMsMax = 60;

export interface GatewayKillTerms {
  /** How many talk at once, each in a group of his own. */
  readonly groups: number;
  /** Kills come so long after everybody began to talk, ms: the latest. */
  readonly latestMs: number;
  /** Hexadecimal; '': recordings lie there as they are. */
  readonly master: string;
}

export async function killGatewayOften(
  kills: number,
  random: Random,
  { groups, latestMs, master }: GatewayKillTerms,
): Promise<GatewayKillFigures> {
  const names = Array.from({ length: groups }, (_, index) => `g${index + 1}`);
  const { lines, world } = await rtpLines(names, random);
  const judge = new Judge(lines, master);
  let gateway = await Gateway.start(
    await gatewayPorts(),
    { ...world, ...(master !== '' && { recording: { masterKey: { env: 'ESCAUT_KILLS_MASTER' } } }) },
    master === '' ? {} : { ESCAUT_KILLS_MASTER: master },
  );
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const isStarting = kill > 1 && random.fraction() < 1 / 8;
      const which = random.fraction() < 1 / 5 ? 'main' : 'all';
      for (const line of lines) line.heard = [];
      if (kill > 1) {
        const beganMs = performance.now();
        gateway = await gateway.again({ ready: !isStarting });
        if (!isStarting) judge.figures.startMs += performance.now() - beganMs;
      }
      const hush = new AbortController();
      if (!isStarting) await gateway.legsUp(lines.flatMap(({ legs }) => legs));
      const talks = isStarting ? [] : lines.map((line) => line.talk(hush.signal));
      await playing((isStarting ? latestStartingMs : latestMs) * random.fraction());
      const killedMs = Date.now();
      await gateway.crash(which);
      hush.abort();
      await Promise.all(talks);
      judge.figures.kills += 1;
      if (isStarting) judge.figures.starting += 1;
      if (which === 'main') judge.figures.mainAlone += 1;
      await judge.life(gateway, kill, killedMs);
    }
    gateway = await gateway.again();
    await judge.end(gateway);
  } finally {
    await gateway.kill();
    for (const line of lines) line.close();
  }
  return judge.figures;
}

class Judge {
  readonly figures: GatewayKillFigures = {
    ...{ kills: 0, starting: 0, mainAlone: 0, entries: 0, whole: 0, wholeMs: 0 },
    ...{ cut: 0, cutMsMost: 0, cutMs: 0, startMs: 0, faults: [] },
  };
  readonly #lines: readonly RtpLine[];
  readonly #masters: readonly Buffer[];
  /** Files of lives before. */
  readonly #seen = new Set<string>();
  #blame: (words: string) => void = () => undefined;
  /** Last entry of the log of the life before. */
  #seq = 0;

  constructor(lines: readonly RtpLine[], master: string) {
    this.#lines = lines;
    this.#masters = master === '' ? [] : [Buffer.from(master, 'hex')];
  }

  async life(gateway: Gateway, kill: number, killedMs: number): Promise<void> {
    this.#blame = (words) => void this.figures.faults.push(`kill ${kill}: ${words}`);
    const place = join(gateway.folder, 'recordings');
    const files = existsSync(place) ? readdirSync(place, { recursive: true }).map(String) : [];
    const fresh = files.filter((file) => file.endsWith('.opus') && !this.#seen.has(file));
    for (const file of fresh) this.#seen.add(file);
    for (const line of this.#lines)
      this.#judgeVoice(
        gateway,
        line,
        fresh.filter((file) => file.split('/')[1] === line.group),
      );
    await this.#judgeLog(gateway, killedMs);
  }

  /** Files are named by the time at which they begin: the n-th is of the n-th over. */
  #judgeVoice(gateway: Gateway, { group, heard }: RtpLine, files: readonly string[]): void {
    const place = join(gateway.folder, 'recordings');
    const kept = new Map(gateway.linesOf('recording.kept').map((line) => [String(line.file), line]));
    if (files.length > heard.length) this.#blame(`${group}: ${files.length} files of ${heard.length} overs`);
    const told = gateway.linesOf('recording.kept').filter((line) => line.group === group);
    for (const { file } of told) if (!files.includes(String(file))) this.#blame(`${file} is not there`);
    const sorted = files.toSorted();
    for (const [index, saidMs] of heard.entries()) {
      const file = sorted[index];
      const line = file === undefined ? undefined : kept.get(file);
      // One that has no file yet, or none that begins: all of it is what is cut off.
      const bytes =
        file === undefined ? Buffer.alloc(0) : (readRecording(place, file, this.#masters) ?? Buffer.alloc(0));
      const { ms, isWhole, faults } = played(bytes);
      if (faults > 0) this.#blame(`${file} has ${faults} pages or packets that do not play`);
      if (line === undefined) {
        this.#judgeCut(`${group}, over ${index + 1} of ${heard.length}`, saidMs, ms, index === heard.length - 1);
        continue;
      }
      if (line.sha256 !== sha256Of(bytes)) this.#blame(`${file} is not what was told`);
      if (!isWhole || ms !== line.durationMs) this.#blame(`${file} plays ${ms} of ${line.durationMs} ms`);
      const byFfmpegMs = playedByFfmpeg(bytes);
      if (Math.abs(byFfmpegMs - ms) > lengthMsMax)
        this.#blame(`${file}: ${ms} ms, of which ffmpeg plays ${byFfmpegMs}`);
      if (Math.abs(saidMs - ms) > lengthMsMax) this.#blame(`${file}: ${saidMs} ms were heard, and it has ${ms}`);
      this.figures.whole += 1;
      this.figures.wholeMs += ms;
    }
  }

  #judgeCut(which: string, saidMs: number, ms: number, isLast: boolean): void {
    const cutMs = Math.max(0, saidMs - ms);
    if (cutMs > cutMsMost) this.#blame(`${which}: ${cutMs} of ${saidMs} ms are cut off`);
    if (!isLast && cutMs > lengthMsMax) this.#blame(`${which}, which was not the last: ${cutMs} ms are cut off`);
    this.figures.cut += 1;
    this.figures.cutMs += cutMs;
    this.figures.cutMsMost = Math.max(this.figures.cutMsMost, cutMs);
  }

  async #judgeLog(gateway: Gateway, killedMs: number): Promise<void> {
    const state = join(gateway.folder, 'state', 'e2e');
    const store = AuditStore.reader(openToRead<AuditTables>(fileAt(join(state, 'escaut.db'))), 'e2e');
    try {
      const { fault, entries } = await store.verify(signingKey(join(state, 'signing-key')).publicKey);
      if (fault !== undefined) this.#blame(`entry ${fault.seq} is ${fault.fault}`);
      this.figures.entries = entries;
      const rows = await store.search({ afterSeq: this.#seq, limit: 100_000 });
      this.#seq = rows.at(-1)?.seq ?? this.#seq;
      const written = rows.map(({ entry }) => readEntry(entry).event);
      for (const fault of logFaults(gateway.printed, written, killedMs)) this.#blame(fault);
    } finally {
      await store.close();
    }
  }

  /** It runs again: its own commands find everything that ever was whole. */
  async end(gateway: Gateway): Promise<void> {
    this.#blame = (words) => void this.figures.faults.push(`in the end: ${words}`);
    const { code, output } = await gateway.audited('--verify');
    if (code !== 0 || !output.startsWith('whole')) this.#blame(output.trim());
    const kept = await gateway.audited('--event', 'recording.kept');
    for (const text of kept.output.trim().split('\n')) {
      const { file, sha256 } = readEntry(text).about;
      const bytes = readRecording(join(gateway.folder, 'recordings'), String(file), this.#masters);
      if (bytes === undefined || sha256Of(bytes) !== sha256) this.#blame(`${file} is not what the log says`);
    }
  }
}

/** A line that was printed so long before is on the disk, ms. */
const safeAfterMs = 1000;

/** What is wrong with what the log has (`written`) of what one run has printed, in order, until it was killed. */
export function logFaults(printed: readonly LogLine[], written: readonly string[], killedMs: number): string[] {
  const safe = printed.filter(({ time }) => Date.parse(time) < killedMs - safeAfterMs);
  const other = written.findIndex((event, at) => at < printed.length && event !== printed[at]?.event);
  return [
    ...(written.length < safe.length ? [`${safe.length} lines were safe, and ${written.length} are there`] : []),
    ...(other === -1 ? [] : [`line ${other + 1} is ${written[other]}, and ${printed[other]?.event} was printed`]),
  ];
}

/** As ffmpeg plays it, ms. */
function playedByFfmpeg(ogg: Buffer): number {
  const decode = ['-v', 'error', '-i', '-', '-f', 's16le', '-ar', '16000', '-ac', '1', '-'];
  const { stdout, status } = spawnSync('ffmpeg', decode, { input: ogg, maxBuffer: 1e8 });
  return status === 0 ? stdout.length / 32 : 0;
}
