/**
 * One console's microphone: Opus packets from mediasoup, kept a moment for the first syllable, decoded only while its
 * console talks.
 *
 * Voice can overtake the request that announces it (two paths), and a request may have to wait out another talker's
 * grace. So the last packets are kept; when the floor is granted within `promptMs` they are heard from shortly before
 * the request on. Who waits longer has been told so, and is heard from the grant on: nothing that was said while
 * somebody else talked is played later.
 */

import { frameMs, frameSamples, type PcmFrame } from '../media/frame.ts';
import { FrameAssembler } from '../media/frame-assembler.ts';
import { LevelControl } from '../media/level-control.ts';
import { Limiter } from '../media/limiter.ts';
import { OpusSpeechDecoder } from '../media/opus.ts';
import type { RtpPacket } from '../protocols/rtp/rtp-packet.ts';
import { RtpInput } from './rtp-input.ts';
import type { ConsoleId, MicSettings } from './terms.ts';

const opusClockHz = 48_000;
const ticksPerMs = opusClockHz / 1000;
const samplesPerMs = frameSamples / frameMs;
/** A wait for the floor that still counts as part of the key press. */
const promptMs = 1000;
/** How much earlier than its request voice may have arrived. */
const overtakeMs = 100;
const keptPackets = 64;
const keptBytesMax = 512;
const concealedFramesMax = 3;

/** An Opus packet in the order of its stream, lent. */
export interface MicPacket {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
  /** Beginning on the talker's own time; its zero has no meaning. */
  readonly positionMs: number;
}

class Kept implements MicPacket {
  readonly bytes = new Uint8Array(keptBytesMax);
  readonly offset = 0;
  length = 0;
  positionMs = 0;
  arrivedMs = -Infinity;
}

/** Where an operator's voice goes while his console holds a floor. */
export interface MicListener {
  hearPacket(packet: MicPacket, durationMs: number, nowMs: number): void;
  hearFrame(frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean): void;
}

export class Microphone {
  readonly console: ConsoleId;
  readonly settings: MicSettings;
  readonly input = new RtpInput(opusClockHz);
  readonly level = new LevelControl({ automatic: true, targetDbov: -20, gainMaxDb: 15 });
  /** When voice last arrived: the lease of the floor. */
  talkMs = -Infinity;
  /** Datagrams of another stream, and packets that Opus cannot be. */
  packetsForeign = 0;
  packetsUndecodable = 0;
  /** As a leg's: dropped after a hold-up because newer ones had come. */
  packetsStale = 0;

  readonly #limiter = new Limiter();
  readonly #decoder = new OpusSpeechDecoder();
  readonly #frames = new FrameAssembler(frameSamples);
  readonly #lent: { -readonly [K in keyof MicPacket]: MicPacket[K] } = {
    bytes: new Uint8Array(0),
    offset: 0,
    length: 0,
    positionMs: 0,
  };
  readonly #kept: readonly Kept[] = Array.from({ length: keptPackets }, () => new Kept());
  readonly #listeners = new Set<MicListener>();
  #next = 0;
  #lastTimestamp = -1;
  #positionMs = 0;
  #usedMs = -Infinity;

  constructor(settings: MicSettings) {
    this.console = settings.console;
    this.settings = settings;
  }

  /** The packet when it is this microphone's, lent until the next call. */
  read(bytes: Uint8Array, nowMs: number): RtpPacket | undefined {
    const packet = this.input.read(bytes, nowMs, undefined);
    if (packet === undefined) return undefined;
    if (this.input.restarted) this.#lastTimestamp = -1;
    if (packet.payloadType !== this.settings.payloadType || packet.ssrc !== this.settings.ssrc) {
      this.packetsForeign += 1;
      return undefined;
    }
    this.talkMs = nowMs;
    return packet;
  }

  /** A packet in order: heard by whoever listens, else kept. */
  take(packet: RtpPacket, lostBefore: number, nowMs: number): void {
    const stepMs = this.#lastTimestamp < 0 ? 0 : ((packet.timestamp - this.#lastTimestamp) | 0) / ticksPerMs;
    this.#lastTimestamp = packet.timestamp;
    this.#positionMs += Math.max(0, stepMs);
    if (this.#listeners.size > 0) {
      const lent = this.#lent;
      lent.bytes = packet.bytes;
      lent.offset = packet.payloadOffset;
      lent.length = packet.payloadBytes;
      lent.positionMs = this.#positionMs;
      this.#play(lent, lostBefore, nowMs, false);
      this.#usedMs = nowMs;
    } else this.#keep(packet, nowMs);
  }

  /** Its console may talk there from here on; voice of the key press that came before is heard first. */
  open(listener: MicListener, requestedMs: number, nowMs: number): void {
    const first = this.#listeners.size === 0;
    this.#listeners.add(listener);
    if (!first) return;
    this.#frames.clear();
    this.#limiter.reset();
    this.level.startOver();
    const fromMs = nowMs - requestedMs <= promptMs ? requestedMs - overtakeMs : nowMs;
    for (let i = 0; i < keptPackets; i++) {
      const kept = this.#kept[(this.#next + i) % keptPackets]!;
      if (kept.arrivedMs >= fromMs && kept.arrivedMs > this.#usedMs) this.#play(kept, 0, nowMs, true);
    }
    this.#usedMs = nowMs;
  }

  close(listener: MicListener): void {
    this.#listeners.delete(listener);
  }

  #keep(packet: RtpPacket, nowMs: number): void {
    const { bytes, payloadOffset, payloadBytes } = packet;
    if (payloadBytes > keptBytesMax) return;
    const kept = this.#kept[this.#next]!;
    this.#next = (this.#next + 1) % keptPackets;
    for (let i = 0; i < payloadBytes; i++) kept.bytes[i] = bytes[payloadOffset + i]!;
    kept.length = payloadBytes;
    kept.positionMs = this.#positionMs;
    kept.arrivedMs = nowMs;
  }

  /** Decoded once; the packet itself goes to the consoles as it is. */
  #play(packet: MicPacket, lostBefore: number, nowMs: number, kept: boolean): void {
    const decoder = this.#decoder;
    const missing = Math.min(lostBefore, concealedFramesMax);
    for (let i = missing; i > 0; i--) {
      decoder.conceal();
      this.#hear(packet.positionMs - i * frameMs, nowMs, kept);
    }
    if (decoder.decode(packet.bytes, packet.offset, packet.length) !== undefined) {
      this.packetsUndecodable += 1;
      return;
    }
    const durationMs = decoder.samples / samplesPerMs;
    for (const listener of this.#listeners) listener.hearPacket(packet, durationMs, nowMs);
    this.#hear(packet.positionMs, nowMs, kept);
  }

  /** What was just decoded, as whole frames: level, limiter, to the legs of every group where the console talks. */
  #hear(positionMs: number, nowMs: number, kept: boolean): void {
    let atMs = positionMs - this.#frames.samples / samplesPerMs;
    this.#frames.push(this.#decoder.pcm, this.#decoder.samples);
    for (let frame = this.#frames.pull(); frame !== undefined; frame = this.#frames.pull()) {
      this.level.process(frame);
      this.#limiter.process(frame);
      for (const listener of this.#listeners) listener.hearFrame(frame, atMs, nowMs, kept);
      atMs += frameMs;
    }
  }
}
