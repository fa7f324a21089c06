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

/** The bucket after one more, or one that counts for several; undefined when so much is not left. */
export function take(bucket: Bucket, limit: RateLimit, nowMs: number, cost = 1): Bucket | undefined {
  const gained = (Math.max(0, nowMs - bucket.atMs) * limit.perSecond) / 1000;
  const tokens = Math.min(limit.burst, bucket.tokens + gained);
  return tokens < cost ? undefined : { tokens: tokens - cost, atMs: nowMs };
}
