/**
 * Packages of evidence that wait to be fetched, each in a folder of its own. Where recordings are encrypted they are too, on
 * their way to the disk: under a key of their own beside them, wrapped by the master key, which goes with them.
 *
 *   <order>-<try>/package.zip, <order>-<try>/<key id>.key
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { systemCode } from '../base/errors.ts';
import { isSealed, Sealer, sealKeyId } from '../media/sealed-file.ts';
import { unsealed } from '../media/sealed-stream.ts';
import { dayKey, destroyKeys, KeyMissing, type MasterKeys, openKey } from '../voice/recording-keys.ts';
import { headOf } from './kept-recordings.ts';

const packageName = 'package.zip';
const pieceOctets = 64 * 1024;

/** Where the package of that name lies; its folder is there then. @throws Error of the system */
export function packagePlace(folder: string, name: string): string {
  mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  return join(folder, name, packageName);
}

/** Writes all octets that it is given, one call after the other, and at last the end. */
export interface PackageWriter {
  put(bytes: Uint8Array): void;
  end(): void;
}

export function plainWriter(descriptor: number): PackageWriter {
  // All of it: a disk that is nearly full takes a part.
  return { put: (bytes) => writeFileSync(descriptor, bytes), end: () => undefined };
}

/** For a package that is to lie at a `packagePlace`. Without master keys it lies there as it is. @throws Error of the system */
export function sealedWriter(place: string, masters: MasterKeys): (descriptor: number) => PackageWriter {
  return (descriptor) => {
    const key = dayKey(folderOf(place), nameOf(place), masters);
    if (key === undefined) return plainWriter(descriptor);
    const sealer = new Sealer(key, randomBytes(16), `${nameOf(place)}/${packageName}`);
    writeFileSync(descriptor, sealer.header);
    return {
      put: (bytes) => {
        for (let at = 0; at < bytes.length; at += pieceOctets) {
          writeFileSync(descriptor, sealer.data(bytes.subarray(at, at + pieceOctets)));
        }
      },
      end: () => writeFileSync(descriptor, sealer.end()),
    };
  };
}

/** As it was given to the writer. Undefined: it is not there. @throws KeyMissing, Error of the system; the stream: SealBroken */
export function readPackage(folder: string, name: string, masters: MasterKeys): Readable | undefined {
  const file = `${name}/${packageName}`;
  if (statSync(join(folder, file), { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const head = headOf(folder, file);
  if (!isSealed(head)) return createReadStream(join(folder, file));
  const key = openKey(folder, name, sealKeyId(head), masters);
  if (key === undefined) throw new KeyMissing('no master key that is given opens it');
  return Readable.from(openedWhenRead(folder, file, key), { objectMode: false });
}

async function* openedWhenRead(folder: string, file: string, key: Uint8Array): AsyncGenerator<Buffer> {
  yield* unsealed(createReadStream(join(folder, file)), key, file);
}

/** What copies there are of one that is encrypted is worth nothing from then on. @throws Error of the system */
export function removePackage(folder: string, name: string): void {
  destroyKeys(folder, name);
  rmSync(join(folder, name), { recursive: true, force: true });
}

/** @throws Error of the system */
export function packagesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

function folderOf(place: string): string {
  return dirname(dirname(place));
}

function nameOf(place: string): string {
  return basename(dirname(place));
}
