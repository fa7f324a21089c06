/**
 * Passwords as they are kept: argon2id in a PHC string (RFC 9106), 19 MiB, 2 passes, 1 lane: the first choice of OWASP.
 * It takes some 10 ms of a core in a thread of libuv's; what asks for one bounds how many at once.
 */
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const settings = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Compared with where there is none, so that whoever asks waits as long. */
const nobodys = hash(randomBytes(32), settings);

export function hashPassword(password: string): Promise<string> {
  return hash(password, settings);
}

/** One verification in any case; `kept` undefined: there is no such account, or it has no password. */
export async function isPassword(kept: string | undefined, password: string): Promise<boolean> {
  const against = kept ?? (await nobodys);
  return (await verify(against, password)) && kept !== undefined;
}
