/**
 * RTCP: sender and receiver reports, source descriptions, BYE, APP; round trip and report interval.
 *
 * A datagram is a compound of packets; each is read on its own, unknown types and profile extensions are skipped.
 * APP alone in a datagram is legal here: floor control of TS 24.380 comes so.
 *
 * Standard: RFC 3550 §6; A.7 for the interval. Pure: no clock, socket or logger.
 */
import type { ReceptionFigures } from './receiver-statistics.ts';

export interface NtpTime {
  /** Seconds since 1900, 32 bits. */
  readonly seconds: number;
  /** 2^−32 s. */
  readonly fraction: number;
}

export interface ReportBlock extends ReceptionFigures {
  /** Middle 32 bits of the NTP time of the last SR heard, 0 for none. */
  readonly lastSenderReport: number;
  /** Since that SR, in 1/65536 s. */
  readonly delaySinceLast: number;
}

export interface SenderInfo {
  readonly ntp: NtpTime;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export type RtcpPacket =
  | { readonly type: 'sr'; readonly ssrc: number; readonly sender: SenderInfo; readonly blocks: readonly ReportBlock[] }
  | { readonly type: 'rr'; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | { readonly type: 'sdes'; readonly chunks: readonly SdesChunk[] }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[]; readonly reason?: string }
  | {
      readonly type: 'app';
      readonly subtype: number;
      readonly ssrc: number;
      readonly name: string;
      readonly data: Uint8Array;
    }
  | { readonly type: 'unknown'; readonly packetType: number };

export interface SdesChunk {
  readonly ssrc: number;
  readonly cname?: string;
  readonly name?: string;
}

export type RtcpMalformed = 'short' | 'version' | 'length' | 'padding' | 'body';

export type RtcpReading =
  | { readonly ok: true; readonly packets: readonly RtcpPacket[] }
  | { readonly ok: false; readonly malformed: RtcpMalformed };

const typeSr = 200;
const typeRr = 201;
const typeSdes = 202;
const typeBye = 203;
const typeApp = 204;
const itemCname = 1;
const itemName = 2;
const blockBytes = 24;
const senderInfoBytes = 20;
const text = new TextDecoder();
const utf8 = new TextEncoder();

/** Reads a datagram. Total: any bytes give packets or the reason why not. Text and `data` may be hostile. */
export function readRtcp(bytes: Uint8Array): RtcpReading {
  if (bytes.length < 4) return { ok: false, malformed: 'short' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return { ok: false, malformed: 'length' };
    const first = view.getUint8(at);
    if (first >> 6 !== 2) return { ok: false, malformed: 'version' };
    const next = at + 4 * (view.getUint16(at + 2) + 1);
    if (next > bytes.length) return { ok: false, malformed: 'length' };
    let end = next;
    if ((first & 0x20) !== 0) {
      // Only the last packet of a compound may be padded (§6.4.1), so that encryption can fill its block.
      const padding = view.getUint8(next - 1);
      if (next !== bytes.length || padding === 0 || padding % 4 !== 0 || at + 4 + padding > next) {
        return { ok: false, malformed: 'padding' };
      }
      end -= padding;
    }
    const packet = readBody(view, view.getUint8(at + 1), first & 0x1f, at + 4, end);
    if (packet === undefined) return { ok: false, malformed: 'body' };
    packets.push(packet);
    at = next;
  }
  return { ok: true, packets };
}

function readBody(view: DataView, packetType: number, count: number, at: number, end: number): RtcpPacket | undefined {
  switch (packetType) {
    case typeSr: {
      const blocks =
        at + 4 + senderInfoBytes <= end ? readBlocks(view, count, at + 4 + senderInfoBytes, end) : undefined;
      if (blocks === undefined) return undefined;
      return { type: 'sr', ssrc: view.getUint32(at), sender: readSenderInfo(view, at + 4), blocks };
    }
    case typeRr: {
      const blocks = at + 4 <= end ? readBlocks(view, count, at + 4, end) : undefined;
      return blocks === undefined ? undefined : { type: 'rr', ssrc: view.getUint32(at), blocks };
    }
    case typeSdes:
      return readSdes(view, count, at, end);
    case typeBye:
      return readBye(view, count, at, end);
    case typeApp: {
      if (at + 8 > end) return undefined;
      const name = text.decode(part(view, at + 4, at + 8));
      return { type: 'app', subtype: count, ssrc: view.getUint32(at), name, data: part(view, at + 8, end) };
    }
    default:
      return { type: 'unknown', packetType };
  }
}

function part(view: DataView, from: number, to: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, to - from);
}

