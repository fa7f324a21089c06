/**
 * Location reports of radios, and the request for one.
 *
 *   | 0 | elapsed 2 | longitude 25 | latitude 24 | error 3 | speed 7 | direction 4 | reason or own 1 + 8 |    short
 *   | 1 | 3 | time | shape 4, place | velocity type 3, velocity | acknowledge 1 | reason or own 1 + 8 |      long
 *   | 1 | 1 | response 1 | report type 2 |                                                                  immediate
 *
 * A report keeps the numbers of the wire, so that writing what was read gives the same bits; `positionOf` says what
 * they mean. Other messages of the protocol are kept as they came. What follows a report (elements of later editions, or
 * of makers) is passed over.
 *
 * Standard: ETSI TS 100 392-18-1 §6.2, §6.3. Widths beyond those of docs/standards.md's worked examples are unverified.
 */
import { BitReader, BitWriter } from './bits.ts';

/** Bits of each field of a place or a velocity. Longitude and latitude are two's complement. */
const widths = {
  longitude: 25,
  latitude: 24,
  uncertainty: 6,
  halfMajor: 6,
  halfMinor: 6,
  angle: 8,
  confidence: 3,
  altitudeType: 1,
  altitude: 11,
  altitudeUncertainty: 3,
  innerRadius: 16,
  outerRadius: 16,
  startAngle: 8,
  stopAngle: 8,
  error: 3,
  speed: 7,
  speedUncertainty: 3,
  climbing: 1,
  climb: 7,
  climbUncertainty: 3,
  course: 8,
  courseUncertainty: 3,
} as const;
type Field = keyof typeof widths;
export type Fields = Readonly<Partial<Record<Field, number>>>;

const point = ['longitude', 'latitude'] as const;
const altitude = ['altitudeType', 'altitude'] as const;
const ellipse = [...point, 'halfMajor', 'halfMinor', 'angle'] as const;
/** By number of the shape; those missing are reserved. */
const shapes: readonly (readonly Field[] | undefined)[] = [
  [],
  point,
  [...point, 'uncertainty'],
  [...ellipse, 'confidence'],
  [...point, ...altitude],
  [...point, 'uncertainty', ...altitude],
  [...ellipse, ...altitude, 'confidence'],
  [...point, 'uncertainty', ...altitude, 'altitudeUncertainty'],
  [...ellipse, ...altitude, 'altitudeUncertainty', 'confidence'],
  [...point, 'innerRadius', 'outerRadius', 'startAngle', 'stopAngle', 'confidence'],
  [...point, 'error'],
];
/** By number of the velocity type. */
const velocities: readonly (readonly Field[])[] = [
  [],
  ['speed'],
  ['speed', 'speedUncertainty'],
  ['speed', 'climbing', 'climb'],
  ['speed', 'speedUncertainty', 'climbing', 'climb', 'climbUncertainty'],
  ['speed', 'course'],
  ['speed', 'speedUncertainty', 'course', 'courseUncertainty'],
  ['speed', 'speedUncertainty', 'climbing', 'climb', 'climbUncertainty', 'course', 'courseUncertainty'],
];

/** Why it was sent, or eight bits of its user's own. */
export type Additional = { readonly reason: number } | { readonly own: number };

export type LocationTime =
  | { readonly name: 'none' }
  /** 0: under 5 s ago, 1: under 5 min, 2: under 30 min, 3: unknown. */
  | { readonly name: 'elapsed'; readonly elapsed: number }
  /** Of the month that makes it past; UTC. */
  | {
      readonly name: 'at';
      readonly day: number;
      readonly hour: number;
      readonly minute: number;
      readonly second: number;
    };

export type LocationMessage =
  | {
      readonly name: 'short';
      readonly elapsed: number;
      readonly place: Fields;
      /** Steps of 22.5°, clockwise from north. */
      readonly direction: number;
      readonly additional: Additional;
    }
  | {
      readonly name: 'long';
      readonly time: LocationTime;
      readonly shape: number;
      readonly place: Fields;
      readonly velocityType: number;
      readonly velocity: Fields;
      /** The radio wants to be told that it came. */
      readonly acknowledge: boolean;
      readonly additional: Additional;
    }
  /** A report is asked for at once: 0 and 3 say of what kind (unverified). */
  | { readonly name: 'immediate'; readonly response: boolean; readonly reportType: number }
  /** 4 acknowledgement, 5 basic parameters, 6 to 8 triggers, 9 report basic, 10 enable or disable, 11, 12. */
  | { readonly name: 'other'; readonly extension: number; readonly content: Uint8Array };

