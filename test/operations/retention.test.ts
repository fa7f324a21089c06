import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeRefused,
  deedRefused,
  type Hold,
  holdRefused,
  judgeKept,
  type Kept,
  type RetentionPerson,
} from '../../src/operations/retention.ts';
import { roles } from '../../src/operations/terms.ts';

const dayMs = 24 * 3_600_000;
const utcMs = Date.UTC(2026, 10, 29, 14);
/** The example values of the reference. */
const values = {
  voiceSharedGroup: 60,
  'voiceNationalLeg.BE': 365,
  'voiceNationalLeg.FR': 60,
  borderRecord: 1095,
  actionLog: 1095,
};
const over = (ageDays: number, more: Partial<Kept> = {}): Kept => {
  const at = Math.floor(utcMs / dayMs - ageDays) * dayMs + 3_600_000;
  return { kind: 'voice', group: 'xb-acc', countries: ['BE', 'FR'], fromUtcMs: at, toUtcMs: at, ...more };
};

describe('what is kept', () => {
  it('goes with the first whole day that is too old', () => {
    expect(judgeKept(over(60), values, [], utcMs).is).toBe('kept');
    expect(judgeKept(over(61), values, [], utcMs)).toMatchObject({ is: 'due', days: 60 });
  });

  it('falls under the strictest rule of all who are joined', () => {
    const strict = { ...values, 'voiceNationalLeg.FR': 30 };
    expect(judgeKept(over(31), strict, [], utcMs)).toMatchObject({ is: 'due', rule: 'voiceNationalLeg.FR', days: 30 });
    expect(judgeKept(over(31, { countries: ['BE'] }), strict, [], utcMs)).toMatchObject({ is: 'kept', days: 60 });
    // A group that is no longer configured: nobody knows whose law it was.
    expect(judgeKept(over(31, { countries: undefined }), strict, [], utcMs).is).toBe('due');
    expect(judgeKept(over(61, { countries: [] }), strict, [], utcMs)).toMatchObject({ rule: 'voiceSharedGroup' });
  });

  it('falls under the rule of its own kind', () => {
    expect(judgeKept(over(1000, { kind: 'borderRecord' }), values, [], utcMs).is).toBe('kept');
    expect(judgeKept(over(1096, { kind: 'borderRecord' }), values, [], utcMs)).toMatchObject({ rule: 'borderRecord' });
  });

  it('is never due before its days are over, nor kept a day longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 3660 }), (age, days) => {
        const { is } = judgeKept(over(age), { voiceSharedGroup: days }, [], utcMs);
        expect(is).toBe(age > days ? 'due' : 'kept');
      }),
    );
  });
});

describe('a hold', () => {
  const at = over(100).fromUtcMs;
  const hold: Hold = { hold: 7, fromUtcMs: at, toUtcMs: at + 1000, groups: ['xb-acc'] };

  it('keeps what falls into its time, on its groups', () => {
    expect(judgeKept(over(100), values, [hold], utcMs)).toMatchObject({ is: 'held', hold: 7 });
    expect(judgeKept(over(100, { group: 'xb-patr' }), values, [hold], utcMs).is).toBe('due');
    expect(judgeKept(over(101), values, [hold], utcMs).is).toBe('due');
    expect(judgeKept(over(100, { group: 'xb-patr' }), values, [{ ...hold, groups: undefined }], utcMs).is).toBe('held');
  });

  it('keeps an over that began before it, and may reach in', () => {
    const before = { fromUtcMs: at - 60_000, toUtcMs: at - 60_000 };
    expect(judgeKept(over(100, before), values, [hold], utcMs).is).toBe('held');
    const long = { fromUtcMs: at - 2 * 3_600_000, toUtcMs: at - 2 * 3_600_000 };
    expect(judgeKept(over(100, long), values, [hold], utcMs).is).toBe('due');
  });
});

describe('who may change it', () => {
  const person = (name: string, role: RetentionPerson['role'] = 'auditor', country = 'BE'): RetentionPerson => {
    return { person: name, display: name, role, controlRoom: 'ccpd', country };
  };
  const be = person('aud-be');
  const fr = person('aud-fr', 'auditor', 'FR');
  const countries = new Set(['BE', 'FR']);
  const both = { by: be, second: fr, reason: 'law of 2026', countries };
  const change = { rule: 'voiceSharedGroup', days: 30 };

  it('are two auditors', () => {
    expect(changeRefused(change, values, both)).toBeUndefined();
    expect(changeRefused(change, values, { ...both, second: undefined })).toBe('second-person-missing');
    expect(changeRefused(change, values, { ...both, second: be })).toBe('second-person-is-the-first');
    expect(changeRefused(change, values, { ...both, reason: ' ' })).toBe('no-reason');
  });

  it.each(roles.filter((role) => role !== 'auditor'))('is not a %s, in whichever place', (role) => {
    const other = person('x', role, 'FR');
    expect(changeRefused(change, values, { ...both, by: other })).toBe('role');
    expect(changeRefused(change, values, { ...both, second: other })).toBe('second-person-may-not');
    expect(holdRefused(other, 'court order')).toBe('role');
  });

  it('speak for the countries that it is about', () => {
    const second = person('aud-be-2');
    expect(changeRefused(change, values, { ...both, second })).toBe('second-person-other-country');
    expect(changeRefused({ rule: 'voiceNationalLeg.FR', days: 30 }, values, { ...both, second })).toBe(
      'second-person-other-country',
    );
    expect(changeRefused({ rule: 'voiceNationalLeg.BE', days: 30 }, values, { ...both, second })).toBeUndefined();
    // Of a country without auditors the others speak together.
    const german = { rule: 'voiceNationalLeg.DE', days: 30 };
    expect(changeRefused(german, values, { ...both, second })).toBe('second-person-other-country');
    expect(changeRefused(german, values, both)).toBeUndefined();
    // Where all auditors are of one country nobody else can be asked.
    const alone = { ...both, second, countries: new Set(['BE']) };
    expect(changeRefused({ rule: 'voiceNationalLeg.FR', days: 30 }, values, alone)).toBeUndefined();
    expect(deedRefused({ ...both, second, country: 'FR' })).toBe('second-person-other-country');
  });

  it('name a rule and a number of days that there are', () => {
    expect(changeRefused({ rule: 'plates', days: 30 }, values, both)).toBe('unknown-rule');
    expect(changeRefused({ rule: 'toString', days: 30 }, values, both)).toBe('unknown-rule');
    for (const days of [0, -1, 1.5, 40_000, Number.NaN]) {
      expect(changeRefused({ ...change, days }, values, both)).toBe('days-out-of-range');
    }
  });

  it('set a hold alone, with a reason', () => {
    expect(holdRefused(be, 'court order')).toBeUndefined();
    expect(holdRefused(be, '')).toBe('no-reason');
  });
});
