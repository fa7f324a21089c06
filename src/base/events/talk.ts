/** Who talks. */
import type { Desk } from './desk.ts';

export class TalkEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  floorAnswered(at: {
    group: string;
    party: string;
    result: 'granted' | 'queued' | 'denied' | 'revoked';
    cause?: string;
    waitedMs?: number;
  }): void {
    this.#meter.add('floor_answers_total', 1, { result: at.result });
    this.#log.debug({ event: 'floor.answered', ...at });
  }

  overEnded(at: {
    group: string;
    party: string;
    over: number;
    end: string;
    durationMs: number;
    lostMs: number;
    packetsLost: number;
    priority: number;
    emergency: boolean;
    exercise?: true;
    talker?: string;
    callSign?: string;
  }): void {
    this.#meter.add('overs_total', 1, { end: at.end });
    this.#meter.observe('over_seconds', at.durationMs / 1000);
    this.#meter.add('over_lost_seconds_total', at.lostMs / 1000);
    this.#log.info({ event: 'over.ended', ...at });
  }

  /** What was heard was cut; `late`: it had seemed to be released, and `over.ended` may have said so. */
  overCut(at: { group: string; party: string; over: number; end: string; late: boolean }): void {
    this.#meter.add('overs_cut_total', 1, { end: at.end });
    this.#log.info({ event: 'over.cut', ...at });
  }
}
