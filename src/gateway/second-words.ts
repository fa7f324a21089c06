/** What one person has asked for and a second has to ask for as well, within ten minutes. Pure but for the time it is told. */
import type { RetentionPerson } from '../operations/retention.ts';

export interface FirstWord {
  readonly by: RetentionPerson;
  readonly untilMs: number;
}

const withinMs = 600_000;
const waitingMax = 20;

export class SecondWords {
  /** Asked for by one person, by what. */
  readonly #waiting = new Map<string, FirstWord>();

  /** Who has asked for that before; undefined: nobody, or too long ago. */
  first(what: string, nowMs: number): FirstWord | undefined {
    for (const [each, { untilMs }] of this.#waiting) if (untilMs <= nowMs) this.#waiting.delete(each);
    return this.#waiting.get(what);
  }

  /** The first word; of too many the oldest is forgotten. */
  wait(what: string, by: RetentionPerson, nowMs: number): void {
    this.#waiting.delete(what);
    this.#waiting.set(what, { by, untilMs: nowMs + withinMs });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > waitingMax && oldest !== undefined) this.#waiting.delete(oldest);
  }

  settle(what: string): void {
    this.#waiting.delete(what);
  }
}
