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
  const tokens = tokensAt(bucket, limit, nowMs);
  return tokens < cost ? undefined : { tokens: tokens - cost, atMs: nowMs };
}

/** How long until one more may happen, ms. */
export function waitMs(bucket: Bucket, limit: RateLimit, nowMs: number): number {
  return (1000 * Math.max(0, 1 - tokensAt(bucket, limit, nowMs))) / limit.perSecond;
}

function tokensAt(bucket: Bucket, limit: RateLimit, nowMs: number): number {
  const gained = (Math.max(0, nowMs - bucket.atMs) * limit.perSecond) / 1000;
  return Math.min(limit.burst, bucket.tokens + gained);
}
