import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aliasOf, partsOf, spell } from '../../src/base/alias.ts';

describe('names and texts for other displays', () => {
  it.each([
    ['Élysée 4', 'latin1', 'Élysée 4'],
    ['Hélène ç', 'gsm', 'Hélène c'],
    ['Cœur d’Artois…', 'latin1', "Coeur d'Artois..."],
    ['Škoda Łódź', 'latin1', 'Skoda Lódz'],
    ['Ж 5', 'latin1', '? 5'],
    ['Ж 5', 'any', 'Ж 5'],
    ['`a`', 'gsm', '?a?'],
    ['e\u0301', 'latin1', 'é'],
    ['a\tb\u202Fc', 'latin1', 'a b c'],
  ] as const)('spells %s in %s: %s', (text, alphabet, spelt) => {
    expect(spell(text, alphabet)).toBe(spelt);
  });

  it.each([
    ['Tournai 22', 12, 'Tournai 22'],
    ['Douane Baisieux 3', 12, 'Douane Bai 3'],
    ['Hazebrouck 3', 8, 'Hazebr 3'],
    ['Brigade anti-criminalité', 12, 'Brigade anti'],
    ['Peloton 5300110', 8, 'Peloton'],
    ['5300110', 4, '5300'],
  ])('makes %s fit into %i letters: %s', (name, max, alias) => {
    expect(aliasOf(name, max, 'latin1')).toBe(alias);
  });

  it('never gives more letters than fit, and keeps the number of a call sign wherever there is room for it', () => {
    const name = fc
      .tuple(fc.stringMatching(/^[A-Za-zéèçœ ]{1,30}$/), fc.nat(999))
      .map(([word, n]) => `${word.trim()} ${n}`);
    fc.assert(
      fc.property(name, fc.integer({ min: 6, max: 30 }), (call, max) => {
        const alias = aliasOf(call, max, 'latin1');
        expect([...alias].length).toBeLessThanOrEqual(max);
        if (call.trim().includes(' ')) expect(alias.split(' ').at(-1)).toBe(call.split(' ').at(-1));
      }),
    );
  });

  it('cuts a text between words, numbers the parts and loses none', () => {
    expect(partsOf('a short one', 40)).toEqual(['a short one']);
    const text = 'Véhicule gris vers Mouscron par la N58, trois occupants, se dirige vers la frontière';
    const parts = partsOf(text, 40)!;
    expect(parts[0]).toBe('1/3 Véhicule gris vers Mouscron par la');
    expect(parts.map((part) => part.slice(4)).join(' ')).toBe(text);
    expect(partsOf('x'.repeat(9 * 36), 40)).toHaveLength(9);
    expect(partsOf('x'.repeat(9 * 36 + 1), 40)).toBeUndefined();
  });
});
