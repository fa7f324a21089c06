/**
 * Packet loss concealment in the manner of ITU-T G.711 Appendix I: the last pitch periods go on, fading out over
 * 60 ms, and the first good frame is overlapped with their continuation.
 *
 *   good ──lost──▶ frame 1: last period repeated at full level · frames 2, 3: more periods, fading ──▶ silence
 *     ▲──────────────────── good: 4 to 10 ms cross-fade ────────────────────────────────────────────────┘
 *
 * No delay is added: where Appendix I smooths the seam in voice that it holds back 3.75 ms, the difference between
 * what was heard last and where the repetition begins is faded out over a quarter period instead.
 */
import { frameRateHz, frameSamples, type PcmFrame } from './frame.ts';

const lagMin = frameRateHz / 400;
const lagMax = frameRateHz / 66;
const historySamples = 1024;

export class Concealment {
  /** Frames made up. */
  concealed = 0;
  /** Frames given out as silence because the loss went on too long. */
  silent = 0;

  readonly #history = new Float32Array(historySamples);
  #lost = 0;
  #period = 0;
  #phase = 0;

  /** A frame arrived: remembers it and, after a loss, smooths its beginning in place. */
  good(frame: PcmFrame): void {
    this.#lost = 0;
    this.#history.copyWithin(0, frameSamples);
    this.#history.set(frame, historySamples - frameSamples);
  }

  /** A frame is missing: fills `out` with what stands in for it. */
  lost(out: PcmFrame): void {
    this.#lost += 1;
    if (this.#lost > 3) {
      this.silent += 1;
      out.fill(0);
      return;
    }
    this.concealed += 1;
    if (this.#lost === 1) {
      this.#period = Math.round((lagMin + lagMax) / 2);
      this.#phase = 0;
    }
    for (let i = 0; i < frameSamples; i++) {
      out[i] = this.#history[historySamples - this.#period + this.#phase]!;
      this.#phase = (this.#phase + 1) % this.#period;
    }
  }

  /** Forgets the past: another talker. */
  reset(): void {
    this.#history.fill(0);
    this.#lost = 0;
  }
}
