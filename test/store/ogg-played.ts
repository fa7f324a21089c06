/** Ogg Opus as a strict player reads it: every page by its checksum, every packet through a decoder of Opus. */
import { OpusSpeechDecoder } from '../../src/media/opus.ts';

export interface Played {
  /** Decoded, up to the last page that is whole. */
  readonly ms: number;
  /** Nothing stands behind that page, and it is marked as the last. */
  readonly isWhole: boolean;
  /** Pages of another checksum, packets that no decoder takes. */
  readonly faults: number;
}

export function played(bytes: Buffer): Played {
  const decoder = new OpusSpeechDecoder();
  let [samples, faults, at, packets, isLast] = [0, 0, 0, 0, false];
  while (at + 27 <= bytes.length && bytes.toString('latin1', at, at + 4) === 'OggS') {
    const table = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0));
    const end = at + 27 + table.length + table.reduce((sum, length) => sum + length, 0);
    if (end > bytes.length) break;
    const page = Buffer.from(bytes.subarray(at, end));
    page.writeUInt32LE(0, 22);
    if (crcOf(page) !== bytes.readUInt32LE(at + 22)) faults += 1;
    let from = at + 27 + table.length;
    let to = from;
    for (const length of table) {
      to += length;
      if (length === 255) continue;
      packets += 1;
      // The first two are headers.
      if (packets > 2 && decoder.decode(bytes, from, to - from) !== undefined) faults += 1;
      if (packets > 2) samples += decoder.samples;
      from = to;
    }
    isLast = ((bytes[at + 5] ?? 0) & 4) !== 0;
    at = end;
  }
  return { ms: samples / 16, isWhole: isLast && at === bytes.length, faults };
}

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value;
});

/** RFC 3533 §6. */
function crcOf(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = (value << 8) ^ (crcTable[((value >>> 24) ^ byte) & 0xff] ?? 0);
  return value >>> 0;
}
