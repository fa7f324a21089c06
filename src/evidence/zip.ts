/**
 * ZIP as packages use it: files stored as they are, one after the other, then the directory, and not an octet that is
 * not settled by names and contents. So a verifier can write it anew and say where it differs; archives of libraries
 * leave it to their version what stands between the files. Pure.
 *
 * Format: APPNOTE.TXT 6.3 of PKWARE, §4.3.7 (local header), §4.3.12 (directory), §4.3.16 (its end).
 */

export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly octets: number;
  readonly crc32: number;
}

/** 2.0: folders in names. */
const versionNeeded = 20;
/** 1 January 1980, the first that it knows: when files were written is no part of the evidence. */
const date = 0x0021;
export const zipFilesMax = 65_535;
/** Of the whole archive; what Node reads in one piece. */
export const zipOctetsMax = 2 ** 31 - 1;

/** What stands before a file's octets. */
export function localHeader(entry: ZipEntry): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(head, 4, entry);
  return Buffer.concat([head, Buffer.from(entry.name, 'ascii')]);
}

/** What stands behind the last file. */
export function directory(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x0201_4b50, 0);
    head.writeUInt16LE(versionNeeded, 4);
    writeCommon(head, 6, entry);
    head.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(entry.name, 'ascii'));
    at += 30 + entry.name.length + entry.octets;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(
    parts.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, end]);
}

/** Version, flags, method (stored), time, date, CRC, sizes and length of the name stand alike in both headers. */
function writeCommon(head: Buffer, at: number, { name, octets, crc32 }: ZipEntry): void {
  head.writeUInt16LE(versionNeeded, at);
  head.writeUInt16LE(date, at + 8);
  head.writeUInt32LE(crc32, at + 10);
  head.writeUInt32LE(octets, at + 14);
  head.writeUInt32LE(octets, at + 18);
  head.writeUInt16LE(name.length, at + 22);
}
