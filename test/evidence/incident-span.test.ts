import { expect, it } from 'vitest';
import { incidentSpan, spanOfAll } from '../../src/evidence/incident-span.ts';
import type { LogEntry } from '../../src/evidence/log-entry.ts';

const dayMs = 24 * 3_600_000;
const beganMs = Date.UTC(2026, 10, 29, 2);
const groups = (...ids: string[]) => new Set(ids);

function entry(seq: number, utcMs: number, event: string, about: Readonly<Record<string, unknown>>): LogEntry {
  return { seq, utcMs, run: 'r', line: seq, upMs: 0, event, about };
}

it('takes the last time that a plan was activated', () => {
  const plan = { plan: 'plan-pf', group: 'xb-plan' };
  const activate = { what: 'activate', ...plan };
  const entries = [
    entry(1, beganMs - 30 * dayMs, 'plan.changed', activate),
    entry(2, beganMs - 30 * dayMs + 5000, 'plan.changed', { what: 'end', ...plan }),
    entry(3, beganMs, 'plan.changed', activate),
    entry(4, beganMs + 60_000, 'plan.changed', { ...activate, refusal: 'already-active' }),
    entry(5, beganMs + 120_000, 'plan.changed', { what: 'end', ...plan }),
    entry(6, beganMs + 125_000, 'bridging.changed', { what: 'close', group: 'xb-plan' }),
  ];
  expect(incidentSpan(entries, 'plan-pf', beganMs + dayMs)).toEqual({
    fromUtcMs: beganMs - 60_000,
    toUtcMs: beganMs + 185_000,
    groups: groups('xb-plan'),
  });
  expect(incidentSpan(entries, 'plan-other', beganMs)).toBeUndefined();
});

it('covers several incidents, on all groups where one of them names none', () => {
  const span = (fromUtcMs: number, toUtcMs: number, ...ids: string[]) => ({
    fromUtcMs,
    toUtcMs,
    groups: groups(...ids),
  });
  expect(spanOfAll([span(5, 9, 'a'), span(2, 7, 'b')])).toEqual(span(2, 9, 'a', 'b'));
  expect(spanOfAll([span(5, 9, 'a'), span(2, 7)])).toEqual(span(2, 9));
});
