/**
 * Level control of one leg: brings active speech to the target level and leaves everything else alone.
 *
 *   frame ──▶ active? (above noise floor and gate) ──▶ lively? ──▶ speech level ──▶ gain, once beyond ±1.5 dB
 *                 └─ no: gain holds                      └─ no: gain holds
 *
 * Lively: the level moves as only speech does, by more than 1 dB from frame to frame in at least 4 of 12 steps within
 * syllables (measured: speech 6 to 10 of 12, white noise and tones 0; onsets and ends do not count, so that keyed
 * tones stay tones). Hence line-up tones, signalling and noise pass at the gain in force, which is unity at first.
 *
 * The speech level is the power averaged over 3 s of frames within 16 dB of it, in the manner of ITU-T P.56. The gain
 * moves only in active speech, at most 6 dB/s up and 20 dB/s down, and is kept from over to over.
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

const gateDbov = -58;
const aboveFloorDb = 6;
const floorRiseDb = 0.05;
const steps = 12;
const livelySteps = 4;
const livelyStepDb = 1;
const marginDb = 16;
const averageFrames = 150;
/** Lively frames in a row that are all too quiet for the measured talker: somebody else talks. */
const otherTalkerFrames = 40;
const zoneDb = 1.5;
const settledDb = 1;
/** While little speech was heard, its level is less certain: the zone is wider by this, shrinking to 0. */
const doubtDb = 4;
const doubtFrames = 100;
const upDb = (6 * frameMs) / 1000;
const downDb = (20 * frameMs) / 1000;

export class LevelControl {
  readonly #settings: LevelControlSettings;
  #gainDb = 0;
  #applied = 1;
  #adjusting = false;

  #floorDbov = gateDbov;
  #lastDbov = gateDbov;
  /** Active frames in a row. */
  #run = 0;
  /** The last 12 steps of level within syllables, a bit each: 1 for more than 1 dB. */
  #stepBits = 0;
  #pendingBit = 0;

  /** The last 12 active frames; they count as speech once what came after them is still lively. */
  readonly #recent = new Float64Array(steps);
  #recentAt = 0;
  #speechPower = 0;
  #speechFrames = 0;
  #quietFrames = 0;

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

  /** Another talker may begin: what was measured counts for no more than half a second, the gain stays. */
  startOver(): void {
    this.#speechFrames = Math.min(this.#speechFrames, 25);
    this.#run = 0;
  }

  /** Measures a frame and applies the gain in place. At unity the frame is not touched. */
  process(frame: PcmFrame): void {
    this.#measure(meanSquare(frame));
    const next = this.#gainDb === 0 ? 1 : amplitudeOfDb(this.#gainDb);
    const applied = this.#applied;
    if (applied === 1 && next === 1) return;
    const step = (next - applied) / frame.length;
    for (let i = 0; i < frame.length; i++) frame[i] = frame[i]! * (applied + step * (i + 1));
    this.#applied = next;
  }

  #measure(power: number): void {
    const dbov = dbovOf(power);
    const stepDb = Math.abs(dbov - this.#lastDbov);
    this.#lastDbov = dbov;
    this.#floorDbov = dbov < this.#floorDbov ? dbov : this.#floorDbov + floorRiseDb;
    if (dbov < gateDbov || dbov < this.#floorDbov + aboveFloorDb) {
      this.#run = 0;
      return;
    }
    this.#run += 1;
    // A step counts once the frame after it is active too; the first is the onset's.
    if (this.#run > 3) this.#stepBits = ((this.#stepBits << 1) | this.#pendingBit) & ((1 << steps) - 1);
    this.#pendingBit = stepDb > livelyStepDb ? 1 : 0;
    const earlier = this.#recent[this.#recentAt]!;
    this.#recent[this.#recentAt] = power;
    this.#recentAt = (this.#recentAt + 1) % steps;
    if (bits(this.#stepBits) < livelySteps) return;
    if (earlier > 0) this.#average(earlier, dbovOf(earlier));
    if (this.#settings.automatic && this.#speechFrames > 0) this.#steer();
  }

  #average(power: number, dbov: number): void {
    if (this.#speechFrames > 0 && dbov < dbovOf(this.#speechPower) - marginDb) {
      this.#quietFrames += 1;
      if (this.#quietFrames < otherTalkerFrames) return;
      this.#speechFrames = 0;
    }
    this.#quietFrames = 0;
    this.#speechFrames = Math.min(this.#speechFrames + 1, averageFrames);
    this.#speechPower += (power - this.#speechPower) / this.#speechFrames;
  }

  #steer(): void {
    const { targetDbov, gainMaxDb } = this.#settings;
    const wantedDb = Math.max(-gainMaxDb, Math.min(gainMaxDb, targetDbov - dbovOf(this.#speechPower)));
    const missingDb = wantedDb - this.#gainDb;
    const distanceDb = Math.abs(missingDb);
    const startDb = zoneDb + doubtDb * Math.max(0, 1 - this.#speechFrames / doubtFrames);
    this.#adjusting = distanceDb > (this.#adjusting ? settledDb : startDb);
    if (this.#adjusting) this.#gainDb += Math.max(-downDb, Math.min(upDb, missingDb));
  }
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
