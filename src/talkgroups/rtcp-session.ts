/**
 * RTCP of one call: our reports, what the far end's reports say of our stream, who it says is talking.
 *
 * Standard: RFC 3550 §6.2, §6.4, §6.5; A.7 for the timing. Pure: chance and time are the caller's.
 */
import type { Random } from '../base/random.ts';
import type { ReceiverStatistics } from '../protocols/rtp/receiver-statistics.ts';
import {
  ntpOfUtc,
  type RtcpPacket,
  readRtcp,
  roundTripMs,
  rtcpIntervalMs,
  SenderReportLog,
  writeRtcp,
} from '../protocols/rtp/rtcp.ts';
import type { OutStream } from './out-stream.ts';

/** What a datagram brought that others must know. */
export interface RtcpNews {
  /** SDES NAME of the stream, when it differs from the last one. */
  readonly name?: string;
  readonly bye?: boolean;
  /** Number of the last packet of ours that the far end has, low 16 bits (§6.4.1). */
  readonly farEndHas?: number;
}

/** 5 % of the bandwidth of a G.711 call with its headers, octets a second (§6.2). */
const bandwidthOctets = 500;
/**
 * A call on which nothing has passed since the last report is reported on more seldom: the minimum of §6.2 is a lower
 * bound, and radio groups are silent most of the day.
 */
const idleFactor = 3;
/** Reports are sent at whole multiples of this, so that many calls share one wake of the process. */
const gridMs = 200;
/** UDP and IPv4 headers, which the average counts (§6.2). */
const headerOctets = 28;
const nothing: RtcpNews = {};

export class RtcpSession {
  /** Datagrams that were no RTCP. */
  malformed = 0;
  /** Loss of our stream as the far end last reported it, 0–1. */
  farLoss: number | undefined;
  roundTripMs: number | undefined;
  /** When our next report is due. */
  dueMs: number;

  readonly #cname: string;
  readonly #stream: OutStream;
  readonly #random: Random;
  readonly #senderReports = new SenderReportLog();
  #averageOctets = 100;
  #sentBefore = 0;
  #heardBefore = 0;
  #name: string | undefined;

  constructor(cname: string, stream: OutStream, random: Random, nowMs: number) {
    this.#cname = cname;
    this.#stream = stream;
    this.#random = random;
    this.dueMs = onGrid(nowMs + this.#intervalMs(0, true));
  }

  /** `utcMs` is a wall clock that does not jump: monotonic time with a fixed offset. */
  receive(bytes: Uint8Array, input: ReceiverStatistics, nowMs: number, utcMs: number): RtcpNews {
    const reading = readRtcp(bytes);
    if (!reading.ok) {
      this.malformed += 1;
      return nothing;
    }
    this.#average(bytes.length);
    let name: string | undefined;
    let bye = false;
    let farEndHas: number | undefined;
    for (const packet of reading.packets) {
      if (packet.type === 'sr' && packet.ssrc === input.ssrc) this.#senderReports.heard(packet.sender, nowMs);
      if (packet.type === 'sr' || packet.type === 'rr') farEndHas = this.#learn(packet, utcMs) ?? farEndHas;
      if (packet.type === 'bye' && input.ssrc !== undefined && packet.ssrcs.includes(input.ssrc)) bye = true;
      if (packet.type === 'sdes') name = packet.chunks.find((chunk) => chunk.name !== undefined)?.name ?? name;
    }
    const changed = name !== undefined && name !== this.#name;
    if (changed) this.#name = name;
    return {
      ...(changed && name !== undefined ? { name } : {}),
      ...(bye ? { bye } : {}),
      ...(farEndHas === undefined ? {} : { farEndHas }),
    };
  }

  /** Our next report, and when it is due the time of the one after. */
  report(input: ReceiverStatistics, nowMs: number, utcMs: number): Uint8Array {
    const sent = this.#stream.sender.packets - this.#sentBefore;
    const heard = input.packets - this.#heardBefore;
    this.#sentBefore = this.#stream.sender.packets;
    this.#heardBefore = input.packets;
    const compound = this.#compound(input, sent > 0, nowMs, utcMs);
    const bytes = writeRtcp(compound);
    this.#average(bytes.length);
    const senders = (sent > 0 ? 1 : 0) + (heard > 0 ? 1 : 0);
    this.dueMs = onGrid(nowMs + (senders === 0 ? idleFactor : 1) * this.#intervalMs(senders, false, sent > 0));
    return bytes;
  }

  /** The last report, with BYE (§6.6). */
  bye(input: ReceiverStatistics, nowMs: number, utcMs: number): Uint8Array {
    this.dueMs = Infinity;
    const goodbye: RtcpPacket = { type: 'bye', ssrcs: [this.#stream.sender.ssrc] };
    return writeRtcp([...this.#compound(input, false, nowMs, utcMs), goodbye]);
  }

  #compound(input: ReceiverStatistics, weSent: boolean, nowMs: number, utcMs: number): readonly RtcpPacket[] {
    const { ssrc, packets, payloadOctets } = this.#stream.sender;
    const figures = input.figures();
    const blocks = figures === undefined ? [] : [this.#senderReports.block(figures, nowMs)];
    const sdes: RtcpPacket = { type: 'sdes', chunks: [{ ssrc, cname: this.#cname }] };
    if (!weSent) return [{ type: 'rr', ssrc, blocks }, sdes];
    const rtpTimestamp = this.#stream.timestampAt(nowMs);
    const sender = { ntp: ntpOfUtc(utcMs), rtpTimestamp, packets, octets: payloadOctets };
    return [{ type: 'sr', ssrc, sender, blocks }, sdes];
  }

  #learn(packet: Extract<RtcpPacket, { type: 'sr' | 'rr' }>, utcMs: number): number | undefined {
    let farEndHas: number | undefined;
    for (const block of packet.blocks) {
      if (block.ssrc !== this.#stream.sender.ssrc) continue;
      this.farLoss = block.fractionLost / 256;
      this.roundTripMs = roundTripMs(block, ntpOfUtc(utcMs)) ?? this.roundTripMs;
      farEndHas = block.extendedHighestSequence & 0xffff;
    }
    return farEndHas;
  }

  #average(octets: number): void {
    this.#averageOctets += (octets + headerOctets - this.#averageOctets) / 16;
  }

  #intervalMs(senders: number, initial: boolean, weSent = false): number {
    const inputs = { members: 2, senders, weSent, averageOctets: this.#averageOctets, bandwidthOctets, initial };
    return rtcpIntervalMs(inputs, this.#random.fraction());
  }
}

function onGrid(dueMs: number): number {
  return Math.ceil(dueMs / gridMs) * gridMs;
}
