/**
 * A network's way with packets: delay that varies and loss, from a seed, so that a run can be repeated.
 * Pure: the caller sends each packet after the delay that it is told, or not at all.
 */
import { type Random, SeededRandom } from '../base/random.ts';
import type { NetworkManners } from './played-network.ts';

export interface ImpairmentSettings {
  /** Standard deviation of the delay, ms; delays are cut off at three times that. */
  readonly jitterMs: number;
  /** Share of packets that never arrive, 0–100. */
  readonly lossPercent: number;
}

export class Impairment {
  readonly #settings: ImpairmentSettings;
  readonly #random: Random;

  constructor(settings: ImpairmentSettings, random: Random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** How long the next packet takes, ms ≥ 0; `undefined`: it is lost. */
  nextDelayMs(): number | undefined {
    if (this.#random.fraction() * 100 < this.#settings.lossPercent) return undefined;
    const { jitterMs } = this.#settings;
    if (jitterMs === 0) return 0;
    // Box–Muller, shifted so that delays have room on both sides of their mean.
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.fraction()));
    const normal = radius * Math.cos(2 * Math.PI * this.#random.fraction());
    return Math.min(6 * jitterMs, Math.max(0, (3 + normal) * jitterMs));
  }
}

/** Each talkgroup has its own chances, from the seed alone: what happens elsewhere does not move them. */
export function impairmentOf(manners: Omit<NetworkManners, 'setUpMs'>, number: string): Impairment {
  const { seed, index, numbers, jitterMs, lossPercent } = manners;
  const stream = index * 0x4000 + numbers.indexOf(number) + 1;
  return new Impairment({ jitterMs, lossPercent }, new SeededRandom(seed + stream * 0x1_0000_0000));
}
