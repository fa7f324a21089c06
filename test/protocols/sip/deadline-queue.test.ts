import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../../src/protocols/sip/deadline-queue.ts';

describe('deadline queue', () => {
  it('gives keys back by time, and by the order of setting where times are equal', () => {
    const queue = new DeadlineQueue<string>();
    for (const [key, atMs] of [
      ['late', 30],
      ['first', 10],
      ['second', 10],
      ['moved', 5],
      ['gone', 1],
    ] as const) {
      queue.set(key, atMs);
    }
    queue.set('moved', 20);
    queue.delete('gone');
    expect(queue.nextMs).toBe(10);
    expect([queue.take(20), queue.take(20), queue.take(20), queue.take(20)]).toEqual([
      'first',
      'second',
      'moved',
      undefined,
    ]);
    expect(queue.size).toBe(1);
  });

  it('agrees with a sorted list over any sequence of changes', () => {
    const change = fc.record({
      key: fc.integer({ min: 0, max: 20 }),
      atMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(Infinity)),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const queue = new DeadlineQueue<number>();
        const model = new Map<number, { atMs: number; order: number }>();
        changes.forEach(({ key, atMs }, order) => {
          queue.set(key, atMs);
          if (atMs === Infinity) model.delete(key);
          else if (model.get(key)?.atMs !== atMs) model.set(key, { atMs, order });
        });
        const expected = [...model].sort(([, a], [, b]) => a.atMs - b.atMs || a.order - b.order).map(([key]) => key);
        const taken: number[] = [];
        for (let key = queue.take(50); key !== undefined; key = queue.take(50)) taken.push(key);
        expect(taken).toEqual(expected);
      }),
    );
  });
});
