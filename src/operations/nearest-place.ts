/** The place with a code that is nearest to a point: what is said on the air in place of coordinates. Pure. */

/** WGS 84, degrees. */
interface Point {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

/** Farther than this a code would send help to the wrong place. */
const nearM = 3000;
const earthRadiusM = 6_371_009;

/** `withinM`: how far it may be, m. Undefined: none is near. */
export function nearestPlace<Place extends Point>(
  places: readonly Place[],
  point: Point,
  withinM = nearM,
): Place | undefined {
  let nearest: { readonly place: Place; readonly distanceM: number } | undefined;
  for (const place of places) {
    const distanceM = metresBetween(place, point);
    if (distanceM <= (nearest?.distanceM ?? withinM)) nearest = { place, distanceM };
  }
  return nearest?.place;
}

/** Metres along the ground (haversine), good to half a percent. */
export function metresBetween(a: Point, b: Point): number {
  const northSin = Math.sin(radians(b.latitudeDeg - a.latitudeDeg) / 2);
  const eastSin = Math.sin(radians(b.longitudeDeg - a.longitudeDeg) / 2);
  const cosines = Math.cos(radians(a.latitudeDeg)) * Math.cos(radians(b.latitudeDeg));
  const square = northSin ** 2 + cosines * eastSin ** 2;
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(square)));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
