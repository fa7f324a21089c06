/** Reads a token out of an address' fragment; empty when there is none. */
export function tokenOf(hash: string): string {
  return fromHash(hash, 'token');
}

export function invitationOf(hash: string): string {
  return fromHash(hash, 'invitation');
}

/** The browser came back from a provider of identities. */
export function isReturn(hash: string): boolean {
  return fromHash(hash, 'login') === 'oidc';
}

function fromHash(hash: string, name: string): string {
  const value = new URLSearchParams(hash.replace(/^#/, '')).get(name) ?? '';
  return /^[A-Za-z0-9_.~-]{1,512}$/.test(value) ? value : '';
}
