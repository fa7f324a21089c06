import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SessionLimits, sessionStage } from '../../src/operations/login-session.ts';

const minute = 60_000;
const limits: SessionLimits = { lockAfterMs: 30 * minute, idleMs: 120 * minute, endAfterMs: 14 * 60 * minute };
const quiet = { isNeeded: false, wasLocked: false };
const fresh = { openedMs: 0, seenMs: 0, actedMs: 0 };

describe('a session', () => {
  it('locks when nobody has done anything for a while, though the page is there', () => {
    const times = { ...fresh, seenMs: 30 * minute };
    expect(sessionStage(times, limits, 30 * minute - 1, quiet)).toBe('open');
    expect(sessionStage(times, limits, 30 * minute, quiet)).toBe('locked');
  });

  it('stays locked until the password is given', () => {
    const times = { ...fresh, seenMs: 40 * minute, actedMs: 40 * minute };
    expect(sessionStage(times, limits, 41 * minute, { isNeeded: false, wasLocked: true })).toBe('locked');
  });

  it('ends without a page, and at the end of its time', () => {
    expect(sessionStage(fresh, limits, 120 * minute, quiet)).toBe('ended');
    const busy = { openedMs: 0, seenMs: 840 * minute, actedMs: 840 * minute };
    expect(sessionStage(busy, limits, 840 * minute - 1, quiet)).toBe('open');
    expect(sessionStage(busy, limits, 840 * minute, quiet)).toBe('ended');
  });

  const instant = fc.nat(2 * limits.endAfterMs);
  const times = fc.record({ openedMs: instant, seenMs: instant, actedMs: instant });

  it('never cuts a voice in flight nor an emergency', () => {
    fc.assert(
      fc.property(times, instant, fc.boolean(), (at, nowMs, wasLocked) => {
        const stage = sessionStage(at, limits, nowMs, { isNeeded: true, wasLocked });
        expect(stage).toBe(wasLocked ? 'locked' : 'open');
      }),
    );
  });

  it('only goes one way while nothing happens', () => {
    const order = { open: 0, locked: 1, ended: 2 };
    fc.assert(
      fc.property(times, instant, fc.nat(limits.endAfterMs), fc.boolean(), (at, nowMs, later, wasLocked) => {
        const now = sessionStage(at, limits, nowMs, { isNeeded: false, wasLocked });
        const then = sessionStage(at, limits, nowMs + later, { isNeeded: false, wasLocked });
        expect(order[then]).toBeGreaterThanOrEqual(order[now]);
      }),
    );
  });
});
