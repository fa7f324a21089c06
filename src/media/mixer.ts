/**
 * Mix-minus for the moments when several sources overlap on one listener: each hears the sum of the others, never
 * itself. Frames are lent to the mixer from `add` to the next `clear`.
 */
import type { PcmFrame } from './frame.ts';
import type { Limiter } from './limiter.ts';

interface Source {
  id: string;
  frame: PcmFrame | undefined;
  gain: number;
}

export class Mixer {
  readonly #sources: Source[];
  #count = 0;

  /** Room for `sourcesMax` sources a turn. */
  constructor(sourcesMax: number) {
    this.#sources = Array.from({ length: sourcesMax }, () => ({ id: '', frame: undefined, gain: 1 }));
  }

  get sources(): number {
    return this.#count;
  }

  clear(): void {
    for (const source of this.#sources) source.frame = undefined;
    this.#count = 0;
  }

  /** Adds a source to this turn. False when there is no room. */
  add(id: string, frame: PcmFrame, gain = 1): boolean {
    const source = this.#sources[this.#count];
    if (source === undefined) return false;
    source.id = id;
    source.frame = frame;
    source.gain = gain;
    this.#count += 1;
    return true;
  }

  /**
   * Fills `out` with the sum of all sources but `listener`, through that listener's limiter. Returns how many
   * sources are in it; 0 leaves silence.
   */
  minus(listener: string, out: PcmFrame, limiter: Limiter): number {
    let heard = 0;
    for (let s = 0; s < this.#count; s++) {
      const { id, frame, gain } = this.#sources[s]!;
      if (id === listener || frame === undefined) continue;
      if (heard === 0) for (let i = 0; i < out.length; i++) out[i] = gain * frame[i]!;
      else for (let i = 0; i < out.length; i++) out[i] = out[i]! + gain * frame[i]!;
      heard += 1;
    }
    if (heard === 0) out.fill(0);
    limiter.process(out);
    return heard;
  }
}
