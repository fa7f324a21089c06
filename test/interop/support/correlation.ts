/** Normalised cross-correlation, by FFT over a whole recording and directly over a few lags. */

export interface Match {
  /** Sample of the recording at which the pattern begins. */
  readonly at: number;
  /** −1 to 1. */
  readonly score: number;
}

/** A recording that many patterns are searched in. */
export class SearchedRecording {
  readonly samples: Float32Array;
  readonly #size: number;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  /** Sums of squares before each sample. */
  readonly #energy: Float64Array;

  /** `patternMax`: samples of the longest pattern. */
  constructor(samples: Float32Array, patternMax: number) {
    this.samples = samples;
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(2, samples.length + patternMax)));
    this.#re = new Float64Array(this.#size);
    this.#im = new Float64Array(this.#size);
    this.#re.set(samples);
    transform(this.#re, this.#im);
    this.#energy = new Float64Array(samples.length + 1);
    for (let i = 0; i < samples.length; i++) this.#energy[i + 1] = this.#energy[i]! + samples[i]! ** 2;
  }

  /** Sum of squares of `length` samples from `at`; what is outside counts as silence. */
  energy(at: number, length: number): number {
    const clamp = (index: number) => Math.max(0, Math.min(this.samples.length, index));
    return this.#energy[clamp(at + length)]! - this.#energy[clamp(at)]!;
  }

  /** Where in `from`…`to` the pattern fits best. */
  find(pattern: Float32Array, from = 0, to = this.samples.length - pattern.length): Match {
    const re = new Float64Array(this.#size);
    const im = new Float64Array(this.#size);
    re.set(pattern);
    transform(re, im);
    for (let i = 0; i < this.#size; i++) {
      const [a, b, c, d] = [this.#re[i]!, this.#im[i]!, re[i]!, im[i]!];
      re[i] = a * c + b * d;
      im[i] = -(b * c - a * d); // conjugated, so that the forward transform goes back
    }
    transform(re, im);
    const norm = Math.sqrt(energyOf(pattern));
    let best: Match = { at: 0, score: 0 };
    for (let at = Math.max(0, from); at <= Math.min(to, this.samples.length - pattern.length); at++) {
      const energy = this.energy(at, pattern.length);
      const score = energy < pattern.length * audiblePower ? 0 : re[at]! / this.#size / (norm * Math.sqrt(energy));
      if (score > best.score) best = { at, score };
    }
    return best;
  }

  /** How well a pattern fits at each of `count` places from `from`. */
  scores(pattern: Float32Array, from: number, count: number): Float64Array {
    const { samples } = this;
    const { length } = pattern;
    const scores = new Float64Array(count);
    const norm = energyOf(pattern);
    for (let n = Math.max(0, -from); n < count && from + n + length <= samples.length; n++) {
      const at = from + n;
      const energy = this.#energy[at + length]! - this.#energy[at]!;
      if (norm === 0 || energy < length * audiblePower) continue;
      let product = 0;
      for (let i = 0; i < length; i++) product += pattern[i]! * samples[at + i]!;
      scores[n] = product / Math.sqrt(norm * energy);
    }
    return scores;
  }

  /** How well `length` samples of `sound` from `from` fit at `at`; 0 where either is silent. */
  score(sound: Float32Array, from: number, length: number, at: number): number {
    const recorded = this.energy(at, length);
    if (at < 0 || at + length > this.samples.length || recorded < length * audiblePower) return 0;
    let product = 0;
    let energy = 0;
    for (let i = 0; i < length; i++) {
      const x = sound[from + i] ?? 0;
      product += x * this.samples[at + i]!;
      energy += x * x;
    }
    return energy === 0 ? 0 : product / Math.sqrt(energy * recorded);
  }
}

/** −65 dBov: what is fainter, such as the idle code of A-law at −72, is silence. */
const audiblePower = 10 ** -6.5;

function energyOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}

/** Forward Fourier transform in place; the length is a power of two. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j]!, re[i]!];
    [im[i], im[j]] = [im[j]!, im[i]!];
  }
  const { cos, sin } = turns(size);
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let from = 0; from < size; from += 2 * half) {
      for (let k = 0; k < half; k++) {
        const i = from + k;
        const j = i + half;
        const wRe = cos[k * stride]!;
        const wIm = sin[k * stride]!;
        const tRe = wRe * re[j]! - wIm * im[j]!;
        const tIm = wRe * im[j]! + wIm * re[j]!;
        re[j] = re[i]! - tRe;
        im[j] = im[i]! - tIm;
        re[i]! += tRe;
        im[i]! += tIm;
      }
    }
  }
}

const tables = new Map<number, { readonly cos: Float64Array; readonly sin: Float64Array }>();

/** The first half of the roots of unity, kept by length. */
function turns(size: number): { readonly cos: Float64Array; readonly sin: Float64Array } {
  let table = tables.get(size);
  if (table === undefined) {
    const angles = Float64Array.from({ length: size / 2 }, (_, k) => (-2 * Math.PI * k) / size);
    table = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
    tables.set(size, table);
  }
  return table;
}
