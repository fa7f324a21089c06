/**
 * Cuts the coded voice towards a leg into packets of the negotiated time, numbers and sends them.
 *
 * 20 ms, the usual case, is one copy and one send. A gap in time ends a packet early: what stands in one packet is
 * always contiguous. Coded voice that cannot be joined (Opus) goes as it is, one packet each.
 */
import type { Codec } from '../media/codec.ts';
import { frameMs } from '../media/frame.ts';
import { markExtended, voiceExtensionBytes } from '../protocols/ed137/radio-session.ts';
import { rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import { type TelephoneEvent, telephoneEventBytes, writeTelephoneEvent } from '../protocols/rtp/telephone-event.ts';
import type { OutStream } from './out-stream.ts';

/** Sends the first `length` octets of a datagram; they are lent until it returns. */
export type SendDatagram = (bytes: Uint8Array, length: number) => void;

/** Writes the header extension of each voice packet behind its header; returns its octets, `voiceExtensionBytes`. */
export type WriteExtension = (datagram: Uint8Array, nowMs: number) => number;

export interface PacketiserSettings {
  readonly payloadType: number;
  readonly ptimeMs: number;
}

/** Longest payload of a datagram that no way cuts in pieces: 1500 octets less IPv6, UDP and RTP headers, in ms. */
const packetOctetsMax = 1440;

export class Packetiser {
  readonly #stream: OutStream;
  readonly #settings: PacketiserSettings;
  readonly #send: SendDatagram;
  readonly #datagram: Uint8Array;
  readonly #octetsPerMs: number | undefined;
  readonly #ticksPerMs: number;
  /** Octet that fills up the last packet; without one it is sent short. */
  readonly #silence: number | undefined;
  readonly #packetOctets: number;
  readonly #extension: WriteExtension | undefined;
  /** Where the payload begins. */
  readonly #payloadAt: number;
  #pending = 0;

  constructor(
    stream: OutStream,
    codec: Codec,
    settings: PacketiserSettings,
    send: SendDatagram,
    extension?: WriteExtension,
  ) {
    this.#extension = extension;
    this.#payloadAt = rtpHeaderBytes + (extension === undefined ? 0 : voiceExtensionBytes);
    this.#stream = stream;
    this.#settings = settings;
    this.#send = send;
    this.#octetsPerMs = codec.octetsPerMs;
    this.#ticksPerMs = codec.clockRateHz / 1000;
    this.#silence = codec.silence;
    this.#packetOctets = packetOctetsOf(codec, settings.ptimeMs);
    this.#datagram = new Uint8Array(this.#payloadAt + Math.max(this.#packetOctets, telephoneEventBytes));
  }

  /** Sends coded voice that begins at `positionMs` of its talker's time, if it is sent as he speaks. */
  push(coded: Uint8Array, positionMs: number | undefined, nowMs: number): void {
    const octetsPerMs = this.#octetsPerMs;
    const durationMs = octetsPerMs === undefined ? frameMs : coded.length / octetsPerMs;
    const gapTicks = this.#stream.gapTicks(positionMs, durationMs, nowMs);
    if (gapTicks > 0) {
      this.flush(nowMs);
      this.#stream.sender.advance(gapTicks);
    }
    // The usual packet is one copy by the machine's own means, four times as fast as octet by octet.
    if (octetsPerMs === undefined || (this.#pending === 0 && coded.length === this.#packetOctets)) {
      this.#datagram.set(coded, this.#payloadAt);
      this.#emit(coded.length, durationMs, nowMs);
      return;
    }
    for (let at = 0; at < coded.length; ) {
      const taken = Math.min(coded.length - at, this.#packetOctets - this.#pending);
      const to = this.#payloadAt + this.#pending;
      for (let i = 0; i < taken; i++) this.#datagram[to + i] = coded[at + i]!;
      this.#pending += taken;
      at += taken;
      if (this.#pending === this.#packetOctets) this.#emit(this.#pending, this.#pending / octetsPerMs, nowMs);
    }
  }

  /** Sends what waits for a full packet, filled up with silence if the codec has an octet for it. */
  flush(nowMs: number): void {
    if (this.#pending === 0 || this.#octetsPerMs === undefined) return;
    let octets = this.#pending;
    if (this.#silence !== undefined) {
      octets = this.#packetOctets;
      this.#datagram.fill(this.#silence, this.#payloadAt + this.#pending);
    }
    this.#emit(octets, octets / this.#octetsPerMs, nowMs);
  }

  /** Sends one packet of a telephone-event, whose timestamp stands still (RFC 4733 §2.5.1.1). */
  sendEvent(event: TelephoneEvent, payloadType: number, timestamp: number, marker: boolean, nowMs: number): void {
    this.flush(nowMs);
    writeTelephoneEvent(this.#datagram, rtpHeaderBytes, event);
    const { sender } = this.#stream;
    this.#send(this.#datagram, sender.writeAt(timestamp, this.#datagram, telephoneEventBytes, payloadType, marker));
  }

  #emit(octets: number, durationMs: number, nowMs: number): void {
    const { sender } = this.#stream;
    const extension = this.#extension?.(this.#datagram, nowMs) ?? 0;
    const { payloadType } = this.#settings;
    const length = sender.write(this.#datagram, extension + octets, payloadType, this.#stream.takeMarker());
    if (extension > 0) markExtended(this.#datagram);
    sender.advance(durationMs * this.#ticksPerMs);
    this.#pending = 0;
    this.#send(this.#datagram, length);
  }
}

function packetOctetsOf({ octetsPerMs }: Codec, ptimeMs: number): number {
  if (octetsPerMs === undefined) return packetOctetsMax;
  const wanted = ptimeMs * octetsPerMs;
  return wanted <= packetOctetsMax ? wanted : frameMs * octetsPerMs;
}
