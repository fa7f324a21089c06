/**
 * Our addresses of voice: one, or one of each IP version. A far end is given that of its own version, so that voice goes
 * the way of its signalling (RFC 6157).
 */
import { isIPv6 } from 'node:net';

/** The preferred one first. */
export type MediaAddresses = readonly [string, ...string[]];

/** The one for a far end at that address; the preferred one while it is not known where it is. */
export function mediaAddressFor(own: MediaAddresses, far: string | undefined): string {
  return own.find((address) => far !== undefined && familyOf(address) === familyOf(far)) ?? own[0];
}

/** IP versions in which voice can be exchanged, the preferred one first. */
export function familiesOf(own: MediaAddresses): readonly (4 | 6)[] {
  return own.map(familyOf);
}

export function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}
