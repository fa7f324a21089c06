/** Whoever logs in has to be there, and to be told apart by what he types as his name. */
import { type CardName, cardKey } from '../operations/card-grant.ts';
import type { PathProblem } from './problems.ts';
import type { Config } from './schema.ts';

export function checkAccounts({ accounts, people, console }: Config): PathProblem[] {
  const cards = console.tls?.clientCertificates;
  if (!accounts.enabled) {
    if (cards === undefined) return [];
    const message = 'is for people who log in: say accounts.enabled: true, or leave it out';
    return [{ severity: 'error', path: ['console', 'tls', 'clientCertificates'], part: 'key', message }];
  }
  return [...checkPeople({ accounts, people }), ...checkOidc(accounts.oidc), ...checkCards(people, cards?.match)];
}

/** One card is one person's. */
function checkCards(people: Config['people'], match: CardName | undefined): PathProblem[] {
  const keyOf = (card: string | undefined) => card && cardKey(card, match ?? 'serial-number');
  return people.flatMap(({ card }, index) => {
    const key = keyOf(card);
    if (key === undefined) return [];
    const same = people.slice(0, index).findIndex((other) => keyOf(other.card) === key);
    if (same === -1) return [];
    const message = `is the card of people[${same}] as well`;
    return [{ severity: 'error' as const, path: ['people', index, 'card'], part: 'value' as const, message }];
  });
}

/** Secrets go to it and identities come from it. */
function checkOidc(oidc: Config['accounts']['oidc']): PathProblem[] {
  if (oidc === undefined || !URL.canParse(oidc.issuer)) return [];
  const { protocol, hostname } = new URL(oidc.issuer);
  if (protocol === 'https:' || (protocol === 'http:' && isLoopbackName(hostname))) return [];
  const message = 'must be an https:// URL; http:// is for a provider on this machine';
  return [{ severity: 'error', path: ['accounts', 'oidc', 'issuer'], part: 'value', message }];
}

function isLoopbackName(name: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(name);
}

function checkPeople({ people }: Pick<Config, 'accounts' | 'people'>): PathProblem[] {
  if (people.length === 0) {
    const message = 'needs people who log in: give them under people';
    return [{ severity: 'error', path: ['accounts', 'enabled'], part: 'value', message }];
  }
  return people.flatMap(({ id }, index) => {
    const same = people.slice(0, index).findIndex((other) => other.id.toLowerCase() === id.toLowerCase());
    // The very same id is said to be so for all that have one.
    if (same === -1 || people[same]?.id === id) return [];
    const message = `differs from people[${same}] by capitals alone, which a login does not look at`;
    return [{ severity: 'error' as const, path: ['people', index, 'id'], part: 'value' as const, message }];
  });
}
