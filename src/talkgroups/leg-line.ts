/** The media of a leg's call, from its answer to its end, as `leg-out.ts` sends on it. Pure. */
import { type Codec, codecOf, type VoiceEncoder } from '../media/codec.ts';
import { createFrame, frameMs, frameRateHz, frameSamples, type PcmFrame } from '../media/frame.ts';
import type { Downsampler } from '../media/resampler.ts';
import { OutStream, type StreamStart } from './out-stream.ts';
import { Packetiser, type SendDatagram } from './packetiser.ts';
import { RadioLine } from './radio-line.ts';
import type { LegMedia } from './terms.ts';

/** Scratch of one turn, empty again when it returns. */
const narrow = new Float32Array(frameSamples / 2);
const silence = createFrame();

export class LegLine {
  readonly media: LegMedia;
  readonly codec: Codec;
  readonly stream: OutStream;
  readonly packetiser: Packetiser;
  /** Where the call is a radio session. */
  readonly radio: RadioLine | undefined;
  readonly #downsampler: Downsampler;
  /** 20 ms; `undefined` where silence has to be coded like voice. */
  readonly #silence: Uint8Array | undefined;
  /** Made when voice first has to wait: what is heard at once is coded once for all legs. */
  #encoder: VoiceEncoder | undefined;

  /** `downsampler`: the leg's own, which goes on over its calls. */
  constructor(media: LegMedia, start: StreamStart, send: SendDatagram, downsampler: Downsampler, nowMs: number) {
    this.media = media;
    this.codec = codecOf(media.codec);
    this.stream = new OutStream(start, this.codec.clockRateHz);
    const radio = media.radio && new RadioLine(media.radio, this.stream, send, nowMs);
    const extension = radio && ((datagram: Uint8Array, atMs: number) => radio.writeVoice(datagram, atMs));
    this.packetiser = new Packetiser(this.stream, this.codec, media, send, extension);
    this.radio = radio;
    this.#downsampler = downsampler;
    this.#silence = silenceOf(this.codec);
  }

  /** 20 ms of voice in the stream's own time; `dueMs`: when they are due. */
  send(pcm: PcmFrame, dueMs: number): void {
    this.packetiser.push(this.#coded(pcm), undefined, dueMs);
  }

  sendSilence(dueMs: number): void {
    this.packetiser.push(this.#silence ?? this.#coded(silence), undefined, dueMs);
  }

  /** Coded for this leg alone, lent until the next call. */
  #coded(pcm: PcmFrame): Uint8Array {
    this.#encoder ??= this.codec.createEncoder();
    if (this.codec.audioRateHz === frameRateHz) return this.#encoder.encode(pcm);
    this.#downsampler.push(pcm, frameSamples, narrow);
    return this.#encoder.encode(narrow);
  }
}

function silenceOf({ octetsPerMs, silence: octet }: Codec): Uint8Array | undefined {
  if (octetsPerMs === undefined || octet === undefined) return undefined;
  return new Uint8Array(octetsPerMs * frameMs).fill(octet);
}
