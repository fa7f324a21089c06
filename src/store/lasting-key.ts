/**
 * A secret key that outlives the process: 32 random bytes in a file that only the gateway's user can read, made when it
 * is not there. The file is put in place whole, by one atomic step, so that neither a kill nor a second gateway that
 * starts at the same instant leaves half a key or two of them.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../base/errors.ts';

const keyBytes = 32;
const written = /^[0-9a-f]{64}\n$/;

export interface LastingKey {
  readonly key: Uint8Array;
  /** Why it will be another one after a restart; undefined when it is kept. */
  readonly fault: string | undefined;
}

/**
 * The key in this file; its folder is made with mode 0700, the file with 0600. Where neither reading nor writing works
 * the key lives as long as the process: a gateway without a place to write still carries voice.
 */
export function lastingKey(file: string): LastingKey {
  try {
    return { key: readKey(file) ?? makeKey(file), fault: undefined };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { key: randomBytes(keyBytes), fault: `${file}: ${code}` };
  }
}

/** Undefined when there is none, or what is there is none: a disk that was full may have left an empty file. */
function readKey(file: string): Uint8Array | undefined {
  try {
    const text = readFileSync(file, 'latin1');
    if (!written.test(text)) {
      rmSync(file);
      return undefined;
    }
    chmodSync(file, 0o600);
    return Buffer.from(text.trim(), 'hex');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function makeKey(file: string): Uint8Array {
  const key = randomBytes(keyBytes);
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    const handle = openSync(draft, 'wx', 0o600);
    writeSync(handle, `${key.toString('hex')}\n`);
    fsyncSync(handle);
    closeSync(handle);
    linkSync(draft, file);
    return key;
  } catch (error) {
    // Another gateway was quicker: its key is ours too.
    const theirs = systemCode(error) === 'EEXIST' ? readKey(file) : undefined;
    if (theirs !== undefined) return theirs;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
