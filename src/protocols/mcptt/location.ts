/**
 * Where a talker is, as a Location field carries it.
 *
 *   | type 8 | value: ECGI 7 octets, tracking area 5, PLMN 3, MBMS service area 2, MBSFN area 1, geographic 3 + 3 |
 *
 * Standards: 3GPP TS 24.380 §8.2.3.21; TS 23.032 §6.1 (geographic coordinates).
 */
export type Location =
  | { readonly kind: 'none' }
  /** Degrees, WGS 84, north and east positive; resolution 1.2 m north, 2.4 m east at the equator. */
  | { readonly kind: 'geographic'; readonly latitudeDeg: number; readonly longitudeDeg: number }
  /** Cells and areas of a mobile network, and types of later releases: kept as they came. */
  | { readonly kind: 'other'; readonly type: number; readonly octets: Uint8Array };

/** Octets of each type's value; types not named here take all that the field has. */
const octetsOf: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 7],
  [2, 5],
  [3, 3],
  [4, 2],
  [5, 1],
  [6, 6],
]);
const geographicType = 6;
const latitudeSteps = 2 ** 23;
const longitudeSteps = 2 ** 24;

/** Reads one location; undefined when its value is cut. `octets` is what the location took of the input. */
export function readLocation(octets: Uint8Array): { readonly location: Location; readonly octets: number } | undefined {
  const type = octets[0];
  if (type === undefined) return undefined;
  const length = octetsOf.get(type) ?? octets.length - 1;
  const value = octets.subarray(1, 1 + length);
  if (value.length < length) return undefined;
  return { location: locationOf(type, value), octets: 1 + length };
}

function locationOf(type: number, value: Uint8Array): Location {
  if (type === 0) return { kind: 'none' };
  if (type !== geographicType) return { kind: 'other', type, octets: Uint8Array.from(value) };
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const north = read24(view, 0);
  const east = read24(view, 3);
  // The middle of the cell that the number stands for, so that writing it again gives the same number.
  const magnitude = (((north & 0x7f_ffff) + 0.5) * 90) / latitudeSteps;
  const signed = east >= longitudeSteps / 2 ? east - longitudeSteps : east;
  return {
    kind: 'geographic',
    latitudeDeg: north >= latitudeSteps ? -magnitude : magnitude,
    longitudeDeg: ((signed + 0.5) * 360) / longitudeSteps,
  };
}

export function writeLocation(location: Location): Uint8Array {
  if (location.kind === 'none') return Uint8Array.of(0);
  if (location.kind === 'other') return Uint8Array.of(location.type, ...location.octets);
  const { latitudeDeg, longitudeDeg } = location;
  const magnitude = clamp(Math.floor((Math.abs(latitudeDeg) * latitudeSteps) / 90), 0, latitudeSteps - 1);
  const half = longitudeSteps / 2;
  const east = clamp(Math.floor((longitudeDeg * longitudeSteps) / 360), -half, half - 1);
  const octets = new Uint8Array(7);
  octets[0] = geographicType;
  write24(octets, 1, latitudeDeg < 0 ? magnitude + latitudeSteps : magnitude);
  write24(octets, 4, east < 0 ? east + longitudeSteps : east);
  return octets;
}

function read24(view: DataView, at: number): number {
  return view.getUint16(at) * 256 + view.getUint8(at + 2);
}

function write24(octets: Uint8Array, at: number, value: number): void {
  octets.set([value >>> 16, (value >>> 8) & 0xff, value & 0xff], at);
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, value));
}
