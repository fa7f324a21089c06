/**
 * Soft limiter: what is below −3 dBFS passes bit for bit, what is above is turned down smoothly, nothing leaves above
 * −0.3 dBFS. It sets the gain for blocks of 2 ms within the frame at hand, so it adds no delay.
 */
import type { PcmFrame } from './frame.ts';

const threshold = 10 ** (-3 / 20);
const ceiling = 10 ** (-0.3 / 20);
const knee = ceiling - threshold;
const blockSamples = 32;
/** From here the last hundredth of a dB is let go. */
const unityFrom = 0.999;
/** Share of the missing gain that returns in one block: 80 ms to recover. */
const release = 1 - Math.exp(-2 / 80);

export class Limiter {
  #gain = 1;

  /** Gain at the end of the last frame, 0–1; 1 is untouched. */
  get gain(): number {
    return this.#gain;
  }

  /** Limits a frame in place. */
  process(frame: PcmFrame): void {
    const length = frame.length;
    let gain = this.#gain;
    if (gain === 1 && peakOf(frame, 0, length) <= threshold) return;
    for (let begin = 0; begin < length; begin += blockSamples) {
      const end = Math.min(begin + blockSamples, length);
      const peak = peakOf(frame, begin, Math.min(end + blockSamples, length));
      const wanted = peak <= threshold ? 1 : (threshold + knee * (1 - Math.exp((threshold - peak) / knee))) / peak;
      const next = wanted < gain ? wanted : gain + (wanted - gain) * release;
      if (gain === 1 && next === 1) continue;
      apply(frame, begin, end, gain, next);
      gain = next > unityFrom ? 1 : next;
    }
    this.#gain = gain;
  }

  reset(): void {
    this.#gain = 1;
  }
}

function peakOf(frame: PcmFrame, begin: number, end: number): number {
  let peak = 0;
  for (let i = begin; i < end; i++) {
    const x = Math.abs(frame[i]!);
    if (x > peak) peak = x;
  }
  return peak;
}

function apply(frame: PcmFrame, begin: number, end: number, from: number, to: number): void {
  const step = (to - from) / (end - begin);
  let gain = from;
  for (let i = begin; i < end; i++) {
    gain += step;
    const y = frame[i]! * gain;
    frame[i] = y > ceiling ? ceiling : Math.max(y, -ceiling);
  }
}
