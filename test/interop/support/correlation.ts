/** Normalised cross-correlation: by FFT (overlap-save) over many places, directly over a few. */

export interface Match {
  /** Sample of the recording at which the pattern begins. */
  readonly at: number;
  /** −1 to 1. */
  readonly score: number;
}

/**
 * A recording that many patterns are searched in.
 *
 *   recording  |  spectrum 1   |
 *              |         |  spectrum 2   |      each of `size` samples, three quarters of it behind the one before
 *   pattern    |..|                             a quarter of it at most: each place is whole in one of them
 */
export class SearchedRecording {
  readonly samples: Float32Array;
  /** Sums of squares before each sample. */
  readonly #energy: Float64Array;
  /** By their size; made when they are first needed. */
  readonly #spectra = new Map<number, readonly Spectrum[]>();

  constructor(samples: Float32Array) {
    this.samples = samples;
    this.#energy = new Float64Array(samples.length + 1);
    for (let i = 0; i < samples.length; i++) this.#energy[i + 1] = this.#energy[i]! + samples[i]! ** 2;
  }

  /** Sum of squares of `length` samples from `at`; what is outside counts as silence. */
  energy(at: number, length: number): number {
    const clamp = (index: number) => Math.max(0, Math.min(this.samples.length, index));
    return this.#energy[clamp(at + length)]! - this.#energy[clamp(at)]!;
  }

  /** Where the pattern fits best. */
  find(pattern: Float32Array): Match {
    const scores = this.scores(pattern, 0, Math.max(0, this.samples.length - pattern.length + 1));
    let at = 0;
    for (let n = 1; n < scores.length; n++) if (scores[n]! > scores[at]!) at = n;
    return { at, score: scores[at] ?? 0 };
  }

  /** How well a pattern fits at each of `count` places from `from`. */
  scores(pattern: Float32Array, from: number, count: number): Float64Array {
    const { length } = pattern;
    const first = Math.max(0, -from);
    const end = Math.min(count, this.samples.length - length - from + 1);
    const scores = new Float64Array(count);
    const norm = energyOf(pattern);
    if (norm === 0 || first >= end) return scores;
    const products = end - first < directMax ? this.#products : this.#productsByFourier;
    products.call(this, pattern, from + first, scores.subarray(first, end));
    for (let n = first; n < end; n++) {
      const energy = this.#energy[from + n + length]! - this.#energy[from + n]!;
      scores[n] = energy < length * audiblePower ? 0 : scores[n]! / Math.sqrt(norm * energy);
    }
    return scores;
  }

  #products(pattern: Float32Array, from: number, out: Float64Array): void {
    const { samples } = this;
    for (let n = 0; n < out.length; n++) {
      let product = 0;
      for (let i = 0; i < pattern.length; i++) product += pattern[i]! * samples[from + n + i]!;
      out[n] = product;
    }
  }

  /** Two spectra at a time: what comes back of one is real, and that of the other stands beside it. */
  #productsByFourier(pattern: Float32Array, from: number, out: Float64Array): void {
    const size = 2 ** Math.ceil(Math.log2(4 * pattern.length));
    const hop = (3 * size) / 4;
    const spectra = this.#spectraOf(size);
    const own = spectrumOf(pattern, size);
    const both = spectrumOf(silence, size);
    const last = Math.floor((from + out.length - 1) / hop);
    for (let index = Math.floor(from / hop); index <= last; index += 2) {
      multiply(spectra[index]!, own, both);
      if (index < last) multiplyBeside(spectra[index + 1]!, own, both);
      transformBack(both);
      copyScaled(both.re, index * hop - from, hop, 1 / size, out);
      if (index < last) copyScaled(both.im, (index + 1) * hop - from, hop, 1 / size, out);
    }
  }

  #spectraOf(size: number): readonly Spectrum[] {
    let spectra = this.#spectra.get(size);
    if (spectra === undefined) {
      const hop = (3 * size) / 4;
      const { samples } = this;
      spectra = Array.from({ length: Math.ceil(samples.length / hop) }, (_, index) =>
        spectrumOf(samples.subarray(index * hop, index * hop + size), size),
      );
      this.#spectra.set(size, spectra);
    }
    return spectra;
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

