import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssertionFailed, assert } from '../../src/base/assert.ts';
import { errorCatalogue, GatewayError, listenError } from '../../src/base/errors.ts';
import { nearest } from '../../src/base/nearest.ts';
import { printable } from '../../src/base/printable.ts';
import { SeededRandom, secretToken } from '../../src/base/random.ts';

describe('nearest word', () => {
  it.each([
    ['prot', 'port'],
    ['talkLimitms', 'talkLimitMs'],
    ['talk_limit_ms', 'talkLimitMs'],
    ['PCMAA', 'PCMA'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['host', 'port', 'talkLimitMs', 'talkWarnMs', 'PCMU', 'PCMA'])).toBe(meant);
  });

  it('names nothing when more than a third of the letters differ', () => {
    expect(nearest('colour', ['port', 'host', 'priority'])).toBeUndefined();
    expect(nearest('', ['port'])).toBeUndefined();
  });

  it('finds a word of 6 letters or more again after one edit', () => {
    const word = fc.stringMatching(/^[a-z]{6,20}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.stringMatching(/^[a-z]$/), (right, at, letter) => {
        const index = at % right.length;
        const wrong = right.slice(0, index) + letter + right.slice(index + 1);
        expect(nearest(wrong, [right])).toBe(right);
      }),
    );
  });
});

describe('printable name', () => {
  it('is one short line without control, direction or invisible characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        expect(printable(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(printable(name).length).toBeLessThanOrEqual(64);
      }),
    );
    expect(printable('a\u001b[31m\nb\u202e')).toBe('a\uFFFD[31m\uFFFDb\uFFFD');
  });
});

describe('seeded chance', () => {
  const draw = (seed: number, count: number): number[] => {
    const random = new SeededRandom(seed);
    return Array.from({ length: count }, () => random.fraction());
  };

  it('repeats itself with the same seed, and not with its neighbour', () => {
    expect(draw(7, 100)).toEqual(draw(7, 100));
    expect(draw(7, 100)).not.toEqual(draw(8, 100));
  });

  it('is uniform in [0, 1): mean 0.5 ± 0.01 and each tenth of the range holds 10 % ± 1 % of 100,000', () => {
    const drawn = draw(20260101, 100_000);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    const tenths = new Array<number>(10).fill(0);
    for (const value of drawn) tenths[Math.floor(value * 10)]! += 1;
    for (const count of tenths) expect(Math.abs(count / drawn.length - 0.1)).toBeLessThan(0.01);
  });

  it('gives tokens of so many bytes, URL-safe and different', () => {
    const tokens = new Set(Array.from({ length: 1000 }, () => secretToken(16)));
    expect(tokens.size).toBe(1000);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe('errors', () => {
  it('have an exit code of sysexits.h, a meaning and a remedy', () => {
    for (const [code, { exitCode, meaning, remedy }] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[A-Z_]+$/);
      expect(exitCode).toBeGreaterThanOrEqual(64);
      expect(exitCode).toBeLessThanOrEqual(78);
      expect(meaning).toMatch(/^\S.+\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  it('say of a failed listen what is in the way, and keep the cause', () => {
    const cause = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
    const error = listenError('console.listen', '::1', 1, cause);
    expect(error).toBeInstanceOf(GatewayError);
    expect([error.code, error.exitCode, error.cause]).toEqual(['PORT_IN_USE', 69, cause]);
    expect(error.message).toBe('console.listen on [::1]:1: the port is in use');
    expect(listenError('x', '192.0.2.1', 1, Object.assign(new Error(), { code: 'EADDRNOTAVAIL' })).code).toBe(
      'ADDRESS_NOT_AVAILABLE',
    );
    expect(listenError('x', '127.0.0.1', 80, Object.assign(new Error(), { code: 'EACCES' })).code).toBe(
      'ADDRESS_NOT_AVAILABLE',
    );
    expect(listenError('x', '127.0.0.1', 80, new Error('?')).code).toBe('INTERNAL');
  });

  it('of our own making are assertions', () => {
    expect(() => assert(1 + 1 === 3, 'sums')).toThrow(AssertionFailed);
    expect(() => assert(true, 'sums')).not.toThrow();
  });
});
