/**
 * The voice path's side of recording: what is said on every group goes, a quarter of a second at a time, to the thread
 * that writes files. Nothing waits for that thread; what it is behind with is bounded, and what does not fit is counted.
 *
 *   group ──begin, hear, end──▶ recorder ──begin, voice, end──▶ recording-worker.ts ──▶ files
 *                                        ◀──took, recorded, fault──
 *
 * Every over that ends is told as recorded, as it is or as missing: by the thread, or here when that is dead.
 */
import type { PcmFrame } from '../media/frame.ts';
import type { OverEnd } from '../talkgroups/terms.ts';
import {
  type OverTap,
  type TapeChunk,
  TapedOver,
  type TappedOver,
  tapeChunkBytes,
  type VoiceTap,
} from '../talkgroups/voice-tape.ts';

/** `voice`: octets of talkgroups/voice-tape.ts. */
export type RecordingOrder =
  /** `missing`: what was said before is not in the thread's hands. */
  | (TappedOver & { readonly name: 'begin'; readonly startUtcMs: number; readonly missing?: string })
  | { readonly name: 'voice'; readonly over: number; readonly bytes: Uint8Array }
  /** `end`: absent where the over goes on elsewhere. `missing`: of its voice a part was dropped. */
  | { readonly name: 'end'; readonly over: number; readonly end?: OverEnd; readonly missing?: string }
  /** An over that has ended did so otherwise than it seemed. */
  | { readonly name: 'amend'; readonly over: number; readonly end: OverEnd }
  | { readonly name: 'stop' };

export type RecordingReply =
  | { readonly name: 'took'; readonly octets: number }
  | (TappedOver & Recording & { readonly name: 'recorded' })
  /** Nothing can be written, for that reason; undefined: it can be again. */
  | { readonly name: 'fault'; readonly reason: string | undefined }
  /** Said every half second. */
  | { readonly name: 'alive' }
  | { readonly name: 'stopped' };

/** A file of the folder of recordings. */
export interface Recording {
  /** Within that folder. */
  readonly file: string;
  readonly octets: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  readonly durationMs: number;
  /** How the over ended, as the file says; absent: it is not known there. */
  readonly end?: OverEnd;
  /** It was whole before, and says now that it ended otherwise. */
  readonly amended?: true;
  /** Why a part of the over is missing in it; absent: it is whole. */
  readonly missing?: string;
}

/** Of an over for which nothing could be written. */
export const nothingRecorded: Recording = { file: '', octets: 0, sha256: '', durationMs: 0 };

export interface RecorderPorts {
  post(order: RecordingOrder): void;
  utcMs(nowMs: number): number;
  /** Nothing more will be told of it. */
  lost(about: TappedOver, recording: Recording): void;
}

const flushMs = 250;
/** What the thread may be behind with: half an hour of speech. */
const behindMax = 8 * 1024 * 1024;
/** Overs that have ended and of which the thread has told nothing yet. */
const awaitedMax = 1000;

