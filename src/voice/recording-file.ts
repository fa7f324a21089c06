/**
 * One over as Ogg Opus (RFC 7845) on the disk, written while it is said: pages of half a second at most, flushed to the
 * disk before another half second has passed, so that kill −9 or a loss of power costs less than a second and leaves a
 * file that plays. How the over ended is written into its comments when it has, in the room that was left for it. With a
 * master key the same octets are encrypted on their way to the disk, a record a page (media/sealed-file.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { recordingFolderOf } from '../base/recording-folder.ts';
import { commentPage, commentPageOffset, OggOpusStream } from '../media/ogg-opus.ts';
import { Sealer } from '../media/sealed-file.ts';
import type { OverEnd } from '../talkgroups/terms.ts';
import { readTape, TapeCoder, type TappedOver } from '../talkgroups/voice-tape.ts';
import type { Recording } from './recorder.ts';
import { dayKey, type MasterKeys, openRecording } from './recording-keys.ts';

const pageMs = 500;
const syncEveryMs = 500;
/** For `END=` and the longest of its words. */
const endOctets = 24;
/** Of one record, where a whole file is encrypted again. */
const pieceOctets = 32 * 1024;

export interface RecordingPlace {
  readonly folder: string;
  readonly gateway: string;
  /** None: files are not encrypted. */
  readonly masters: MasterKeys;
}

export interface RecordingStart extends TappedOver {
  readonly startUtcMs: number;
}

export class RecordingFile {
  readonly file: string;
  readonly #descriptor: number;
  readonly #path: string;
  readonly #place: RecordingPlace;
  #sealer: Sealer | undefined;
  readonly #comments: readonly string[];
  readonly #hash = createHash('sha256');
  readonly #coder = new TapeCoder();
  readonly #stream: OggOpusStream;
  #octets = 0;
  #firstMs: number | undefined;
  #syncedMs: number;
  /** What it would not be written for. */
  #fault: unknown;

