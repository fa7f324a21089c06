/**
 * What was said on the groups in the last quarter of an hour: the Opus packets that consoles heard, and A-law where none
 * listened, since coding for the tape alone would cost too much. Written once a packet, read by over. Pure.
 *
 *   group ──begin──▶ over under way ──hear, hear …──▶ end ──▶ read while it is kept ──15 min, or room is needed──▶ gone
 *
 * Memory comes in chunks of 16 KiB that are used again, so keeping makes no garbage; beyond their bound the oldest over
 * goes before its time, and that is counted. Anything else that wants all voice of the groups is a `VoiceTap` as well.
 */
import { codecOf } from '../media/codec.ts';
import { createFrame, frameMs, frameSamples, type PcmFrame } from '../media/frame.ts';
import { encodeG711 } from '../media/g711.ts';
import type { TimedPacket } from '../media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../media/opus.ts';
import { Downsampler, Upsampler } from '../media/resampler.ts';
import type { GroupId, OverEnd, PartyId } from './terms.ts';

/** Where the voice of one over goes, besides its listeners. */
export interface OverTap {
  /** An Opus packet of `durationMs` that begins at `positionMs` of the talker's time, lent. */
  hear(bytes: Uint8Array, offset: number, length: number, positionMs: number, durationMs: number, nowMs: number): void;
  /** 20 ms that nobody has coded, lent. */
  hearFrame(frame: PcmFrame, positionMs: number, nowMs: number): void;
  /** It was an exercise; what is said from here on is real. */
  turnReal(nowMs: number): void;
  end(nowMs: number, end: OverEnd): void;
}

/** What an over is about. */
export interface TappedOver {
  readonly group: GroupId;
  readonly over: number;
  readonly party: PartyId;
  readonly exercise: boolean;
}

export interface VoiceTap {
  begin(about: TappedOver, nowMs: number): OverTap;
  /** An over that has ended did so otherwise than it seemed. */
  amend(over: number, end: OverEnd): void;
}

export interface TapeSettings {
  /** How long an over is kept after its end. */
  readonly keptMs: number;
  readonly chunksMax: number;
}

/** Part of an over: octets of {@link readTape}. */
export interface TapePart {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** 4 s of speech in Opus. */
export const tapeChunkBytes = 16 * 1024;
/** 64 MiB: 4½ hours of speech in Opus, all groups together. */
export const usualTape: TapeSettings = { keptMs: 15 * 60_000, chunksMax: 4096 };
/** 8 minutes of one over in A-law, 16 in Opus; who talks on is not kept. */
const overChunksMax = 256;
/** Octets before each packet: its length and whether it is A-law, and when it begins, ms of the over. */
const headerBytes = 6;
const alawBit = 0x8000;
const alawBytes = frameSamples / 2;
/** As in the streams of consoles: a packet may be so late before it counts as a pause. */
const jitterMs = 60;
/** How much more than real time the talker's own clock may say that he has paused. */
const leapMs = 1000;

export interface TapeChunk {
  readonly bytes: Uint8Array;
  used: number;
}

export class VoiceTape implements VoiceTap {
  /** Overs that made room before their time, and packets for which there was none. */
  oversDropped = 0;
  packetsDropped = 0;

  readonly #settings: TapeSettings;
  /** By group and number; as they began. */
  readonly #overs = new Map<string, TapedOver>();
  readonly #free: TapeChunk[] = [];
  #chunks = 0;

  constructor(settings: TapeSettings = usualTape) {
    this.#settings = settings;
  }

  begin({ group, over }: Pick<TappedOver, 'group' | 'over'>): OverTap {
    const taped = new TapedOver(
      () => this.#takeChunk(),
      () => {
        this.packetsDropped += 1;
      },
    );
    this.#overs.set(key(group, over), taped);
    return taped;
  }

  /** How an over ended is nothing that is heard. */
  amend(): void {}

  /** Forgets what is too old. */
  tick(nowMs: number): void {
    for (const [id, over] of this.#overs) {
      if (over.endedMs !== Infinity && nowMs - over.endedMs >= this.#settings.keptMs) this.#forget(id, over);
    }
  }

  /** A part of an over, from 0, copied; undefined: there is none. */
  read(group: GroupId, over: number, part: number): TapePart | undefined {
    const chunks = this.#overs.get(key(group, over))?.chunks;
    const chunk = chunks?.[part];
    if (chunks === undefined || chunk === undefined) return undefined;
    return { bytes: chunk.bytes.slice(0, chunk.used), last: part === chunks.length - 1 };
  }

  get overs(): number {
    return this.#overs.size;
  }

  /** Octets that are in use or kept ready. */
  get bytes(): number {
    return this.#chunks * tapeChunkBytes;
  }

  #takeChunk(): TapeChunk | undefined {
    let chunk = this.#free.pop();
    if (chunk === undefined && this.#chunks >= this.#settings.chunksMax && this.#dropOldest()) chunk = this.#free.pop();
    if (chunk !== undefined) return chunk;
    if (this.#chunks >= this.#settings.chunksMax) return undefined;
    this.#chunks += 1;
    return { bytes: new Uint8Array(tapeChunkBytes), used: 0 };
  }

  #dropOldest(): boolean {
    for (const [id, over] of this.#overs) {
      if (over.endedMs === Infinity || over.chunks.length === 0) continue;
      this.#forget(id, over);
      this.oversDropped += 1;
      return true;
    }
    return false;
  }

  #forget(id: string, over: TapedOver): void {
    this.#overs.delete(id);
    for (const chunk of over.chunks) {
      chunk.used = 0;
      this.#free.push(chunk);
    }
  }
}

/** Packets of an over, each with what stands before it, in chunks that somebody takes. */
export class TapedOver implements OverTap {
  readonly chunks: TapeChunk[] = [];
  endedMs = Infinity;
  readonly #takeChunk: () => TapeChunk | undefined;
  readonly #onDropped: () => void;
  /** Where the next packet begins if nothing is left out: ms of the over, of the talker, of the clock. */
  #atMs = 0;
  #positionMs = 0;
  #nextMs = 0;
  #begun = false;
  #downsampler: Downsampler | undefined;

