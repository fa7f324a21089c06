/**
 * The key with which evidence is signed: Ed25519 (RFC 8032), its seed in a file of the state folder that only the
 * gateway's user reads, beside it the public half for those who verify.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { systemCode } from '../base/errors.ts';
import { lastingKey } from './lasting-key.ts';

/** Of PKCS #8 (RFC 8410 §7), before the 32 octets of the seed. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Why it will be another one after a restart; undefined when it is kept. */
  readonly fault: string | undefined;
}

/** The key in `file`, made when it is not there; `file`.pub is written anew. */
export function signingKey(file: string): SigningKey {
  const { key: seed, fault } = lastingKey(file);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  if (fault !== undefined) return { privateKey, publicKey, fault };
  try {
    writeFileSync(`${file}.pub`, publicKey.export({ format: 'pem', type: 'spki' }));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { privateKey, publicKey, fault: `${file}.pub: ${code}` };
  }
  return { privateKey, publicKey, fault: undefined };
}
