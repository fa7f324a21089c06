/**
 * One console's microphone: Opus packets from mediasoup, kept a moment for the first syllable, decoded only while its
 * console talks.
 *
 * Voice can overtake the request that announces it (two paths), and a request may have to wait out another talker's
 * grace. So the last packets are kept; when the floor is granted within `promptMs` they are heard from shortly before
 * the request on. Who waits longer has been told so, and is heard from the grant on: nothing that was said while
 * somebody else talked is played later.
 *
 * One press may ask for the floors of several groups, which answer at their own pace. What was heard in one of them is
 * kept as well, decoded, for those that grant later; it is never heard again in another press.
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
/** Requests that are no further apart belong to one press. */
const samePressMs = 30;
const keptPackets = 64;
const keptFrames = 64;
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

/** When it came, and the press in which it was heard, by the time of its first request; NaN while it was in none. */
interface Past {
  arrivedMs: number;
  pressMs: number;
}

class Kept implements MicPacket, Past {
  readonly bytes = new Uint8Array(keptBytesMax);
  readonly offset = 0;
  length = 0;
  positionMs = 0;
  /** 0 until it has been decoded, or when it cannot be. */
  durationMs = 0;
  arrivedMs = -Infinity;
  pressMs = NaN;
}

/** A frame that was heard, as legs got it. */
class HeardFrame implements Past {
  readonly frame: PcmFrame;
  positionMs = 0;
  arrivedMs = -Infinity;
  pressMs = NaN;

  constructor(frame: PcmFrame) {
    this.frame = frame;
  }
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
  readonly #heard: readonly HeardFrame[];
  readonly #listeners = new Set<MicListener>();
  #nextKept = 0;
  #nextHeard = 0;
  #lastTimestamp = -1;
  #positionMs = 0;
  /** The first request of the press under way. */
  #pressMs = NaN;

  constructor(settings: MicSettings) {
    this.console = settings.console;
    this.settings = settings;
    const samples = new Float32Array(keptFrames * frameSamples);
    this.#heard = Array.from(
      { length: keptFrames },
      (_, i) => new HeardFrame(samples.subarray(i * frameSamples, (i + 1) * frameSamples)),
    );
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

  /** A packet in order: heard by whoever listens, and kept for who may listen soon. */
  take(packet: RtpPacket, lostBefore: number, nowMs: number): void {
    const stepMs = this.#lastTimestamp < 0 ? 0 : ((packet.timestamp - this.#lastTimestamp) | 0) / ticksPerMs;
    this.#lastTimestamp = packet.timestamp;
    this.#positionMs += Math.max(0, stepMs);
    const kept = this.#keep(packet, nowMs);
    if (this.#listeners.size === 0) return;
    const lent = this.#lent;
    lent.bytes = packet.bytes;
    lent.offset = packet.payloadOffset;
    lent.length = packet.payloadBytes;
    lent.positionMs = this.#positionMs;
    const durationMs = this.#play(lent, lostBefore, nowMs, nowMs, false);
    if (kept === undefined) return;
    kept.durationMs = durationMs;
    kept.pressMs = this.#pressMs;
  }

  /** Its console may talk there from here on; voice of the key press that came before is heard first. */
  open(listener: MicListener, requestedMs: number, nowMs: number): void {
    const first = this.#listeners.size === 0;
    const fromMs = nowMs - requestedMs <= promptMs ? requestedMs - overtakeMs : nowMs;
    this.#repeat(listener, requestedMs, fromMs, nowMs);
    this.#listeners.add(listener);
    if (!first) return;
    this.#pressMs = requestedMs;
    this.#frames.clear();
    this.#limiter.reset();
    this.level.startOver();
    for (let i = 0; i < keptPackets; i++) {
      const kept = this.#kept[(this.#nextKept + i) % keptPackets]!;
      if (kept.arrivedMs < fromMs || !Number.isNaN(kept.pressMs)) continue;
      kept.pressMs = requestedMs;
      kept.durationMs = this.#play(kept, 0, kept.arrivedMs, nowMs, true);
    }
  }

  close(listener: MicListener): void {
    this.#listeners.delete(listener);
  }

  /** What another group has heard of the same press, for one that was granted later. */
  #repeat(listener: MicListener, requestedMs: number, fromMs: number, nowMs: number): void {
    const belongs = ({ arrivedMs, pressMs }: Past) =>
      arrivedMs >= fromMs && Math.abs(pressMs - requestedMs) <= samePressMs; // never where it is NaN
    for (let i = 0; i < keptPackets; i++) {
      const kept = this.#kept[(this.#nextKept + i) % keptPackets]!;
      if (kept.durationMs > 0 && belongs(kept)) listener.hearPacket(kept, kept.durationMs, nowMs);
    }
    for (let i = 0; i < keptFrames; i++) {
      const heard = this.#heard[(this.#nextHeard + i) % keptFrames]!;
      if (belongs(heard)) listener.hearFrame(heard.frame, heard.positionMs, nowMs, true);
    }
  }

  #keep(packet: RtpPacket, nowMs: number): Kept | undefined {
    const { bytes, payloadOffset, payloadBytes } = packet;
    if (payloadBytes > keptBytesMax) return undefined;
    const kept = this.#kept[this.#nextKept]!;
    this.#nextKept = (this.#nextKept + 1) % keptPackets;
    for (let i = 0; i < payloadBytes; i++) kept.bytes[i] = bytes[payloadOffset + i]!;
    kept.length = payloadBytes;
    kept.positionMs = this.#positionMs;
    kept.durationMs = 0;
    kept.arrivedMs = nowMs;
    kept.pressMs = NaN;
    return kept;
  }

  /** Decoded once; the packet itself goes to the consoles as it is. Returns its length in ms; 0 when it is no Opus. */
  #play(packet: MicPacket, lostBefore: number, arrivedMs: number, nowMs: number, kept: boolean): number {
    const decoder = this.#decoder;
    const missing = Math.min(lostBefore, concealedFramesMax);
    for (let i = missing; i > 0; i--) {
      decoder.conceal();
      this.#hear(packet.positionMs - i * frameMs, arrivedMs, nowMs, kept);
    }
    if (decoder.decode(packet.bytes, packet.offset, packet.length) !== undefined) {
      this.packetsUndecodable += 1;
      return 0;
    }
    const durationMs = decoder.samples / samplesPerMs;
    for (const listener of this.#listeners) listener.hearPacket(packet, durationMs, nowMs);
    this.#hear(packet.positionMs, arrivedMs, nowMs, kept);
    return durationMs;
  }

  /** What was just decoded, as whole frames: level, limiter, to the legs of every group where the console talks. */
  #hear(positionMs: number, arrivedMs: number, nowMs: number, kept: boolean): void {
    let atMs = positionMs - this.#frames.samples / samplesPerMs;
    this.#frames.push(this.#decoder.pcm, this.#decoder.samples);
    for (let frame = this.#frames.pull(); frame !== undefined; frame = this.#frames.pull()) {
      this.level.process(frame);
      this.#limiter.process(frame);
      this.#note(frame, atMs, arrivedMs);
      for (const listener of this.#listeners) listener.hearFrame(frame, atMs, nowMs, kept);
      atMs += frameMs;
    }
  }

  #note(frame: PcmFrame, positionMs: number, arrivedMs: number): void {
    const heard = this.#heard[this.#nextHeard]!;
    this.#nextHeard = (this.#nextHeard + 1) % keptFrames;
    heard.frame.set(frame);
    heard.positionMs = positionMs;
    heard.arrivedMs = arrivedMs;
    heard.pressMs = this.#pressMs;
  }
}
