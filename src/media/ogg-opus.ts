/**
 * Ogg Opus of packets that are there already: a file that browsers and ffmpeg play. What is missing between two packets
 * is filled up with silence, so that pauses last as long as they did.
 *
 * Standard: RFC 7845 (headers, pre-skip, granule positions), RFC 3533 §6 (pages).
 */
import { readOpusDuration } from './opus-packet.ts';

export interface TimedPacket {
  /** When it begins, ms from the beginning of the file. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

const ticksPerMs = 48;
/** Delay of the encoder (libopus at 48 kHz): a player leaves out so much (RFC 7845 §4.2). */
const preSkip = 312;
/** One frame of 20 ms in which nothing is heard (CELT, full band, mono). */
const silentPacket = Uint8Array.of(0xf8, 0xff, 0xfe);
const silentTicks = 960;
/** A longer pause is shortened to this. */
const pauseTicksMax = 30_000 * ticksPerMs;
const segmentsMax = 255;
const pageHeaderBytes = 27;
const firstPage = 2;
const lastPage = 4;

/** The whole file. Payloads that are no Opus packets are left out. */
export function writeOggOpus(packets: Iterable<TimedPacket>, comments: readonly string[] = []): Uint8Array {
  const pages: Uint8Array[] = [];
  const stream = new OggOpusStream((page) => pages.push(page), comments);
  for (const packet of packets) stream.add(packet);
  stream.finish();
  return Buffer.concat(pages);
}

/** A file that grows by whole pages: cut off behind any of them it plays up to there. */
export class OggOpusStream {
  readonly #write: (page: Uint8Array) => void;
  readonly #pageTicksMax: number;
  #pages = 0;
  #packets: Uint8Array[] = [];
  #segments = 0;
  #granule = 0;
  #pageTicks = 0;
  #endTicks = 0;

  /**
   * The first two pages, headers, are written at once. `comments`: NAME=value (RFC 7845 §5.2). `pageMs`: at most in a page.
   * `spareOctets`: room for other comments in place of these (`commentPage`).
   */
  constructor(write: (page: Uint8Array) => void, comments: readonly string[] = [], pageMs = 1000, spareOctets = 0) {
    this.#write = write;
    this.#pageTicksMax = pageMs * ticksPerMs;
    this.#put(opusHead(), 0);
    this.#endPage();
    this.#put(opusTags(comments, spareOctets), 0);
    this.#endPage();
  }

  /** Ends where the last packet does, ms. */
  get durationMs(): number {
    return this.#endTicks / ticksPerMs;
  }

  /** A payload that is no Opus packet is left out. */
  add({ atMs, bytes }: TimedPacket): void {
    const ticks = readOpusDuration(bytes, 0, bytes.length);
    if (typeof ticks === 'string') return;
    let missing = Math.min(pauseTicksMax, Math.round(atMs * ticksPerMs) - this.#endTicks);
    this.#endTicks += Math.max(0, missing);
    for (; missing >= silentTicks; missing -= silentTicks) this.#put(silentPacket, silentTicks);
    this.#put(bytes, ticks);
    this.#endTicks = Math.max(this.#endTicks, Math.round(atMs * ticksPerMs)) + ticks;
  }

  /** What has been added is written. */
  flush(): void {
    if (this.#packets.length > 0) this.#endPage();
  }

  finish(): void {
    this.#endPage(lastPage);
  }

  #put(packet: Uint8Array, ticks: number): void {
    const segments = Math.floor(packet.length / 255) + 1;
    if (this.#segments + segments > segmentsMax || this.#pageTicks + ticks > this.#pageTicksMax) this.#endPage();
    this.#packets.push(packet);
    this.#segments += segments;
    this.#granule += ticks;
    this.#pageTicks += ticks;
  }

  #endPage(flags = 0): void {
    const first = this.#pages === 0 ? firstPage : 0;
    this.#write(writePage(this.#packets, this.#granule, this.#pages, first | flags));
    this.#pages += 1;
    this.#packets = [];
    this.#segments = 0;
    this.#pageTicks = 0;
  }
}

/** Where the page of comments begins. */
export const commentPageOffset = pageHeaderBytes + 1 + opusHead().length;

/** The page of other comments, as long as that of `former` is; undefined: they find no room. */
export function commentPage(
  comments: readonly string[],
  former: readonly string[],
  spareOctets: number,
): Uint8Array | undefined {
  const spare = opusTags(former, spareOctets).length - opusTags(comments).length;
  return spare < 0 ? undefined : writePage([opusTags(comments, spare)], 0, 1, 0);
}

/** `granule`: samples at 48 kHz up to the end of its last packet. */
function writePage(packets: readonly Uint8Array[], granule: number, sequence: number, flags: number): Uint8Array {
  const table: number[] = [];
  for (const { length } of packets) {
    for (let left = length; left >= 255; left -= 255) table.push(255);
    table.push(length % 255);
  }
  const page = Buffer.alloc(pageHeaderBytes);
  page.write('OggS', 'latin1');
  page[5] = flags;
  page.writeBigUInt64LE(BigInt(granule), 6);
  page.writeUInt32LE(serial, 14);
  page.writeUInt32LE(sequence, 18);
  page[26] = table.length;
  const whole = Buffer.concat([page, Uint8Array.from(table), ...packets]);
  whole.writeUInt32LE(checksum(whole), 22);
  return whole;
}

/** Any number will do in a file of one stream. */
const serial = 0x45736361;

function opusHead(): Uint8Array {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1; // version
  head[9] = 1; // channels
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(16_000, 12); // of what was coded; for information
  return head;
}

/** RFC 7845 §5.2: a list of texts, each behind its length in octets, UTF-8, and zeros that mean nothing. */
function opusTags(comments: readonly string[], spareOctets = 0): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(comments.length);
  return Buffer.concat([
    Buffer.from('OpusTags'),
    countedText('escaut'),
    count,
    ...comments.map(countedText),
    Buffer.alloc(spareOctets),
  ]);
}

function countedText(text: string): Buffer {
  const octets = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(octets.length);
  return Buffer.concat([length, octets]);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value;
});

/** CRC-32 of RFC 3533 §6: not reflected, from 0. The page's own field counts as 0. */
function checksum(page: Uint8Array): number {
  let crc = 0;
  for (const byte of page) crc = (crc << 8) ^ crcTable[((crc >>> 24) ^ byte) & 0xff]!;
  return crc >>> 0;
}
