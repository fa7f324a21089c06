import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, flowing, judge, offer } from '../../src/console/link-flow.ts';

describe('a page that reads slower than it is told', () => {
  it('is held back beyond 512 KiB unsent and goes on below 64 KiB', () => {
    expect(offer(flowing, 9, 512 * 1024, 0).sends).toBe(true);
    const { flow, sends } = offer(flowing, 9, 512 * 1024 + 1, 100);
    expect(sends).toBe(false);
    expect(flow).toEqual({ name: 'holding', afterSeq: 8, sinceMs: 100 });
    expect(judge(flow, 64 * 1024 + 1, 200)).toBe('wait');
    expect(judge(flow, 64 * 1024, 200)).toBe('catchUp');
  });

  it('is cut off after 5000 ms, or at 4 MiB unsent at once', () => {
    const { flow } = offer(flowing, 9, 1e6, 0);
    expect(judge(flow, 1e6, 4999)).toBe('wait');
    expect(judge(flow, 1e6, 5000)).toBe('close');
    expect(judge(flowing, 4 * 1024 * 1024 + 1, 0)).toBe('close');
  });

  it('never misses a number: what is sent and what is caught up on is every one, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_500_000), { maxLength: 200 }), (unsent) => {
        let flow: Flow = flowing;
        let seen = 1;
        for (const [index, bytes] of unsent.entries()) {
          const seq = index + 2;
          if (flow.name === 'holding' && judge(flow, bytes, index) === 'catchUp') {
            expect(flow.afterSeq).toBe(seen);
            seen = seq - 1;
            flow = flowing;
          }
          const step = offer(flow, seq, bytes, index);
          flow = step.flow;
          if (step.sends) {
            expect(seq).toBe(seen + 1);
            seen = seq;
          }
        }
      }),
    );
  });
});
