/** What went wrong on operator links, counted by kind. */
import type { Meter } from '../base/meter.ts';
import type { SessionCount } from './session.ts';

export type Irregularity = SessionCount | 'refused' | 'slow' | 'held' | 'too-often';

export class Irregularities {
  readonly #meter: Pick<Meter, 'add'>;
  readonly #counts: Record<Irregularity, number> = {
    ignored: 0,
    malformed: 0,
    'stale-answer': 0,
    'floor-taken-back': 0,
    refused: 0,
    slow: 0,
    held: 0,
    'too-often': 0,
  };

  constructor(meter: Pick<Meter, 'add'>) {
    this.#meter = meter;
  }

  get counts(): Readonly<Record<Irregularity, number>> {
    return { ...this.#counts };
  }

  count(kind: Irregularity): void {
    this.#counts[kind]++;
    this.#meter.add('console_irregularities_total', 1, { kind });
  }
}