export class Recorder implements VoiceTap {
  /** Octets for which there was no room. */
  octetsDropped = 0;
  readonly #ports: RecorderPorts;
  /** Under way. */
  readonly #open = new Map<number, TappedOver>();
  /** Of those, the ones of which a part was dropped. */
  readonly #lacking = new Set<number>();
  /** Ended; the thread has not told of them yet. */
  #awaited: TappedOver[] = [];
  #behind = 0;
  #isDown = false;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
  }

  begin(about: TappedOver, nowMs: number): OverTap {
    const { over } = about;
    const start = (as: TappedOver, atMs: number) => {
      this.#open.set(over, as);
      this.#ports.post({ name: 'begin', ...as, startUtcMs: this.#ports.utcMs(atMs) });
    };
    start(about, nowMs);
    const end = (how?: OverEnd) => {
      const ended = this.#open.get(over);
      this.#open.delete(over);
      const lacks = this.#lacking.delete(over) ? { missing: 'the recorder was behind' } : {};
      if (ended !== undefined) this.#await(ended);
      this.#ports.post({ name: 'end', over, ...(how !== undefined && { end: how }), ...lacks });
    };
    const turnReal = (atMs: number) => {
      if (this.#open.get(over)?.exercise !== true) return;
      end();
      start({ ...about, exercise: false }, atMs);
    };
    return new OverRecorder({ send: (bytes) => this.#voice(over, bytes), end, turnReal }, nowMs);
  }

  amend(over: number, end: OverEnd): void {
    this.#ports.post({ name: 'amend', over, end });
  }

  /** The thread has taken so much. */
  took(octets: number): void {
    this.#behind -= octets;
  }

  /** The thread has told of this one. */
  recorded({ over, exercise }: TappedOver): void {
    const at = this.#awaited.findIndex((each) => each.over === over && each.exercise === exercise);
    if (at !== -1) this.#awaited.splice(at, 1);
  }

  /** The thread is dead: of what it had not told of, it may have left a part. */
  died(): void {
    this.#isDown = true;
    const missing = 'the recorder died before it had told of it';
    for (const about of this.#awaited.splice(0)) this.#ports.lost(about, { ...nothingRecorded, missing });
  }

  /** The thread is another one, that knows of no over. */
  beginAnew(nowMs: number): void {
    this.#isDown = false;
    this.#behind = 0;
    const startUtcMs = this.#ports.utcMs(nowMs);
    for (const over of this.#open.values()) {
      this.#ports.post({ name: 'begin', ...over, startUtcMs, missing: 'the recorder was started anew' });
    }
  }

  #await(about: TappedOver): void {
    if (this.#isDown) this.#ports.lost(about, { ...nothingRecorded, missing: 'the recorder was down' });
    else this.#awaited.push(about);
    if (this.#awaited.length <= awaitedMax) return;
    const oldest = this.#awaited.shift();
    if (oldest !== undefined) this.#ports.lost(oldest, { ...nothingRecorded, missing: 'the recorder was behind' });
  }

  #voice(over: number, bytes: Uint8Array): void {
    if (this.#isDown) return;
    if (this.#behind + bytes.length > behindMax) {
      this.octetsDropped += bytes.length;
      this.#lacking.add(over);
      return;
    }
    this.#behind += bytes.length;
    this.#ports.post({ name: 'voice', over, bytes });
  }
}

interface OverRecorderPorts {
  send(bytes: Uint8Array): void;
  end(end: OverEnd): void;
  turnReal(nowMs: number): void;
}

class OverRecorder implements OverTap {
  readonly #tape: TapedOver;
  readonly #ports: OverRecorderPorts;
  /** Used again: what is sent is a copy. */
  readonly #spare: TapeChunk[] = [];
  #sentMs: number;

  constructor(ports: OverRecorderPorts, nowMs: number) {
    this.#ports = ports;
    this.#sentMs = nowMs;
    const newChunk = (): TapeChunk => ({ bytes: new Uint8Array(tapeChunkBytes), used: 0 });
    this.#tape = new TapedOver(
      () => this.#spare.pop() ?? newChunk(),
      () => undefined,
    );
  }

  hear(bytes: Uint8Array, offset: number, length: number, positionMs: number, durationMs: number, nowMs: number): void {
    this.#tape.hear(bytes, offset, length, positionMs, durationMs, nowMs);
    if (nowMs - this.#sentMs >= flushMs) this.#flush(nowMs);
  }

  hearFrame(frame: PcmFrame, positionMs: number, nowMs: number): void {
    this.#tape.hearFrame(frame, positionMs, nowMs);
    if (nowMs - this.#sentMs >= flushMs) this.#flush(nowMs);
  }

  turnReal(nowMs: number): void {
    this.#flush(nowMs);
    this.#ports.turnReal(nowMs);
  }

  end(nowMs: number, end: OverEnd): void {
    this.#tape.end(nowMs);
    this.#flush(nowMs);
    this.#ports.end(end);
  }

  #flush(nowMs: number): void {
    for (const chunk of this.#tape.chunks.splice(0)) {
      this.#ports.send(chunk.bytes.slice(0, chunk.used));
      chunk.used = 0;
      this.#spare.push(chunk);
    }
    this.#sentMs = nowMs;
  }
}

/** All that is said to both. */
export function bothTaps(one: VoiceTap, other: VoiceTap): VoiceTap {
  return {
    begin: (about, nowMs) => {
      const taps = [one.begin(about, nowMs), other.begin(about, nowMs)];
      return {
        hear: (bytes, offset, length, positionMs, durationMs, atMs) => {
          for (const tap of taps) tap.hear(bytes, offset, length, positionMs, durationMs, atMs);
        },
        hearFrame: (frame, positionMs, atMs) => {
          for (const tap of taps) tap.hearFrame(frame, positionMs, atMs);
        },
        turnReal: (atMs) => {
          for (const tap of taps) tap.turnReal(atMs);
        },
        end: (atMs, end) => {
          for (const tap of taps) tap.end(atMs, end);
        },
      };
    },
    amend: (over, end) => {
      one.amend(over, end);
      other.amend(over, end);
    },
  };
}