  /** `part`: from 1, where an over had to be begun again. @throws Error of the system */
  constructor(place: RecordingPlace, start: RecordingStart, part: number, nowMs: number) {
    const { folder, gateway } = place;
    this.#place = place;
    this.file = fileNameOf(start, part);
    this.#syncedMs = nowMs;
    this.#path = join(folder, this.file);
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#sealer = this.#newSealer();
    this.#descriptor = openSync(this.#path, 'wx', 0o600);
    if (this.#sealer !== undefined) this.#put(this.#sealer.header);
    const { group, over, party, exercise, startUtcMs } = start;
    this.#comments = [
      `GATEWAY=${gateway}`,
      `GROUP=${group}`,
      `OVER=${over}`,
      `PARTY=${party}`,
      `START_UTC=${new Date(startUtcMs).toISOString()}`,
      ...(exercise ? ['EXERCISE=1'] : []),
    ];
    this.#stream = new OggOpusStream((page) => this.#write(page), this.#comments, pageMs, endOctets);
    if (this.#fault === undefined) return;
    // Tried again every second: what is left of each attempt would add up.
    closeSync(this.#descriptor);
    rmSync(this.#path);
    this.#check();
  }

  /** @throws Error of the system */
  add(tape: Uint8Array, nowMs: number): void {
    for (const packet of readTape(tape)) {
      const { atMs, bytes } = this.#coder.code(packet);
      this.#firstMs ??= atMs; // a file that goes on for another begins where its first packet does
      this.#stream.add({ atMs: atMs - this.#firstMs, bytes });
    }
    if (nowMs - this.#syncedMs >= syncEveryMs) this.sync(nowMs);
    this.#check();
  }

  /** Everything that was added is on the disk. @throws Error of the system */
  sync(nowMs: number): void {
    this.#stream.flush();
    this.#check();
    fdatasyncSync(this.#descriptor);
    this.#syncedMs = nowMs;
  }

  /** The over has ended; without a word of how, this part of it has. @throws Error of the system */
  finish(nowMs: number, end?: OverEnd): Recording {
    this.#stream.finish();
    this.sync(nowMs);
    if (this.#sealer !== undefined) this.#endSealed(this.#sealer, end);
    else if (end !== undefined) writeEnd(this.#descriptor, this.#comments, end);
    const recording = this.#recording(end);
    closeSync(this.#descriptor);
    return recording;
  }

  /** A file that is whole says now that its over ended otherwise than it seemed. @throws Error of the system */
  amend(end: OverEnd): Recording {
    if (this.#sealer !== undefined) this.#sealAnew(end);
    else {
      const descriptor = openSync(this.#path, 'r+');
      try {
        writeEnd(descriptor, this.#comments, end);
      } finally {
        closeSync(descriptor);
      }
    }
    return { ...this.#recording(end), amended: true };
  }

  #recording(end: OverEnd | undefined): Recording {
    return {
      file: this.file,
      octets: this.#octets,
      sha256: createHash('sha256').update(this.#read()).digest('hex'),
      durationMs: Math.round(this.#stream.durationMs),
      ...(end !== undefined && { end }),
    };
  }

  /** As far as it is; nothing more is written. */
  abandon(): Recording {
    closeSync(this.#descriptor);
    const { file } = this;
    return {
      file,
      octets: this.#octets,
      sha256: this.#hash.digest('hex'),
      durationMs: Math.round(this.#stream.durationMs),
    };
  }

  /** As it plays, read back from the disk. */
  #read(): Buffer {
    const { folder, masters } = this.#place;
    return openRecording(folder, this.file, readFileSync(this.#path), masters).bytes;
  }

  #newSealer(): Sealer | undefined {
    const { folder, masters } = this.#place;
    const key = dayKey(folder, this.file.slice(0, 10), masters);
    return key && new Sealer(key, randomBytes(16), this.file);
  }

  #endSealed(sealer: Sealer, end: OverEnd | undefined): void {
    const page = end && commentPage([...this.#comments, `END=${end}`], this.#comments, endOctets);
    if (page !== undefined) this.#put(sealer.patch(commentPageOffset, page));
    this.#put(sealer.end());
    this.#check();
    fdatasyncSync(this.#descriptor);
  }

  /** Under another key, since no record may be written twice under one; in place by one step. */
  #sealAnew(end: OverEnd): void {
    const bytes = this.#read();
    commentPage([...this.#comments, `END=${end}`], this.#comments, endOctets)?.forEach((octet, index) => {
      bytes[commentPageOffset + index] = octet;
    });
    const sealer = this.#newSealer();
    if (sealer === undefined) return;
    const pieces = [sealer.header];
    for (let at = 0; at < bytes.length; at += pieceOctets)
      pieces.push(sealer.data(bytes.subarray(at, at + pieceOctets)));
    const part = `${this.#path}.part`;
    writeFileSync(part, Buffer.concat([...pieces, sealer.end()]), { mode: 0o600, flush: true });
    renameSync(part, this.#path);
  }

  #write(page: Uint8Array): void {
    if (this.#fault !== undefined) return;
    const written = this.#put(this.#sealer?.data(page) ?? page);
    // Of a record that the disk took in part nothing can be read.
    const read = this.#sealer === undefined ? written : this.#fault === undefined ? page.length : 0;
    this.#hash.update(page.subarray(0, read));
    this.#octets += read;
  }

  /** So many octets of it are written. */
  #put(bytes: Uint8Array): number {
    if (this.#fault !== undefined) return 0;
    try {
      // A disk that is nearly full takes a part.
      const written = writeSync(this.#descriptor, bytes);
      if (written < bytes.length) this.#fault = new Error('ENOSPC');
      return written;
    } catch (error) {
      this.#fault = error;
      return 0;
    }
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }
}

function writeEnd(descriptor: number, comments: readonly string[], end: OverEnd): void {
  const page = commentPage([...comments, `END=${end}`], comments, endOctets);
  if (page === undefined) return;
  writeSync(descriptor, page, 0, page.length, commentPageOffset);
  fdatasyncSync(descriptor);
}

/** E.g. `2026-11-29/xb-acc/20261129T021500.123Z-482060369.opus`, of an exercise in `2026-11-29/exercise/xb-acc`. */
function fileNameOf({ group, over, exercise, startUtcMs }: RecordingStart, part: number): string {
  const utc = new Date(startUtcMs).toISOString();
  const time = utc.replaceAll(/[-:]/g, '');
  const behind = part === 1 ? '' : `-${part}`;
  return join(utc.slice(0, 10), exercise ? 'exercise' : '', recordingFolderOf(group), `${time}-${over}${behind}.opus`);
}
