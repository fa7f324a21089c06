/** Sine tones for line-up and tests, continuous in phase from frame to frame. */
import { amplitudeOfDb } from './level.ts';

export class Tone {
  readonly #amplitude: number;
  readonly #step: number;
  #phase = 0;

  /** `levelDbov` is that of the sine's power: −3.01 is full scale. */
  constructor(frequencyHz: number, levelDbov: number, rateHz: number) {
    this.#amplitude = Math.SQRT2 * amplitudeOfDb(levelDbov);
    this.#step = (2 * Math.PI * frequencyHz) / rateHz;
  }

  fill(out: Float32Array, samples: number = out.length): void {
    let phase = this.#phase;
    for (let i = 0; i < samples; i++) {
      out[i] = this.#amplitude * Math.sin(phase);
      phase += this.#step;
    }
    this.#phase = phase % (2 * Math.PI);
  }
}
