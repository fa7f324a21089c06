/**
 * Who may search, hear and export permanent recordings, and of which groups: the matrix of permissions, then the two-law
 * view. Pure.
 *
 * A right of `own` reaches groups of the person's control room. Whoever has more than that, the auditors, hear what the law
 * of their country gives them: groups that join a network of that country. A group of networks of one country alone is
 * nothing for the other country's auditor, whichever way he comes: search, ticket, live, recall, timeline, log, package, report.
 */
import { defaultPermissions, type PermissionMatrix, type RefusalCause, refusalOf } from './permissions.ts';
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
  return cause ?? (isOutsideLaw(hearer, countries) ? 'not-own-country' : undefined);
}

/** The two-law view alone. `countries`: of the networks that are joined there; none: not known, so everybody's. */
export function isOutsideLaw(
  { role, country }: Pick<Hearer, 'role' | 'country'>,
  countries: ReadonlySet<string>,
): boolean {
  const isBound = defaultPermissions.search_recordings[role] === 'allow';
  return isBound && countries.size > 0 && !countries.has(country);
}

/**
 * Which of these groups an entry of the log is about that a person's law does not give him; what names one of his beside
 * them, or none that is known, is for all. Undefined: he may read it.
 */
export function groupOutsideLaw(
  hearer: Pick<Hearer, 'role' | 'country'>,
  groups: readonly string[],
  places: ReadonlyMap<string, RecordedPlace>,
): string | undefined {
  const isOutside = (group: string) => isOutsideLaw(hearer, places.get(group)?.countries ?? new Set());
  return groups.every(isOutside) ? groups[0] : undefined;
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
  return exportOutsideLaw(by, second, places);
}

/** As far as the law goes, for those whose rights do not go by control rooms: whoever stands at the machine itself. */
export function exportOutsideLaw(
  by: Hearer,
  second: Hearer,
  places: readonly RecordedPlace[],
): 'not-own-country' | 'second-person-may-not' | 'second-person-same-country' | undefined {
  if (places.some((place) => isOutsideLaw(by, place.countries))) return 'not-own-country';
  if (places.some((place) => isOutsideLaw(second, place.countries))) return 'second-person-may-not';
  const countries = new Set(places.flatMap((place) => [...place.countries]));
  return countries.size > 1 && by.country === second.country ? 'second-person-same-country' : undefined;
}
