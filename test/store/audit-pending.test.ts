import { describe, expect, it } from 'vitest';
import { AuditPending } from '../../src/store/audit-pending.ts';

const line = { run: 'run 1', utcMs: 0, upMs: 0, level: 'info', event: 'test', fields: {} } as const;
const numbers = (lines: readonly { readonly line: number }[]) => lines.map((each) => each.line);

describe('lines that are not safe yet', () => {
  it('are handed on once, and again to who comes after one that is gone', () => {
    const pending = new AuditPending();
    for (let count = 0; count < 3; count++) pending.add(line);
    expect(numbers(pending.hand())).toEqual([1, 2, 3]);
    pending.add(line);
    expect(numbers(pending.hand())).toEqual([4]);
    pending.safe(2);
    pending.handAgain();
    expect(numbers(pending.hand())).toEqual([3, 4]);
    pending.safe(4);
    expect(pending.size).toBe(0);
  });

  it('beyond their bound are lost, and leave their numbers and how many they were', () => {
    const pending = new AuditPending(3);
    const kept = Array.from({ length: 5 }, () => pending.add(line));
    expect(kept).toEqual([true, true, true, false, false]);
    expect(pending.takeLost()).toBe(0); // nothing could be said of it yet
    expect(numbers(pending.hand())).toEqual([1, 2, 3]);
    pending.safe(1);
    expect(pending.takeLost()).toBe(2);
    expect(pending.takeLost()).toBe(0);
    pending.add(line);
    expect(numbers(pending.hand())).toEqual([6]);
  });
});
