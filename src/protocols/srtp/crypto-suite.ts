/**
 * Crypto suites of SRTP, and the keys of one direction derived from its master key.
 *
 * Session key = AES-CM(master key, IV = (master salt ⊕ label at octet 7) · 2^16), first octets of the keystream. A salt
 * of 96 bits (GCM) is followed by two octets of 0. The key derivation rate is always 0: keys are derived once.
 *
 * Standards: RFC 3711 §4.3, §5; RFC 6188 §3 (256-bit keys); RFC 7714 §11, §12, §14.2.
 */
import { createCipheriv } from 'node:crypto';

/** By the names of SDES (RFC 4568 §6.2, RFC 7714 §14.2). */
export const srtpSuites = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
] as const;
export type SrtpSuite = (typeof srtpSuites)[number];

interface SuiteShape {
  readonly cipher: 'cm' | 'gcm';
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** HMAC-SHA1 of 80 bits authenticates RTCP even where RTP has 32 (RFC 4568 §6.2.2). */
  readonly rtpTagBytes: number;
  readonly rtcpTagBytes: number;
}

export const suiteShapes: Readonly<Record<SrtpSuite, SuiteShape>> = {
  AES_CM_128_HMAC_SHA1_80: { cipher: 'cm', keyBytes: 16, saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { cipher: 'cm', keyBytes: 16, saltBytes: 14, rtpTagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_256_GCM: { cipher: 'gcm', keyBytes: 32, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
  AEAD_AES_128_GCM: { cipher: 'gcm', keyBytes: 16, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
};

/** Octets of a master key with its salt behind it, as SDES writes them. */
export function keySaltBytes(suite: SrtpSuite): number {
  return suiteShapes[suite].keyBytes + suiteShapes[suite].saltBytes;
}

/** What protects the packets of one direction and kind. */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  /** HMAC-SHA1 key; empty for GCM, which authenticates with the encryption key. */
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/** Labels of RFC 3711 §4.3.2. */
const labels = {
  rtp: { encryption: 0, authentication: 1, salt: 2 },
  rtcp: { encryption: 3, authentication: 4, salt: 5 },
} as const;
const authenticationKeyBytes = 20;

export function deriveSessionKeys(suite: SrtpSuite, keySalt: Uint8Array, kind: 'rtp' | 'rtcp'): SessionKeys {
  const { cipher, keyBytes, saltBytes } = suiteShapes[suite];
  const key = keySalt.subarray(0, keyBytes);
  const salt = keySalt.subarray(keyBytes, keyBytes + saltBytes);
  const { encryption, authentication, salt: saltLabel } = labels[kind];
  return {
    encryption: deriveKey(key, salt, encryption, keyBytes),
    authentication: deriveKey(key, salt, authentication, cipher === 'cm' ? authenticationKeyBytes : 0),
    salt: deriveKey(key, salt, saltLabel, saltBytes),
  };
}

/** One key of so many octets (RFC 3711 §4.3.1, §4.3.3). */
export function deriveKey(key: Uint8Array, salt: Uint8Array, label: number, bytes: number): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(salt);
  iv[7]! ^= label;
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, iv).update(new Uint8Array(bytes));
}
