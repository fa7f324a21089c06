import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnnouncementText,
  fieldsOf,
  languageOf,
  spokenLanguages,
  wordingOf,
} from '../../src/operations/announcement-text.ts';
import { announcementTexts } from '../../src/operations/announcement-texts.ts';

const crossing: AnnouncementText = {
  id: 'ann-crossing',
  fr: 'Franchissement de frontière à {place}, {time}.',
  nl: 'Grens overgestoken aan {place}, {time}.',
  en: 'Border crossed at {place}, {time}.',
  de: 'Grenzübertritt bei {place}, {time}.',
};

describe('the words of an announcement', () => {
  it('have their fields filled in, each language its own', () => {
    expect(wordingOf(crossing, 'fr', { place: 'PF-04', time: '2:15' })).toEqual({
      text: 'Franchissement de frontière à PF-04, 2:15.',
      spoken: 'Franchissement de frontière à P F zéro quatre, 2 heures 15.',
    });
    expect(wordingOf(crossing, 'nl', { place: 'PF-14', time: '20:05' }).spoken).toBe(
      'Grens overgestoken aan P F een vier, 20 uur 5.',
    );
    expect(wordingOf(crossing, 'fr', { place: 'PF-14', time: '8:00' }).spoken).toBe(
      'Franchissement de frontière à P F 14, 8 heures.',
    );
    expect(wordingOf(crossing, 'en', { place: 'PF-14', time: '20:05' }).spoken).toBe(
      'Border crossed at P F one four, 20 05.',
    );
    expect(wordingOf(crossing, 'de', { place: 'PF-02', time: '20:05' }).spoken).toBe(
      'Grenzübertritt bei P F null zwo, 20 Uhr 5.',
    );
    expect(wordingOf(crossing, 'de', { place: 'PF-02', time: '8:00' }).spoken).toBe(
      'Grenzübertritt bei P F null zwo, 8 Uhr.',
    );
  });

  it('take a value that differs by language', () => {
    const origin = { fr: 'Hainaut', nl: 'Henegouwen', en: 'Hainaut' };
    const text = { id: 'x', fr: 'Depuis {origin}.', nl: 'Vanuit {origin}.', en: 'From {origin}.' };
    expect(wordingOf(text, 'nl', { origin }).text).toBe('Vanuit Henegouwen.');
  });

  it('are English, figures and all, for whoever speaks German where they have no German', () => {
    const { de, ...text } = crossing;
    expect(wordingOf(text, 'de', { place: 'PF-02', time: '20:05' }).spoken).toBe(
      'Border crossed at P F zero two, 20 05.',
    );
    expect(languageOf([crossing], 'de')).toBe('de');
    expect(languageOf([crossing, text], 'de')).toBe('en');
    expect(languageOf([crossing, text], 'nl')).toBe('nl');
    expect(wordingOf(crossing, 'de', { place: { fr: 'a', nl: 'b', en: 'c' } }).text).toBe('Grenzübertritt bei c.');
    expect(wordingOf(crossing, 'de', { place: { fr: 'a', nl: 'b', en: 'c', de: 'd' } }).text).toBe(
      'Grenzübertritt bei d.',
    );
  });

  it('come with the gateway in every language, with the same fields in each', () => {
    for (const text of announcementTexts) {
      for (const language of spokenLanguages) {
        expect(fieldsOf(text[language] ?? '').toSorted(), `${text.id} ${language}`).toEqual(
          fieldsOf(text.fr).toSorted(),
        );
        expect(text[language]).toMatch(/\.$/);
      }
    }
  });

  it('leave out the clause of what is not given', () => {
    const emergency = { id: 'x', fr: 'Détresse. Détresse. {call_sign}, {place}. Silence radio.', nl: '', en: '' };
    expect(wordingOf(emergency, 'fr', { call_sign: 'BAC 2' }).text).toBe('Détresse. Détresse. BAC 2. Silence radio.');
    expect(wordingOf(emergency, 'fr', {}).text).toBe('Détresse. Détresse. Silence radio.');
  });

  it('name their fields', () => {
    expect(fieldsOf(crossing.fr)).toEqual(['place', 'time']);
    expect(fieldsOf('{a} {b} {a} {A} {}')).toEqual(['a', 'b']);
  });

  it('hold no control characters, markup or long values, whatever a field brings', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.constantFrom(...spokenLanguages),
        (value, language) => {
          const { text, spoken } = wordingOf({ id: 'x', fr: '{a}', nl: '{a}', en: '{a}' }, language, { a: value });
          expect(text).not.toMatch(/[\p{Cc}<>[\]{}|\\]/u);
          expect(text.length).toBeLessThanOrEqual(61);
          expect(spoken).not.toMatch(/[\p{Cc}<>]/u);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('know no fields but those given', () => {
    expect(wordingOf({ id: 'x', fr: '', nl: '', en: 'A. {constructor} b.' }, 'en', {}).text).toBe('A.');
  });
});
