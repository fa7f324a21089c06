/**
 * Cuts the coded voice towards a leg into packets of the negotiated time, numbers and sends them.
 *
 * 20 ms, the usual case, is one copy and one send. A gap in time ends a packet early: what stands in one packet is
 * always contiguous.
 */
import { rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import { type TelephoneEvent, telephoneEventBytes, writeTelephoneEvent } from '../protocols/rtp/telephone-event.ts';
import type { OutStream } from './out-stream.ts';

/** Sends the first `length` octets of a datagram; they are lent until it returns. */
export type SendDatagram = (bytes: Uint8Array, length: number) => void;

export interface PacketiserSettings {
  readonly payloadType: number;
  readonly ptimeMs: number;
  /** Octet of silence, to fill up the last packet. */
  readonly silence: number;
}

/** Octets of G.711 in a millisecond, which are its RTP ticks too. */
const octetsPerMs = 8;

export class Packetiser {
  readonly #stream: OutStream;
  readonly #settings: PacketiserSettings;
  readonly #send: SendDatagram;
  readonly #datagram: Uint8Array;
  readonly #packetOctets: number;
  #pending = 0;

  constructor(stream: OutStream, settings: PacketiserSettings, send: SendDatagram) {
    this.#stream = stream;
    this.#settings = settings;
    this.#send = send;
    this.#packetOctets = settings.ptimeMs * octetsPerMs;
    this.#datagram = new Uint8Array(rtpHeaderBytes + Math.max(this.#packetOctets, telephoneEventBytes));
  }

  /** Sends coded voice that begins at `positionMs` of its talker's time, if it is sent as he speaks. */
  push(coded: Uint8Array, positionMs: number | undefined, nowMs: number): void {
    const gapTicks = this.#stream.gapTicks(positionMs, coded.length / octetsPerMs, nowMs);
    if (gapTicks > 0) {
      this.flush();
      this.#stream.sender.advance(gapTicks);
    }
    // The usual packet is one copy by the machine's own means, four times as fast as octet by octet.
    if (this.#pending === 0 && coded.length === this.#packetOctets) {
      this.#datagram.set(coded, rtpHeaderBytes);
      this.#emit();
      return;
    }
    for (let at = 0; at < coded.length; ) {
      const taken = Math.min(coded.length - at, this.#packetOctets - this.#pending);
      const to = rtpHeaderBytes + this.#pending;
      for (let i = 0; i < taken; i++) this.#datagram[to + i] = coded[at + i]!;
      this.#pending += taken;
      at += taken;
      if (this.#pending === this.#packetOctets) this.#emit();
    }
  }

  /** Sends what waits for a full packet, filled up with silence. */
  flush(): void {
    if (this.#pending === 0) return;
    this.#datagram.fill(this.#settings.silence, rtpHeaderBytes + this.#pending);
    this.#emit();
  }

  /** Sends one packet of a telephone-event, whose timestamp stands still (RFC 4733 §2.5.1.1). */
  sendEvent(event: TelephoneEvent, payloadType: number, timestamp: number, marker: boolean): void {
    this.flush();
    writeTelephoneEvent(this.#datagram, rtpHeaderBytes, event);
    const { sender } = this.#stream;
    this.#send(this.#datagram, sender.writeAt(timestamp, this.#datagram, telephoneEventBytes, payloadType, marker));
  }

  #emit(): void {
    const { sender } = this.#stream;
    const length = sender.write(
      this.#datagram,
      this.#packetOctets,
      this.#settings.payloadType,
      this.#stream.takeMarker(),
    );
    sender.advance(this.#packetOctets);
    this.#pending = 0;
    this.#send(this.#datagram, length);
  }
}
