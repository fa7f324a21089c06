/** Reads a token out of an address' fragment; empty when there is none. */
export function tokenOf(hash: string): string {
  return fromHash(hash, 'token');
}

export function invitationOf(hash: string): string {
  return fromHash(hash, 'invitation');
}

/** From where the browser came back on its way into a login; undefined: from nowhere. */
export function returnOf(hash: string): 'oidc' | 'card' | undefined {
  const way = fromHash(hash, 'login');
  return way === 'oidc' || way === 'card' ? way : undefined;
}

function fromHash(hash: string, name: string): string {
  const value = new URLSearchParams(hash.replace(/^#/, '')).get(name) ?? '';
  return /^[A-Za-z0-9_.~-]{1,512}$/.test(value) ? value : '';
}