  constructor(takeChunk: () => TapeChunk | undefined, onDropped: () => void) {
    this.#takeChunk = takeChunk;
    this.#onDropped = onDropped;
  }

  hear(bytes: Uint8Array, offset: number, length: number, positionMs: number, durationMs: number, nowMs: number): void {
    const chunk = this.#header(length, 0, positionMs, durationMs, nowMs);
    if (chunk === undefined) return;
    for (let i = 0; i < length; i++) chunk.bytes[chunk.used + i] = bytes[offset + i]!;
    chunk.used += length;
  }

  hearFrame(frame: PcmFrame, positionMs: number, nowMs: number): void {
    const chunk = this.#header(alawBytes, alawBit, positionMs, frameMs, nowMs);
    if (chunk === undefined) return;
    this.#downsampler ??= new Downsampler();
    this.#downsampler.push(frame, frameSamples, narrow);
    encodeG711('PCMA', narrow, alawBytes, chunk.bytes, chunk.used);
    chunk.used += alawBytes;
  }

  turnReal(): void {
    // One tape for both.
  }

  end(nowMs: number): void {
    this.endedMs = nowMs;
  }

  /** Writes what stands before a packet; the chunk that has room for the rest. */
  #header(length: number, codec: number, positionMs: number, durationMs: number, nowMs: number): TapeChunk | undefined {
    if (this.endedMs !== Infinity) return undefined;
    const atMs = this.#atMs + this.#pauseMs(positionMs, nowMs);
    this.#begun = true;
    this.#atMs = atMs + durationMs;
    this.#positionMs = positionMs + durationMs;
    this.#nextMs = nowMs + durationMs;
    const chunk = this.#room(headerBytes + length);
    if (chunk === undefined) this.#onDropped();
    else writeHeader(chunk, length | codec, Math.round(atMs));
    return chunk;
  }

  /** The talker's own time says how long he paused, unless it leaps. */
  #pauseMs(positionMs: number, nowMs: number): number {
    if (!this.#begun) return 0;
    const lateMs = nowMs - this.#nextMs;
    const pauseMs = Math.min(positionMs - this.#positionMs, Math.max(0, lateMs) + leapMs);
    if (pauseMs >= 0) return pauseMs;
    return lateMs > jitterMs ? lateMs : 0;
  }

  #room(octets: number): TapeChunk | undefined {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.used + octets <= tapeChunkBytes) return last;
    if (this.chunks.length >= overChunksMax || octets > tapeChunkBytes) return undefined;
    const chunk = this.#takeChunk();
    if (chunk !== undefined) this.chunks.push(chunk);
    return chunk;
  }
}

/** For one frame at a time, whoever says it. */
const narrow = new Float32Array(alawBytes);

function writeHeader(chunk: TapeChunk, lengthAndCodec: number, atMs: number): void {
  const { bytes } = chunk;
  let at = chunk.used;
  for (let shift = 8; shift >= 0; shift -= 8) bytes[at++] = lengthAndCodec >>> shift;
  for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = atMs >>> shift;
  chunk.used = at;
}

/** A packet as it was kept. */
export interface TapedPacket {
  /** When it begins, ms of the over. */
  readonly atMs: number;
  readonly codec: 'opus' | 'PCMA';
  readonly bytes: Uint8Array;
}

/** The packets of one part; what is cut off at its end is left out. */
export function readTape(part: Uint8Array): readonly TapedPacket[] {
  const packets: TapedPacket[] = [];
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  for (let at = 0; at + headerBytes <= part.length; ) {
    const word = view.getUint16(at);
    const length = word & ~alawBit;
    const codec = (word & alawBit) === 0 ? 'opus' : 'PCMA';
    const begin = at + headerBytes;
    if (begin + length > part.length) break;
    packets.push({ atMs: view.getUint32(at + 2), codec, bytes: part.subarray(begin, begin + length) });
    at = begin + length;
  }
  return packets;
}

function key(group: GroupId, over: number): string {
  return `${over} ${group}`;
}

/** Makes Opus of what was kept as A-law. */
export class TapeCoder {
  readonly #frame = createFrame();
  readonly #narrow = new Float32Array(this.#frame.length / 2);
  readonly #decoder = codecOf('PCMA').createDecoder();
  readonly #upsampler = new Upsampler();
  #encoder: OpusSpeechEncoder | undefined;

  code({ atMs, codec, bytes }: TapedPacket): TimedPacket {
    if (codec === 'opus') return { atMs, bytes };
    this.#encoder ??= new OpusSpeechEncoder({ complexity: 0 });
    this.#frame.fill(0);
    const samples = this.#decoder.decode(bytes, 0, bytes.length, this.#narrow);
    this.#upsampler.push(this.#narrow, samples, this.#frame);
    return { atMs, bytes: this.#encoder.encode(this.#frame) };
  }
}
