/** What is done with sounds before they are sent or compared. */
import type { Sound } from './wav.ts';

/** Zero crossings of the interpolating sinc on each side: 70 dB of alias suppression at telephone bandwidth. */
const lobes = 24;

/** The same sound at another rate, by windowed-sinc interpolation. */
export function resampled(sound: Sound, rateHz: number): Sound {
  if (sound.rateHz === rateHz) return sound;
  const { samples } = sound;
  const { phases, step } = kernelOf(sound.rateHz, rateHz);
  const out = new Float32Array(Math.floor((samples.length * phases.length) / step));
  for (let n = 0; n < out.length; n++) {
    const { before, weights } = phases[n % phases.length]!;
    const first = Math.floor((n * step) / phases.length) - before;
    const to = Math.min(weights.length, samples.length - first);
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < to; tap++) sum += samples[first + tap]! * weights[tap]!;
    out[n] = sum;
  }
  return { rateHz, samples: out };
}

interface Kernel {
  /** One after the other, for each place that a sample of the result may have between two of the source. */
  readonly phases: readonly { readonly before: number; readonly weights: Float64Array }[];
  /** From one sample to the next, in shares of the source's samples: as many make one as there are phases. */
  readonly step: number;
}

const kernels = new Map<string, Kernel>();

/** The sincs from one rate to another: a few, since rates have much in common; made once. */
function kernelOf(fromHz: number, toHz: number): Kernel {
  const name = `${fromHz}/${toHz}`;
  let kernel = kernels.get(name);
  if (kernel === undefined) {
    const common = commonDivisor(fromHz, toHz);
    const step = fromHz / common;
    const count = toHz / common;
    const phases = Array.from({ length: count }, (_, n) => sincAt(((n * step) % count) / count, fromHz / toHz));
    kernel = { phases, step };
    kernels.set(name, kernel);
  }
  return kernel;
}

/** Weights of the source's samples about a place so far behind one of them, which stands `before` the first. */
function sincAt(behind: number, step: number): Kernel['phases'][number] {
  const cutoff = 0.94 * Math.min(1, 1 / step);
  const reach = lobes / cutoff;
  const before = -Math.ceil(behind - reach);
  const weights = Float64Array.from({ length: Math.floor(behind + reach) + before + 1 }, (_, tap) => {
    const x = tap - before - behind;
    const phase = Math.PI * cutoff * x;
    const sinc = x === 0 ? cutoff : Math.sin(phase) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
  });
  return { before, weights };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

export function scaled(samples: Float32Array, db: number): Float32Array {
  const gain = 10 ** (db / 20);
  return samples.map((sample) => gain * sample);
}

export function silence(seconds: number, rateHz = 8000): Float32Array {
  return new Float32Array(Math.round(seconds * rateHz));
}

export function joined(...parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Power of each 20 ms window. */
export function windowPowers(samples: Float32Array, rateHz: number): Float64Array {
  const size = rateHz / 50;
  const powers = new Float64Array(Math.floor(samples.length / size));
  for (let window = 0; window < powers.length; window++) {
    let sum = 0;
    for (let i = window * size; i < (window + 1) * size; i++) sum += samples[i]! ** 2;
    powers[window] = sum / size;
  }
  return powers;
}

/** dB below overload of a mean square; a sine at full scale is −3. */
export function dbov(power: number): number {
  return power === 0 ? -Infinity : 10 * Math.log10(power);
}
