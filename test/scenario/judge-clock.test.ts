import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../scenario/facts.ts';
import { judgeClock } from '../../scenario/judge-clock.ts';

const said = (about: AuditEntry['about']): AuditEntry => ({
  seq: 1,
  run: 'run-1',
  line: 1,
  utc: '2026-11-29T02:14:00Z',
  event: 'clock.quality',
  about,
});
const judged = (...entries: AuditEntry[]) => judgeClock({ audited: { atMs: 0, isWhole: true, words: '', entries } });

describe('A-27', () => {
  it('is judged by the surest that the audit log says', () => {
    const right = said({ state: 'agreed', offsetMs: 0.4, boundMs: 2 });
    const stalled = said({ state: 'unknown', reason: 'uncertain', offsetMs: 61, boundMs: 63 });
    expect(judged(stalled, right, said({ state: 'agreed', offsetMs: -12, boundMs: 13 }))).toMatchObject({
      result: 'passed',
      figure: expect.stringContaining('0.4 ms ahead of its time server, give or take 2.0 ms, by 3 entries'),
    });
    expect(judged(stalled)).toMatchObject({ result: 'not-yet' });
  });

  it('fails where the audit log says once that the clock is off', () => {
    const right = said({ state: 'agreed', offsetMs: 0.4, boundMs: 2 });
    const wrong = judged(right, said({ state: 'off', offsetMs: -53, boundMs: 2 }), right);
    expect(wrong).toMatchObject({ result: 'failed', figure: expect.stringContaining('53.0 ms behind') });
  });

  it('is not judged where no time server is at hand, and fails where the record is silent', () => {
    expect(judged(said({ state: 'unmeasured' }))).toMatchObject({ result: 'not-yet' });
    expect(judged(said({ state: 'unknown', reason: 'silent' }))).toMatchObject({ result: 'not-yet' });
    expect(judged()).toMatchObject({ result: 'failed' });
    expect(judgeClock({})).toMatchObject({ result: 'not-yet' });
  });
});
