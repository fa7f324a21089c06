/** Signals and measurements for the tests of this folder: speech files, tones, levels of single frequencies. */
import { readFileSync } from 'node:fs';
import { decodeG711 } from '../../src/media/g711.ts';
import { Upsampler } from '../../src/media/resampler.ts';
import { Tone } from '../../src/media/tone.ts';

/** Speech at 16 kHz: five seconds of French without a pause, or eight of Dutch with pauses (made with espeak-ng). */
export function speech(language: 'fr' | 'nl'): Float32Array {
  const name = language === 'fr' ? 'speech-fr-16k' : 'speech-nl-8k';
  const file = readFileSync(new URL(`../vectors/${name}.wav`, import.meta.url));
  const format = file.indexOf('fmt ');
  const data = file.indexOf('data');
  const codec = file.readUInt16LE(format + 8) === 6 ? 'PCMA' : 'PCMU';
  const bytes = file.subarray(data + 8, data + 8 + file.readUInt32LE(data + 4));
  const pcm = new Float32Array(bytes.length);
  decodeG711(codec, bytes, 0, bytes.length, pcm);
  if (file.readUInt32LE(format + 12) === 16_000) return pcm;
  const wide = new Float32Array(2 * pcm.length);
  new Upsampler().push(pcm, pcm.length, wide);
  return wide;
}

export function tone(frequencyHz: number, levelDbov: number, samples: number, rateHz = 16_000): Float32Array {
  const out = new Float32Array(samples);
  new Tone(frequencyHz, levelDbov, rateHz).fill(out);
  return out;
}

/** White noise of the given level, the same at each call. */
export function noise(levelDbov: number, samples: number, seed = 1): Float32Array {
  const amplitude = Math.sqrt(3) * 10 ** (levelDbov / 20);
  let state = seed | 1;
  return Float32Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (amplitude * state) / 0x8000_0000;
  });
}

export function scaled(pcm: Float32Array, db: number): Float32Array {
  const gain = 10 ** (db / 20);
  return pcm.map((x) => gain * x);
}

export function joined(...parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whole frames of 320 samples, copies. */
export function framesOf(pcm: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(pcm.length / 320) }, (_, n) => pcm.slice(320 * n, 320 * (n + 1)));
}

/** Level in dBov of one frequency, by projection under a Hann window (side lobes below −90 dB a few Hz away). */
export function levelAt(pcm: Float32Array, frequencyHz: number, rateHz: number): number {
  let re = 0;
  let im = 0;
  let weight = 0;
  for (let i = 0; i < pcm.length; i++) {
    const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / pcm.length);
    const phase = (2 * Math.PI * frequencyHz * i) / rateHz;
    re += w * pcm[i]! * Math.cos(phase);
    im += w * pcm[i]! * Math.sin(phase);
    weight += w;
  }
  return 10 * Math.log10((2 * (re * re + im * im)) / (weight * weight) + 1e-30);
}

/** Level of active speech in the manner of ITU-T P.56: mean power of the 20 ms frames within 16 dB of that mean. */
export function activeLevelDbov(pcm: Float32Array): number {
  const powers = framesOf(pcm).map((frame) => frame.reduce((sum, x) => sum + x * x, 0) / frame.length);
  let threshold = 0;
  let mean = 0;
  for (let round = 0; round < 20; round++) {
    const active = powers.filter((power) => power > threshold);
    mean = active.reduce((sum, power) => sum + power, 0) / active.length;
    threshold = mean * 10 ** (-15.9 / 10);
  }
  return 10 * Math.log10(mean);
}
