/**
 * Whom a provider of identities has named, and whether what it says of him agrees with the configuration. Pure.
 *
 * Both have to say yes: he is one of the people, and the provider gives him the role (and country) that stands there. So a
 * right is never given by default, never by the provider alone, and never by the configuration alone.
 */
import type { Person, Role } from './terms.ts';

export interface ClaimRules {
  /** Claim that holds the id of one of the people. */
  readonly personClaim: string;
  /** Claim with what the provider says he may do: a text or a list of them. */
  readonly roleClaim: string;
  readonly grants: readonly { readonly value: string; readonly role: Role; readonly country?: string | undefined }[];
}

export type ClaimGrant<Somebody> =
  | { readonly ok: true; readonly person: Somebody }
  /** `person`: nobody here goes by that name; `role`: the provider does not give him what he is here. */
  | { readonly ok: false; readonly fault: 'person' | 'role'; readonly named: string };

/** `find`: one of the people by his id. Claims are the provider's: anything may stand in them. */
export function grantOf<Somebody extends Pick<Person, 'role'> & { readonly country?: string }>(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  find: (id: string) => Somebody | undefined,
): ClaimGrant<Somebody> {
  const [named = ''] = textsOf(claims, rules.personClaim);
  const person = named === '' ? undefined : find(named);
  if (person === undefined) return { ok: false, fault: 'person', named };
  const held = new Set(textsOf(claims, rules.roleClaim));
  const isGranted = rules.grants.some(
    ({ value, role, country }) =>
      held.has(value) && role === person.role && (country === undefined || country === person.country),
  );
  return isGranted ? { ok: true, person } : { ok: false, fault: 'role', named };
}

/** A claim by its name, which may hold dots itself, or by its path: `realm_access.roles`. */
function textsOf(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  let value: unknown = own(claims, name);
  if (value === undefined) {
    value = claims;
    for (const part of name.split('.')) value = own(value, part);
  }
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
