/**
 * Requests that are sent again because their answer was lost: each bears a key, and what bears the same key is answered
 * as the first was, without being done again (draft-ietf-httpapi-idempotency-key-header-07). The newest answers outlive the
 * process; one that went with it is found out by If-Match.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A document that outlives the process. */
export interface KeptAnswers {
  read(isWhole: (document: unknown) => boolean): unknown;
  write(document: unknown): unknown;
}

const keptSchema = z.object({
  version: z.literal(1),
  answers: z
    .array(
      z.object({
        ...{ key: z.string(), print: z.string(), atUtcMs: z.number() },
        answer: z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
      }),
    )
    .max(500),
});

export interface GivenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** A secret stands in it: it goes onto no disk, and whoever asks again after a restart is looked at anew. */
  readonly isSecret?: boolean;
}

interface Kept {
  /** Of what was asked under the key. */
  readonly print: string;
  readonly atUtcMs: number;
  /** Undefined: it is being done. */
  readonly answer: GivenAnswer | undefined;
}

export type KeyReading =
  | { readonly as: 'new' }
  | { readonly as: 'repeated'; readonly answer: GivenAnswer }
  /** The first is still being done. */
  | { readonly as: 'under-way' }
  /** Another request came under the same key. */
  | { readonly as: 'other' }
  /** Too many are being done. */
  | { readonly as: 'full' };

export interface KeyedRequest {
  readonly header: string | readonly string[] | undefined;
  /** Keys are each person's own. */
  readonly by: string;
  readonly asked: readonly unknown[];
  readonly utcMs: number;
}

const refusals = { other: 'key-other', 'under-way': 'key-under-way', full: 'busy' } as const;
export type KeyRefusal = 'key-missing' | (typeof refusals)[keyof typeof refusals];

const keptMsMax = 24 * 3_600_000;
const keptMax = 500;
/** Over a restart: what is written at each answer stays small. */
const writtenMax = 100;

export class IdempotencyKeys {
  readonly #kept = new Map<string, Kept>();
  readonly #document: KeptAnswers | undefined;

  constructor(document?: KeptAnswers) {
    this.#document = document;
    const { data } = keptSchema.safeParse(document?.read((each) => keptSchema.safeParse(each).success));
    for (const { key, ...kept } of data?.answers ?? []) this.#kept.set(key, kept);
  }

  /** `key`: with whoever asks; `print`: of all that he asks. A new one is under way until `answered` or `dropped`. */
  begin(key: string, print: string, utcMs: number): KeyReading {
    const kept = this.#kept.get(key);
    if (kept !== undefined && utcMs - kept.atUtcMs < keptMsMax) {
      if (kept.print !== print) return { as: 'other' };
      return kept.answer === undefined ? { as: 'under-way' } : { as: 'repeated', answer: kept.answer };
    }
    // Off the disk as well: were the clock set back, a restart would take it for the answer to what is tried now.
    if (this.#kept.delete(key)) this.#write();
    if (this.#kept.size >= keptMax && !this.#forgetOldest()) return { as: 'full' };
    this.#kept.set(key, { print, atUtcMs: utcMs, answer: undefined });
    return { as: 'new' };
  }

  answered(key: string, answer: GivenAnswer): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.set(key, { ...kept, answer });
    this.#write();
  }

  /** It was not done: the same key may try again. */
  dropped(key: string): void {
    this.#kept.delete(key);
  }

  /**
   * Does `work` once for each key, and answers the same again to whoever sends it again. `asked`: all that the answer hangs
   * on. Otherwise the code of what to refuse it with; what `work` throws is thrown, and the same key may try again.
   */
  async once(
    { header, by, asked, utcMs }: KeyedRequest,
    work: () => Promise<GivenAnswer>,
  ): Promise<GivenAnswer | KeyRefusal> {
    const own = readIdempotencyKey(header);
    if (own === undefined) return 'key-missing';
    const key = `${by} ${own}`;
    const print = createHash('sha256').update(JSON.stringify(asked)).digest('base64');
    const reading = this.begin(key, print, utcMs);
    if (reading.as === 'repeated') return reading.answer;
    if (reading.as !== 'new') return refusals[reading.as];
    try {
      const answer = await work();
      this.answered(key, answer);
      return answer;
    } catch (error) {
      this.dropped(key);
      throw error;
    }
  }

  #write(): void {
    const answered = [...this.#kept].flatMap(([key, { answer, ...kept }]) =>
      answer === undefined || answer.isSecret === true ? [] : [{ key, ...kept, answer }],
    );
    this.#document?.write({ version: 1, answers: answered.slice(-writtenMax) });
  }

  #forgetOldest(): boolean {
    for (const [key, { answer }] of this.#kept) {
      if (answer === undefined) continue;
      this.#kept.delete(key);
      return true;
    }
    return false;
  }
}

/** The key of a header: a string of RFC 9651, 8 to 64 characters. Undefined: it is none. */
function readIdempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? /^"([\x20\x21\x23-\x5b\x5d-\x7e]{8,64})"$/.exec(header)?.[1] : undefined;
}
