/**
 * How often somebody may come back: each return costs a whole picture, and one page in a loop would have others wait.
 * Whoever is refused spends nothing, and what he has meanwhile stays his. Pure.
 */
import { type Bucket, fullBucket, type RateLimit, take, waitMs } from '../base/rate-limit.ts';

/** A page behind a bad line waits a second at least before it comes back, and longer each time. */
const returns: RateLimit = { burst: 20, perSecond: 0.5 };

interface Returning {
  readonly bucket: Bucket;
  readonly isRefused: boolean;
}

/** He may not yet. */
export interface TooOften {
  readonly retryAfterMs: number;
  /** He has been refused before since he last came back. */
  readonly repeated: boolean;
}

export class ReturnLimit {
  readonly #returning = new Map<string, Returning>();
  readonly #most: number;

  /** `most`: of whom it is remembered; beyond, whoever came longest ago is forgotten. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined: he may come back, and has. */
  refuse(who: string, nowMs: number): TooOften | undefined {
    const before = this.#returning.get(who) ?? { bucket: fullBucket(returns, nowMs), isRefused: false };
    const bucket = take(before.bucket, returns, nowMs);
    this.#returning.delete(who); // to stand last
    this.#returning.set(who, { bucket: bucket ?? before.bucket, isRefused: bucket === undefined });
    const [longestAgo] = this.#returning.keys();
    if (this.#returning.size > this.#most && longestAgo !== undefined) this.#returning.delete(longestAgo);
    if (bucket !== undefined) return undefined;
    return { retryAfterMs: Math.ceil(waitMs(before.bucket, returns, nowMs)), repeated: before.isRefused };
  }
}
