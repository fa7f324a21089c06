/**
 * Voice activity by level (VOX) for far ends that send all the time.
 *
 *   quiet ──above threshold for attackMs──▶ active ──below threshold for hangMs──▶ quiet
 *
 * Frames heard during the attack belong to the over: the caller keeps them in a `LookBack`.
 */
export interface VoiceActivitySettings {
  readonly thresholdDbov: number;
  /** 0: the first loud frame switches. */
  readonly attackMs: number;
  readonly hangMs: number;
}

export type VoiceEdge = 'rise' | 'fall';

export class VoiceActivity {
  active = false;
  readonly #settings: VoiceActivitySettings;
  #aboveMs = 0;
  #belowMs = 0;

  constructor(settings: VoiceActivitySettings) {
    this.#settings = settings;
  }

  /** Feeds the level of a stretch of voice; returns the edge it caused, if any. */
  step(levelDbov: number, durationMs: number): VoiceEdge | undefined {
    const { thresholdDbov, attackMs, hangMs } = this.#settings;
    if (levelDbov >= thresholdDbov) {
      this.#belowMs = 0;
      this.#aboveMs += durationMs;
      if (this.active || this.#aboveMs < attackMs) return undefined;
      this.active = true;
      return 'rise';
    }
    this.#aboveMs = 0;
    this.#belowMs += durationMs;
    if (!this.active || this.#belowMs < hangMs) return undefined;
    this.active = false;
    return 'fall';
  }

  /** Quiet at once, without an edge (call lost). */
  reset(): void {
    this.active = false;
    this.#aboveMs = 0;
    this.#belowMs = 0;
  }
}
