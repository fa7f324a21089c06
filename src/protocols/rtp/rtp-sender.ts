/**
 * One outgoing stream: numbers its packets and counts what a sender report says of it.
 *
 * The timestamp runs with the voice, not with the packets: between overs the caller advances it by the time that
 * passed, so that a receiver sees a gap in time and none in sequence (RFC 3551 §4.1: marker on the first packet after).
 */
import { rtpHeaderBytes, writeRtpHeader } from './rtp-packet.ts';

export interface RtpSenderSettings {
  readonly ssrc: number;
  /** Random, so that encryption is harder to attack (RFC 3550 §5.1); the caller draws it. */
  readonly firstSequenceNumber: number;
  readonly firstTimestamp: number;
}

export class RtpSender {
  readonly ssrc: number;
  packets = 0;
  payloadOctets = 0;
  /** Of the next packet, 16 bits. */
  sequenceNumber: number;
  /** Of the next packet, 32 bits unsigned. */
  timestamp: number;

  constructor(settings: RtpSenderSettings) {
    this.ssrc = settings.ssrc >>> 0;
    this.sequenceNumber = settings.firstSequenceNumber & 0xffff;
    this.timestamp = settings.firstTimestamp >>> 0;
  }

  /**
   * Writes the header of the next packet into `out`, whose payload of `payloadBytes` stands at offset 12, at the
   * present timestamp. Returns the packet's length. The timestamp moves by `advance` only.
   */
  write(out: Uint8Array, payloadBytes: number, payloadType: number, marker: boolean): number {
    return this.writeAt(this.timestamp, out, payloadBytes, payloadType, marker);
  }

  /** As `write`, with a timestamp of its own: telephone-events keep that of their beginning (RFC 4733 §2.5.1.1). */
  writeAt(timestamp: number, out: Uint8Array, payloadBytes: number, payloadType: number, marker: boolean): number {
    writeRtpHeader(out, marker, payloadType, this.sequenceNumber, timestamp, this.ssrc);
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    this.packets += 1;
    this.payloadOctets += payloadBytes;
    return rtpHeaderBytes + payloadBytes;
  }

  /** Moves the timestamp by the voice that passed or was sent, in ticks of the RTP clock. */
  advance(ticks: number): void {
    this.timestamp = (this.timestamp + ticks) >>> 0;
  }
}
