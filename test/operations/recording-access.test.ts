/** Who hears which recordings, and who may export them with whom: the matrix, own control rooms, two laws. */
import { describe, expect, it } from 'vitest';
import { defaultPermissions } from '../../src/operations/permissions.ts';
import {
  accessRefusal,
  exportRefusal,
  type Hearer,
  type RecordedPlace,
} from '../../src/operations/recording-access.ts';
import { type Role, roles } from '../../src/operations/terms.ts';

const place = (countries: readonly string[], controlRooms: readonly string[] = []): RecordedPlace => {
  return { id: `xb-${countries.join('-')}`, controlRooms, countries: new Set(countries) };
};
const hearer = (role: Role, country: string, controlRoom = 'cr-ccpd', person = `${role}-${country}`): Hearer => {
  return { person, display: person, role, controlRoom, country };
};
const both = place(['BE', 'FR'], ['cr-ccpd', 'cr-tn59']);
const french = place(['FR'], ['cr-ccpd', 'cr-corg']);

describe('searching and hearing', () => {
  it.each(roles)('is refused to every role but supervisor and auditor: %s', (role) => {
    const cause = accessRefusal(defaultPermissions, hearer(role, 'BE'), both);
    expect(cause).toBe(role === 'supervisor' || role === 'auditor' ? undefined : 'role');
  });

  it('gives a supervisor what his control room hears, whatever his country', () => {
    expect(accessRefusal(defaultPermissions, hearer('supervisor', 'BE'), french)).toBeUndefined();
    expect(accessRefusal(defaultPermissions, hearer('supervisor', 'FR', 'cr-ht'), french)).toBe('not-own-control-room');
    expect(accessRefusal(defaultPermissions, hearer('supervisor', 'BE', 'cr-ht'), place(['FR']))).toBeUndefined();
  });

  it('gives an auditor what the law of his country gives him, whatever his control room', () => {
    for (const country of ['BE', 'FR']) {
      expect(accessRefusal(defaultPermissions, hearer('auditor', country, 'elsewhere'), both)).toBeUndefined();
    }
    expect(accessRefusal(defaultPermissions, hearer('auditor', 'FR'), french)).toBeUndefined();
    expect(accessRefusal(defaultPermissions, hearer('auditor', 'BE'), french)).toBe('not-own-country');
    expect(accessRefusal(defaultPermissions, hearer('auditor', 'GB'), both)).toBe('not-own-country');
    expect(accessRefusal(defaultPermissions, hearer('auditor', ''), place([]))).toBeUndefined();
  });
});

describe('exporting', () => {
  const [be, fr] = [hearer('auditor', 'BE'), hearer('auditor', 'FR')];
  const refusal = (by: Hearer, second: Hearer, ...places: RecordedPlace[]) =>
    exportRefusal(defaultPermissions, by, second, places);

  it('takes two auditors, of either country, of what concerns both', () => {
    expect(refusal(be, fr, both)).toBeUndefined();
    expect(refusal(fr, be, both)).toBeUndefined();
    expect(refusal(hearer('supervisor', 'BE'), hearer('supervisor', 'FR', 'cr-tn59'), both)).toBeUndefined();
  });

  it('wants the other country beside whatever concerns it, and not where it has no part', () => {
    const other = hearer('auditor', 'BE', 'cr-ccpd', 'aud-be-2');
    expect(refusal(be, other, both)).toBe('second-person-same-country');
    expect(refusal(fr, hearer('auditor', 'FR', 'cr-ccpd', 'aud-fr-2'), french)).toBeUndefined();
    expect(refusal(be, fr, french)).toBe('not-own-country');
    expect(refusal(fr, be, french)).toBe('second-person-may-not');
    expect(refusal(fr, be, both, french)).toBe('second-person-may-not');
  });

  it('takes nobody alone, and nobody whose role may not', () => {
    expect(refusal(be, be, both)).toBe('second-person-is-the-first');
    for (const role of roles) {
      if (role === 'supervisor' || role === 'auditor') continue;
      expect(refusal(hearer(role, 'BE'), fr, both)).toBe('role');
      expect(refusal(fr, hearer(role, 'BE'), both)).toBe('second-person-may-not');
    }
  });
});
