/** What the map shows: units with their last place, as old as it is, posts of the plan and places both sides know. Pure. */
import type { ConsoleModel } from './console-model.ts';
import type { EmergencyModel, PlaceModel, PostModel } from './incident-model.ts';
import type { TalkerModel } from './terms.ts';
import { talkerTitle } from './tile-state.ts';

export interface MapUnit {
  readonly id: string;
  readonly talker: TalkerModel;
  readonly place: PlaceModel;
  readonly ageMs: number;
  /** Said longer ago than {@link oldAfterMs}. */
  readonly old: boolean;
  /** He calls for help, and nobody has cleared it yet. */
  readonly emergency: boolean;
  /** Short name of the group on which it was said. */
  readonly group: string;
  readonly near: NearPlace | undefined;
}

/** A place that both sides know, and how far off. */
export interface NearPlace {
  readonly code: string;
  readonly distanceM: number;
}

/** A place with its post, if the plan has one there. */
export interface MapPlace {
  readonly code: string;
  readonly sector: string;
  readonly place: PlaceModel;
  readonly post: PostModel | undefined;
}

/** older than that is marked old. */
export const oldAfterMs = 30_000;
/** A place of so long ago says nothing any more. */
const forgetAfterMs = 3_600_000;
/** Farther away no place helps to find a unit. */
const nearMaxM = 30_000;
const namelessPrefix = 'emergency ';
const earthRadiusM = 6_371_000;

interface Said {
  readonly id: string;
  readonly talker: TalkerModel;
  readonly place: PlaceModel;
  readonly atUtcMs: number;
  readonly groupId: string;
}

/** Those in distress first, then by call sign. */
export function mapUnits(model: ConsoleModel, utcMs: number): readonly MapUnit[] {
  const talking = model.groups.flatMap(({ floor }) => (floor.emergency && floor.holder ? [floor.holder] : []));
  const inDistress = new Set([...model.emergencies.map(({ caller }) => caller), ...talking].flatMap(keyOf));
  const last = new Map<string, Said>();
  for (const said of [...model.positions.map(saidOf), ...model.emergencies.flatMap(saidInDistress)]) {
    const known = last.get(said.id);
    if (known === undefined || said.atUtcMs >= known.atUtcMs) last.set(said.id, said);
  }
  return [...last.values()]
    .filter(({ atUtcMs, place }) => utcMs - atUtcMs <= forgetAfterMs && isOnEarth(place))
    .map(({ id, talker, place, atUtcMs, groupId }) => {
      const ageMs = Math.max(0, utcMs - atUtcMs);
      return {
        id,
        talker,
        place,
        ageMs,
        old: ageMs > oldAfterMs,
        emergency: keyOf(talker).some((key) => inDistress.has(key)) || id.startsWith(namelessPrefix),
        group: model.groups.find((group) => group.id === groupId)?.shortName ?? '',
        near: nearestPlace(model, place),
      };
    })
    .sort(
      (one, other) =>
        Number(other.emergency) - Number(one.emergency) ||
        talkerTitle(one.talker).localeCompare(talkerTitle(other.talker)) ||
        one.id.localeCompare(other.id),
    );
}

/** In the order of the configuration. */
export function mapPlaces({ places, posts }: ConsoleModel): readonly MapPlace[] {
  return places.flatMap(({ code, sector, place }) =>
    isOnEarth(place) ? [{ code, sector, place, post: posts.find((post) => post.place === code) }] : [],
  );
}

/** The nearest place that both sides know; undefined when all are far away. */
export function nearestPlace({ places }: ConsoleModel, from: PlaceModel): NearPlace | undefined {
  const all = places.map(({ code, place }) => ({ code, distanceM: distanceM(from, place) }));
  const nearest = all.reduce<NearPlace | undefined>(
    (best, each) => (best === undefined || each.distanceM < best.distanceM ? each : best),
    undefined,
  );
  return nearest !== undefined && nearest.distanceM <= nearMaxM ? nearest : undefined;
}

/** Along the great circle, by the haversine formula. */
export function distanceM(from: PlaceModel, to: PlaceModel): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const latitude = Math.sin(radians(to.latitudeDeg - from.latitudeDeg) / 2);
  const longitude = Math.sin(radians(to.longitudeDeg - from.longitudeDeg) / 2);
  const shrink = Math.cos(radians(from.latitudeDeg)) * Math.cos(radians(to.latitudeDeg));
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.hypot(latitude, Math.sqrt(shrink) * longitude)));
}

/** What a radio sends may be anything. */
function isOnEarth({ latitudeDeg, longitudeDeg }: PlaceModel): boolean {
  return Math.abs(latitudeDeg) < 85 && Math.abs(longitudeDeg) <= 180;
}

function saidOf({ unitId, talker, place, atUtcMs, groupId }: ConsoleModel['positions'][number]): Said {
  return { id: unitId, talker, place, atUtcMs, groupId };
}

/** Where he was when he pressed. One whom the network does not name is a mark of his own. */
function saidInDistress({ id, caller, place, sinceUtcMs, groupId }: EmergencyModel): readonly Said[] {
  if (place === undefined) return [];
  const [key = `${namelessPrefix}${id}`] = keyOf(caller);
  return [{ id: key, talker: caller, place, atUtcMs: sinceUtcMs, groupId }];
}

/** As the gateway names a unit; none for a talker whom the network did not name. */
function keyOf({ networkId, address }: TalkerModel): readonly string[] {
  return address === '' ? [] : [`${networkId} ${address.replaceAll(/\s/g, '')}`];
}
