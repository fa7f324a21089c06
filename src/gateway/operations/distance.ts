interface Point {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

/** On a sphere; good to a per cent, which a distance of some km needs no better. */
export function distanceKm(one: Point, other: Point): number {
  const north = (other.latitudeDeg - one.latitudeDeg) * 111.2;
  const east = (other.longitudeDeg - one.longitudeDeg) * 111.2 * Math.cos((one.latitudeDeg * Math.PI) / 180);
  return Math.hypot(north, east);
}
