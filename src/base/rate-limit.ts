/** A token bucket, as a value: bounds how often something may happen. Pure. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface RateLimit {
  /** What may happen at once. */
  readonly burst: number;
  readonly perSecond: number;
}

export function fullBucket(limit: RateLimit, nowMs: number): Bucket {
  return { tokens: limit.burst, atMs: nowMs };
}

/** The bucket after one more; undefined when there is none left. */
export function take(bucket: Bucket, limit: RateLimit, nowMs: number): Bucket | undefined {
  const gained = (Math.max(0, nowMs - bucket.atMs) * limit.perSecond) / 1000;
  const tokens = Math.min(limit.burst, bucket.tokens + gained);
  return tokens < 1 ? undefined : { tokens: tokens - 1, atMs: nowMs };
}
