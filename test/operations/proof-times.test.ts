/** When the morning proof is due, through changes of clocks, and what is owed after the gateway was away. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProofTime, proofDue, proofLateMs, proofOwed } from '../../src/operations/proof-times.ts';
import { weekdays } from '../../src/operations/schedule.ts';

const time: ProofTime = { timezone: 'Europe/Brussels', at: '05:30', days: weekdays };
const iso = (utcMs: number | undefined): string => new Date(utcMs ?? Number.NaN).toISOString();
const hourMs = 3_600_000;

describe('the time of the morning proof', () => {
  it('stays at its local time through the changes of clocks', () => {
    expect(iso(proofDue(time, Date.parse('2026-10-24T12:00Z')).nextUtcMs)).toBe('2026-10-25T04:30:00.000Z');
    expect(iso(proofDue(time, Date.parse('2026-10-23T12:00Z')).nextUtcMs)).toBe('2026-10-24T03:30:00.000Z');
    expect(iso(proofDue(time, Date.parse('2027-03-28T12:00Z')).lastUtcMs)).toBe('2027-03-28T03:30:00.000Z');
  });

  it('is an hour later where clocks leave it out, and the first of two where they have it twice', () => {
    const night = { ...time, at: '02:30' };
    expect(iso(proofDue(night, Date.parse('2027-03-27T12:00Z')).nextUtcMs)).toBe('2027-03-28T01:30:00.000Z');
    expect(iso(proofDue(night, Date.parse('2026-10-24T12:00Z')).nextUtcMs)).toBe('2026-10-25T00:30:00.000Z');
  });

  it('is on its days alone', () => {
    const friday = { ...time, days: ['fri'] as const };
    expect(iso(proofDue(friday, Date.parse('2026-11-29T12:00Z')).nextUtcMs)).toBe('2026-12-04T04:30:00.000Z');
    expect(iso(proofDue(friday, Date.parse('2026-11-29T12:00Z')).lastUtcMs)).toBe('2026-11-27T04:30:00.000Z');
  });

  it('comes once a day, whatever the day and the time', () => {
    const clock = fc.tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }));
    fc.assert(
      fc.property(clock, fc.nat({ max: 366 * 24 }), ([hour, minute], hours) => {
        const at = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
        const utcMs = Date.parse('2026-06-01T00:00Z') + hours * hourMs;
        const { lastUtcMs = 0, nextUtcMs = 0 } = proofDue({ ...time, at }, utcMs);
        expect(lastUtcMs).toBeLessThanOrEqual(utcMs);
        expect(nextUtcMs).toBeGreaterThan(utcMs);
        expect(Math.abs(nextUtcMs - lastUtcMs - 24 * hourMs)).toBeLessThanOrEqual(hourMs);
      }),
      { numRuns: 100 },
    );
  });

  it('is owed once, and missed where nothing could run for half an hour', () => {
    const due = { lastUtcMs: 1_000_000_000 };
    expect(proofOwed(due, 1_000_000_000, 1_000_000_001)).toEqual({ what: 'nothing' });
    expect(proofOwed(due, 0, 1_000_000_000 + proofLateMs)).toEqual({ what: 'run', dueUtcMs: 1_000_000_000 });
    expect(proofOwed(due, 0, 1_000_000_001 + proofLateMs)).toEqual({ what: 'missed', dueUtcMs: 1_000_000_000 });
    expect(proofOwed({}, 0, 5)).toEqual({ what: 'nothing' });
  });
});
