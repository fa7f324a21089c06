/**
 * What one leg's far end sends: its stream, whether it talks, and the stations that turn packets into frames.
 *
 * A station is a method; their order is voice-path.ts. A leg whose voice nobody may hear is not decoded at all, unless
 * its level must be watched (VOX) or its speech is being kept (guard after our own transmission).
 */
import { type Codec, codecOf, type VoiceDecoder } from '../media/codec.ts';
import { Concealment } from '../media/concealment.ts';
import { createFrame, frameMs, frameRateHz, frameSamples, type PcmFrame } from '../media/frame.ts';
import { FrameAssembler } from '../media/frame-assembler.ts';
import { levelDbov, silenceDbov } from '../media/level.ts';
import { LevelControl } from '../media/level-control.ts';
import { Limiter } from '../media/limiter.ts';
import { LookBack } from '../media/look-back.ts';
import { Upsampler } from '../media/resampler.ts';
import type { RtpPacket } from '../protocols/rtp/rtp-packet.ts';
import { restartPackets } from '../protocols/rtp/source-turn.ts';
import { readTelephoneEvent, type TelephoneEvent, TelephoneEventReceiver } from '../protocols/rtp/telephone-event.ts';
import { countTetraBlocks } from '../protocols/rtp/tetra-speech.ts';
import { Activity } from './activity.ts';
import { RtpInput, type TimingTypes } from './rtp-input.ts';
import type { LegMedia, LegSettings } from './terms.ts';

/**
 * `guarded`: active, but it may be the tail or echo of what we sent. `blocked`: talks without the floor; nothing of it
 * is heard. `talking`: holds the floor.
 */
export type TalkState = 'quiet' | 'guarded' | 'blocked' | 'talking';

type PacketKind = 'voice' | 'noise' | 'event' | 'bare' | 'other';

/** Frames that stand in for lost ones; what is missing beyond stays a gap. */
const concealedFramesMax = 3;
/** Voice packets without a key, of which one is looked at. */
const unkeyedEvery = 25;
/** Longest packet taken, ms. */
const packetMsMax = 120;
/** Scratch of one station, empty again when it returns: the voice path never stops on the way. */
const wide = new Float32Array((packetMsMax * frameRateHz) / 1000);
const narrow = new Float32Array(wide.length / 2);
const concealed = createFrame();
/** Kept of a talker before he was recognised: his attack and the soft onset before it (VOX), or the guard's time. */
const vocalOnsetMs = 60;

export class LegIn {
  /** When the last packet that is talk arrived: the lease of the floor. */
  talkMs = -Infinity;
  /** When it last spoke; where level decides, without the pauses that hold its talk. */
  spokeMs = -Infinity;
  /** Packets of a talker without the floor. */
  packetsBlocked = 0;
  /** Packets of a payload type that was not negotiated. */
  packetsForeign = 0;
  framesConcealed = 0;
  /** Voice has come on this call. */
  heard = false;
  /** The payload type that came first of those that were not agreed, and whether it looks like native TETRA speech. */
  foreign: { readonly payloadType: number; readonly tetra: boolean } | undefined;
  /** Loudest of the packets that were looked at although no key made them talk; undefined: none was. */
  #unkeyedDbov: number | undefined;
  #unkeyedPackets = 0;
  /** Of those alone: what they hold goes nowhere. */
  #unkeyedDecoder: VoiceDecoder | undefined;
  /** Beginning of the next frame on the talker's own time; its zero has no meaning. */
  positionMs = 0;
  readonly activity: Activity;
  readonly level: LevelControl;
  readonly limiter = new Limiter();
  input: RtpInput;
  /** Payload types of this call whose timestamps are not those of voice. */
  timing: TimingTypes | undefined;

  readonly #vox: boolean;
  #talk: TalkState = 'quiet';
  #keeping = false;
  #watched = false;
  readonly #onsetMs: number;
  #keepMs: number;
  /** Made when something is first kept. */
  #kept: LookBack | undefined;
  readonly #upsampler = new Upsampler();
  readonly #concealment = new Concealment();
  readonly #frames = new FrameAssembler(frameSamples, (2 * packetMsMax * frameRateHz) / 1000);
  readonly #event: TelephoneEvent = { event: 0, end: false, volumeDb: 0, durationTicks: 0 };
  readonly #events = new TelephoneEventReceiver();
  #media: LegMedia | undefined;
  #codec: Codec;
  #decoder: VoiceDecoder;
  #ticksPerMs: number;
  #nextTimestamp = -1;
  #packetTicks = 0;
  #missingTicks = 0;
  #missingFrames = 0;
  readonly #relockMin: number;