function readSenderInfo(view: DataView, at: number): SenderInfo {
  return {
    ntp: { seconds: view.getUint32(at), fraction: view.getUint32(at + 4) },
    rtpTimestamp: view.getUint32(at + 8),
    packets: view.getUint32(at + 12),
    octets: view.getUint32(at + 16),
  };
}

function readBlocks(view: DataView, count: number, at: number, end: number): ReportBlock[] | undefined {
  if (at + count * blockBytes > end) return undefined;
  const blocks: ReportBlock[] = [];
  for (let from = at; blocks.length < count; from += blockBytes) {
    blocks.push({
      ssrc: view.getUint32(from),
      fractionLost: view.getUint8(from + 4),
      cumulativeLost: (view.getInt32(from + 4) << 8) >> 8,
      extendedHighestSequence: view.getUint32(from + 8),
      jitterTicks: view.getUint32(from + 12),
      lastSenderReport: view.getUint32(from + 16),
      delaySinceLast: view.getUint32(from + 20),
    });
  }
  return blocks;
}

function readSdes(view: DataView, count: number, begin: number, end: number): RtcpPacket | undefined {
  const chunks: SdesChunk[] = [];
  let at = begin;
  while (chunks.length < count) {
    if (at + 4 > end) return undefined;
    const ssrc = view.getUint32(at);
    at += 4;
    let cname: string | undefined;
    let name: string | undefined;
    for (;;) {
      if (at >= end) return undefined;
      const item = view.getUint8(at);
      if (item === 0) break;
      if (at + 2 > end || at + 2 + view.getUint8(at + 1) > end) return undefined;
      const to = at + 2 + view.getUint8(at + 1);
      if (item === itemCname) cname = text.decode(part(view, at + 2, to));
      if (item === itemName) name = text.decode(part(view, at + 2, to));
      at = to;
    }
    at = begin + 4 * (((at - begin) >> 2) + 1);
    chunks.push({ ssrc, ...(cname === undefined ? {} : { cname }), ...(name === undefined ? {} : { name }) });
  }
  return { type: 'sdes', chunks };
}

function readBye(view: DataView, count: number, at: number, end: number): RtcpPacket | undefined {
  const reasonAt = at + 4 * count;
  if (reasonAt > end) return undefined;
  const ssrcs: number[] = [];
  for (let from = at; from < reasonAt; from += 4) ssrcs.push(view.getUint32(from));
  if (reasonAt === end) return { type: 'bye', ssrcs };
  const to = reasonAt + 1 + view.getUint8(reasonAt);
  return to > end ? undefined : { type: 'bye', ssrcs, reason: text.decode(part(view, reasonAt + 1, to)) };
}

/** Writes a compound; texts are cut at 255 octets of UTF-8. `unknown` packets are left out. */
export function writeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const out: number[] = [];
  for (const packet of packets) {
    const begin = out.length;
    const count = writeBody(out, packet);
    if (count < 0) continue;
    while ((out.length - begin) % 4 !== 0) out.push(0);
    const words = (out.length - begin) / 4 - 1;
    out[begin] = 0x80 | (count & 0x1f);
    out[begin + 2] = words >> 8;
    out[begin + 3] = words & 0xff;
  }
  return Uint8Array.from(out);
}

/** Appends a packet whose count and length stay open; returns the count (subtype of an APP), −1 for nothing written. */
function writeBody(out: number[], packet: RtcpPacket): number {
  switch (packet.type) {
    case 'sr': {
      out.push(0, typeSr, 0, 0);
      const { ntp, rtpTimestamp, packets, octets } = packet.sender;
      push32(out, packet.ssrc, ntp.seconds, ntp.fraction, rtpTimestamp, packets, octets);
      return writeBlocks(out, packet.blocks);
    }
    case 'rr':
      out.push(0, typeRr, 0, 0);
      push32(out, packet.ssrc);
      return writeBlocks(out, packet.blocks);
    case 'sdes':
      out.push(0, typeSdes, 0, 0);
      for (const chunk of packet.chunks) writeChunk(out, chunk);
      return packet.chunks.length;
    case 'bye':
      out.push(0, typeBye, 0, 0);
      push32(out, ...packet.ssrcs);
      if (packet.reason !== undefined) pushText(out, packet.reason);
      return packet.ssrcs.length;
    case 'app':
      out.push(0, typeApp, 0, 0);
      push32(out, packet.ssrc);
      for (let i = 0; i < 4; i++) out.push(packet.name.charCodeAt(i) & 0x7f);
      for (const byte of packet.data) out.push(byte);
      return packet.subtype;
    case 'unknown':
      return -1;
  }
}

