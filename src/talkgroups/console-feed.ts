/**
 * One group's voice into one mediasoup router: an Opus stream per leg and one for whichever operator talks.
 *
 * A frame is encoded once per talking leg whoever listens (voice-path.ts); here it is only numbered and sent. Nothing is
 * sent while nobody listens. Sender reports go out while a stream carries voice.
 */
import type { Random } from '../base/random.ts';
import { ntpOfUtc, writeRtcp } from '../protocols/rtp/rtcp.ts';
import { rtpHeaderBytes } from '../protocols/rtp/rtp-packet.ts';
import { OutStream } from './out-stream.ts';
import type { SendDatagram } from './packetiser.ts';
import type { FeedId, FeedSettings, FeedStream } from './terms.ts';

/** Longest Opus packet (RFC 6716 §3.4). */
const opusBytesMax = 1275;
const opusClockHz = 48_000;
const ticksPerMs = opusClockHz / 1000;
const reportIntervalMs = 2000;

interface Reported {
  readonly stream: OutStream;
  packets: number;
}

export class ConsoleFeed {
  readonly id: FeedId;
  readonly settings: FeedSettings;
  active: boolean;
  packetsSent = 0;
  /** Packets that were too long. */
  packetsDropped = 0;
  /** When the next sender report may be due; Infinity while nothing is sent. */
  dueMs = Infinity;

  readonly #send: SendDatagram;
  readonly #streams = new Map<FeedStream['party'], Reported>();
  readonly #datagram = new Uint8Array(rtpHeaderBytes + opusBytesMax);

  constructor(settings: FeedSettings, random: Random, send: SendDatagram) {
    this.id = settings.feed;
    this.settings = settings;
    this.active = settings.active;
    this.#send = send;
    const draw = (limit: number): number => Math.floor(random.fraction() * limit);
    for (const { party, ssrc } of settings.streams) {
      const start = { ssrc, firstSequenceNumber: draw(0x8000), firstTimestamp: draw(0x1_0000_0000) };
      this.#streams.set(party, { stream: new OutStream(start, opusClockHz), packets: 0 });
    }
  }

  /** The next packet of the party's stream begins an over. */
  beginOver(party: FeedStream['party']): void {
    this.#streams.get(party)?.stream.beginOver();
  }

  /** Sends one Opus packet of `durationMs` that begins at `positionMs` of the talker's time. */
  hear(
    party: FeedStream['party'],
    bytes: Uint8Array,
    offset: number,
    length: number,
    positionMs: number,
    durationMs: number,
    nowMs: number,
  ): void {
    const stream = this.#streams.get(party)?.stream;
    if (stream === undefined) return; // another feed of the group carries it
    if (length > opusBytesMax) {
      this.packetsDropped += 1;
      return;
    }
    const { sender } = stream;
    const gapTicks = stream.gapTicks(positionMs, durationMs, nowMs);
    if (gapTicks > 0) sender.advance(gapTicks);
    const datagram = this.#datagram;
    for (let i = 0; i < length; i++) datagram[rtpHeaderBytes + i] = bytes[offset + i]!;
    const total = sender.write(datagram, length, this.settings.payloadType, stream.takeMarker());
    sender.advance(durationMs * ticksPerMs);
    this.packetsSent += 1;
    this.#send(datagram, total);
    if (this.dueMs === Infinity) this.dueMs = nowMs + reportIntervalMs;
  }

  /** Sends the sender reports that are due: one for every stream that carried voice since the last. */
  tick(nowMs: number, utcMs: number): void {
    if (nowMs < this.dueMs) return;
    let sent = false;
    for (const reported of this.#streams.values()) {
      const { ssrc, packets, payloadOctets } = reported.stream.sender;
      if (packets === reported.packets) continue;
      reported.packets = packets;
      sent = true;
      const rtpTimestamp = reported.stream.timestampAt(nowMs);
      const sender = { ntp: ntpOfUtc(utcMs), rtpTimestamp, packets, octets: payloadOctets };
      const bytes = writeRtcp([
        { type: 'sr', ssrc, sender, blocks: [] },
        { type: 'sdes', chunks: [{ ssrc, cname: this.settings.group }] },
      ]);
      this.#send(bytes, bytes.length);
    }
    this.dueMs = sent ? nowMs + reportIntervalMs : Infinity;
  }
}
