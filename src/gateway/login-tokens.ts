/** What opens something by being known: 256 random bits, kept as SHA-256. */
import { createHash } from 'node:crypto';

const invitationMs = 72 * 3_600_000;

/** As an invitation is kept; it holds for three days. */
export function invitationOf(token: string, utcMs: number): { readonly hash: string; readonly expiresUtcMs: number } {
  return { hash: hashOf(token), expiresUtcMs: utcMs + invitationMs };
}

/** As tokens are kept: 256 bits of chance need no salt. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
