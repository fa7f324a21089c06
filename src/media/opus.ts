/**
 * Opus for speech at 16 kHz mono over libopus' add-on: one encoder per talking leg, one decoder per microphone.
 *
 * The add-on throws on packets that it cannot decode and overruns on frames of a length that Opus has not, so nothing
 * reaches it unchecked: packets are judged by opus-packet.ts first, frames have one length. Errors are values here.
 * Why these settings: docs/adr/0007-opus-settings.md.
 */
import { createRequire } from 'node:module';
import { frameRateHz, frameSamples, type PcmFrame } from './frame.ts';
import { lostFrameToc, type OpusMalformed, readOpusDuration } from './opus-packet.ts';

// CommonJS whose exports Node cannot see from outside: a named import compiles and then fails.
const { OpusEncoder } = createRequire(import.meta.url)('@discordjs/opus') as typeof import('@discordjs/opus');

/** Requests of opus_defines.h. */
const setApplication = 4000;
const setMaxBandwidth = 4004;
const setComplexity = 4010;
const setInbandFec = 4012;
const setPacketLossPercent = 4014;
const setDtx = 4016;
const setSignal = 4024;
const resetState = 4028;
const applicationVoip = 2048;
const bandwidthWideband = 1103;
const signalVoice = 3001;

export interface OpusEncoderSettings {
  /** Default 32,000. */
  readonly bitrateBps?: number;
  /** 0–10; default 2. */
  readonly complexity?: number;
  /** Loss that in-band FEC is dimensioned for, %. Default 10; with 5, libopus sends no FEC below 28 kb/s. */
  readonly lossPercent?: number;
}

export class OpusSpeechEncoder {
  readonly #encoder = new OpusEncoder(frameRateHz, 1);
  readonly #pcm = new Int16Array(frameSamples);
  readonly #bytes = Buffer.from(this.#pcm.buffer);

  constructor(settings: OpusEncoderSettings = {}) {
    const encoder = this.#encoder;
    // The add-on creates encoders for music; the application can be changed until the first frame.
    encoder.applyEncoderCTL(setApplication, applicationVoip);
    encoder.applyEncoderCTL(setSignal, signalVoice);
    encoder.applyEncoderCTL(setMaxBandwidth, bandwidthWideband);
    encoder.applyEncoderCTL(setComplexity, settings.complexity ?? 2);
    encoder.applyEncoderCTL(setInbandFec, 1);
    encoder.applyEncoderCTL(setPacketLossPercent, settings.lossPercent ?? 10);
    encoder.applyEncoderCTL(setDtx, 0);
    encoder.setBitrate(settings.bitrateBps ?? 32_000);
  }

  /** One frame to one packet, which is the caller's to keep. Beyond full scale the frame clips. */
  encode(frame: PcmFrame): Uint8Array {
    const pcm = this.#pcm;
    for (let i = 0; i < frameSamples; i++) {
      pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(frame[i]! * 32_768)));
    }
    return this.#encoder.encode(this.#bytes);
  }
}

/** Longest packet, 120 ms. */
const samplesMax = 6 * frameSamples;

export class OpusSpeechDecoder {
  /** Voice last decoded, 16 kHz mono, up to 120 ms; lent until the next call. */
  readonly pcm = new Float32Array(samplesMax);
  /** Samples in `pcm`; 0 after a packet that could not be decoded. */
  samples = 0;

  readonly #decoder = new OpusEncoder(frameRateHz, 1);
  readonly #decoded = new Int16Array(samplesMax);
  readonly #decodedBytes = new Uint8Array(this.#decoded.buffer);
  readonly #lost = Buffer.alloc(1);
  #toc = -1;

  /** Decodes one packet of any bandwidth, mono or stereo, into `pcm`. Total: bad packets give the reason. */
  decode(
    bytes: Uint8Array,
    offset = 0,
    length: number = bytes.length - offset,
  ): OpusMalformed | 'undecodable' | undefined {
    this.samples = 0;
    const duration = readOpusDuration(bytes, offset, length);
    if (typeof duration === 'string') return duration;
    if (!this.#run(Buffer.from(bytes.buffer, bytes.byteOffset + offset, length))) return 'undecodable';
    this.#toc = bytes[offset]!;
    return undefined;
  }

  /** Stands in for 20 ms that were lost, by the decoder's own concealment; silence before the first packet. */
  conceal(): void {
    this.#lost[0] = lostFrameToc(this.#toc);
    if (this.#toc >= 0 && this.#run(this.#lost)) return;
    this.samples = frameSamples;
    this.pcm.fill(0, 0, frameSamples);
  }

  /** What comes next does not go on from what was decoded. */
  reset(): void {
    this.#decoder.applyDecoderCTL(resetState, 0);
    this.#toc = -1;
  }

  #run(packet: Buffer): boolean {
    let decoded: Buffer;
    try {
      decoded = this.#decoder.decode(packet);
    } catch {
      return false;
    }
    const samples = Math.min(decoded.length >> 1, samplesMax);
    this.#decodedBytes.set(decoded.subarray(0, 2 * samples));
    for (let i = 0; i < samples; i++) this.pcm[i] = this.#decoded[i]! / 32_768;
    this.samples = samples;
    return true;
  }
}
