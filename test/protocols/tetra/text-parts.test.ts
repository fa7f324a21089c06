import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextParts } from '../../../src/protocols/tetra/text-parts.ts';

const part = (sequence: number, total = 3, reference = 7) => ({ reference, total, sequence });
const textsOf = (told: readonly { readonly text: string }[]) => told.map(({ text }) => text);

describe('texts in parts', () => {
  it('are told once they are whole, in order whatever came first, a part that came twice but once', () => {
    const texts = new TextParts<string>();
    for (const [sequence, text] of [
      [3, 'c'],
      [1, 'a'],
      [1, 'a'],
    ] as const) {
      expect(texts.take('a', 'first', part(sequence), text, 0)).toEqual([]);
    }
    expect(texts.take('a', 'last', part(2), 'b', 0)).toEqual([{ origin: 'first', text: 'abc' }]);
    expect(texts.deadlineMs).toBe(Infinity);
  });

  it('of two senders, or of two texts, are not mixed', () => {
    const texts = new TextParts<string>();
    texts.take('a', '', part(1, 2), 'a1', 0);
    texts.take('b', '', part(1, 2), 'b1', 0);
    texts.take('a', '', part(1, 2, 8), 'c1', 0);
    expect(textsOf(texts.take('b', '', part(2, 2), 'b2', 0))).toEqual(['b1b2']);
    expect(textsOf(texts.take('a', '', part(2, 2, 8), 'c2', 0))).toEqual(['c1c2']);
  });

  it('under the reference of one that was left unfinished are not mixed with it', () => {
    const texts = new TextParts<string>();
    texts.take('a', '', part(1, 2), 'old', 0);
    expect(textsOf(texts.take('a', '', part(1, 2), 'new', 1000))).toEqual(['old…']);
    expect(textsOf(texts.take('a', '', part(2, 2), 'er', 2000))).toEqual(['newer']);
    expect(texts.deadlineMs).toBe(Infinity);
  });

  it('are told as far as they came after a minute, the gap shown', () => {
    const texts = new TextParts<string>();
    texts.take('a', '', part(1), 'a', 1000);
    texts.take('a', '', part(3), 'c', 50_000);
    expect([texts.deadlineMs, texts.expire(60_999)]).toEqual([61_000, []]);
    expect(textsOf(texts.expire(61_000))).toEqual(['a…c']);
  });

  it('are at most 16 at once, the oldest gives way; more than 16 parts, or numbers that cannot be, are told one by one', () => {
    const texts = new TextParts<string>();
    for (let reference = 0; reference < 16; reference++) {
      expect(texts.take('a', '', part(1, 2, reference), String(reference), reference)).toEqual([]);
    }
    expect(textsOf(texts.take('a', '', part(1, 2, 16), 'x', 16))).toEqual(['0…']);
    for (const odd of [part(1, 17), part(0), part(4), part(1, 1), part(1, 0)]) {
      expect(textsOf(texts.take('b', '', odd, 'odd', 17))).toEqual(['odd']);
    }
  });

  it('whatever comes: each part is told once, and nothing stays for more than a minute', () => {
    const step = fc.record({
      sender: fc.constantFrom('a', 'b'),
      reference: fc.nat(20),
      total: fc.nat(20),
      sequence: fc.nat(20),
      afterMs: fc.nat(30_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const texts = new TextParts<string>();
        let nowMs = 0;
        let told = '';
        const given = new Set<string>();
        for (const [index, { sender, afterMs, ...numbers }] of steps.entries()) {
          nowMs += afterMs;
          told += textsOf(texts.expire(nowMs)).join('');
          expect(texts.deadlineMs).toBeGreaterThan(nowMs);
          const word = `<${index}>`;
          given.add(word);
          told += textsOf(texts.take(sender, '', numbers, word, nowMs)).join('');
        }
        told += textsOf(texts.expire(nowMs + 60_000)).join('');
        expect(texts.deadlineMs).toBe(Infinity);
        const words = told.match(/<\d+>/g) ?? [];
        expect(new Set(words).size).toBe(words.length);
        for (const word of words) expect(given.has(word)).toBe(true);
      }),
    );
  });
});