/** Reasons that mean something to the gateway; table of TS 100 392-18-1 §6.3.66. */
export const reportReason = { emergency: 2, pushToTalk: 3, application: 20 } as const;

const shortFields = [...point, 'error', 'speed'] as const;
const longExtension = 3;
const immediateExtension = 1;

/** Reads a message; undefined when it is cut or of a reserved kind. */
export function readLocation(octets: Uint8Array): LocationMessage | undefined {
  const reader = new BitReader(octets);
  const type = reader.unsigned(2);
  if (type > 1) return undefined;
  const message = type === 0 ? readShort(reader) : readExtended(reader);
  return reader.cut ? undefined : message;
}

function readShort(reader: BitReader): LocationMessage {
  const elapsed = reader.unsigned(2);
  const place = readFields(reader, shortFields);
  const direction = reader.unsigned(4);
  return { name: 'short', elapsed, place, direction, additional: readAdditional(reader) };
}

function readExtended(reader: BitReader): LocationMessage | undefined {
  const extension = reader.unsigned(4);
  if (extension === longExtension) return readLong(reader);
  if (extension === immediateExtension) {
    return { name: 'immediate', response: reader.unsigned(1) === 1, reportType: reader.unsigned(2) };
  }
  return { name: 'other', extension, content: reader.octets() };
}

function readLong(reader: BitReader): LocationMessage | undefined {
  const time = readTime(reader);
  const shape = reader.unsigned(4);
  const fields = shapes[shape];
  if (time === undefined || fields === undefined) return undefined;
  const place = readFields(reader, fields);
  const velocityType = reader.unsigned(3);
  const velocity = readFields(reader, velocities[velocityType]!);
  const acknowledge = reader.unsigned(1) === 1;
  return { name: 'long', time, shape, place, velocityType, velocity, acknowledge, additional: readAdditional(reader) };
}

function readTime(reader: BitReader): LocationTime | undefined {
  switch (reader.unsigned(2)) {
    case 0:
      return { name: 'none' };
    case 1:
      return { name: 'elapsed', elapsed: reader.unsigned(2) };
    case 2: {
      const [day, hour] = [reader.unsigned(5), reader.unsigned(5)];
      return { name: 'at', day, hour, minute: reader.unsigned(6), second: reader.unsigned(6) };
    }
    default:
      return undefined;
  }
}

function readFields(reader: BitReader, fields: readonly Field[]): Fields {
  return Object.fromEntries(
    fields.map((field) => [field, isSigned(field) ? reader.signed(widths[field]) : reader.unsigned(widths[field])]),
  );
}

function readAdditional(reader: BitReader): Additional {
  return reader.unsigned(1) === 0 ? { reason: reader.unsigned(8) } : { own: reader.unsigned(8) };
}

/** Writes a message; fields that it does not name are 0, and a reserved shape has none. */
export function writeLocation(message: LocationMessage): Uint8Array {
  const writer = new BitWriter();
  switch (message.name) {
    case 'short':
      writer.put(2, 0).put(2, message.elapsed);
      writeFields(writer, shortFields, message.place);
      writer.put(4, message.direction);
      writeAdditional(writer, message.additional);
      break;
    case 'long':
      writer.put(2, 1).put(4, longExtension);
      writeTime(writer, message.time);
      writer.put(4, message.shape);
      writeFields(writer, shapes[message.shape] ?? [], message.place);
      writer.put(3, message.velocityType);
      writeFields(writer, velocities[message.velocityType] ?? [], message.velocity);
      writer.put(1, Number(message.acknowledge));
      writeAdditional(writer, message.additional);
      break;
    case 'immediate':
      writer.put(2, 1).put(4, immediateExtension).put(1, Number(message.response)).put(2, message.reportType);
      break;
    case 'other':
      writer.put(2, 1).put(4, message.extension).putOctets(message.content);
      break;
  }
  return writer.done();
}

function writeTime(writer: BitWriter, time: LocationTime): void {
  if (time.name === 'none') writer.put(2, 0);
  else if (time.name === 'elapsed') writer.put(2, 1).put(2, time.elapsed);
  else writer.put(2, 2).put(5, time.day).put(5, time.hour).put(6, time.minute).put(6, time.second);
}

function writeFields(writer: BitWriter, names: readonly Field[], fields: Fields): void {
  for (const name of names) writer.put(widths[name], fields[name] ?? 0);
}