  constructor(settings: LegSettings) {
    this.#codec = codecOf('PCMA');
    this.#decoder = this.#codec.createDecoder();
    this.#ticksPerMs = this.#codec.clockRateHz / 1000;
    this.#relockMin = settings.line === undefined ? Infinity : restartPackets;
    this.input = new RtpInput(this.#codec.clockRateHz, this.#relockMin);
    this.activity = new Activity(settings.keyIn);
    this.level = new LevelControl(settings.level);
    this.#vox = settings.keyIn.mode === 'vox';
    this.#onsetMs = settings.keyIn.mode === 'vox' ? settings.keyIn.attackMs + vocalOnsetMs : 0;
    // A talker under guard is recognised with the first packet after its time, which with VOX begins after his attack.
    this.#keepMs = this.#onsetMs + settings.guardMs + 2 * frameMs;
  }

  get media(): LegMedia | undefined {
    return this.#media;
  }

  connect(media: LegMedia): void {
    this.#media = media;
    this.timing = { event: media.telephoneEventPayloadType, bare: media.radio?.payloadType };
    this.#codec = codecOf(media.codec);
    this.#decoder = this.#codec.createDecoder();
    this.#ticksPerMs = this.#codec.clockRateHz / 1000;
    this.input = new RtpInput(this.#codec.clockRateHz, this.#relockMin);
    this.heard = false;
    this.#unkeyedDecoder = undefined;
    this.#unkeyedDbov = undefined;
    this.foreign = undefined;
    this.#events.reset();
    this.startOver();
  }

  disconnect(): void {
    this.#media = undefined;
    this.#keeping = false;
    this.#watched = false;
    this.#kept?.clear();
  }

  get talk(): TalkState {
    return this.#talk;
  }

  /** What it says is judged: it may be ours. */
  get watched(): boolean {
    return this.#watched;
  }

  /** Packets are decoded, not only counted. */
  get listens(): boolean {
    return this.#talk === 'talking' || this.#keeping || this.#watched || this.#vox;
  }

  /** Frames of a talker who is not (yet) heard are worth keeping. */
  get keeps(): boolean {
    return this.#keeping || (this.#vox && this.#talk === 'quiet');
  }

  /** What was kept stays until it is pulled, except for a talker who is refused: nothing of him is heard later. */
  become(talk: TalkState): void {
    const listened = this.listens;
    this.#talk = talk;
    if (talk !== 'guarded') this.#keeping = false;
    if (talk === 'blocked') this.#kept?.clear();
    if (!listened && this.listens) this.startOver();
  }

  /** Whether what a guarded leg says now is worth keeping: only while we send it nothing. */
  keepWhileGuarded(keeping: boolean): void {
    if (this.#keeping === keeping || this.#talk !== 'guarded') return;
    const listened = this.listens;
    this.#keeping = keeping;
    if (!keeping) this.#kept?.clear();
    else if (!listened) this.startOver();
  }

  /** Whether what it says is to be judged even if nobody hears it: it may be ours (loop-judge.ts). */
  watch(watched: boolean): void {
    if (this.#watched === watched) return;
    const listened = this.listens;
    this.#watched = watched;
    if (!listened && this.listens) this.startOver();
  }

  /** From now on a talker may have to wait so long before he is recognised, ms. */
  keepLonger(keepMs: number): void {
    if (keepMs <= this.#keepMs) return;
    this.#keepMs = keepMs;
    this.#kept = undefined;
  }

  kindOf(packet: RtpPacket): PacketKind {
    const media = this.#media;
    if (media === undefined) return 'other';
    switch (packet.payloadType) {
      case media.payloadType:
        return 'voice';
      case media.radio?.payloadType:
        return 'bare';
      case media.telephoneEventPayloadType:
        return 'event';
      case media.comfortNoisePayloadType ?? staticComfortNoise:
        return 'noise';
      default:
        return 'other';
    }
  }

  countForeign({ payloadType, bytes, payloadOffset, payloadBytes }: RtpPacket): void {
    this.packetsForeign += 1;
    this.foreign ??= { payloadType, tetra: countTetraBlocks(bytes, payloadOffset, payloadBytes) > 0 };
  }

  /** From here on another sender is heard. */
  changeSource(): void {
    this.input.changeSource();
    this.#events.reset();
    this.startOver();
  }

  /** The sender numbers its packets and events anew, perhaps within an over. */
  restartStream(): void {
    this.#events.reset();
    const { pauseMs } = this.input;
    const known = this.#nextTimestamp >= 0 && pauseMs < Infinity; // its timestamps no longer tell
    if (known) this.positionMs += Math.max(0, pauseMs - this.#packetTicks / this.#ticksPerMs);
    this.startOver();
  }

  /** The event (0–255) that a telephone-event packet begins, if it begins one. */
  eventOf(packet: RtpPacket): number | undefined {
    const { bytes, payloadOffset, payloadBytes, timestamp } = packet;
    if (!readTelephoneEvent(bytes, payloadOffset, payloadBytes, this.#event)) return undefined;
    return this.#events.receive(this.#event, timestamp);
  }

  /** Nothing that was decoded before counts: the stream was not listened to, or another talker begins. */
  startOver(): void {
    this.input.startOver();
    this.#decoder.reset();
    this.#upsampler.reset();
    this.#concealment.reset();
    this.#frames.clear();
    this.#nextTimestamp = -1;
  }

  /** An over begins, perhaps another talker's. */
  beginOver(): void {
    this.limiter.reset();
    this.level.startOver();
  }

  /** A voice packet that is no talk: one in 25 is looked at, so that talk whose key is not understood is noticed. */
  lookAtUnkeyed({ bytes, payloadOffset, payloadBytes }: RtpPacket): void {
    this.#unkeyedPackets = (this.#unkeyedPackets + 1) % unkeyedEvery;
    if (this.#unkeyedPackets !== 0) return;
    this.#unkeyedDecoder ??= this.#codec.createDecoder();
    const samples = this.#unkeyedDecoder.decode(bytes, payloadOffset, payloadBytes, wide);
    this.#unkeyedDbov = Math.max(this.#unkeyedDbov ?? silenceDbov, levelDbov(wide, samples));
  }

  takeUnkeyedDbov(): number | undefined {
    const taken = this.#unkeyedDbov;
    this.#unkeyedDbov = undefined;
    return taken;
  }

  // ── stations ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Looks at what is missing before a packet: up to three lost frames are to be concealed (`pullConcealed`), all else
   * (more loss, a pause of the sender) stays a gap in the talker's time.
   */
  noticeGap(packet: RtpPacket, lostBefore: number): void {
    const ticksPerMs = this.#ticksPerMs;
    const ticksPerFrame = frameMs * ticksPerMs;
    this.#missingTicks = 0;
    this.#missingFrames = 0;
    if (this.#nextTimestamp >= 0) {
      const gapTicks = (packet.timestamp - this.#nextTimestamp) | 0;
      if (lostBefore > 0) {
        const lostTicks = lostBefore * this.#packetTicks;
        const missing = gapTicks > 0 && gapTicks <= 2 * lostTicks ? gapTicks : lostTicks;
        this.#missingTicks = Math.min(missing, concealedFramesMax * ticksPerFrame);
        this.positionMs += (missing - this.#missingTicks) / ticksPerMs;
      } else if (gapTicks >= ticksPerFrame) {
        this.positionMs += gapTicks / ticksPerMs;
      }
    }
    const ticks = this.#codec.durationTicks(packet.bytes, packet.payloadOffset, packet.payloadBytes);
    this.#packetTicks = Math.max(1, ticks);
    this.#nextTimestamp = (packet.timestamp + ticks) >>> 0;
  }

  /** The next frame that stands in for a lost one; `undefined` when none is left. */
  pullConcealed(): PcmFrame | undefined {
    const ticksPerFrame = frameMs * this.#ticksPerMs;
    for (;;) {
      const frame = this.#frames.pull();
      if (frame !== undefined) return frame;
      if (this.#missingTicks <= 0 || this.#missingFrames >= concealedFramesMax) return undefined;
      this.#concealment.lost(concealed);
      const share = Math.min(1, this.#missingTicks / ticksPerFrame);
      this.#frames.push(concealed, Math.round(share * frameSamples));
      this.#missingTicks -= ticksPerFrame;
      this.#missingFrames += 1;
      this.framesConcealed += 1;
    }
  }

  /** Codec → 16 kHz → as many whole frames as `pullFrame` then gives. */
  decode(packet: RtpPacket): void {
    const { bytes, payloadOffset, payloadBytes } = packet;
    if (this.#codec.audioRateHz === frameRateHz) {
      this.#frames.push(wide, this.#decoder.decode(bytes, payloadOffset, payloadBytes, wide));
      return;
    }
    const samples = this.#decoder.decode(bytes, payloadOffset, payloadBytes, narrow);
    this.#frames.push(wide, this.#upsampler.push(narrow, samples, wide));
  }

  /** The next whole frame, lent until the next call. */
  pullFrame(): PcmFrame | undefined {
    const frame = this.#frames.pull();
    if (frame !== undefined) this.#concealment.good(frame);
    return frame;
  }

  /** The last part of a frame at the end of an over, filled up with silence. */
  flushFrame(): PcmFrame | undefined {
    return this.#frames.flush();
  }

  /** Brings speech to the leg's target level and bounds its peaks, in place. */
  condition(frame: PcmFrame): void {
    this.level.process(frame);
    this.limiter.process(frame);
  }

  /** Keeps a copy of a frame before it is known whether it may be heard. */
  keep(frame: PcmFrame): void {
    this.#kept ??= new LookBack(this.#keepMs);
    this.#kept.push(frame);
  }

  /** Of what was kept only the attack and the onset before it belong to a talker whom VOX has just recognised. */
  keepOnset(): void {
    const kept = this.#kept;
    while (kept !== undefined && kept.frames * frameMs > this.#onsetMs) kept.pull();
  }

  /** Takes what was kept, oldest first; `undefined` when nothing is left. */
  pullKept(): PcmFrame | undefined {
    return this.#kept?.pull();
  }
}

/** Payload type 13 is comfort noise without negotiation (RFC 3389 §4). */
const staticComfortNoise = 13;
