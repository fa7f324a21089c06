/** Reads a token out of an address' fragment; empty when there is none. */
export function tokenOf(hash: string): string {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
  return /^[A-Za-z0-9_.~-]{1,512}$/.test(token) ? token : '';
}
