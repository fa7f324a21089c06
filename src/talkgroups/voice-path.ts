/**
 * The voice path: every station that a frame passes from a talker's datagram to the listeners' datagrams, in order.
 * It runs from top to bottom in one turn of the event loop; there is no queue between stations.
 *
 *   fromLeg      datagram → RTP, numbering window → [no floor: stop here] → reorder window → gap → codec → 16 kHz →
 *                frames → level, limiter ─┐
 *   fromMicrophone   datagram → RTP → order → Opus ─┤   (the packets themselves go to the consoles untouched)
 *                                         ▼
 *   toListeners  floor gate → toConsoles: Opus, once a talking leg → one datagram a feed, and the tape
 *                           → toLegs: 8 kHz, coded once a codec → one datagram a leg; or that leg's first-word buffer
 *                           → with two talkers: mixed at the holder's pace first
 */
import { type Codec, codecs, type VoiceEncoder } from '../media/codec.ts';
import { createFrame, frameMs, frameRateHz, frameSamples, type PcmFrame } from '../media/frame.ts';
import { levelDbov } from '../media/level.ts';
import type { OpusSpeechEncoder } from '../media/opus.ts';
import { Downsampler } from '../media/resampler.ts';
import type { RtpPacket } from '../protocols/rtp/rtp-packet.ts';
import { digitOfEvent } from '../protocols/rtp/telephone-event.ts';
import type { Edge } from './activity.ts';
import type { ConsoleFeed } from './console-feed.ts';
import type { GroupLoops } from './group-loops.ts';
import type { Leg } from './leg.ts';
import type { Microphone } from './microphone.ts';
import type { Overlap } from './overlap.ts';
import type { RadioLine, RadioState } from './radio-line.ts';
import type { PartyId } from './terms.ts';
import type { OverTap } from './voice-tape.ts';

