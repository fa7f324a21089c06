/**
 * Recordings under way: orders in, files and replies out. A disk that takes nothing is tried again every second; what
 * is said meanwhile is missing, and whatever misses a part says so. That there is hardly any room left is said before
 * it is missing.
 */
import { accessSync, constants, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../base/errors.ts';
import type { OverEnd } from '../talkgroups/terms.ts';
import { nothingRecorded, type Recording, type RecordingOrder, type RecordingReply } from './recorder.ts';
import { RecordingFile, type RecordingStart } from './recording-file.ts';
import type { MasterKeys } from './recording-keys.ts';

const againMs = 1000;
const lookEveryMs = 10_000;
/** A disk fills while nobody talks, and whoever keys next is to know. */
const roomEveryMs = 1000;
/** Overs that have ended and may yet prove to have ended otherwise. */
const endedMax = 64;
/** A day of speech without a pause, on one group. */
const roomMin = 256 * 1024 * 1024;

interface UnderWay {
  readonly start: RecordingStart;
  file: RecordingFile | undefined;
  parts: number;
  missing: string | undefined;
}

export interface RecordingsPorts {
  readonly folder: string;
  readonly gateway: string;
  readonly masters: MasterKeys;
  nowMs(): number;
  utcMs(): number;
  reply(reply: RecordingReply): void;
  /** Why hardly any room is left, as the system has it; another than the system's in tests. */
  shortageOf?(folder: string): string | undefined;
  /** The fault that was told last, by a thread before. */
  readonly said?: string | undefined;
}

export class Recordings {
  readonly #ports: RecordingsPorts;
  readonly #overs = new Map<number, UnderWay>();
  /** The last that ended, whole. */
  readonly #ended = new Map<number, UnderWay>();
  /** It cannot be written; hardly any room is left. */
  #fault: string | undefined;
  #shortage: string | undefined;
  #said: string | undefined;
  #failedMs = -Infinity;
  #lookedMs = -Infinity;
  #roomSeenMs = -Infinity;

  constructor(ports: RecordingsPorts) {
    this.#ports = ports;
    this.#said = ports.said;
  }

  take(order: RecordingOrder): void {
    switch (order.name) {
      case 'begin':
        this.#begin(order);
        return;
      case 'voice':
        this.#voice(order.over, order.bytes);
        this.#ports.reply({ name: 'took', octets: order.bytes.length });
        return;
      case 'end':
        this.#end(order.over, order.end, order.missing);
        return;
      case 'amend':
        this.#amend(order.over, order.end);
        return;
      case 'stop':
        for (const over of [...this.#overs.keys()]) this.#end(over);
        this.#ports.reply({ name: 'stopped' });
        return;
    }
  }

  /** To be called every half second: whoever pauses long is on the disk all the same. */
  tick(): void {
    const nowMs = this.#ports.nowMs();
    for (const under of this.#overs.values()) this.#try(under, (file) => file.sync(nowMs));
    const isDue = nowMs - this.#lookedMs >= lookEveryMs;
    if (isDue || (this.#fault !== undefined && nowMs - this.#failedMs >= againMs)) this.#probe();
    if (isDue) this.#lookedMs = nowMs;
    if (nowMs - this.#roomSeenMs >= roomEveryMs) this.#seeRoom(nowMs);
  }

  /** Cheaper than a probe; where the folder itself is away the probe says so. */
  #seeRoom(nowMs: number): void {
    this.#roomSeenMs = nowMs;
    try {
      this.#shortage = (this.#ports.shortageOf ?? shortageOf)(this.#ports.folder);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
    this.#say();
  }

  /** Whether it could be written, before anybody talks. */
  #probe(): void {
    const file = join(this.#ports.folder, '.probe');
    try {
      mkdirSync(this.#ports.folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, new Uint8Array(4096), { flush: true });
      rmSync(file);
      // Where the next over's file is to be made; made by the first of a day.
      const day = join(this.#ports.folder, new Date(this.#ports.utcMs()).toISOString().slice(0, 10));
      if (existsSync(day)) accessSync(join(day, '.'), constants.W_OK | constants.X_OK);
      this.#fault = undefined;
    } catch (error) {
      this.#fault ??= wordOf(error);
      this.#failedMs = this.#ports.nowMs();
    }
    this.#say();
  }

  #begin(start: RecordingStart & { readonly missing?: string }): void {
    const under: UnderWay = { start, file: undefined, parts: 0, missing: start.missing };
    this.#overs.set(start.over, under);
    this.#open(under, start.startUtcMs);
  }

  #voice(over: number, tape: Uint8Array): void {
    const under = this.#overs.get(over);
    if (under === undefined) return;
    if (under.file === undefined && this.#ports.nowMs() - this.#failedMs >= againMs) {
      this.#open(under, this.#ports.utcMs());
    }
    this.#try(under, (file) => file.add(tape, this.#ports.nowMs()));
  }

  #end(over: number, end?: OverEnd, missing?: string): void {
    const under = this.#overs.get(over);
    if (under === undefined) return;
    this.#overs.delete(over);
    under.missing ??= missing;
    const { file } = under;
    if (file === undefined) this.#recorded(under, nothingRecorded);
    else {
      this.#try(under, () => this.#recorded(under, file.finish(this.#ports.nowMs(), end)));
      this.#ended.set(over, under);
      if (this.#ended.size > endedMax) this.#ended.delete(this.#ended.keys().next().value ?? 0);
    }
  }

  /** Its file says so, and has another sum from here on. */
  #amend(over: number, end: OverEnd): void {
    const under = this.#ended.get(over);
    if (under?.file === undefined) return;
    try {
      this.#recorded(under, under.file.amend(end));
    } catch (error) {
      this.#failed(under, error); // the file stays whole as it was
    }
  }

  #open(under: UnderWay, startUtcMs: number): void {
    try {
      const start = { ...under.start, startUtcMs };
      under.file = new RecordingFile(this.#ports, start, under.parts + 1, this.#ports.nowMs());
      under.parts += 1;
      this.#fault = undefined;
      this.#say();
    } catch (error) {
      this.#failed(under, error);
    }
  }

  #try(under: UnderWay, deed: (file: RecordingFile) => void): void {
    if (under.file === undefined) return;
    try {
      deed(under.file);
    } catch (error) {
      this.#recorded(under, under.file.abandon(), wordOf(error));
      under.file = undefined;
      this.#failed(under, error);
    }
  }

  #recorded({ start, missing }: UnderWay, recording: Recording, why = missing): void {
    const { group, over, party, exercise } = start;
    const lacks = why === undefined ? {} : { missing: why };
    this.#ports.reply({ name: 'recorded', group, over, party, exercise, ...recording, ...lacks });
  }

  #failed(under: UnderWay, error: unknown): void {
    under.missing = wordOf(error);
    this.#failedMs = this.#ports.nowMs();
    this.#fault ??= under.missing; // the first reason says most
    this.#say();
  }

  #say(): void {
    const reason = this.#fault ?? this.#shortage;
    if (reason === this.#said) return;
    this.#said = reason;
    this.#ports.reply({ name: 'fault', reason });
  }
}

function shortageOf(folder: string): string | undefined {
  const { bavail, bsize } = statfsSync(folder);
  const octets = bavail * bsize;
  return octets < roomMin ? `${Math.floor(octets / (1024 * 1024))} MiB left` : undefined;
}

function wordOf(error: unknown): string {
  return systemCode(error) ?? (error instanceof Error ? error.message : String(error));
}
