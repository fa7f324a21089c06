import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoopGuardState, loopDeadlineMs, stepLoopGuard, unsuspected } from '../../src/talkgroups/loop-guard.ts';

const rules = { holdMs: 10_000, holdMsMax: 30_000 };
const step = (state: LoopGuardState, name: 'returned' | 'tick', nowMs: number) =>
  stepLoopGuard(state, { name }, rules, nowMs);
const sent = (state: LoopGuardState, durationMs: number, nowMs: number) =>
  stepLoopGuard(state, { name: 'sent', durationMs }, rules, nowMs);
/** Isolated at 0 as if for the first time, and tried again. */
const probing = step(step(unsuspected, 'returned', 0), 'tick', 10_000);

describe('a leg on which our own voice came back', () => {
  it('is isolated until nothing has come back for 10 s, counted from the last time', () => {
    const first = step(unsuspected, 'returned', 0);
    expect(first).toEqual({ name: 'isolated', times: 1, untilMs: 10_000 });
    const later = step(first, 'returned', 4000);
    expect(later).toEqual({ name: 'isolated', times: 1, untilMs: 14_000 });
    expect([step(later, 'tick', 13_999).name, step(later, 'tick', 14_000).name]).toEqual(['isolated', 'probing']);
  });

  it('is isolated for twice as long each time that was too early, 30 s at most', () => {
    let state = probing;
    for (const holdMs of [20_000, 30_000, 30_000]) {
      state = step(state, 'returned', 50_000);
      expect(loopDeadlineMs(state)).toBe(50_000 + holdMs);
      state = step(state, 'tick', 50_000 + holdMs);
    }
  });

  it('is let off after 6 s of others, and isolated as for the first time only after ten minutes', () => {
    const almost = sent(probing, 5980, 20_000);
    expect(almost.name).toBe('probing');
    const clear = sent(almost, 20, 20_020);
    expect(clear).toEqual({ name: 'clear', times: 1, sinceMs: 20_020 });
    expect(step(clear, 'returned', 620_019)).toMatchObject({ times: 2, untilMs: 640_019 });
    expect(step(clear, 'returned', 620_020)).toMatchObject({ times: 1, untilMs: 630_020 });
  });

  it('whatever happens: is never held for longer than 30 s, and owes a tick only while isolated', () => {
    const event = fc.oneof(
      fc.constantFrom({ name: 'returned' } as const, { name: 'tick' } as const),
      fc.record({ name: fc.constant('sent' as const), durationMs: fc.nat(7000) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(700_000)), { maxLength: 60 }), (history) => {
        let state = unsuspected;
        let nowMs = 0;
        for (const [each, afterMs] of history) {
          nowMs += afterMs;
          state = stepLoopGuard(state, each, rules, nowMs);
          if (state.name === 'isolated') expect(loopDeadlineMs(state) - nowMs).toBeLessThanOrEqual(rules.holdMsMax);
          else expect(loopDeadlineMs(state)).toBe(Infinity);
        }
      }),
    );
  });
});
