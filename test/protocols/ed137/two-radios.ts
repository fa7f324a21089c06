/** A control room and a radio joined by a line of virtual time: each sends what its session owes, and voice on demand. */
import type { Confirmation } from '../../../src/protocols/ed137/ptt.ts';
import type { RadioTerms } from '../../../src/protocols/ed137/radio-sdp.ts';
import { extensionBytesMax, markExtended, RadioSession } from '../../../src/protocols/ed137/radio-session.ts';
import { RtpPacket, rtpHeaderBytes } from '../../../src/protocols/rtp/rtp-packet.ts';
import { RtpSender } from '../../../src/protocols/rtp/rtp-sender.ts';

const terms: RadioTerms = {
  type: 'Radio-TxRx',
  transmission: 'TxRx',
  bss: ['RSSI'],
  pttId: 7,
  pttRepeats: 2,
  keepAlive: { periodMs: 200, multiplier: 10 },
};

export type Side = 'controlRoom' | 'radio';
export interface Sent {
  readonly from: Side;
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

const voiceBytes = 160;
const voicePayloadType = 8;
const r2sPayloadType = 123;

export class TwoRadios {
  nowMs = 0;
  readonly sent: Sent[] = [];
  readonly session: Readonly<Record<Side, RadioSession>>;
  /** Sides that send voice, a packet each 20 ms. */
  readonly voice = new Set<Side>();
  /** Sides whose packets are lost, or who have stopped. */
  readonly cut = new Set<Side>();
  readonly #senders: Readonly<Record<Side, RtpSender>>;
  readonly #oneWayMs: number;
  #delivered = 0;

  constructor(confirmation: Confirmation = 'pttId', oneWayMs = 10) {
    this.#oneWayMs = oneWayMs;
    const settings = { terms, confirmation, measureEveryMs: 5000, jitterMs: 40, deviceMs: 10 };
    this.session = {
      controlRoom: new RadioSession({ ...settings, role: 'controlRoom' }, 0),
      radio: new RadioSession({ ...settings, role: 'radio' }, 0),
    };
    const sender = (ssrc: number) => new RtpSender({ ssrc, firstSequenceNumber: 1, firstTimestamp: 160 });
    this.#senders = { controlRoom: sender(0x2060_0001), radio: sender(0x2080_0002) };
  }

  /** Lets time pass in steps of 1 ms; `each` is called in every one. */
  run(durationMs: number, each: () => void = () => {}): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs++) {
      this.#deliver();
      each();
      for (const side of ['controlRoom', 'radio'] as const) {
        if (this.cut.has(side)) continue;
        if (this.voice.has(side) && this.nowMs % 20 === 0) this.#send(side, voiceBytes);
        else if (this.session[side].isPacketDue(this.nowMs)) this.#send(side, 0);
      }
    }
  }

  #send(from: Side, payloadBytes: number): void {
    const session = this.session[from];
    const sender = this.#senders[from];
    const out = new Uint8Array(rtpHeaderBytes + extensionBytesMax + payloadBytes);
    const voice = payloadBytes > 0;
    const end = voice
      ? session.writeVoice(out, rtpHeaderBytes, this.nowMs)
      : session.writeSilent(out, rtpHeaderBytes, this.nowMs);
    sender.timestamp = 160 + 8 * this.nowMs;
    sender.write(out, payloadBytes, voice ? voicePayloadType : r2sPayloadType, false);
    markExtended(out);
    out.fill(0xd5, end, end + payloadBytes);
    this.sent.push({ from, atMs: this.nowMs, bytes: out.slice(0, end + payloadBytes) });
  }

  #deliver(): void {
    const packet = new RtpPacket();
    for (; this.#delivered < this.sent.length; this.#delivered++) {
      const { from, atMs, bytes } = this.sent[this.#delivered]!;
      if (atMs + this.#oneWayMs > this.nowMs) return;
      if (packet.read(bytes) !== undefined) throw new Error('not RTP');
      this.session[from === 'radio' ? 'controlRoom' : 'radio'].heard(packet, this.nowMs);
    }
  }
}

/** PTT type, PTT-ID and whether voice is in it, of the packets that a side sent from then on. */
export function keysOf(line: TwoRadios, from: Side, sinceMs: number): readonly string[] {
  const packet = new RtpPacket();
  return line.sent
    .filter((each) => each.from === from && each.atMs >= sinceMs)
    .map(({ bytes }) => {
      packet.read(bytes);
      const word = (bytes[packet.extensionOffset]! << 8) | bytes[packet.extensionOffset + 1]!;
      return `${word >> 13}/${(word >> 6) & 0x3f}${packet.payloadBytes > 0 ? ' voice' : ''}`;
    });
}
