/**
 * A text that came from outside, fit for one line of a terminal: at most `charsMax` characters (a name's by default),
 * without control characters, line ends and invisible format characters (which could move the cursor or turn the
 * reading direction).
 */
export function printable(text: string, charsMax = 64): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
