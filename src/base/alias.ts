/** Names and texts as another network's displays can show them: in its letters, and no longer than fits. */

export type Alphabet = 'gsm' | 'latin1' | 'any';

/** Letters of the GSM alphabet above ASCII (3GPP TS 23.038 §6.2.1), and those of ASCII that it lacks. */
const gsmBeyond = new Set('£¥èéùìòÇØøÅåÆæßÉ¤¡ÄÖÑÜ§¿äöñüàΔΦΓΛΩΠΨΣΘΞ€');
const gsmLacks = new Set('`');

/** For letters that are no base letter with an accent. */
const plainOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Œ: 'OE',
    œ: 'oe',
    Æ: 'AE',
    æ: 'ae',
    ß: 'ss',
    Ø: 'O',
    ø: 'o',
    Ł: 'L',
    ł: 'l',
    ĳ: 'ij',
    Ĳ: 'IJ',
    '’': "'",
    '‘': "'",
    '“': '"',
    '”': '"',
    '«': '"',
    '»': '"',
    '–': '-',
    '—': '-',
    '…': '...',
    '€': 'EUR',
    '\u00A0': ' ',
    '\u202F': ' ',
  }),
);

/** Whether a letter can be shown. */
function has(alphabet: Alphabet, letter: string): boolean {
  const code = letter.codePointAt(0)!;
  if (alphabet === 'any') return true;
  if (code >= 0x20 && code < 0x7f) return alphabet === 'latin1' || !gsmLacks.has(letter);
  return alphabet === 'latin1' ? code >= 0xa0 && code < 0x100 : gsmBeyond.has(letter);
}

/** In an alphabet's letters: an unknown one loses its accent or is spelt out, and is a question mark where neither helps. */
export function spell(text: string, alphabet: Alphabet): string {
  const plain = [...text.normalize('NFC')].map((letter) => {
    if (has(alphabet, letter)) return letter;
    const spelt = plainOf.get(letter) ?? letter.normalize('NFD').replaceAll(/\p{M}/gu, '');
    if (spelt !== '' && [...spelt].every((each) => has(alphabet, each))) return spelt;
    return /\s/u.test(letter) ? ' ' : '?';
  });
  return plain.join('');
}

/**
 * A talker's name in so many letters. What tells units apart stands at its end: of a name that is too long the words
 * before its number are cut, never the number ("Douane Baisieux 3" → "Douane Bai 3").
 */
export function aliasOf(name: string, charactersMax: number, alphabet: Alphabet): string {
  const letters = [...spell(name, alphabet).trim()];
  if (letters.length <= charactersMax) return letters.join('');
  const last = letters.lastIndexOf(' ');
  const tail = letters.slice(last + 1);
  const headMax = charactersMax - tail.length - 1;
  const isNumbered = last > 0 && tail.some((letter) => letter >= '0' && letter <= '9');
  if (!isNumbered || headMax < 1) return letters.slice(0, charactersMax).join('').trimEnd();
  return `${letters.slice(0, headMax).join('').trimEnd()} ${tail.join('')}`;
}

const partsMax = 9;

/** A text in pieces of so many letters, cut between words where that is possible; undefined when nine do not hold it. */
export function partsOf(text: string, charactersMax: number): readonly string[] | undefined {
  const letters = [...text];
  if (letters.length <= charactersMax) return [text];
  const room = charactersMax - '1/9 '.length;
  const parts: string[] = [];
  for (let at = 0; at < letters.length; ) {
    if (parts.length === partsMax) return undefined;
    let end = Math.min(letters.length, at + room);
    const space = letters.lastIndexOf(' ', end);
    if (end < letters.length && space > at + room / 2) end = space;
    parts.push(letters.slice(at, end).join(''));
    at = letters[end] === ' ' ? end + 1 : end;
  }
  return parts.map((part, index) => `${index + 1}/${parts.length} ${part}`);
}
