/** What is done with sounds before they are sent or compared. */
import type { Sound } from './wav.ts';

/** Zero crossings of the interpolating sinc on each side: 70 dB of alias suppression at telephone bandwidth. */
const lobes = 24;

/** The same sound at another rate, by windowed-sinc interpolation. */
export function resampled(sound: Sound, rateHz: number): Sound {
  if (sound.rateHz === rateHz) return sound;
  const { samples } = sound;
  const step = sound.rateHz / rateHz;
  const cutoff = 0.94 * Math.min(1, 1 / step);
  const reach = lobes / cutoff;
  const out = new Float32Array(Math.floor(samples.length / step));
  for (let n = 0; n < out.length; n++) {
    const centre = n * step;
    const to = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let i = Math.max(0, Math.ceil(centre - reach)); i <= to; i++) {
      const x = i - centre;
      const phase = Math.PI * cutoff * x;
      const sinc = x === 0 ? cutoff : Math.sin(phase) / (Math.PI * x);
      sum += samples[i]! * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
    }
    out[n] = sum;
  }
  return { rateHz, samples: out };
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
