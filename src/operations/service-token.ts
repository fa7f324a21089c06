/**
 * Service tokens: who may make and end them, for whom, how long one holds, and how it stands. Asked by the command, the page
 * and REST alike. Pure.
 */
import { defaultPermissions, type RefusalCause, refusalOf } from './permissions.ts';
import type { Person } from './terms.ts';

/** What a token may open: the intake of hits to a source, an attachment of kind `link` to its agent. */
export const tokenScopes = ['hits', 'link'] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** Of the matrix: who decides on what is attached to the gateway decides who may send it something. */
export const tokenPermission = 'edit_attachments';
/** How long one may hold. */
export const tokenDays = { min: 1, max: 366 } as const;
/** Of one holder that are good at once: one is replaced by another, and several agents of one attachment are none. */
export const tokensMax = 8;
/** From then on its end is warned of. */
export const tokenWarnDays = 14;
export const tokenDayMs = 24 * 3_600_000;

/** Who may have tokens: a source of hits, or an attachment of kind `link`. */
export interface TokenHolder {
  readonly id: string;
  readonly scope: TokenScope;
  /** False: an attachment whose configuration does not say `serviceTokens`. */
  readonly takesTokens: boolean;
  /** It has a secret of the file, which no page and no command ends. */
  readonly hasFileSecret: boolean;
}

interface Attached {
  readonly hits: { readonly sources: readonly { readonly id: string; readonly token?: unknown }[] };
  readonly attachments: readonly {
    readonly id: string;
    readonly kind: string;
    readonly link?: { readonly serviceTokens: boolean; readonly token?: unknown };
  }[];
}

/** Those of a configuration. */
export function tokenHolders({ hits, attachments }: Attached): readonly TokenHolder[] {
  return [
    ...hits.sources.map(({ id, token }): TokenHolder => {
      return { id, scope: 'hits', takesTokens: true, hasFileSecret: token !== undefined };
    }),
    ...attachments.flatMap(({ id, link }): TokenHolder[] => {
      if (link === undefined) return [];
      return [{ id, scope: 'link', takesTokens: link.serviceTokens, hasFileSecret: link.token !== undefined }];
    }),
  ];
}

/** What of a token its standing hangs on. */
export interface TokenTerms {
  readonly id: string;
  readonly holder: string;
  /** Another release may have known others. */
  readonly scope: string;
  readonly expiresUtcMs: number;
  readonly revokedUtcMs: number | undefined;
}

export const tokenStates = ['valid', 'ending', 'expired', 'revoked'] as const;
export type TokenState = (typeof tokenStates)[number];

/** `ending`: it holds, for less than two weeks. `days`: whole ones that are left. */
export function tokenStanding(
  { expiresUtcMs, revokedUtcMs }: Pick<TokenTerms, 'expiresUtcMs' | 'revokedUtcMs'>,
  utcMs: number,
): { readonly state: TokenState; readonly days: number } {
  if (revokedUtcMs !== undefined) return { state: 'revoked', days: 0 };
  if (expiresUtcMs <= utcMs) return { state: 'expired', days: 0 };
  const days = Math.floor((expiresUtcMs - utcMs) / tokenDayMs);
  return { state: days < tokenWarnDays ? 'ending' : 'valid', days };
}

export type TokenDeed =
  | { readonly act: 'create'; readonly holder: string; readonly scope: TokenScope; readonly days: number }
  | { readonly act: 'revoke'; readonly id: string };

export type TokenFault =
  | 'holder-unknown'
  | 'takes-no-tokens'
  | 'days-out-of-range'
  | 'too-many-tokens'
  | 'token-unknown'
  | 'token-revoked';

/** Undefined: he may see, make and end them. Asked before anything is looked up. */
export function tokensRefused(person: Person): RefusalCause | undefined {
  return refusalOf(defaultPermissions, person, tokenPermission);
}

/** What speaks against it, whoever asks; undefined: nothing. One that has expired may be revoked, which changes nothing. */
export function tokenFault(
  deed: TokenDeed,
  { holders, tokens }: { readonly holders: readonly TokenHolder[]; readonly tokens: readonly TokenTerms[] },
  utcMs: number,
): TokenFault | undefined {
  if (deed.act === 'revoke') {
    const token = tokens.find(({ id }) => id === deed.id);
    if (token === undefined) return 'token-unknown';
    return token.revokedUtcMs === undefined ? undefined : 'token-revoked';
  }
  const { holder, scope, days } = deed;
  const found = holders.find((each) => each.id === holder && each.scope === scope);
  if (found === undefined) return 'holder-unknown';
  if (!found.takesTokens) return 'takes-no-tokens';
  if (!Number.isInteger(days) || days < tokenDays.min || days > tokenDays.max) return 'days-out-of-range';
  const good = tokens.filter((each) => {
    const { state } = tokenStanding(each, utcMs);
    return each.holder === holder && each.scope === scope && (state === 'valid' || state === 'ending');
  });
  return good.length < tokensMax ? undefined : 'too-many-tokens';
}
