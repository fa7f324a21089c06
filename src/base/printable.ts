/**
 * A name that came from outside, fit for one line of a terminal: at most 64 characters, without control characters,
 * line ends and invisible format characters (which could move the cursor or turn the reading direction).
 */
export function printable(name: string): string {
  const cut = name.length > 64 ? `${name.slice(0, 63)}…` : name;
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
