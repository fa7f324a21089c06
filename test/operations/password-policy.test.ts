import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  passwordCharsMax,
  passwordCharsMin,
  passwordFault,
  readBreachedList,
  readPassword,
  wordsOfPlace,
} from '../../src/operations/password-policy.ts';

const none = { breached: new Set<string>(), names: [] };

describe('what may be a password', () => {
  it.each([
    ['elevenchars', 'too-short'],
    ['twelve chars', undefined],
    ['aaaaaaaaaaaa', undefined],
    ['пароль для ночи', undefined],
    ['🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓', 'too-short'],
    ['🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓', undefined],
    ['x'.repeat(128), undefined],
    ['x'.repeat(129), 'too-long'],
    ['x'.repeat(100_000), 'too-long'],
    ['half a pair \ud83d', 'malformed'],
  ])('%j: %s', (password, fault) => {
    expect(passwordFault(password, none)).toBe(fault);
  });

  it('asks for length alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 160 }), (password) => {
        const { length } = [...password.normalize('NFKC')];
        const fault = length < passwordCharsMin ? 'too-short' : length > passwordCharsMax ? 'too-long' : undefined;
        expect(passwordFault(password, none)).toBe(fault);
      }),
    );
  });

  it('is not the name of its person, once or often', () => {
    const rules = { ...none, names: ['lotte.peeters', 'Lotte'] };
    expect(passwordFault('Lotte.Peeters', rules)).toBe('names-person');
    expect(passwordFault('lotteLOTTE-2026', rules)).toBe('names-person');
    expect(passwordFault('lotte rijdt naar Doornik', rules)).toBeUndefined();
  });

  it('is no word of the place, alone or with others', () => {
    const words = wordsOfPlace({
      id: 'tournai-gw',
      name: { fr: 'CCPD Tournai', nl: 'Centrum Doornik', en: 'Tournai' },
    });
    const rules = { ...none, names: ['Lotte', ...words] };
    for (const password of ['Escaut-Escaut', 'Tournai.2026!', 'CCPD Doornik 1', 'escautTOURNAI', 'Lotte-Escaut-1']) {
      expect([password, passwordFault(password.padEnd(12, '1'), rules)]).toEqual([password, 'names-person']);
    }
    expect(passwordFault('nachtdienst in Doornik', rules)).toBeUndefined();
    expect(passwordFault('5318008-2718281', rules)).toBeUndefined();
  });

  it('is on no list of breached ones, whatever its case and form', () => {
    const breached = readBreachedList('password1234\r\nshort\nﬁrewall-2020\n');
    expect(breached.size).toBe(2);
    expect(passwordFault('PassWord1234', { breached, names: [] })).toBe('breached');
    expect(passwordFault('firewall-2020', { breached, names: [] })).toBe('breached');
    expect(passwordFault('password12345', { breached, names: [] })).toBeUndefined();
  });

  it('is the same on every keyboard', () => {
    expect(readPassword('e\u0301te\u0301 a\u0300 Tournai')).toBe(readPassword('été à Tournai'));
    expect(readPassword('\ud83d')).toBeUndefined();
  });
});
