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
  /** Those that most people choose, of any length, in lower case: none is good, nor what is made of one (`isMadeOfCommon`). */
  readonly common: ReadonlySet<string>;
  /** What the person and the place go by: alone, or as all that the password is made of, they are none. */
  readonly names: readonly string[];
}

/** As it is kept and compared; undefined for a text that is none (half a surrogate pair) or beyond all length. */
export function readPassword(text: string): string | undefined {
  return text.length <= rawUnitsMax && text.isWellFormed() ? text.normalize('NFKC') : undefined;
}

/** Undefined: it may be set. `password` as it was typed. */
export function passwordFault(password: string, { breached, common, names }: PasswordRules): PasswordFault | undefined {
  if (password.length > rawUnitsMax) return 'too-long';
  const read = readPassword(password);
  if (read === undefined) return 'malformed';
  const { length } = [...read];
  if (length < passwordCharsMin) return 'too-short';
  if (length > passwordCharsMax) return 'too-long';
  const plain = read.toLowerCase();
  if (isMadeOf(plain, names)) return 'names-person';
  return breached.has(plain) || isMadeOfCommon(plain, common) ? 'breached' : undefined;
}

/** One a line; case does not matter, nor do lines that no password could be. */
export function readBreachedList(text: string): ReadonlySet<string> {
  const lines = text.split(/\r?\n/).map((line) => readPassword(line)?.toLowerCase() ?? '');
  return new Set(lines.filter((line) => [...line].length >= passwordCharsMin));
}

/** Words that anybody would guess here: the product's, and what the gateway is called (docs/accounts.md). */
export function wordsOfPlace(gateway: { readonly id: string; readonly name: object }): string[] {
  const texts = [gateway.id, ...Object.values(gateway.name)].map(String);
  return ['escaut', ...texts, ...texts.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u))];
}

/**
 * How most people make a common password long enough: it stands there once or often, with figures and signs around it;
 * or a few characters go on and on.
 */
function isMadeOfCommon(plain: string, common: ReadonlySet<string>): boolean {
  const words = new Set(plain.split(/[^\p{L}]+/u).filter((word) => word !== ''));
  const cores = [
    plain,
    plain.replace(/[^\p{L}\p{N}]+$/u, ''),
    plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''),
    ...(words.size === 1 ? words : []),
  ];
  const units = cores.map(unitOf);
  // The first two are the password but for signs behind it.
  if (units.slice(0, 2).some((each) => each !== '' && [...each].length < wordCharsMin)) return true;
  return [...cores, ...units].some((each) => [...each].length >= wordCharsMin && common.has(each));
}

/** Shorter ones are found in any text; over and over they are no password. */
const wordCharsMin = 4;

/** The shortest text of which this one is made, over and over, the last time perhaps not whole; itself, where it is of none. */
function unitOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    if (text.slice(length) === text.slice(0, -length)) return text.slice(0, length);
  }
  return text;
}

/** Names over and over, and what stands beside them but figures and signs. */
function isMadeOf(plain: string, names: readonly string[]): boolean {
  const words = names.map((name) => name.normalize('NFKC').toLowerCase()).filter(({ length }) => length >= 3);
  const left = words
    .toSorted((one, other) => other.length - one.length)
    .reduce((text, word) => text.replaceAll(word, ''), plain);
  return left !== plain && !/\p{L}/u.test(left);
}
