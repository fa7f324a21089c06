/**
 * The port of every codec that a leg can speak, and the table of those that there are.
 *
 *   encode   20 ms of voice at the codec's own rate, 8 or 16 kHz → the octets of 20 ms
 *   decode   one packet → voice at that rate
 *
 * A further codec (a plug-in for the speech of a radio network, say ACELP in `audio/TETRA`) is one more name, one more
 * row of the table and whatever tells its name from others in SDP; nothing else on the voice path knows codecs:
 * docs/codecs.md. No allocation a packet, but what libopus' add-on gives out.
 *
 * Standards: RFC 3551 §4.5 (PCMA, PCMU, G722, L16), RFC 7587 (Opus).
 */
import { frameMs } from './frame.ts';
import { decodeG711, encodeG711, type G711Codec, g711Silence } from './g711.ts';
import { G722Decoder, G722Encoder } from './g722.ts';
import { decodeL16, encodeL16 } from './l16.ts';
import { OpusSpeechDecoder, OpusSpeechEncoder } from './opus.ts';
import { readOpusDuration } from './opus-packet.ts';

/** As in `a=rtpmap`; where a codec has several rates, with its rate. */
export type VoiceCodec = 'PCMA' | 'PCMU' | 'G722' | 'opus' | 'L16/8000' | 'L16/16000';

export interface VoiceEncoder {
  /** 20 ms at the codec's `audioRateHz` → its octets, lent until the next call. */
  encode(pcm: Float32Array): Uint8Array;
}

export interface VoiceDecoder {
  /** One packet → samples at `audioRateHz`, never more than `pcm` holds; 0 for what cannot be decoded. */
  decode(bytes: Uint8Array, offset: number, length: number, pcm: Float32Array): number;
  /** What comes next does not go on from what was decoded. */
  reset(): void;
}

export interface Codec {
  readonly name: VoiceCodec;
  /** Its place in the table. */
  readonly index: number;
  /** Of the voice that it takes and gives. */
  readonly audioRateHz: 8000 | 16_000;
  /** Of its RTP timestamps, which for G.722 is half the rate of its voice. */
  readonly clockRateHz: number;
  /** Octets of a millisecond; `undefined`: a packet is what one `encode` gave, and can be neither joined nor split. */
  readonly octetsPerMs: number | undefined;
  /** An octet that stands for silence wherever it is put; `undefined` when there is none. */
  readonly silence: number | undefined;
  /** RTP ticks that a payload plays; 0 for what is none. */
  durationTicks(bytes: Uint8Array, offset: number, length: number): number;
  createEncoder(): VoiceEncoder;
  createDecoder(): VoiceDecoder;
}

const none = (): void => undefined;

function g711(name: G711Codec, index: number): Codec {
  return {
    name,
    index,
    audioRateHz: 8000,
    clockRateHz: 8000,
    octetsPerMs: 8,
    silence: g711Silence(name),
    durationTicks: (_bytes, _offset, length) => length,
    createEncoder: () => {
      const coded = new Uint8Array(8 * frameMs);
      return {
        encode: (pcm) => {
          encodeG711(name, pcm, coded.length, coded, 0);
          return coded;
        },
      };
    },
    createDecoder: () => ({
      decode: (bytes, offset, length, pcm) => decodeG711(name, bytes, offset, length, pcm),
      reset: none,
    }),
  };
}

function l16(rateHz: 8000 | 16_000, index: number): Codec {
  const octetsPerMs = (2 * rateHz) / 1000;
  return {
    name: rateHz === 8000 ? 'L16/8000' : 'L16/16000',
    index,
    audioRateHz: rateHz,
    clockRateHz: rateHz,
    octetsPerMs,
    silence: 0,
    durationTicks: (_bytes, _offset, length) => length >> 1,
    createEncoder: () => {
      const coded = new Uint8Array(octetsPerMs * frameMs);
      return {
        encode: (pcm) => {
          encodeL16(pcm, coded.length / 2, coded, 0);
          return coded;
        },
      };
    },
    createDecoder: () => ({ decode: decodeL16, reset: none }),
  };
}

const g722: Codec = {
  name: 'G722',
  index: 2,
  audioRateHz: 16_000,
  clockRateHz: 8000,
  octetsPerMs: 8,
  silence: undefined,
  durationTicks: (_bytes, _offset, length) => length,
  createEncoder: () => {
    const encoder = new G722Encoder();
    const coded = new Uint8Array(8 * frameMs);
    return {
      encode: (pcm) => {
        encoder.encode(pcm, 2 * coded.length, coded, 0);
        return coded;
      },
    };
  },
  createDecoder: () => new G722Decoder(),
};

const opus: Codec = {
  name: 'opus',
  index: 3,
  audioRateHz: 16_000,
  clockRateHz: 48_000,
  octetsPerMs: undefined,
  silence: undefined,
  durationTicks: (bytes, offset, length) => {
    const ticks = readOpusDuration(bytes, offset, length);
    return typeof ticks === 'number' ? ticks : 0;
  },
  createEncoder: () => new OpusSpeechEncoder(),
  createDecoder: () => {
    const decoder = new OpusSpeechDecoder();
    return {
      decode: (bytes, offset, length, pcm) => {
        decoder.decode(bytes, offset, length);
        const samples = Math.min(decoder.samples, pcm.length);
        for (let i = 0; i < samples; i++) pcm[i] = decoder.pcm[i]!;
        return samples;
      },
      reset: () => decoder.reset(),
    };
  },
};

/** All codecs, each at its `index`. */
export const codecs: readonly Codec[] = [g711('PCMA', 0), g711('PCMU', 1), g722, opus, l16(8000, 4), l16(16_000, 5)];

const byName = new Map(codecs.map((codec) => [codec.name, codec]));

export function codecOf(name: VoiceCodec): Codec {
  return byName.get(name) ?? codecs[0]!;
}
