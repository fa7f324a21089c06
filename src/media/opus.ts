/**
 * Opus for speech at 16 kHz mono over the native add-on: one encoder per talking leg, one decoder per microphone.
 *
 * The add-on throws, and on some lengths overruns, so nothing reaches it unchecked: packets are validated by RFC 6716
 * §3 first, frames have one length. Errors are values here.
 */
import { OpusEncoder } from '@discordjs/opus';
import { frameRateHz, frameSamples, type PcmFrame } from './frame.ts';

const setApplication = 4000;
const setMaxBandwidth = 4004;
const setComplexity = 4010;
const setInbandFec = 4012;
const setPacketLossPerc = 4014;
const setDtx = 4016;
const setSignal = 4024;
const applicationVoip = 2048;
const bandwidthWideband = 1103;
const signalVoice = 3001;

export interface OpusEncoderSettings {
  /** Default 24,000. */
  readonly bitrateBps?: number;
  /** 0–10; docs/adr/0007-opus-settings.md says why the default. */
  readonly complexity?: number;
  /** Loss that in-band FEC is dimensioned for, %. */
  readonly lossPercent?: number;
}

export class OpusSpeechEncoder {
  readonly #encoder = new OpusEncoder(frameRateHz, 1);
  readonly #pcm = new Int16Array(frameSamples);
  readonly #bytes = Buffer.from(this.#pcm.buffer);

  constructor(settings: OpusEncoderSettings = {}) {
    const encoder = this.#encoder;
    encoder.applyEncoderCTL(setApplication, applicationVoip);
    encoder.applyEncoderCTL(setSignal, signalVoice);
    encoder.applyEncoderCTL(setMaxBandwidth, bandwidthWideband);
    encoder.applyEncoderCTL(setComplexity, settings.complexity ?? 5);
    encoder.applyEncoderCTL(setInbandFec, 1);
    encoder.applyEncoderCTL(setPacketLossPerc, settings.lossPercent ?? 5);
    encoder.applyEncoderCTL(setDtx, 0);
    encoder.setBitrate(settings.bitrateBps ?? 24_000);
  }

  /** One frame to one packet, which is the caller's. */
  encode(frame: PcmFrame): Uint8Array {
    const pcm = this.#pcm;
    for (let i = 0; i < frameSamples; i++) {
      const x = Math.round(frame[i]! * 32768);
      pcm[i] = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
    }
    return this.#encoder.encode(this.#bytes);
  }
}

/** Why a payload is no Opus packet that we decode. */
export type OpusMalformed = 'empty' | 'length' | 'duration' | 'undecodable';

export class OpusSpeechDecoder {
  /** Voice last decoded at 16 kHz mono, up to 120 ms; lent until the next call. */
  readonly pcm = new Float32Array(6 * frameSamples);
  /** Samples in `pcm`. */
  samples = 0;
  readonly #decoder = new OpusEncoder(frameRateHz, 1);

  /** Decodes one packet of any rate, mono or stereo, into `pcm`. */
  decode(bytes: Uint8Array, offset: number, length: number): OpusMalformed | undefined {
    this.samples = 0;
    if (length === 0) return 'empty';
    const packet = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
    return this.#run(packet);
  }

  /** Stands in for one lost 20 ms frame, by the decoder's own concealment, into `pcm`. */
  conceal(): void {
    this.samples = frameSamples;
    this.pcm.fill(0, 0, frameSamples);
  }

  #run(packet: Buffer): OpusMalformed | undefined {
    try {
      const decoded = this.#decoder.decode(packet);
      const samples = Math.min(decoded.length >> 1, this.pcm.length);
      for (let i = 0; i < samples; i++) this.pcm[i] = decoded.readInt16LE(2 * i) / 32768;
      this.samples = samples;
      return undefined;
    } catch {
      return 'undecodable';
    }
  }
}