function writeBlocks(out: number[], blocks: readonly ReportBlock[]): number {
  for (const block of blocks) {
    push32(
      out,
      block.ssrc,
      (block.fractionLost << 24) | (block.cumulativeLost & 0xffffff),
      block.extendedHighestSequence,
      block.jitterTicks,
      block.lastSenderReport,
      block.delaySinceLast,
    );
  }
  return blocks.length;
}

function writeChunk(out: number[], chunk: SdesChunk): void {
  const begin = out.length;
  push32(out, chunk.ssrc);
  if (chunk.cname !== undefined) {
    out.push(itemCname);
    pushText(out, chunk.cname);
  }
  if (chunk.name !== undefined) {
    out.push(itemName);
    pushText(out, chunk.name);
  }
  do out.push(0);
  while ((out.length - begin) % 4 !== 0);
}

function push32(out: number[], ...values: readonly number[]): void {
  for (const value of values)
    out.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function pushText(out: number[], value: string): void {
  const encoded = new Uint8Array(255);
  const { written } = utf8.encodeInto(value, encoded);
  out.push(written, ...encoded.subarray(0, written));
}

const ntpEpochOffsetS = 2_208_988_800;

/** NTP time of a wall-clock instant, ms since 1970. For reports give a wall clock that does not jump (monotonic + offset). */
export function ntpOfUtc(utcMs: number): NtpTime {
  const seconds = Math.floor(utcMs / 1000);
  return {
    seconds: (seconds + ntpEpochOffsetS) >>> 0,
    fraction: Math.floor(((utcMs - seconds * 1000) / 1000) * 0x1_0000_0000) >>> 0,
  };
}

/** Middle 32 bits of an NTP time: 1/65536 s, as LSR carries it. */
export function compactNtp(ntp: NtpTime): number {
  return (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
}

/**
 * Round trip that a report block shows (§6.4.1): arrival − LSR − DLSR. `undefined` before our first SR was heard, or when
 * the far end's figures would make it negative or longer than 60 s.
 */
export function roundTripMs(block: ReportBlock, arrival: NtpTime): number | undefined {
  if (block.lastSenderReport === 0) return undefined;
  const delay = (compactNtp(arrival) - block.lastSenderReport - block.delaySinceLast) | 0;
  const ms = (delay * 1000) / 0x10000;
  return ms < 0 || ms > 60_000 ? undefined : ms;
}

/** The SR last heard from the far end, so that our report blocks can name it. */
export class SenderReportLog {
  #lastSenderReport = 0;
  #heardMs = 0;

  heard(sender: SenderInfo, nowMs: number): void {
    this.#lastSenderReport = compactNtp(sender.ntp);
    this.#heardMs = nowMs;
  }

  /** The report block of a stream. `nowMs` is on the clock that `heard` was given. */
  block(figures: ReceptionFigures, nowMs: number): ReportBlock {
    const known = this.#lastSenderReport !== 0;
    const delaySinceLast = known ? Math.min(0xffff_ffff, Math.round(((nowMs - this.#heardMs) * 0x10000) / 1000)) : 0;
    return { ...figures, lastSenderReport: this.#lastSenderReport, delaySinceLast };
  }
}

export interface IntervalInputs {
  readonly members: number;
  readonly senders: number;
  /** We sent voice in the last two intervals. */
  readonly weSent: boolean;
  /** Running mean of RTCP datagrams, UDP and IP headers included. */
  readonly averageOctets: number;
  /** 5 % of the session's bandwidth, octets a second. */
  readonly bandwidthOctets: number;
  /** No RTCP was sent yet: the minimum is halved. */
  readonly initial: boolean;
}

/**
 * Time until our next report, ms (RFC 3550 §6.3.1, A.7): at least 5 s before it is spread over 0.5 to 1.5 times and
 * divided by e − 3/2, so that the members of a session do not report in step. `fraction` is chance, uniform in [0, 1).
 */
export function rtcpIntervalMs(inputs: IntervalInputs, fraction: number): number {
  const { members, senders, weSent } = inputs;
  let shareOctets = inputs.bandwidthOctets;
  let sharers = members;
  if (senders <= members * 0.25) {
    shareOctets *= weSent ? 0.25 : 0.75;
    sharers = weSent ? senders : members - senders;
  }
  const minimumS = inputs.initial ? 2.5 : 5;
  const intervalS = Math.max(minimumS, (inputs.averageOctets * sharers) / shareOctets);
  return (1000 * intervalS * (fraction + 0.5)) / (Math.E - 1.5);
}
