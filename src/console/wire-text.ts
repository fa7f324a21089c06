/** Texts of the console link, bounded. */

/** Group and leg ids are at most 64 characters each and a slash; tokens and mediasoup's ids are shorter. */
export const textMax = 256;
/** Talkgroups in one list. */
export const talkgroupsMax = 64;
/** Words in one list. */
export const wordsMax = 16;
const reasonMax = 200;

/** An id; undefined: there is none, or it is too long. */
export function text(value: string | null | undefined): string | undefined {
  return value && value.length <= textMax ? value : undefined;
}

/** One line of a person's own words. */
export function readReason(reason: string | null | undefined): string {
  return readLine(reason, reasonMax);
}

export function readLine(words: string | null | undefined, charsMax: number): string {
  return (words ?? '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, charsMax)
    .replace(/[\ud800-\udbff]$/, ''); // the first half of a character whose second was cut off
}
