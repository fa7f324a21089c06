import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agree } from '../../../src/protocols/ntp/time-agreement.ts';

const opinion = (server: string, offsetMs: number, boundMs: number) => ({ server, offsetMs, boundMs });

describe('several time servers (RFC 5905 §11.2.1)', () => {
  it('is what one says where there is one', () => {
    expect(agree([opinion('a', 12, 5)])).toEqual({ is: 'agreed', server: 'a', offsetMs: 12, boundMs: 5 });
    expect(agree([])).toEqual({ is: 'silent' });
  });

  it('is what two have in common, and nothing where they contradict each other', () => {
    const both = agree([opinion('a', 10, 5), opinion('b', 17, 6)]);
    expect(both).toEqual({ is: 'agreed', server: 'a', offsetMs: 11, boundMs: 4 });
    expect(agree([opinion('a', 0, 5), opinion('b', 900, 5)])).toEqual({ is: 'disagreeing' });
  });

  it('outvotes one of three that is wrong, however sure it is', () => {
    const agreed = agree([opinion('a', 3, 10), opinion('liar', 5000, 0.1), opinion('b', -2, 8)]);
    expect(agreed).toMatchObject({ is: 'agreed', server: 'b', offsetMs: -2 });
  });

  it('holds the truth as long as more than half tell it', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const honest = fc.record({ boundMs: number(0, 200), part: number(-1, 1) });
    const liar = fc.record({ offsetMs: number(-500, 500), boundMs: number(0, 200) });
    const those = fc.array(honest, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.integer({ min: -300, max: 300 }), those, fc.array(liar, { maxLength: 4 }), (truth, some, all) => {
        const agreed = agree([
          // A hair wider, for the rounding of this sum.
          ...some.map(({ boundMs, part }) => opinion('honest', truth + part * boundMs, boundMs + 1e-9)),
          ...all.slice(0, some.length - 1).map(({ offsetMs, boundMs }) => opinion('liar', offsetMs, boundMs)),
        ]);
        expect(agreed.is).toBe('agreed');
        if (agreed.is === 'agreed')
          expect(Math.abs(agreed.offsetMs - truth)).toBeLessThanOrEqual(agreed.boundMs + 1e-6);
      }),
    );
  });
});
