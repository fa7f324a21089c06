import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenLanguages } from '../../src/operations/announcement-text.ts';
import { spelledOut } from '../../src/operations/spelled-numbers.ts';

const belgian = { isBelgian: true };
const french = { isBelgian: false };

describe('numbers in words', () => {
  it('are those of Belgium or of France', () => {
    expect(spelledOut('71, 80, 81, 91 et 99', 'fr', belgian)).toBe(
      'septante et un, quatre-vingts, quatre-vingt-un, nonante et un et nonante-neuf',
    );
    expect(spelledOut('71, 80, 81, 91 et 99', 'fr', french)).toBe(
      'soixante et onze, quatre-vingts, quatre-vingt-un, quatre-vingt-onze et quatre-vingt-dix-neuf',
    );
    expect(spelledOut('P F 14, 21 heures 5', 'fr', belgian)).toBe('P F quatorze, vingt et un heures cinq');
  });

  it('follow each language beyond a hundred', () => {
    expect(spelledOut('590 200 1000 80000', 'fr', french)).toBe(
      'cinq cent quatre-vingt-dix deux cents mille quatre-vingt mille',
    );
    expect(spelledOut('22 123 2105', 'nl', belgian)).toBe('tweeëntwintig honderddrieëntwintig tweeduizend honderdvijf');
    expect(spelledOut('22 105 590', 'en', belgian)).toBe('twenty-two one hundred and five five hundred and ninety');
    expect(spelledOut('21 101 1000 1945', 'de', belgian)).toBe(
      'einundzwanzig einhunderteins eintausend eintausendneunhundertfünfundvierzig',
    );
  });

  it('are said figure by figure where they begin with a zero', () => {
    expect(spelledOut('007 0', 'en', belgian)).toBe('zero zero seven zero');
  });

  it('leave no figure, and nothing but figures is changed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999 }),
        fc.constantFrom(...spokenLanguages),
        fc.boolean(),
        (number, language, isBelgian) => {
          const words = spelledOut(`a ${number} b`, language, { isBelgian });
          expect(words).toMatch(/^a [\p{L} -]+ b$/u);
          expect(words).not.toMatch(/undefined| {2}/);
        },
      ),
    );
    expect(spelledOut('12,5 et 3.4 et 12345678', 'fr', belgian)).toBe('12,5 et 3.4 et 12345678');
  });
});
