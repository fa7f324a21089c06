/** Secrets that have to be read again, as they are kept: AES-256-GCM, bound to whose they are. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

/** `key`: 32 octets. `owner` is not in the text, and has to be given again. */
export function seal(secret: Uint8Array, key: Uint8Array, owner: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Undefined: another key, another owner, or changed. */
export function unseal(text: string, key: Uint8Array, owner: string): Uint8Array | undefined {
  const all = Buffer.from(text, 'base64');
  if (all.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(0, ivBytes)).setAAD(Buffer.from(owner));
  decipher.setAuthTag(all.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(all.subarray(ivBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
