/** Service tokens of cameras' systems and of agents of links, as the gateway tells them (/api/v1/tokens). Pure. */

export type TokenScope = 'hits' | 'link';

export interface ServiceToken {
  readonly id: string;
  readonly holder: string;
  /** `hits`, `link`; another release may have known others. */
  readonly scope: string;
  readonly state: 'valid' | 'ending' | 'expired' | 'revoked';
  /** Whole days that are left. */
  readonly days: number;
  readonly madeUtcMs: number;
  readonly madeBy?: string;
  readonly expiresUtcMs: number;
  readonly revokedUtcMs?: number;
  readonly revokedBy?: string;
  readonly usedUtcMs?: number;
  readonly usedFrom?: string;
}

export interface TokenHolder {
  readonly id: string;
  readonly scope: TokenScope;
  readonly takesTokens: boolean;
  /** A secret of the configuration, which is not ended here. */
  readonly hasFileSecret: boolean;
}

export interface ServiceTokens {
  readonly tokens: readonly ServiceToken[];
  readonly holders: readonly TokenHolder[];
  readonly bounds: { readonly min: number; readonly max: number };
}

export interface MadeToken {
  readonly id: string;
  readonly holder: string;
  readonly scope: TokenScope;
  readonly expiresUtcMs: number;
  readonly token: string;
}

/** By the permission matrix: who decides on what is attached to the gateway. The gateway asks again. */
export function keepsTokens(role: string | undefined): boolean {
  return role === 'sys-admin' || role === 'technician';
}

/** Those of one holder have the same; unlike ids of attachments and of sources may be the same word. */
export function holderKey({ id, scope }: TokenHolder): string {
  return `${scope} ${id}`;
}

/**
 * What is said after a look at the list. `before`, `unread`: why the last look and this one could not read it; '': it could.
 * That is said until it can be read; why something was not done stays.
 */
export function faultAfterLook(fault: string, before: string, unread: string): string {
  return unread === '' && fault === before ? '' : unread || fault;
}
