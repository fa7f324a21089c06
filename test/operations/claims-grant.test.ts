import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClaimRules, grantOf } from '../../src/operations/claims-grant.ts';
import { roles } from '../../src/operations/terms.ts';

const rules: ClaimRules = {
  personClaim: 'preferred_username',
  roleClaim: 'groups',
  grants: [
    { value: 'dispatch', role: 'dispatcher' },
    { value: 'boss-be', role: 'supervisor', country: 'BE' },
  ],
};
const people = [
  { person: 'lotte', role: 'dispatcher', country: 'BE' },
  { person: 'marc', role: 'supervisor', country: 'FR' },
] as const;
const find = (id: string) => people.find(({ person }) => person === id);
const named = (preferred_username: unknown, groups: unknown) => grantOf({ preferred_username, groups }, rules, find);

describe('what a provider of identities grants', () => {
  it('is the role that stands in the configuration, and no other', () => {
    expect(named('lotte', ['mail', 'dispatch'])).toMatchObject({ ok: true, person: { person: 'lotte' } });
    expect(named('lotte', 'dispatch')).toMatchObject({ ok: true });
    expect(named('lotte', ['boss-be'])).toEqual({ ok: false, fault: 'role', named: 'lotte' });
    expect(named('marc', ['boss-be'])).toEqual({ ok: false, fault: 'role', named: 'marc' });
    expect(named('nobody', ['dispatch'])).toEqual({ ok: false, fault: 'person', named: 'nobody' });
  });

  it('is found by name or by path, the name first', () => {
    const nested = { ...rules, roleClaim: 'realm.roles' };
    const claims = { preferred_username: 'lotte', realm: { roles: ['dispatch'] } };
    expect(grantOf(claims, nested, find)).toMatchObject({ ok: true });
    expect(grantOf({ ...claims, 'realm.roles': ['mail'] }, nested, find)).toMatchObject({ ok: false });
    expect(grantOf(claims, { ...rules, roleClaim: 'constructor.name' }, find)).toMatchObject({ ok: false });
  });

  it('is nothing by default: whatever the claims are, nobody gets in without a grant of his own role', () => {
    const anything = fc.oneof(fc.anything(), fc.array(fc.string()), fc.constantFrom('dispatch', ['boss-be'], 'lotte'));
    fc.assert(
      fc.property(anything, anything, fc.constantFrom(...roles), (who, groups, role) => {
        const found = { role, country: 'BE' };
        const grant = grantOf({ preferred_username: who, groups }, rules, () => found);
        if (!grant.ok) return;
        const held = [groups].flat();
        expect(
          role === 'dispatcher' ? held.includes('dispatch') : role === 'supervisor' && held.includes('boss-be'),
        ).toBe(true);
      }),
    );
  });
});