/** Fewer places than this are tried one by one. */
const directMax = 100;
/** −65 dBov: what is fainter, such as the idle code of A-law at −72, is silence. */
const audiblePower = 10 ** -6.5;

function energyOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}

const silence = new Float32Array(0);

/** `count` values into `out`, the first of them at `at`; those that lie outside are left out. */
function copyScaled(values: Float64Array, at: number, count: number, scale: number, out: Float64Array): void {
  const end = Math.min(count, out.length - at);
  for (let n = Math.max(0, -at); n < end; n++) out[at + n] = values[n]! * scale;
}

interface Spectrum {
  /** In the order in which `transform` leaves it. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function spectrumOf(samples: Float32Array, size: number): Spectrum {
  const spectrum = { re: new Float64Array(size), im: new Float64Array(size) };
  if (samples.length === 0) return spectrum;
  spectrum.re.set(samples);
  transform(spectrum);
  return spectrum;
}

/** A spectrum times the conjugate of a pattern's: in time, how well the pattern fits at each place. */
function multiply(a: Spectrum, pattern: Spectrum, out: Spectrum): void {
  const { re, im } = out;
  for (let i = 0; i < re.length; i++) {
    re[i] = a.re[i]! * pattern.re[i]! + a.im[i]! * pattern.im[i]!;
    im[i] = a.im[i]! * pattern.re[i]! - a.re[i]! * pattern.im[i]!;
  }
}

/** Adds the same of another, turned by a quarter: in time it is imaginary. */
function multiplyBeside(a: Spectrum, pattern: Spectrum, out: Spectrum): void {
  const { re, im } = out;
  for (let i = 0; i < re.length; i++) {
    re[i]! -= a.im[i]! * pattern.re[i]! - a.re[i]! * pattern.im[i]!;
    im[i]! += a.re[i]! * pattern.re[i]! + a.im[i]! * pattern.im[i]!;
  }
}

/** Fourier transform in place; the length is a power of two. The result stands in bit-reversed order, which nobody minds. */
function transform({ re, im }: Spectrum): void {
  const size = re.length;
  const { cos, sin } = turns(size);
  for (let half = size / 2; half >= 1; half /= 2) {
    for (let from = 0; from < size; from += 2 * half) {
      for (let k = 0; k < half; k++) {
        const i = from + k;
        const j = i + half;
        const wRe = cos[half + k]!;
        const wIm = sin[half + k]!;
        const dRe = re[i]! - re[j]!;
        const dIm = im[i]! - im[j]!;
        re[i]! += re[j]!;
        im[i]! += im[j]!;
        re[j] = wRe * dRe - wIm * dIm;
        im[j] = wRe * dIm + wIm * dRe;
      }
    }
  }
}

/** From there back into order, `size` times as large. */
function transformBack({ re, im }: Spectrum): void {
  const size = re.length;
  const { cos, sin } = turns(size);
  for (let half = 1; half < size; half *= 2) {
    for (let from = 0; from < size; from += 2 * half) {
      for (let k = 0; k < half; k++) {
        const i = from + k;
        const j = i + half;
        const wRe = cos[half + k]!;
        const wIm = sin[half + k]!;
        const tRe = wRe * re[j]! + wIm * im[j]!;
        const tIm = wRe * im[j]! - wIm * re[j]!;
        re[j] = re[i]! - tRe;
        im[j] = im[i]! - tIm;
        re[i]! += tRe;
        im[i]! += tIm;
      }
    }
  }
}

const tables = new Map<number, { readonly cos: Float64Array; readonly sin: Float64Array }>();

/** Roots of unity, kept by length: those of a stage of `half` butterflies from `half` on. */
function turns(size: number): { readonly cos: Float64Array; readonly sin: Float64Array } {
  let table = tables.get(size);
  if (table === undefined) {
    const angles = new Float64Array(size);
    for (let half = 1; half < size; half *= 2) {
      for (let k = 0; k < half; k++) angles[half + k] = (-Math.PI * k) / half;
    }
    table = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
    tables.set(size, table);
  }
  return table;
}
