/**
 * Codes of an authenticator (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and those on paper for whoever has lost his. Pure;
 * chance is given.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const stepMs = 30_000;
const digits = 6;
/** Steps before and after now that are taken as well: clocks of telephones differ. */
const drift = 1;
const secretBytes = 20;
const recoveryCodes = 10;
/** Octets of one: 120 bits, so that SHA-256 suffices to keep them. */
const recoveryBytes = 15;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type RandomBytes = (count: number) => Uint8Array;

export function newTimeSecret(random: RandomBytes): Uint8Array {
  return random(secretBytes);
}

/** The code of one step of 30 s (RFC 4226 §5.3). */
export function timeCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const at = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(at) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is, after `usedStep`: a code is good once (RFC 6238 §5.2). Undefined: it is none. All that
 * could be are compared, each in constant time.
 */
export function stepOfCode(secret: Uint8Array, code: string, utcMs: number, usedStep: number): number | undefined {
  const shown = Buffer.from(
    code
      .replaceAll(/\s/g, '')
      .padEnd(digits)
      .slice(0, digits + 1),
  );
  const now = Math.floor(utcMs / stepMs);
  let found: number | undefined;
  for (let step = Math.max(0, now - drift); step <= now + drift; step++) {
    const right = Buffer.from(timeCode(secret, step));
    if (shown.length === right.length && timingSafeEqual(shown, right) && step > usedStep) found ??= step;
  }
  return found;
}

/** What an authenticator reads, as a link or a picture of it. */
export function otpauthUrl(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const query = `secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${digits}&period=30`;
  return `otpauth://totp/${label}?${query}`;
}

/** Each is good once; in groups of four, as they are read aloud. */
export function newRecoveryCodes(random: RandomBytes): readonly string[] {
  return Array.from({ length: recoveryCodes }, () => (base32(random(recoveryBytes)).match(/.{4}/g) ?? []).join('-'));
}

/** As it is compared; undefined for what is none. Figures that look like letters are those letters. */
export function readRecoveryCode(text: string): string | undefined {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('0', 'O').replaceAll('1', 'I');
  return /^[A-Z2-7]{24}$/.test(plain) ? plain : undefined;
}

/** RFC 4648 §6, without padding. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = '';
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (5 - bits)) & 31);
}
