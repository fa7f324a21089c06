/** What is recorded, who hears it, and what is handed out of it. */
import type { Desk } from './desk.ts';

export class RecordingEvents {
  readonly #log: Desk['log'];
  readonly #meter: Desk['meter'];

  constructor(desk: Desk) {
    this.#log = desk.log;
    this.#meter = desk.meter;
  }

  /** An over is on the disk; `missing` says why a part of it is not. One that was amended has been counted. */
  kept(at: {
    group: string;
    over: number;
    party: string;
    file: string;
    octets: number;
    sha256: string;
    durationMs: number;
    exercise: boolean;
    end?: string;
    amended?: true;
    missing?: string;
  }): void {
    if (at.amended !== true) this.#meter.add('recordings_total', 1, { whole: at.missing === undefined ? 'yes' : 'no' });
    this.#log[at.missing === undefined ? 'info' : 'error']({ event: 'recording.kept', ...at });
  }

  /** An over that has ended lacks a part in its recording, or all of it; `from`, `to`: of the over, UTC. */
  missing(at: {
    group: string;
    over: number;
    party: string;
    talker?: string;
    callSign?: string;
    from: string;
    to: string;
    reason: string;
    exercise?: true;
  }): void {
    this.#meter.add('recording_gaps_total', 1);
    this.#log.error({ event: 'recording.missing', ...at });
  }

  /** How recordings lie on the disk from now on; `master`: which key wraps theirs. */
  form(at: { encrypted: boolean; master?: string }): void {
    this.#log.info({ event: 'recording.form', ...at });
  }

  /** What is said now is not recorded, or soon will not be. */
  away(at: { reason: string }): void {
    this.#meter.set('recording_up', 0);
    this.#log.error({ event: 'recording.away', ...at });
  }

  back(): void {
    this.#meter.set('recording_up', 1);
    this.#log.info({ event: 'recording.back' });
  }

  /** Somebody looks through permanent recordings; said before he is shown any. */
  searched(at: {
    operator: string;
    role: string;
    controlRoom: string;
    reason: string;
    fromUtc: string;
    toUtc: string;
    groups: readonly string[];
    incident?: string;
    searchUnit?: string;
    searchOperator?: string;
    priorityMin?: number;
    emergencyOnly?: true;
  }): void {
    this.#meter.add('recordings_searched_total', 1);
    this.#log.info({ event: 'recording.searched', ...at });
  }

  /** Somebody is given a recording to hear; said before he is. */
  heard(at: {
    operator: string;
    role: string;
    controlRoom: string;
    reason: string;
    group: string;
    over: number;
    file: string;
  }): void {
    this.#meter.add('recordings_heard_total', 1);
    this.#log.info({ event: 'recording.heard', ...at });
  }

  /**
   * Somebody orders an export of recordings at his console, a second person approves or refuses it, it is built or cannot
   * be, and fetched. What was made stands in `evidence.exported` as well, which the package's maker writes.
   */
  exportOrdered(at: {
    what:
      | 'ordered'
      | 'approved'
      | 'refused'
      | 'withdrawn'
      | 'lapsed'
      | 'begun-again'
      | 'built'
      | 'failed'
      | 'fetched'
      | 'removed';
    order: number;
    operator?: string;
    role?: string;
    controlRoom?: string;
    /** The other of the two. */
    second?: string;
    reason: string;
    fromUtc: string;
    toUtc: string;
    groups: readonly string[];
    incident?: string;
    manifestSha256?: string;
    words?: string;
    /** Why it failed, by its code. */
    fault?: string;
    refusal?: string;
  }): void {
    this.#meter.add('exports_ordered_total', 1, { what: at.refusal === undefined ? at.what : 'not-done' });
    this.#log.info({ event: 'export.ordered', ...at });
  }
}
