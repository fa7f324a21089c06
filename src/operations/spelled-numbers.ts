/**
 * Numbers of a text as they are said, in words: for whoever wants to read what will be heard. Up to six figures; a number
 * that begins with a zero is said figure by figure. Pure.
 */
import type { SpokenLanguage } from './announcement-text.ts';

export interface Spelling {
  /** French of Belgium: septante, nonante. */
  readonly isBelgian: boolean;
}

export function spelledOut(text: string, language: SpokenLanguage, spelling: Spelling): string {
  return text.replace(/(?<![\d.,])\d{1,6}(?!\d|[.,]\d)/g, (figures) =>
    figures.startsWith('0') && figures !== '0'
      ? [...figures].map((figure) => inWords(Number(figure), language, spelling)).join(' ')
      : inWords(Number(figures), language, spelling),
  );
}

const small: Readonly<Record<SpokenLanguage, readonly string[]>> = {
  fr: [
    ...['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix', 'onze', 'douze'],
    ...['treize', 'quatorze', 'quinze', 'seize', 'dix-sept', 'dix-huit', 'dix-neuf'],
  ],
  nl: [
    ...['nul', 'een', 'twee', 'drie', 'vier', 'vijf', 'zes', 'zeven', 'acht', 'negen', 'tien', 'elf', 'twaalf'],
    ...['dertien', 'veertien', 'vijftien', 'zestien', 'zeventien', 'achttien', 'negentien'],
  ],
  en: [
    ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
    ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
  ],
  de: [
    ...['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun', 'zehn', 'elf', 'zwölf'],
    ...['dreizehn', 'vierzehn', 'fünfzehn', 'sechzehn', 'siebzehn', 'achtzehn', 'neunzehn'],
  ],
};

/** From twenty on. */
const tens: Readonly<Record<SpokenLanguage, readonly string[]>> = {
  fr: ['vingt', 'trente', 'quarante', 'cinquante', 'soixante', 'septante', 'quatre-vingt', 'nonante'],
  nl: ['twintig', 'dertig', 'veertig', 'vijftig', 'zestig', 'zeventig', 'tachtig', 'negentig'],
  en: ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'],
  de: ['zwanzig', 'dreißig', 'vierzig', 'fünfzig', 'sechzig', 'siebzig', 'achtzig', 'neunzig'],
};

function inWords(number: number, language: SpokenLanguage, spelling: Spelling): string {
  if (number < 100) return belowHundred(number, language, spelling);
  const [unit, name] = number < 1000 ? [100, hundredOf] : [1000, thousandOf];
  const many = Math.floor(number / unit);
  const rest = number % unit;
  const head = name(many, rest, language, spelling);
  if (rest === 0) return head;
  const tail = inWords(rest, language, spelling);
  if (language === 'fr') return `${head} ${tail}`;
  if (language === 'en') return rest < 100 ? `${head} and ${tail}` : `${head} ${tail}`;
  return unit === 100 || language === 'de' ? `${head}${tail}` : `${head} ${tail}`;
}

type Named = (many: number, rest: number, language: SpokenLanguage, spelling: Spelling) => string;

const hundredOf: Named = (many, rest, language) => {
  const word = small[language][many] ?? '';
  switch (language) {
    case 'fr':
      return many === 1 ? 'cent' : `${word} ${rest === 0 ? 'cents' : 'cent'}`;
    case 'nl':
      return many === 1 ? 'honderd' : `${word}honderd`;
    case 'de':
      return `${many === 1 ? 'ein' : word}hundert`;
    default:
      return `${word} hundred`;
  }
};

const thousandOf: Named = (many, _rest, language, spelling) => {
  const word = inWords(many, language, spelling);
  switch (language) {
    case 'fr':
      // "deux cents" and "quatre-vingts" lose their s before mille.
      return many === 1 ? 'mille' : `${word.replace(/(cent|vingt)s$/, '$1')} mille`;
    case 'nl':
      return many === 1 ? 'duizend' : `${word}duizend`;
    case 'de':
      return `${word.replace(/eins$/, 'ein')}tausend`;
    default:
      return `${word} thousand`;
  }
};

function belowHundred(number: number, language: SpokenLanguage, { isBelgian }: Spelling): string {
  if (number < 20) return small[language][number] ?? '';
  const ten = Math.floor(number / 10);
  const one = number % 10;
  const word = tens[language][ten - 2] ?? '';
  const unit = small[language][one] ?? '';
  switch (language) {
    case 'fr': {
      if (!isBelgian && (ten === 7 || ten === 9)) {
        const base = ten === 7 ? 'soixante' : 'quatre-vingt';
        return number === 71 ? 'soixante et onze' : `${base}-${small.fr[10 + one]}`;
      }
      if (one === 0) return ten === 8 ? 'quatre-vingts' : word;
      return one === 1 && ten !== 8 ? `${word} et un` : `${word}-${unit}`;
    }
    case 'nl':
      return one === 0 ? word : `${unit}${unit.endsWith('e') ? 'ën' : 'en'}${word}`;
    case 'de':
      return one === 0 ? word : `${one === 1 ? 'ein' : unit}und${word}`;
    default:
      return one === 0 ? word : `${word}-${unit}`;
  }
}