/** What the path asks of the group on the way. */
export interface PathGroup {
  /** The far end of a leg has begun or ended to talk. */
  onEdge(leg: Leg, edge: Edge, nowMs: number): void;
  /** The far end of an active leg talks at this moment. */
  onTalk(leg: Leg, nowMs: number): void;
  /** The far end pressed a key (0–9 * # A–D). */
  onKey(leg: Leg, digit: string, nowMs: number): void;
  /** The radio of a leg says that its talk is an emergency. */
  onEmergency(leg: Leg, nowMs: number): void;
  /** The radio of a leg shows something else than before. */
  onRadio(leg: Leg, state: RadioState): void;
  /** A frame of a leg, heard or not, and not yet conditioned. */
  onVoice(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void;
  /** A frame of a leg that may be heard. */
  onFrame(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean): void;
}

/** Everybody who hears a group. */
export interface Listeners {
  /** In a stable order. */
  readonly legs: readonly Leg[];
  readonly feeds: readonly ConsoleFeed[];
  readonly coder: SharedCoder;
  /** Set where loops are looked for. */
  readonly loops: GroupLoops | undefined;
  /** Set while two talkers are heard at once. */
  readonly overlap: Overlap | undefined;
  /** By talker; what he says is kept there. */
  readonly taps: ReadonlyMap<PartyId, OverTap>;
}

// ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A datagram from the locked source of a leg. */
export function fromLeg(leg: Leg, bytes: Uint8Array, nowMs: number, group: PathGroup): void {
  const { inbound } = leg;
  const packet = inbound.input.read(bytes, nowMs, inbound.timing); // rtp-input.ts
  if (packet === undefined) return;
  if (inbound.input.restarted) inbound.restartStream();
  notice(leg, packet, nowMs, group);
  const voice = packet.payloadType === inbound.media?.payloadType;
  leg.vitalSigns?.rtp(nowMs, voice && !inbound.activity.active); // vital-signs.ts
  if (!inbound.listens) return; // what follows costs; a talker without the floor is only counted
  inbound.input.order(packet, nowMs); // protocols/rtp/reorder-window.ts
  fromLegInOrder(leg, nowMs, group);
}

/** Packets whose turn has come, by arrival or because what was missing before them is given up. */
export function fromLegInOrder(leg: Leg, nowMs: number, group: PathGroup): void {
  const { inbound } = leg;
  for (let packet = inbound.input.pull(nowMs); packet !== undefined; packet = inbound.input.pull(nowMs)) {
    if (inbound.kindOf(packet) !== 'voice') continue;
    inbound.noticeGap(packet, inbound.input.lostBefore); // leg-in.ts, as all stations of a leg
    for (let frame = inbound.pullConcealed(); frame !== undefined; frame = inbound.pullConcealed()) {
      fromLegFrame(leg, frame, nowMs, group); // media/concealment.ts
    }
    inbound.decode(packet); // media/codec.ts, media/resampler.ts, media/frame-assembler.ts
    for (let frame = inbound.pullFrame(); frame !== undefined; frame = inbound.pullFrame()) {
      fromLegFrame(leg, frame, nowMs, group);
    }
  }
}

/** One frame of a leg: heard if it talks, else watched (VOX) and kept if it may yet turn out to be a talker. */
function fromLegFrame(leg: Leg, frame: PcmFrame, nowMs: number, group: PathGroup): void {
  const { inbound } = leg;
  const { positionMs } = inbound;
  inbound.positionMs += frameMs;
  if (inbound.keeps) inbound.keep(frame); // media/look-back.ts
  if (inbound.watched) group.onVoice(leg, frame, positionMs, nowMs); // loop-judge.ts
  const heard = inbound.talk === 'talking';
  if (leg.settings.keyIn.mode === 'vox') {
    const level = levelDbov(frame);
    group.onEdge(leg, inbound.activity.level(level, frameMs, nowMs), nowMs); // activity.ts
    if (inbound.activity.hears(level)) group.onTalk(leg, nowMs);
  }
  // A frame with which VOX recognises a talker has been kept, and heard with what was kept.
  if (!heard || inbound.talk !== 'talking') return;
  inbound.condition(frame); // media/level-control.ts, media/limiter.ts
  group.onFrame(leg, frame, positionMs, nowMs, false);
}

/** What a talker had said before he was recognised is heard first, as far as it was kept. */
export function fromLegKept(leg: Leg, nowMs: number, group: PathGroup): void {
  const { inbound } = leg;
  for (let frame = inbound.pullKept(); frame !== undefined; frame = inbound.pullKept()) {
    inbound.condition(frame);
    group.onFrame(leg, frame, inbound.positionMs, nowMs, true);
  }
}

/** A datagram of a console's microphone; it reaches every group where its console talks. */
export function fromMicrophone(microphone: Microphone, bytes: Uint8Array, nowMs: number): void {
  const packet = microphone.read(bytes, nowMs);
  if (packet === undefined) return;
  microphone.input.order(packet, nowMs);
  fromMicrophoneInOrder(microphone, nowMs);
}

export function fromMicrophoneInOrder(microphone: Microphone, nowMs: number): void {
  const { input } = microphone;
  for (let packet = input.pull(nowMs); packet !== undefined; packet = input.pull(nowMs)) {
    microphone.take(packet, input.lostBefore, nowMs); // media/opus.ts, level, limiter; microphone.ts
  }
}

/** What any packet of a leg says, heard or not: the far end talks, pauses, pressed a key. */
function notice(leg: Leg, packet: RtpPacket, nowMs: number, group: PathGroup): void {
  const { inbound } = leg;
  const { radio } = leg.out;
  const { restarted, statistics } = inbound.input;
  const told = radio?.heard(packet, statistics.extendedSequence, restarted, nowMs); // radio-line.ts
  if (radio !== undefined && told === true) noticeRadio(leg, radio, nowMs, group);
  switch (inbound.kindOf(packet)) {
    case 'bare':
      noticeTalk(leg, nowMs);
      return;
    case 'voice':
      inbound.heard = true;
      group.onEdge(leg, inbound.activity.voice(nowMs, packet.marker, inbound.input.follows), nowMs);
      if (!inbound.activity.active) inbound.lookAtUnkeyed(packet);
      else if (leg.settings.keyIn.mode !== 'vox') group.onTalk(leg, nowMs);
      noticeTalk(leg, nowMs);
      return;
    case 'noise':
      leg.vitalSigns?.comfortNoise();
      group.onEdge(leg, inbound.activity.comfortNoise(nowMs), nowMs);
      noticeTalk(leg, nowMs);
      return;
    case 'event': {
      const event = inbound.eventOf(packet);
      const digit = event === undefined ? undefined : digitOfEvent(event);
      if (digit !== undefined) group.onKey(leg, digit, nowMs);
      return;
    }
    case 'other':
      inbound.countForeign(packet);
      return;
  }
}

/** What the header extension of a radio session says: squelch, emergency, answers to our key. */
function noticeRadio(leg: Leg, radio: RadioLine, nowMs: number, group: PathGroup): void {
  const talks = radio.talks(nowMs);
  if (radio.raisesEmergency(talks)) group.onEmergency(leg, nowMs);
  group.onEdge(leg, leg.inbound.activity.extension(talks), nowMs);
  if (talks) group.onTalk(leg, nowMs);
  const state = radio.changedState();
  if (state !== undefined) group.onRadio(leg, state);
  leg.out.radioHeard(nowMs);
}

function noticeTalk({ inbound, settings }: Leg, nowMs: number): void {
  // A stream that never stops holds the floor only while its level says that somebody talks.
  const { mode } = settings.keyIn;
  const talks = inbound.activity.active || (mode !== 'vox' && mode !== 'marker' && mode !== 'extension');
  if (inbound.talk === 'talking' && talks) inbound.talkMs = nowMs;
  else if (inbound.activity.active) inbound.packetsBlocked += 1;
}

// ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A frame of the talker `speaker`, 20 ms at 16 kHz, lent. `encoder` is given for a leg; an operator's Opus packets have
 * gone to the consoles as they came. `kept` frames come faster than they were spoken, so legs hear them at their pace.
 */
export function toListeners(
  listeners: Listeners,
  speaker: PartyId,
  encoder: OpusSpeechEncoder | undefined,
  frame: PcmFrame,
  positionMs: number,
  nowMs: number,
  kept: boolean,
): void {
  if (encoder !== undefined) toConsoles(listeners, speaker, encoder, frame, positionMs, nowMs);
  if (listeners.overlap === undefined) toLegs(listeners, speaker, undefined, frame, positionMs, nowMs, kept);
  else toLegsMixed(listeners, listeners.overlap, speaker, frame, positionMs, nowMs, kept);
}

/** Encoded once whoever listens; not at all when nobody does. */
function toConsoles(
  { feeds, taps }: Listeners,
  speaker: PartyId,
  encoder: OpusSpeechEncoder,
  frame: PcmFrame,
  positionMs: number,
  nowMs: number,
): void {
  let packet: Uint8Array | undefined;
  for (const feed of feeds) {
    if (!feed.active) continue;
    packet ??= encoder.encode(frame); // media/opus.ts
    feed.hear(speaker, packet, 0, packet.length, positionMs, frameMs, nowMs); // console-feed.ts
  }
  if (packet !== undefined) taps.get(speaker)?.hear(packet, 0, packet.length, positionMs, frameMs, nowMs); // voice-tape.ts
}

/** To every leg but the talkers' own: the shared coding where it is heard at once, its own where voice had to wait. */
function toLegs(
  listeners: Listeners,
  speaker: PartyId,
  other: PartyId | undefined,
  frame: PcmFrame,
  positionMs: number,
  nowMs: number,
  kept: boolean,
): void {
  const { legs, coder } = listeners;
  listeners.loops?.send(legs, speaker, frame, positionMs, nowMs, kept); // group-loops.ts
  coder.take(frame);
  for (const leg of legs) {
    if (leg.id === speaker || leg.id === other) continue;
    const { out } = leg;
    if (out.isDirect(nowMs) && !kept)
      out.hearCoded(coder.coded(out.codec), positionMs, nowMs); // leg-out.ts, packetiser.ts
    else out.hear(frame, nowMs); // media/time-stretch.ts
  }
}

/** Two talkers: each one's own leg hears the other as he comes; all other legs hear both, at the holder's pace. */
function toLegsMixed(
  listeners: Listeners,
  overlap: Overlap,
  speaker: PartyId,
  frame: PcmFrame,
  positionMs: number,
  nowMs: number,
  kept: boolean,
): void {
  for (const leg of listeners.legs) {
    if (leg.id !== speaker && overlap.isTalker(leg.id)) leg.out.hear(frame, nowMs);
  }
  const mixed = overlap.mix(speaker, frame, nowMs); // media/pull-queue.ts, media/mixer.ts
  if (mixed !== undefined) toLegs(listeners, overlap.holder, overlap.overriding, mixed, positionMs, nowMs, kept);
}

/** Two talkers are no longer heard at once: what of the overriding one waited for the holder's pace comes first. */
export function toLegsAfterOverlap(listeners: Listeners, overlap: Overlap, nowMs: number): void {
  for (let frame = overlap.takeRest(); frame !== undefined; frame = overlap.takeRest()) {
    toLegs(listeners, overlap.holder, overlap.overriding, frame, 0, nowMs, true);
  }
}

/** What one codec made of the frame at hand. */
interface Coding {
  encoder: VoiceEncoder | undefined;
  bytes: Uint8Array | undefined;
}

/**
 * Codes the frame at hand at most once for each codec, whatever the number of legs. Encoders go on from talker to
 * talker, as the decoders of their listeners do.
 */
export class SharedCoder {
  readonly #downsampler = new Downsampler();
  readonly #narrow = new Float32Array(frameSamples / 2);
  readonly #codings: readonly Coding[] = codecs.map(() => ({ encoder: undefined, bytes: undefined }));
  #frame: PcmFrame | undefined;
  #narrowed = false;

  /** The frame that `coded` codes; lent until the next call. */
  take(frame: PcmFrame): void {
    this.#frame = frame;
    this.#narrowed = false;
    for (const coding of this.#codings) coding.bytes = undefined;
  }

  /** The frame's octets, lent until the next `take`. */
  coded(codec: Codec): Uint8Array {
    const coding = this.#codings[codec.index]!;
    coding.bytes ??= this.#encode(codec, coding);
    return coding.bytes;
  }

  #encode(codec: Codec, coding: Coding): Uint8Array {
    coding.encoder ??= codec.createEncoder();
    if (codec.audioRateHz === frameRateHz) return coding.encoder.encode(this.#frame ?? silence);
    if (!this.#narrowed) this.#downsampler.push(this.#frame ?? silence, frameSamples, this.#narrow); // media/resampler.ts
    this.#narrowed = true;
    return coding.encoder.encode(this.#narrow); // media/codec.ts
  }
}

const silence = createFrame();
