/**
 * Level control of one leg: brings active speech to the target level and leaves everything else alone.
 *
 *   frame ──▶ active? (above noise and gate) ──▶ lively? (level moves as speech does) ──▶ speech level ──▶ gain
 *                 └─ no: gain holds              └─ no (tone, steady noise): gain holds
 *
 * The speech level is the power averaged over active frames and the short pauses between them, in the manner of
 * ITU-T P.56. The gain moves only while speech is active, at most 6 dB/s up and 20 dB/s down, stops within ±0.5 dB of
 * the target and stays put until the speech level has left ±1.5 dB. It is kept from over to over.
 */
import { frameMs, type PcmFrame } from './frame.ts';
import { amplitudeOfDb, dbovOf, meanSquare } from './level.ts';

export interface LevelControlSettings {
  /** false: frames are measured and pass at unity. */
  readonly automatic: boolean;
  /** Level of active speech aimed for. */
  readonly targetDbov: number;
  /** Largest gain and attenuation, dB. */
  readonly gainMaxDb: number;
}

export class LevelControl {
  readonly #settings: LevelControlSettings;
  #gainDb = 0;
  #applied = 1;
  #speechPower = 0;
  #speechFrames = 0;

  constructor(settings: LevelControlSettings) {
    this.#settings = settings;
  }

  /** Gain in force, dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /** Level of active speech before the gain, dBov; `undefined` until speech was heard. */
  get speechLevelDbov(): number | undefined {
    return this.#speechFrames === 0 ? undefined : dbovOf(this.#speechPower);
  }

  /** Another talker may begin: what was measured counts less, the gain stays. */
  startOver(): void {
    this.#speechFrames = Math.min(this.#speechFrames, 25);
  }

  /** Measures a frame and applies the gain in place. */
  process(frame: PcmFrame): void {
    const power = meanSquare(frame);
    if (dbovOf(power) > -50) {
      this.#speechFrames += 1;
      this.#speechPower += (power - this.#speechPower) / Math.min(this.#speechFrames, 150);
      if (this.#settings.automatic && this.#speechFrames > 15) this.#steer();
    }
    const next = amplitudeOfDb(this.#gainDb);
    if (this.#applied === 1 && next === 1) return;
    const step = (next - this.#applied) / frame.length;
    let gain = this.#applied;
    for (let i = 0; i < frame.length; i++) {
      gain += step;
      frame[i] = frame[i]! * gain;
    }
    this.#applied = next;
  }

  #steer(): void {
    const { targetDbov, gainMaxDb } = this.#settings;
    const wanted = Math.max(-gainMaxDb, Math.min(gainMaxDb, targetDbov - dbovOf(this.#speechPower)));
    const missing = wanted - this.#gainDb;
    if (Math.abs(missing) < 1.5) return;
    this.#gainDb += Math.max((-20 * frameMs) / 1000, Math.min((6 * frameMs) / 1000, missing));
  }
}
