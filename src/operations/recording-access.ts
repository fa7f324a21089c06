/**
 * Who may search, hear and export permanent recordings, and of which groups: the matrix of permissions, then the two-law
 * view. Pure.
 *
 * A right of `own` reaches groups of the person's control room. Whoever has more than that, the auditors, hear what the law
 * of their country gives them: groups that join a network of that country. A group of networks of one country alone is
 * nothing for the other country's auditor.
 */
import { type PermissionMatrix, type RefusalCause, refusalOf } from './permissions.ts';
import type { ControlRoomId, Person } from './terms.ts';

/** What is recorded under one name: a shared group, or a direct line as `line:` and its id. */
export interface RecordedPlace {
  readonly id: string;
  /** Whose it is to hear; none: all control rooms. */
  readonly controlRooms: readonly ControlRoomId[];
  /** Of the networks that it joins, or of the rooms at both ends of a line; none: not known, so everybody's. */
  readonly countries: ReadonlySet<string>;
}

/** `country`: whose law he works under. */
export interface Hearer extends Person {
  readonly country: string;
}

export type AccessRefusal = RefusalCause | 'not-own-country';

/** Whether he may find and hear recordings of that place. Undefined: he may. */
export function accessRefusal(
  matrix: PermissionMatrix,
  hearer: Hearer,
  { controlRooms, countries }: RecordedPlace,
): AccessRefusal | undefined {
  const rooms = controlRooms.length === 0 ? [hearer.controlRoom] : controlRooms;
  const cause = refusalOf(matrix, hearer, 'search_recordings', { controlRooms: rooms });
  if (cause !== undefined || matrix.search_recordings[hearer.role] === 'own') return cause;
  return countries.size === 0 || countries.has(hearer.country) ? undefined : 'not-own-country';
}

/**
 * Whether two persons together may export recordings of these places: both may export and hear each of them, and where
 * they concern several countries, the second person is not of the first one's. Undefined: they may.
 */
export function exportRefusal(
  matrix: PermissionMatrix,
  by: Hearer,
  second: Hearer,
  places: readonly RecordedPlace[],
): AccessRefusal | 'second-person-same-country' | undefined {
  const pair = refusalOf(matrix, by, 'export_recordings', { second });
  if (pair !== undefined) return pair;
  for (const place of places) {
    const cause = accessRefusal(matrix, by, place);
    if (cause !== undefined) return cause;
    if (accessRefusal(matrix, second, place) !== undefined) return 'second-person-may-not';
  }
  const countries = new Set(places.flatMap((place) => [...place.countries]));
  return countries.size > 1 && by.country === second.country ? 'second-person-same-country' : undefined;
}
