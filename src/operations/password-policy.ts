/**
 * What may be a password: its length and nothing of its composition (OWASP ASVS 5, 6.2). Pure.
 *
 * It is read in NFKC, so that the same keys are the same password on every keyboard and system.
 */

/** Characters (code points) after NFKC. */
export const passwordCharsMin = 12;
export const passwordCharsMax = 128;
/** What is looked at before it is read at all, UTF-16 units. */
const rawUnitsMax = 1024;

export type PasswordFault = 'malformed' | 'too-short' | 'too-long' | 'names-person' | 'breached';

export interface PasswordRules {
  /** Passwords that are known to be in lists of attackers, as `readBreachedList` gives them. */
  readonly breached: ReadonlySet<string>;
  /** What the person goes by: alone, or as all that the password is made of, it is none. */
  readonly names: readonly string[];
}

/** As it is kept and compared; undefined for a text that is none (half a surrogate pair) or beyond all length. */
export function readPassword(text: string): string | undefined {
  return text.length <= rawUnitsMax && text.isWellFormed() ? text.normalize('NFKC') : undefined;
}

/** Undefined: it may be set. `password` as it was typed. */
export function passwordFault(password: string, { breached, names }: PasswordRules): PasswordFault | undefined {
  if (password.length > rawUnitsMax) return 'too-long';
  const read = readPassword(password);
  if (read === undefined) return 'malformed';
  const { length } = [...read];
  if (length < passwordCharsMin) return 'too-short';
  if (length > passwordCharsMax) return 'too-long';
  const plain = read.toLowerCase();
  if (names.some((name) => isMadeOf(plain, name))) return 'names-person';
  return breached.has(plain) ? 'breached' : undefined;
}

/** One a line; case does not matter, nor do lines that no password could be. */
export function readBreachedList(text: string): ReadonlySet<string> {
  const lines = text.split(/\r?\n/).map((line) => readPassword(line)?.toLowerCase() ?? '');
  return new Set(lines.filter((line) => [...line].length >= passwordCharsMin));
}

/** The name over and over, and what stands beside it but figures and signs. */
function isMadeOf(plain: string, name: string): boolean {
  const word = name.normalize('NFKC').toLowerCase();
  return word.length >= 3 && !/\p{L}/u.test(plain.replaceAll(word, ''));
}
