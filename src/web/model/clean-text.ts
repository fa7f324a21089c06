/**
 * Text that a radio network or another console supplied is hostile until cleaned: control characters and line breaks
 * could break a row, direction overrides could make one call sign read as another. React escapes markup; this does
 * the rest. Direction is isolated where it is shown (<bdi>).
 */
const lengthMax = 64;
/** C0, DEL, C1, line and paragraph separators, zero-width and direction controls, BOM, lone tags. */
const unwanted = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** On one line, ending in "…" when cut: a name, at most 64 characters, unless more are allowed; total. */
export function cleanText(text: string | null | undefined, charsMax = lengthMax): string {
  if (!text) return '';
  // Bounded before anything else: an alias of a megabyte must not be searched by a pattern.
  const flat = text
    .slice(0, charsMax * 8)
    .toWellFormed()
    .replace(unwanted, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...flat];
  return characters.length <= charsMax ? flat : `${characters.slice(0, charsMax - 1).join('')}…`;
}