function writeAdditional(writer: BitWriter, additional: Additional): void {
  if ('reason' in additional) writer.put(1, 0).put(8, additional.reason);
  else writer.put(1, 1).put(8, additional.own);
}

function isSigned(field: Field): boolean {
  return field === 'longitude' || field === 'latitude';
}

// ── What the numbers mean ──────────────────────────────────────────────────────────────────────────────────────────

/** WGS 84; the rest is absent where the radio does not know it. */
export interface Whereabouts {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly radiusM?: number;
  readonly altitudeM?: number;
  readonly speedKmh?: number;
  readonly courseDeg?: number;
}

const longitudeStepDeg = 360 / 2 ** 25;
const latitudeStepDeg = 180 / 2 ** 24;
/** By number of the position error; 6 is more than any, 7 unknown. */
const errorsM = [2, 20, 200, 2000, 20_000, 200_000];
const errorUnknown = 7;
const uncertaintyUnknown = 63;
const speedUnknown = 127;
/** Speeds up to here are as they stand, above they grow by 3.8 % a step. */
const speedLinearMax = 28;

/** Where a report puts its radio; undefined for one without a place, and for what is no report. */
export function whereaboutsOf(message: LocationMessage): Whereabouts | undefined {
  if (message.name !== 'short' && message.name !== 'long') return undefined;
  const { longitude, latitude, altitude: altitudeCode } = message.place;
  if (longitude === undefined || latitude === undefined) return undefined;
  const radiusM = radiusOf(message.place);
  const speed = message.name === 'short' ? message.place.speed : message.velocity.speed;
  const speedKmh = speed === undefined || speed === speedUnknown ? undefined : speedOf(speed);
  const course = message.name === 'long' ? message.velocity.course : undefined;
  const courseDeg = message.name === 'short' ? message.direction * 22.5 : course && (course * 360) / 256;
  return {
    latitudeDeg: latitude * latitudeStepDeg,
    longitudeDeg: longitude * longitudeStepDeg,
    ...(radiusM !== undefined && { radiusM }),
    ...(altitudeCode !== undefined && { altitudeM: altitudeOf(altitudeCode) }),
    ...(speedKmh !== undefined && { speedKmh }),
    ...(courseDeg !== undefined && speedKmh !== undefined && { courseDeg }),
  };
}

function radiusOf({ error, uncertainty, halfMajor, outerRadius }: Fields): number | undefined {
  if (error !== undefined) return errorsM[error];
  if (outerRadius !== undefined) return 2 * outerRadius;
  const code = uncertainty ?? halfMajor;
  return code === undefined || code === uncertaintyUnknown ? undefined : 2 * 1.2 ** (code + 5) - 4;
}

function speedOf(code: number): number {
  return code <= speedLinearMax ? code : 16 * 1.038 ** (code - 13);
}

function altitudeOf(code: number): number {
  if (code === 0) return -200;
  if (code <= 1200) return code - 201;
  return code <= 1926 ? (code - 1201) * 2 + 1000 : (code - 1927) * 75 + 2450;
}

/** A short report that says so much; what is outside a field's range is brought to its end. `elapsed` as in a report. */
export function shortReport(at: Whereabouts, elapsed: number, reason: number): LocationMessage {
  const { latitudeDeg, longitudeDeg, radiusM, speedKmh, courseDeg } = at;
  return {
    name: 'short',
    elapsed,
    place: {
      longitude: clamp(Math.round(longitudeDeg / longitudeStepDeg), -(2 ** 24), 2 ** 24 - 1),
      latitude: clamp(Math.round(latitudeDeg / latitudeStepDeg), -(2 ** 23), 2 ** 23 - 1),
      error: errorCode(radiusM),
      speed: speedKmh === undefined ? speedUnknown : speedCode(speedKmh),
    },
    direction: Math.round((courseDeg ?? 0) / 22.5) & 15,
    additional: { reason },
  };
}

function errorCode(radiusM: number | undefined): number {
  if (radiusM === undefined) return errorUnknown;
  const code = errorsM.findIndex((errorM) => radiusM <= errorM);
  return code < 0 ? errorsM.length : code;
}

function speedCode(speedKmh: number): number {
  if (speedKmh <= speedLinearMax) return Math.max(0, Math.round(speedKmh));
  return clamp(Math.round(13 + Math.log(speedKmh / 16) / Math.log(1.038)), speedLinearMax, speedUnknown - 1);
}

function clamp(value: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, value));
}
