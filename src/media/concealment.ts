/**
 * Packet loss concealment in the manner of ITU-T G.711 Appendix I: the last pitch periods go on, fading out over
 * 60 ms, and the first good frame is overlapped with their continuation.
 *
 *   good ──lost──▶ frame 1: one period repeated ── frame 2: two periods ── frame 3: three, faded to 0 ──▶ silence
 *     ▲─────────────────────── good: cross-fade of 4 ms, 10 ms after longer losses ─────────────────────────┘
 *
 * No delay is added: where Appendix I smooths the seam in voice that it holds back 3.75 ms, the difference between
 * what was heard last and where the repetition begins is faded out over a quarter period instead. Noise-like voice is
 * repeated with the longest period, so that it does not turn into a tone.
 */
import { frameRateHz, frameSamples, type PcmFrame } from './frame.ts';
import { type PitchMatch, searchPitch } from './pitch.ts';

const lagMin = Math.floor(frameRateHz / 400);
const lagMax = Math.ceil(frameRateHz / 66);
const periodsMax = 3;
const historySamples = 1120;
const voicedLikeness = 0.5;
const framesMax = 3;
const fullLevelSamples = frameRateHz / 100;
const fadeSamples = framesMax * frameSamples - fullLevelSamples;

export class Concealment {
  /** Frames made up. */
  concealed = 0;
  /** Frames given out as silence because the loss went on too long. */
  silent = 0;

  readonly #history = new Float32Array(historySamples);
  /** What is repeated; its last quarter period leads smoothly into its beginning. */
  readonly #cycle = new Float32Array(periodsMax * lagMax);
  readonly #scratch = new Float32Array(frameSamples);
  readonly #match: PitchMatch = { lag: lagMax, likeness: 0 };
  #cycleSamples = 0;
  #phase = 0;
  #lostFrames = 0;
  #madeUpSamples = 0;

  /** A frame arrived: remembers it and, after a loss, smooths its beginning in place. */
  good(frame: PcmFrame): void {
    if (this.#lostFrames > 0) {
      this.#merge(frame);
      this.#lostFrames = 0;
    }
    this.#remember(frame);
  }

  /** A frame is missing: fills `out` with what stands in for it. */
  lost(out: PcmFrame): void {
    this.#lostFrames += 1;
    if (this.#lostFrames > framesMax) {
      this.silent += 1;
      out.fill(0);
    } else {
      this.concealed += 1;
      this.#makeUp(out);
    }
    this.#remember(out);
  }

  /** Forgets the past: another talker. */
  reset(): void {
    this.#history.fill(0);
    this.#lostFrames = 0;
  }

  #remember(frame: PcmFrame): void {
    this.#history.copyWithin(0, frameSamples);
    this.#history.set(frame, historySamples - frameSamples);
  }

  #makeUp(out: PcmFrame): void {
    const history = this.#history;
    if (this.#lostFrames === 1) {
      const match = this.#match;
      searchPitch(history, historySamples - frameSamples, frameSamples, -1, lagMin, lagMax, match);
      if (match.likeness < voicedLikeness) match.lag = lagMax;
      this.#madeUpSamples = 0;
      this.#fillCycle(match.lag, 1);
      const seam = history[historySamples - 1]! - history[historySamples - 1 - match.lag]!;
      const quarter = match.lag >> 2;
      this.#repeat(out, frameSamples);
      for (let i = 0; i < quarter; i++) out[i] = out[i]! + seam * (1 - (i + 1) / (quarter + 1));
      return;
    }
    // More periods from here on; the change is hidden in a cross-fade of a quarter period.
    const { lag } = this.#match;
    const quarter = lag >> 2;
    const before = this.#scratch;
    const made = this.#madeUpSamples;
    const phase = this.#phase;
    this.#repeat(before, quarter);
    this.#madeUpSamples = made;
    this.#fillCycle(lag, this.#lostFrames);
    this.#phase = phase % lag;
    this.#repeat(out, frameSamples);
    for (let i = 0; i < quarter; i++) {
      const share = (i + 1) / (quarter + 1);
      out[i] = share * out[i]! + (1 - share) * before[i]!;
    }
  }

  /** The last `periods` periods of the voice before the loss; the first frame's loss has moved it back by a frame. */
  #fillCycle(lag: number, periods: number): void {
    const history = this.#history;
    const cycle = this.#cycle;
    const end = historySamples - (this.#lostFrames - 1) * frameSamples;
    const reach = Math.max(1, Math.min(periods, Math.floor((end - (lag >> 2)) / lag)));
    const samples = reach * lag;
    const quarter = lag >> 2;
    for (let i = 0; i < samples; i++) cycle[i] = history[end - samples + i]!;
    for (let i = 0; i < quarter; i++) {
      const share = (i + 1) / quarter;
      const at = samples - quarter + i;
      cycle[at] = (1 - share) * cycle[at]! + share * history[end - samples - quarter + i]!;
    }
    this.#cycleSamples = samples;
    this.#phase = 0;
  }

  /** Plays on from the cycle, fading by how much was made up already. */
  #repeat(out: Float32Array, samples: number): void {
    const cycle = this.#cycle;
    for (let i = 0; i < samples; i++) {
      const beyond = this.#madeUpSamples - fullLevelSamples;
      const gain = beyond <= 0 ? 1 : beyond >= fadeSamples ? 0 : 1 - beyond / fadeSamples;
      out[i] = gain * cycle[this.#phase]!;
      this.#phase = this.#phase + 1 === this.#cycleSamples ? 0 : this.#phase + 1;
      this.#madeUpSamples += 1;
    }
  }

  #merge(frame: PcmFrame): void {
    const overlap = this.#lostFrames === 1 ? frameRateHz / 250 : frameRateHz / 100;
    const before = this.#scratch;
    if (this.#lostFrames > framesMax) before.fill(0);
    else this.#repeat(before, overlap);
    for (let i = 0; i < overlap; i++) {
      const share = (i + 1) / (overlap + 1);
      frame[i] = share * frame[i]! + (1 - share) * before[i]!;
    }
  }
}
