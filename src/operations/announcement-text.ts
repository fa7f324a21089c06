/**
 * The words of an announcement: the configured text of one language with its fields filled in, once as it is shown and
 * logged, and once as a synthesiser is to say it. Pure.
 *
 * A field takes nothing that could be a name, a plate or a number of a person: place codes, groups, networks, control
 * rooms, call signs, times and the few words of a plan.
 */

export const spokenLanguages = ['fr', 'nl', 'en', 'de'] as const;
export type SpokenLanguage = (typeof spokenLanguages)[number];

/** The same in each language; without German, English stands for it. */
export interface Words {
  readonly fr: string;
  readonly nl: string;
  readonly en: string;
  readonly de?: string;
}

export interface AnnouncementText extends Words {
  readonly id: string;
}

/** A value that is one text in every language, or one of each. */
export type FieldValue = string | Words;
export type Fields = Readonly<Record<string, FieldValue>>;

export interface Wording {
  /** As it is shown and logged. */
  readonly text: string;
  /** As it is to be spoken: codes in letters and figures. */
  readonly spoken: string;
}

const fieldPattern = /\{([a-z_]{1,32})\}/g;
/** What a value may have at most; longer ones are cut, so that an announcement stays short. */
const valueMax = 60;

/** Fields that a text has, in the order in which they stand. */
export function fieldsOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(fieldPattern)].map(([, name]) => name as string))];
}

/** The language in which these texts can be said one after another: none is half in one and half in another. */
export function languageOf(texts: readonly Words[], wanted: SpokenLanguage): SpokenLanguage {
  return texts.every((text) => text[wanted] !== undefined) ? wanted : 'en';
}

export function inLanguage(text: Words, language: SpokenLanguage): string {
  return text[language] ?? text.en;
}

/** The words in one language; a clause with a field that is not given is left out. */
export function wordingOf(announcement: AnnouncementText, wanted: SpokenLanguage, fields: Fields): Wording {
  const language = languageOf([announcement], wanted);
  const text = sentencesOf(inLanguage(announcement, language))
    .map((sentence) => {
      const clauses = sentence
        .split(', ')
        .filter((clause) => fieldsOf(clause).every((name) => fieldValue(fields, name, language) !== ''))
        .map((clause) => clause.replace(fieldPattern, (_, name: string) => fieldValue(fields, name, language)));
      return clauses.length === 0 ? '' : `${clauses.join(', ').replace(/[.!?]*$/, '')}.`;
    })
    .filter((sentence) => sentence !== '')
    .join(' ');
  return { text, spoken: spokenOf(text, language) };
}

function sentencesOf(text: string): readonly string[] {
  return text.trim().split(/(?<=[.!?])\s+/);
}

function fieldValue(fields: Fields, name: string, language: SpokenLanguage): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined) return '';
  return clean(typeof value === 'string' ? value : inLanguage(value, language));
}

/** One line without anything that a synthesiser could take for a command. */
function clean(value: string): string {
  return value
    .replace(/[\p{C}<>[\]{}|\\]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, valueMax);
}

/** Place codes and groups by letter and figure: `PF-04` is said "P F zéro quatre", as on the air. */
function spokenOf(text: string, language: SpokenLanguage): string {
  return text
    .replace(/\b([A-Z]{1,4})-(\d{1,4})\b/g, (_, letters: string, figures: string) => {
      return `${[...letters].join(' ')} ${figuresOf(figures, language)}`;
    })
    .replace(/\b(\d{1,2})[:h](\d{2})\b/g, (_, hours: string, minutes: string) => clockOf(hours, minutes, language));
}

const figureNames: Readonly<Record<SpokenLanguage, readonly string[]>> = {
  fr: ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'],
  nl: ['nul', 'een', 'twee', 'drie', 'vier', 'vijf', 'zes', 'zeven', 'acht', 'negen'],
  en: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  de: ['null', 'eins', 'zwo', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'],
};

/** French joins tens (quatorze, seize) on the air, the others say figure by figure. */
function figuresOf(figures: string, language: SpokenLanguage): string {
  if (language === 'fr' && !figures.startsWith('0')) return figures;
  return [...figures].map((figure) => figureNames[language][Number(figure)]).join(' ');
}

function clockOf(hours: string, minutes: string, language: SpokenLanguage): string {
  const hour = String(Number(hours));
  const minute = String(Number(minutes));
  if (language === 'fr') return minute === '0' ? `${hour} heures` : `${hour} heures ${minute}`;
  if (language === 'nl') return minute === '0' ? `${hour} uur` : `${hour} uur ${minute}`;
  if (language === 'de') return minute === '0' ? `${hour} Uhr` : `${hour} Uhr ${minute}`;
  return minute === '0' ? `${hour} hours` : `${hour} ${minute.padStart(2, '0')}`;
}
