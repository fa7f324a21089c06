import { describe, expect, it } from 'vitest';
import { Downsampler, resamplerDelayMs, Upsampler } from '../../src/media/resampler.ts';
import { levelAt, noise, tone } from './signals.ts';

const level = -10;
const settleSamples = 800;

function up(input: Float32Array): Float32Array {
  const out = new Float32Array(2 * input.length);
  new Upsampler().push(input, input.length, out);
  return out;
}

function down(input: Float32Array): Float32Array {
  const out = new Float32Array(input.length / 2);
  new Downsampler().push(input, input.length, out);
  return out;
}

/** Level that a 1 s tone of `fromHz` leaves at `atHz`, in dB against the tone. */
function upLevel(fromHz: number, atHz: number): number {
  return levelAt(up(tone(fromHz, level, 8800, 8000)).subarray(2 * settleSamples), atHz, 16_000) - level;
}

function downLevel(fromHz: number, atHz: number): number {
  return levelAt(down(tone(fromHz, level, 17_600, 16_000)).subarray(settleSamples), atHz, 8000) - level;
}

const passBandHz = Array.from({ length: 63 }, (_, i) => 300 + 50 * i);
const worst = (values: readonly number[]) => Math.max(...values.map(Math.abs));

describe('upsampler, 8 → 16 kHz', () => {
  it('is flat within 0.05 dB from 300 to 3400 Hz', () => {
    expect(worst(passBandHz.map((hz) => upLevel(hz, hz)))).toBeLessThan(0.05);
  });

  it('rejects the images of 300 to 3600 Hz by 75 dB or more', () => {
    const images = [...passBandHz, 3500, 3600].map((hz) => upLevel(hz, 8000 - hz));
    expect(Math.max(...images)).toBeLessThan(-75);
  });
});

describe('downsampler, 16 → 8 kHz', () => {
  it('is flat within 0.05 dB from 300 to 3400 Hz', () => {
    expect(worst(passBandHz.map((hz) => downLevel(hz, hz)))).toBeLessThan(0.05);
  });

  it('lets no tone from 4400 to 7950 Hz alias above −75 dB', () => {
    const aliases = Array.from({ length: 72 }, (_, i) => 4400 + 50 * i).map((hz) => downLevel(hz, 8000 - hz));
    expect(Math.max(...aliases)).toBeLessThan(-75);
  });

  it('lets white noise of the upper band through at less than −60 dB of its power above 4400 Hz', () => {
    // A sweep through the stop-band, 4400 to 7900 Hz in 2 s, as one signal.
    const sweep = new Float32Array(32_000);
    let phase = 0;
    for (let i = 0; i < sweep.length; i++) {
      phase += (2 * Math.PI * (4400 + (3500 * i) / sweep.length)) / 16_000;
      sweep[i] = 0.5 * Math.sin(phase);
    }
    const out = down(sweep).subarray(settleSamples);
    const power = out.reduce((sum, x) => sum + x * x, 0) / out.length;
    expect(10 * Math.log10(power / 0.125)).toBeLessThan(-75);
  });
});

describe('both ways', () => {
  it('takes a voice-band tone there and back within 0.05 dB', () => {
    for (const hz of [300, 1000, 2000, 3000, 3400]) {
      const out = down(up(tone(hz, level, 8800, 8000))).subarray(settleSamples);
      expect(Math.abs(levelAt(out, hz, 8000) - level)).toBeLessThan(0.05);
    }
  });

  it('delays 1 kHz by 0.19 ms each way, 3.4 kHz by less than 0.65 ms', () => {
    // Phase difference of tones 10 Hz apart is the group delay; measured on the analytic projection.
    const phase = (pcm: Float32Array, hz: number, rateHz: number) => {
      let re = 0;
      let im = 0;
      for (let i = 0; i < pcm.length; i++) {
        re += pcm[i]! * Math.cos((2 * Math.PI * hz * i) / rateHz);
        im -= pcm[i]! * Math.sin((2 * Math.PI * hz * i) / rateHz);
      }
      return Math.atan2(im, re);
    };
    const groupDelayMs = (hz: number) => {
      const [a, b] = [hz, hz + 10].map((f) => {
        const out = up(tone(f, level, 16_000, 8000)).subarray(16_000);
        return phase(out, f, 16_000) - phase(tone(f, level, 32_000).subarray(16_000), f, 16_000);
      });
      const turn = a! - b!;
      return (1000 * (turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI)))) / (2 * Math.PI * 10);
    };
    expect(groupDelayMs(1000)).toBeCloseTo(resamplerDelayMs, 2);
    expect(groupDelayMs(3400)).toBeLessThan(0.65);
  });

  it('gives the same samples whether fed at once or in packets of 10, 20 and 60 ms', () => {
    const input = noise(-20, 8000);
    const whole = up(input);
    const upsampler = new Upsampler();
    const downsampler = new Downsampler();
    const wide = new Float32Array(16_000);
    const narrow = new Float32Array(8000);
    let at = 0;
    for (let n = 0; at < input.length; n++) {
      const samples = Math.min([80, 160, 480][n % 3]!, input.length - at);
      expect(upsampler.push(input.subarray(at), samples, wide.subarray(2 * at))).toBe(2 * samples);
      expect(downsampler.push(wide.subarray(2 * at), 2 * samples, narrow.subarray(at))).toBe(samples);
      at += samples;
    }
    expect(wide).toEqual(whole);
    expect(narrow).toEqual(down(whole));
  });

  it('forgets the past on reset', () => {
    const upsampler = new Upsampler();
    const out = new Float32Array(320);
    upsampler.push(noise(-10, 160), 160, out);
    upsampler.reset();
    upsampler.push(new Float32Array(160), 160, out);
    expect(out).toEqual(new Float32Array(320));
  });
});
