/** Of whom a second factor is insisted on, who logs in by a password (OWASP ASVS 5, 6.3.3; docs/accounts.md). Pure. */
import type { Role } from './terms.ts';

/** `administration`: of those who change how the gateway works, or look into what it has kept. */
export const secondFactorRules = ['offered', 'administration', 'required'] as const;
export type SecondFactorRule = (typeof secondFactorRules)[number];

const administration: ReadonlySet<Role> = new Set(['fleet-admin', 'sys-admin', 'technician', 'auditor']);

export function insistsOnSecondFactor(rule: SecondFactorRule, role: Role): boolean {
  return rule === 'required' || (rule === 'administration' && administration.has(role));
}
