/**
 * A document that the disk did not take is offered to it again until it does, so that a disk that was full for a while
 * costs nothing at the next start. What is written meanwhile takes its place.
 */
import { Alarm, type Clock } from '../base/clock.ts';
import type { KeptFile } from './kept-file.ts';

const againMs = 10_000;

export class KeptAgain {
  readonly #file: Pick<KeptFile, 'read' | 'write'>;
  readonly #clock: Clock;
  readonly #told: (isKept: boolean) => void;
  readonly #alarm: Alarm;
  #document: unknown;

  /** `told`: whether the disk took it, after each attempt. */
  constructor(file: Pick<KeptFile, 'read' | 'write'>, clock: Clock, told: (isKept: boolean) => void) {
    this.#file = file;
    this.#clock = clock;
    this.#told = told;
    this.#alarm = new Alarm(clock, () => this.write(this.#document));
  }

  /** What is not on the disk yet counts as well. */
  read(isWhole: (document: unknown) => boolean): unknown {
    return this.#document === undefined ? this.#file.read(isWhole) : JSON.parse(JSON.stringify(this.#document));
  }

  /** Undefined: it is on the disk. Else why it is not yet. */
  write(document: unknown): string | undefined {
    const fault = this.#file.write(document);
    this.#document = fault === undefined ? undefined : document;
    this.#alarm.setAt(fault === undefined ? Infinity : this.#clock.nowMs() + againMs);
    this.#told(fault === undefined);
    return fault;
  }
}
