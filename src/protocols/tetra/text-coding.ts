/**
 * How the text of a short message is put into octets.
 *
 *   | 0: GSM alphabet, 7 bits packed | 1–9: ISO 8859-1 to -9 | 10–13: -10, -13, -14, -15 | 26: UCS-2 |
 *
 * Whatever comes is read; of what is unknown or has no letter there stands U+FFFD. Only 0, 1 and 26 are written.
 * Standards: ETSI EN 300 392-2 §29.5.4; 3GPP TS 23.038 §6.1.2.1, §6.2.1. Numbers other than 0, 1 and 26 are unverified.
 */
export const textCoding = { gsm: 0, latin1: 1, ucs2: 26 } as const;
export type WrittenCoding = (typeof textCoding)[keyof typeof textCoding];

const unknown = '\uFFFD';
/** Parts of ISO 8859 that a text decoder knows by its own name: -1 and -9 it takes for what Windows made of them. */
const isoParts: ReadonlyMap<number, number> = new Map([
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 5],
  [6, 6],
  [7, 7],
  [8, 8],
  [10, 10],
  [11, 13],
  [12, 14],
  [13, 15],
]);
const latin5 = 9;
/** Where ISO 8859-9 differs from -1. */
const turkish: ReadonlyMap<number, string> = new Map([
  [0xd0, 'Ğ'],
  [0xdd, 'İ'],
  [0xde, 'Ş'],
  [0xf0, 'ğ'],
  [0xfd, 'ı'],
  [0xfe, 'ş'],
]);

const escapeSeptet = 0x1b;
const gsmAlphabet =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001BÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const gsmExtension: ReadonlyMap<number, string> = new Map([
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]);
const septetsOf: ReadonlyMap<string, readonly number[]> = new Map([
  ...[...gsmAlphabet].map((letter, septet): [string, number[]] => [letter, [septet]]),
  ...[...gsmExtension].map(([septet, letter]): [string, number[]] => [letter, [escapeSeptet, septet]]),
]);
const carriageReturn = 0x0d;

export function readText(octets: Uint8Array, coding: number): string {
  if (coding === textCoding.gsm) return readGsm(octets);
  if (coding === textCoding.latin1) return Buffer.from(octets).toString('latin1');
  if (coding === textCoding.ucs2) return new TextDecoder('utf-16be').decode(octets.subarray(0, octets.length & ~1));
  if (coding === latin5) {
    return Array.from(octets, (octet) => turkish.get(octet) ?? String.fromCharCode(octet)).join('');
  }
  const part = isoParts.get(coding);
  if (part !== undefined) return new TextDecoder(`iso-8859-${part}`).decode(octets);
  return Array.from(octets, (octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : unknown)).join('');
}

/** Whether every letter of a text has a place in a coding. */
export function fitsCoding(text: string, coding: WrittenCoding): boolean {
  if (coding === textCoding.gsm) return [...text].every((letter) => letter !== '\u001B' && septetsOf.has(letter));
  return coding === textCoding.ucs2 || [...text].every((letter) => letter.charCodeAt(0) < 0x100);
}

/** Letters that have no place become `?`. */
export function writeText(text: string, coding: WrittenCoding): Uint8Array {
  if (coding === textCoding.gsm) return writeGsm(text);
  if (coding === textCoding.ucs2) return Uint8Array.from(Buffer.from(text, 'utf16le').swap16());
  return Uint8Array.from([...text], (letter) => (fitsCoding(letter, coding) ? letter.charCodeAt(0) : 0x3f));
}

/** The first bit of a septet is the lowest one left of its octet (TS 23.038 §6.1.2.1). */
function readGsm(octets: Uint8Array): string {
  const septets: number[] = [];
  let kept = 0;
  let bits = 0;
  for (const octet of octets) {
    kept |= octet << bits;
    for (bits += 8; bits >= 7; bits -= 7) {
      septets.push(kept & 0x7f);
      kept >>= 7;
    }
  }
  // Seven bits left over look like one more letter: 0, or a carriage return of a sender that knows the trap.
  const last = septets.at(-1);
  if (septets.length % 8 === 0 && (last === 0 || last === carriageReturn)) septets.pop();
  let text = '';
  for (let at = 0; at < septets.length; at++) {
    const septet = septets[at]!;
    if (septet !== escapeSeptet) text += gsmAlphabet[septet]!;
    else text += gsmExtension.get(septets[++at] ?? -1) ?? ' ';
  }
  return text;
}

function writeGsm(text: string): Uint8Array {
  const septets = [...text].flatMap((letter) => (letter === '\u001B' ? [] : (septetsOf.get(letter) ?? [0x3f])));
  if (septets.length % 8 === 7) septets.push(carriageReturn);
  const octets: number[] = [];
  let kept = 0;
  let bits = 0;
  for (const septet of septets) {
    kept |= septet << bits;
    for (bits += 7; bits >= 8; bits -= 8) {
      octets.push(kept & 0xff);
      kept >>= 8;
    }
  }
  if (bits > 0) octets.push(kept);
  return Uint8Array.from(octets);
}
