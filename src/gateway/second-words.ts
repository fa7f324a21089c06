/**
 * What one person has asked for and a second has to ask for as well, within ten minutes, also over a restart of the gateway.
 * Pure but for the time it is told and the document it keeps.
 */
import { z } from 'zod';
import type { KeptFile } from '../store/kept-file.ts';

export interface FirstWord {
  readonly person: string;
  readonly reason: string;
  readonly untilMs: number;
}

export interface WordTime {
  readonly nowMs: number;
  readonly utcMs: number;
}

const withinMs = 600_000;
const waitingMax = 20;
const keptSchema = z.object({
  version: z.literal(1),
  words: z
    .array(z.object({ what: z.string(), person: z.string(), reason: z.string(), untilUtcMs: z.number() }))
    .max(waitingMax),
});

export class SecondWords {
  readonly #document: Pick<KeptFile, 'read' | 'write'>;
  /** Asked for by one person, by what. */
  readonly #waiting = new Map<string, FirstWord>();

  constructor(document: Pick<KeptFile, 'read' | 'write'>, { nowMs, utcMs }: WordTime) {
    this.#document = document;
    const kept = keptSchema.safeParse(document.read((each) => keptSchema.safeParse(each).success)).data;
    for (const { what, person, reason, untilUtcMs } of kept?.words ?? []) {
      // Never for longer, wherever the clock was set to.
      const leftMs = Math.min(withinMs, untilUtcMs - utcMs);
      if (leftMs > 0) this.#waiting.set(what, { person, reason, untilMs: nowMs + leftMs });
    }
  }

  /** Who has asked for that before; undefined: nobody, or too long ago. */
  first(what: string, nowMs: number): FirstWord | undefined {
    return this.all(nowMs).get(what);
  }

  all(nowMs: number): ReadonlyMap<string, FirstWord> {
    for (const [each, { untilMs }] of this.#waiting) if (untilMs <= nowMs) this.#waiting.delete(each);
    return this.#waiting;
  }

  /** The first word; of too many the oldest is forgotten. */
  wait(what: string, { person, reason }: Omit<FirstWord, 'untilMs'>, time: WordTime): void {
    this.#waiting.delete(what);
    this.#waiting.set(what, { person, reason, untilMs: time.nowMs + withinMs });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > waitingMax && oldest !== undefined) this.#waiting.delete(oldest);
    this.#keep(time);
  }

  settle(what: string, time: WordTime): void {
    if (this.#waiting.delete(what)) this.#keep(time);
  }

  /** Whoever he was, he is none any more who may ask. */
  takeBack(person: string, time: WordTime): void {
    const his = [...this.#waiting].filter(([, word]) => word.person === person);
    for (const [what] of his) this.#waiting.delete(what);
    if (his.length > 0) this.#keep(time);
  }

  #keep({ nowMs, utcMs }: WordTime): void {
    const words = [...this.all(nowMs)].map(([what, { untilMs, ...word }]) => {
      return { what, ...word, untilUtcMs: utcMs + untilMs - nowMs };
    });
    this.#document.write({ version: 1, words });
  }
}
