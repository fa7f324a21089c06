import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/console/delta-log.ts';

const body = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);

describe("log of a console's Deltas", () => {
  it('numbers from 2 without a gap, after a Snapshot numbered 1', () => {
    const log = new DeltaLog(0);
    expect(log.seq).toBe(1);
    expect([log.push(body(2)), log.push(body(3))]).toEqual([2, 3]);
  });

  it('gives back exactly what was missed, or says that it cannot', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: -5, max: 3010 }), (count, seq) => {
        const log = new DeltaLog(0);
        for (let number = 2; number < 2 + count; number++) log.push(body(number));
        const missing = log.since(seq);
        const kept = seq >= 1 && seq <= log.seq && log.seq - seq <= Math.min(count, 1024);
        if (!kept) return missing === undefined;
        return (
          missing !== undefined &&
          missing.length === log.seq - seq &&
          missing.every((one, index) => one[0]! + (one[1]! << 8) === seq + 1 + index)
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps at least 1024 Deltas: more than 30 s at 34 a second', () => {
    const log = new DeltaLog(0);
    for (let count = 0; count < 5000; count++) log.push(body(0));
    expect(log.since(log.seq - 1024)).toHaveLength(1024);
    expect(log.since(log.seq - 1025)).toBeUndefined();
  });

  it('gives nothing back of what is to be forgotten, and numbers on', () => {
    const log = new DeltaLog(0);
    log.push(body(2));
    log.forget();
    expect(log.push(body(3))).toBe(3);
    expect([log.since(1), log.since(2)]).toEqual([undefined, [body(3)]]);
  });

  it('begins anywhere, so that a number of the log before a restart is not taken for one of this', () => {
    const log = new DeltaLog(0.25);
    for (let count = 0; count < 100; count++) log.push(body(0));
    expect(log.since(50)).toBeUndefined();
    expect(log.since(log.seq - 50)).toHaveLength(50);
    expect(new DeltaLog(1 - Number.EPSILON).seq).toBeLessThanOrEqual(2 ** 31);
  });
});
