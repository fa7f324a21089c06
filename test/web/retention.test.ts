import { describe, expect, it } from 'vitest';
import { defaultPermissions } from '../../src/operations/permissions.ts';
import { roles } from '../../src/operations/terms.ts';
import { holdWishOf, ruleOf, seesRetention, sumsOf } from '../../src/web/model/retention.ts';

const zone = 'Europe/Brussels';
const form = { incident: '', from: '2026-11-29T02:14', to: '', groups: [], reason: ' order 12 ' };

describe('the page of retention', () => {
  it('is offered to those who may set it, with another', () => {
    for (const role of roles)
      expect([role, seesRetention(role)]).toEqual([role, defaultPermissions.set_retention[role] !== 'deny']);
    expect(seesRetention(undefined)).toBe(false);
  });

  it('reads rules with their country, and leaves what it does not know', () => {
    expect(ruleOf('voiceNationalLeg.FR')).toEqual({ name: 'voiceNationalLeg', country: 'FR' });
    expect(ruleOf('actionLog')).toEqual({ name: 'actionLog', country: '' });
    expect(ruleOf('positions')).toBeUndefined();
  });

  it('adds up what a report lists, by kind', () => {
    const line = { day: '2026-09-01', group: 'xb-acc', rule: 'voiceSharedGroup', days: 60, octets: 9 };
    const removed = [
      { ...line, kind: 'actionLog', count: 500 },
      { ...line, kind: 'voice', count: 2 },
      { ...line, kind: 'voice', count: 3 },
    ] as const;
    const report = { day: '2026-11-29', madeUtcMs: 0, removed, more: 0, spared: 0 };
    expect(sumsOf(report)).toEqual([
      { kind: 'voice', count: 5 },
      { kind: 'actionLog', count: 500 },
    ]);
    expect(sumsOf({ ...report, removed: [] })).toEqual([]);
  });

  it('asks for what the form says, at the gateway’s own time', () => {
    const fromUtcMs = Date.UTC(2026, 10, 29, 1, 14);
    expect(holdWishOf(form, zone)).toEqual({ reason: 'order 12', fromUtcMs });
    const whole = { ...form, incident: ' B1 ', to: '2026-11-29T03:00', groups: ['xb-acc'] };
    expect(holdWishOf(whole, zone)).toEqual({
      ...{ reason: 'order 12', incident: 'B1', groups: ['xb-acc'], fromUtcMs },
      toUtcMs: Date.UTC(2026, 10, 29, 2),
    });
    expect(holdWishOf({ ...form, from: '', incident: 'B1' }, zone)).toEqual({ reason: 'order 12', incident: 'B1' });
  });

  it.each([
    ['no reason', { reason: ' ' }],
    ['neither an incident nor a time', { from: '' }],
    ['no time', { from: '2026-13-29T02:14' }],
    ['no end', { to: 'x' }],
    ['an end before its begin', { to: '2026-11-29T02:14' }],
  ])('asks for nothing with %s', (_, change) => {
    expect(holdWishOf({ ...form, ...change }, zone)).toBeUndefined();
  });
});
