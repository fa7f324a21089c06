/**
 * WAV files of one channel as speech at 16 kHz: what synthesisers and people who record announcements hand over.
 *
 * Read: PCM of 16 bits and A-law (RIFF format tags 1 and 6), 8 to 48 kHz. Any rate becomes 16 kHz by a windowed sinc of
 * 32 zero crossings, which keeps what lies below 90 % of the lower Nyquist frequency within 0.1 dB. Not for the voice
 * path: whole files, off-line.
 */
import { frameRateHz } from './frame.ts';
import { decodeG711 } from './g711.ts';

export type WavReading =
  | { readonly ok: true; readonly samples: Float32Array }
  | { readonly ok: false; readonly malformed: 'not-riff' | 'not-mono' | 'encoding' | 'rate' | 'truncated' };

const crossings = 32;

/** Total: any bytes give either samples at 16 kHz, ±1, or what is wrong. Linear time. */
export function readWav(bytes: Uint8Array): WavReading {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') return { ok: false, malformed: 'not-riff' };
  let format: { readonly alaw: boolean; readonly rateHz: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    // A synthesiser that writes to a pipe cannot know the length: it puts the largest number, and the file ends first.
    const length = Math.min(view.getUint32(at + 4, true), bytes.length - at - 8);
    const body = at + 8;
    if (tag(at) === 'fmt ') {
      if (length < 16) return { ok: false, malformed: 'truncated' };
      const encoding = view.getUint16(body, true);
      const bits = view.getUint16(body + 14, true);
      const rateHz = view.getUint32(body + 4, true);
      if (view.getUint16(body + 2, true) !== 1) return { ok: false, malformed: 'not-mono' };
      if (!(encoding === 1 && bits === 16) && !(encoding === 6 && bits === 8)) {
        return { ok: false, malformed: 'encoding' };
      }
      if (rateHz < 8000 || rateHz > 48_000) return { ok: false, malformed: 'rate' };
      format = { alaw: encoding === 6, rateHz };
    }
    if (tag(at) === 'data') {
      if (format === undefined) return { ok: false, malformed: 'encoding' };
      const samples = format.alaw ? ofAlaw(bytes, body, length) : ofPcm(view, body, length >> 1);
      return { ok: true, samples: resample(samples, format.rateHz, frameRateHz) };
    }
    at = body + length + (length % 2);
  }
  return { ok: false, malformed: 'truncated' };
}

function ofPcm(view: DataView, at: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => view.getInt16(at + 2 * index, true) / 32_768);
}

function ofAlaw(bytes: Uint8Array, at: number, count: number): Float32Array {
  const samples = new Float32Array(count);
  decodeG711('PCMA', bytes, at, count, samples);
  return samples;
}

/** Whole signal to another rate; delay-free. */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;
  const step = fromHz / toHz;
  /** Cut-off as share of the input's Nyquist frequency. */
  const cutOff = 0.95 * Math.min(1, toHz / fromHz);
  const reach = crossings / cutOff;
  const out = new Float32Array(Math.floor(samples.length / step));
  for (let index = 0; index < out.length; index++) {
    const centre = index * step;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let at = first; at <= last; at++) sum += samples[at]! * cutOff * windowedSinc(at - centre, cutOff, reach);
    out[index] = sum;
  }
  return out;
}

/** PCM of 16 bits at 16 kHz; what is beyond ±1 is clipped. */
export function writeWav(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, frameRateHz, true);
  view.setUint32(28, 2 * frameRateHz, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + 2 * index, Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), true);
  });
  return bytes;
}

/** Sinc under a Blackman window. */
function windowedSinc(distance: number, cutOff: number, reach: number): number {
  if (distance === 0) return 1;
  const phase = Math.PI * cutOff * distance;
  const share = (Math.PI * distance) / reach;
  return (Math.sin(phase) / phase) * (0.42 + 0.5 * Math.cos(share) + 0.08 * Math.cos(2 * share));
}
