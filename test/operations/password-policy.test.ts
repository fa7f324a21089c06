import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommonPasswords } from '../../src/gateway/common-passwords.ts';
import {
  passwordCharsMax,
  passwordCharsMin,
  passwordFault,
  readBreachedList,
  readPassword,
  wordsOfPlace,
} from '../../src/operations/password-policy.ts';

const none = { breached: new Set<string>(), common: new Set<string>(), names: [] };

describe('what may be a password', () => {
  it.each([
    ['elevenchars', 'too-short'],
    ['twelve chars', undefined],
    ['aaaaaaaaaaaa', 'breached'],
    ['пароль для ночи', undefined],
    ['🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓', 'too-short'],
    ['🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓🚓', 'breached'],
    ['abcdefgh'.repeat(16), undefined],
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
        fc.pre(new Set(password.normalize('NFKC').toLowerCase()).size > 3); // a few that go on and on are none
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
    expect(passwordFault('PassWord1234', { ...none, breached })).toBe('breached');
    expect(passwordFault('firewall-2020', { ...none, breached })).toBe('breached');
    expect(passwordFault('password12345', { ...none, breached })).toBeUndefined();
  });

  it('is no common password, nor one made long by figures, signs or itself', async () => {
    const rules = { ...none, common: await readCommonPasswords() };
    for (const password of [
      'Password1234',
      'P@ssw0rd-2026!',
      '123456789012',
      '111111111111!',
      'azertyuiop12',
      'wachtwoord-1',
      'motdepasse59',
      'Passwort.2026',
      'welkom-welkom',
      'welkomwelkomwel',
      '2026 police 2026',
      'leavemealone',
      'abcabcabcabc',
      'qwertyqwerty12',
    ]) {
      expect([password, passwordFault(password, rules)]).toEqual([password, 'breached']);
    }
    for (const password of [
      'nachtdienst in Doornik',
      'correct horse battery staple',
      'een ander, langer woord',
      '5318008-2718281',
      'k7318 2931 2211',
      'police de la route',
    ]) {
      expect([password, passwordFault(password, rules)]).toEqual([password, undefined]);
    }
  });

  it('is the same on every keyboard', () => {
    expect(readPassword('e\u0301te\u0301 a\u0300 Tournai')).toBe(readPassword('été à Tournai'));
    expect(readPassword('\ud83d')).toBeUndefined();
  });
});
