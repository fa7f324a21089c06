/**
 * Long texts whose parts come as short messages of their own. Bounded in texts, parts and time: a text that is not whole
 * when its time is up, or that gives way to a newer one, is told as far as it came. Pure.
 */
import type { TextPart } from './short-data.ts';

const textsMax = 16;
const partsMax = 16;
/** From the first part on: what was lost on the air comes again sooner, or never. */
const waitMs = 60_000;

interface Begun<Origin> {
  readonly origin: Origin;
  readonly parts: (string | undefined)[];
  readonly untilMs: number;
}

/** In place of a part that did not come. */
const missing = '…';

export interface WholeText<Origin> {
  readonly origin: Origin;
  readonly text: string;
}

export class TextParts<Origin> {
  readonly #begun = new Map<string, Begun<Origin>>();

  /** When `expire` has something to tell. */
  get deadlineMs(): number {
    const [oldest] = this.#begun.values();
    return oldest?.untilMs ?? Infinity;
  }

  /**
   * `sender`: whose references these are. What is to be told now: the text that is whole, one that gave way, or both.
   * Another part in the place of one that came is of another text: a radio that is switched on again counts anew.
   */
  take(sender: string, origin: Origin, part: TextPart, text: string, nowMs: number): readonly WholeText<Origin>[] {
    const { reference, total, sequence } = part;
    if (total < 2 || total > partsMax || sequence < 1 || sequence > total) return [{ origin, text }];
    const key = `${sender} ${reference} ${total}`;
    const known = this.#begun.get(key);
    if (known !== undefined && (known.parts[sequence - 1] ?? text) !== text) {
      this.#begun.delete(key);
      return [textOf(known), ...this.take(sender, origin, part, text, nowMs)];
    }
    const begun = known ?? { origin, parts: new Array<undefined>(total).fill(undefined), untilMs: nowMs + waitMs };
    begun.parts[sequence - 1] ??= text;
    this.#begun.set(key, begun);
    if (!begun.parts.includes(undefined)) {
      this.#begun.delete(key);
      return [textOf(begun)];
    }
    return this.#begun.size > textsMax ? this.#dropOldest() : [];
  }

  expire(nowMs: number): readonly WholeText<Origin>[] {
    return this.deadlineMs > nowMs ? [] : [...this.#dropOldest(), ...this.expire(nowMs)];
  }

  #dropOldest(): readonly WholeText<Origin>[] {
    for (const [key, begun] of this.#begun) {
      this.#begun.delete(key);
      return [textOf(begun)];
    }
    return [];
  }
}

function textOf<Origin>({ origin, parts }: Begun<Origin>): WholeText<Origin> {
  return { origin, text: parts.map((part) => part ?? missing).join('') };
}
