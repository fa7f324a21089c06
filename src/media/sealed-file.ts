/**
 * A file that is encrypted while it grows: AES-256-GCM (NIST SP 800-38D), a record for each piece that is written, so that
 * a kill costs no more than the piece under way, and whatever is changed, left out, put in or cut off is found, with its
 * place. Pure.
 *
 *   file    "ESCSEAL1" ‖ key id (8) ‖ salt (16) ‖ records
 *   record  kind (1) ‖ length (3, big endian) ‖ ciphertext ‖ tag (16)
 *           1 what follows     2 what stands at an offset (4, big endian) in place of what was there     3 the end
 *
 * Each file has a key of its own: HKDF-SHA256 (RFC 5869) of the day's key, with the salt, for header and name; so no nonce
 * is used twice, and no file can stand in another's place. The nonce is the record's number from 0, 12 octets, big endian;
 * the record's first four octets are authenticated with it. The same in words for other programs: docs/evidence.md.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const magic = Buffer.from('ESCSEAL1');
const keyIdBytes = 8;
const saltBytes = 16;
export const sealHeaderBytes = magic.length + keyIdBytes + saltBytes;
export const recordHeadBytes = 4;
export const tagBytes = 16;

export const sealKinds = { data: 1, patch: 2, end: 3 } as const;

export interface DayKey {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** 32 octets. */
  readonly key: Uint8Array;
}

/** Gives the octets to be put behind the file, one call after the other. */
export class Sealer {
  readonly header: Uint8Array;
  readonly #key: Uint8Array;
  #records = 0;

  /** `salt`: 16 octets that no file with this key has had. `name`: of the file, wherever its folder lies. */
  constructor({ id, key }: DayKey, salt: Uint8Array, name: string) {
    this.header = Buffer.concat([magic, Buffer.from(id, 'hex'), salt]);
    this.#key = fileKey(key, this.header, name);
  }

  /** Behind all before; less than 16 MiB. */
  data(bytes: Uint8Array): Uint8Array {
    return this.#record(sealKinds.data, bytes);
  }

  /** In place of what was there. */
  patch(offset: number, bytes: Uint8Array): Uint8Array {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(offset);
    return this.#record(sealKinds.patch, Buffer.concat([head, bytes]));
  }

  /** Nothing follows. */
  end(): Uint8Array {
    return this.#record(sealKinds.end, new Uint8Array());
  }

  #record(kind: number, bytes: Uint8Array): Uint8Array {
    const head = Buffer.alloc(recordHeadBytes);
    head.writeUInt32BE(bytes.length);
    head[0] = kind;
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#records)).setAAD(head);
    this.#records += 1;
    return Buffer.concat([head, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

export interface SealFault {
  /** `cut-off`: it ends before its end, as a kill leaves it. `changed`: the record is not as it was written. */
  readonly fault: 'cut-off' | 'changed' | 'trailing';
  /** From 1; the header is 0. */
  readonly record: number;
  /** Where that begins in the file. */
  readonly octet: number;
}

export interface Unsealed {
  /** Up to the fault. */
  readonly bytes: Buffer;
  readonly fault?: SealFault;
}

export function isSealed(file: Uint8Array): boolean {
  return Buffer.compare(file.subarray(0, magic.length), magic) === 0;
}

/** 16 hexadecimal digits; of a file that is sealed. */
export function sealKeyId(file: Uint8Array): string {
  return Buffer.from(file.subarray(magic.length, magic.length + keyIdBytes)).toString('hex');
}

export function unseal(file: Uint8Array, key: Uint8Array, name: string): Unsealed {
  if (file.length < sealHeaderBytes) {
    return { bytes: Buffer.alloc(0), fault: { fault: 'cut-off', record: 0, octet: 0 } };
  }
  const secret = fileKey(key, file.subarray(0, sealHeaderBytes), name);
  const view = Buffer.from(file.buffer, file.byteOffset, file.length);
  const parts: Buffer[] = [];
  const patches: { readonly offset: number; readonly bytes: Buffer }[] = [];
  let octet = sealHeaderBytes;
  for (let record = 1; ; record++) {
    const done = (fault?: SealFault['fault']): Unsealed => ({
      bytes: patched(Buffer.concat(parts), patches),
      ...(fault !== undefined && { fault: { fault, record, octet } }),
    });
    if (octet + recordHeadBytes + tagBytes > view.length) return done('cut-off');
    const head = view.subarray(octet, octet + recordHeadBytes);
    const length = head.readUInt32BE() & 0xff_ffff;
    const end = octet + recordHeadBytes + length + tagBytes;
    if (end > view.length) return done('cut-off');
    const piece = openRecord(secret, record - 1, head, view.subarray(octet + recordHeadBytes, end));
    if (piece === undefined) return done('changed');
    if (head[0] === sealKinds.end) return end === view.length ? done() : { ...done('trailing') };
    if (head[0] === sealKinds.patch) patches.push({ offset: piece.readUInt32BE(), bytes: piece.subarray(4) });
    else parts.push(piece);
    octet = end;
  }
}

/** Undefined: it is not as it was written. `record`: from 0. */
export function openRecord(key: Uint8Array, record: number, head: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  const text = sealed.subarray(0, sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(record)).setAAD(head);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return undefined; // the tag is of other octets
  }
}

function patched(bytes: Buffer, patches: readonly { readonly offset: number; readonly bytes: Buffer }[]): Buffer {
  for (const { offset, bytes: other } of patches) other.copy(bytes, offset);
  return bytes;
}

/** Of the day's key, for the file with that header and name. */
export function fileKey(key: Uint8Array, header: Uint8Array, name: string): Uint8Array {
  const salt = header.subarray(header.length - saltBytes);
  const info = Buffer.concat([Buffer.from('escaut sealed file 1\n'), header, Buffer.from(name)]);
  return new Uint8Array(hkdfSync('sha256', key, salt, info, 32));
}

function nonceOf(record: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(record, 8);
  return nonce;
}
