/**
 * Fields of MCPTT floor control messages: one shape each, read and written here.
 *
 *    0                   1                   2                   3
 *   |  field id     |  length       |  value …, padding to 32 bits  |     id < 192
 *   |  field id     |            length             |  value …      |     id >= 192
 *
 * `length` counts the value alone. A field that is not known, or whose value is not as its shape asks, is kept as octets
 * and passed over (§8.1.4): it is never a reason to drop a message that can do without it.
 *
 * Standard: 3GPP TS 24.380 §8.1.3, §8.2.3. Where tools disagree: docs/standards.md.
 */
import { type Location, readLocation, writeLocation } from './location.ts';

export type FloorField =
  | { readonly name: 'floorPriority'; readonly priority: number }
  /** How long this talker may talk, s. */
  | { readonly name: 'duration'; readonly seconds: number }
  | { readonly name: 'rejectCause'; readonly cause: number; readonly phrase?: string }
  /** `position`: 1 is next; 254 not queued, 255 not disclosed. */
  | { readonly name: 'queueInfo'; readonly position: number; readonly priority: number }
  /** Empty where privacy asks for it. */
  | { readonly name: 'grantedParty'; readonly id: string }
  | { readonly name: 'permissionToRequest'; readonly permitted: boolean }
  | { readonly name: 'userId'; readonly id: string }
  | { readonly name: 'queueSize'; readonly size: number }
  /** One counter over Floor Taken and Floor Idle; wraps at 2^16. */
  | { readonly name: 'sequenceNumber'; readonly number: number }
  | { readonly name: 'queuedUserId'; readonly id: string }
  /** 0 participant, 1 participating, 2 controlling, 3 non-controlling function. */
  | { readonly name: 'source'; readonly source: number }
  | {
      readonly name: 'trackInfo';
      readonly queueing: number;
      readonly participantType: string;
      /** One a hop. */
      readonly references: readonly number[];
    }
  /** Subtype that a Floor Ack acknowledges, its acknowledgement bit cleared. */
  | { readonly name: 'messageType'; readonly subtype: number }
  /** A mask of `indicator`. */
  | { readonly name: 'floorIndicator'; readonly mask: number }
  | { readonly name: 'ssrc'; readonly ssrc: number }
  | { readonly name: 'grantedUsers'; readonly ids: readonly string[] }
  | { readonly name: 'ssrcs'; readonly ssrcs: readonly number[] }
  | { readonly name: 'functionalAlias'; readonly alias: string }
  | { readonly name: 'functionalAliases'; readonly aliases: readonly string[] }
  | { readonly name: 'location'; readonly location: Location }
  | { readonly name: 'locations'; readonly locations: readonly Location[] }
  /** 0 cancel request, 1 result, 2 notification. */
  | { readonly name: 'queuedRequestsPurpose'; readonly purpose: number }
  | { readonly name: 'queuedUsers'; readonly ids: readonly string[] }
  /** 0 success, 2 queue empty, 3 not queued, 5 partial; others exist. */
  | { readonly name: 'responseState'; readonly state: number }
  | { readonly name: 'mediaFlow'; readonly resume: boolean }
  | { readonly name: 'revokeUserId'; readonly id: string }
  | { readonly name: 'unknown'; readonly id: number; readonly value: Uint8Array };

export type FieldName = FloorField['name'];
export type FieldOf<N extends FieldName> = Extract<FloorField, { name: N }>;

/** Bits of the Floor Indicator (§8.2.3.15). */
export const indicator = {
  normal: 0x8000,
  broadcast: 0x4000,
  system: 0x2000,
  emergency: 0x1000,
  imminentPeril: 0x0800,
  queueing: 0x0400,
  dualFloor: 0x0200,
  temporaryGroup: 0x0100,
  multiTalker: 0x0080,
} as const;

interface Shape<N extends FieldName> {
  readonly id: number;
  /** The field, or undefined when the value is not of this shape. */
  readonly read: (value: Uint8Array) => FieldOf<N> | undefined;
  readonly write: (field: FieldOf<N>) => Uint8Array;
}

const shapes: { readonly [N in Exclude<FieldName, 'unknown'>]: Shape<N> } = {
  floorPriority: {
    id: 0,
    read: (value) => withOctets(value, 2, () => ({ name: 'floorPriority', priority: value[0]! })),
    write: ({ priority }) => Uint8Array.of(priority, 0),
  },
  duration: word(
    1,
    (seconds) => ({ name: 'duration', seconds }),
    ({ seconds }) => seconds,
  ),
  rejectCause: { id: 2, read: readCause, write: ({ cause, phrase }) => join(word16(cause), utf8(phrase ?? '')) },
  queueInfo: {
    id: 3,
    read: (value) => withOctets(value, 2, () => ({ name: 'queueInfo', position: value[0]!, priority: value[1]! })),
    write: ({ position, priority }) => Uint8Array.of(position, priority),
  },
  grantedParty: {
    id: 4,
    read: (value) => ({ name: 'grantedParty', id: textOf(value) }),
    write: ({ id }) => utf8(id),
  },
  permissionToRequest: word(
    5,
    (value) => ({ name: 'permissionToRequest', permitted: value !== 0 }),
    ({ permitted }) => (permitted ? 1 : 0),
  ),
  userId: { id: 6, read: (value) => ({ name: 'userId', id: textOf(value) }), write: ({ id }) => utf8(id) },
  queueSize: word(
    7,
    (size) => ({ name: 'queueSize', size }),
    ({ size }) => size,
  ),
  sequenceNumber: word(
    8,
    (number) => ({ name: 'sequenceNumber', number }),
    ({ number }) => number,
  ),
  queuedUserId: { id: 9, read: (value) => ({ name: 'queuedUserId', id: textOf(value) }), write: ({ id }) => utf8(id) },
  source: word(
    10,
    (source) => ({ name: 'source', source }),
    ({ source }) => source,
  ),
  trackInfo: { id: 11, read: readTrack, write: writeTrack },
  messageType: {
    id: 12,
    // Some senders leave the acknowledgement bit of the message in it.
    read: (value) => withOctets(value, 2, () => ({ name: 'messageType', subtype: value[0]! & 0x0f })),
    write: ({ subtype }) => Uint8Array.of(subtype & 0x0f, 0),
  },
  floorIndicator: word(
    13,
    (mask) => ({ name: 'floorIndicator', mask }),
    ({ mask }) => mask,
  ),
  ssrc: {
    id: 14,
    read: (value) => withOctets(value, 6, () => ({ name: 'ssrc', ssrc: read32(value, 0) })),
    write: ({ ssrc }) => join(word32(ssrc), word16(0)),
  },
  grantedUsers: {
    id: 15,
    read: (value) => named('grantedUsers', readTexts(value), (ids) => ({ name: 'grantedUsers', ids })),
    write: ({ ids }) => writeTexts(ids),
  },
  ssrcs: { id: 16, read: readSsrcs, write: ({ ssrcs }) => join(Uint8Array.of(ssrcs.length, 0), ...ssrcs.map(word32)) },
  functionalAlias: {
    id: 17,
    read: (value) => ({ name: 'functionalAlias', alias: textOf(value) }),
    write: ({ alias }) => utf8(alias),
  },
  functionalAliases: {
    id: 18,
    read: (value) =>
      named('functionalAliases', readTexts(value), (aliases) => ({ name: 'functionalAliases', aliases })),
    write: ({ aliases }) => writeTexts(aliases),
  },
  location: {
    id: 19,
    read: (value) => named('location', readLocation(value), ({ location }) => ({ name: 'location', location })),
    write: ({ location }) => writeLocation(location),
  },
  locations: {
    id: 20,
    read: (value) => named('locations', readLocations(value), (locations) => ({ name: 'locations', locations })),
    write: ({ locations }) => join(Uint8Array.of(locations.length), ...locations.map(writeLocation)),
  },
  queuedRequestsPurpose: word(
    21,
    (purpose) => ({ name: 'queuedRequestsPurpose', purpose }),
    ({ purpose }) => purpose,
  ),
  queuedUsers: {
    id: 22,
    read: (value) => named('queuedUsers', readTexts(value), (ids) => ({ name: 'queuedUsers', ids })),
    write: ({ ids }) => writeTexts(ids),
  },
  responseState: word(
    23,
    (state) => ({ name: 'responseState', state }),
    ({ state }) => state,
  ),
  mediaFlow: word(
    24,
    (value) => ({ name: 'mediaFlow', resume: (value & 0x8000) !== 0 }),
    ({ resume }) => (resume ? 0x8000 : 0),
  ),
  revokeUserId: {
    id: 25,
    read: (value) => ({ name: 'revokeUserId', id: textOf(value) }),
    write: ({ id }) => utf8(id),
  },
};

const byId: ReadonlyMap<number, (value: Uint8Array) => FloorField | undefined> = new Map([
  ...Object.values(shapes).map(({ id, read }) => [id, read] as const),
  // Ids of an early draft of Release 13: understood, never sent. It had none for what is 14 and above.
  ...[
    [102, shapes.floorPriority],
    [103, shapes.duration],
    [104, shapes.rejectCause],
    [105, shapes.queueInfo],
    [106, shapes.grantedParty],
    [108, shapes.permissionToRequest],
    [109, shapes.userId],
    [110, shapes.queueSize],
    [111, shapes.sequenceNumber],
    [112, shapes.queuedUserId],
    [113, shapes.source],
    [114, shapes.trackInfo],
    [115, shapes.messageType],
    [116, shapes.floorIndicator],
  ].map(([id, shape]) => [id as number, (shape as Shape<'duration'>).read] as const),
]);

/** From this id on a field's length takes two octets. */
const longLengthFrom = 192;

/** Reads all fields of a message, its header left out; undefined when one goes beyond the end. */
export function readFields(octets: Uint8Array): readonly FloorField[] | undefined {
  const fields: FloorField[] = [];
  for (let at = 0; at < octets.length; ) {
    const id = octets[at]!;
    const headBytes = id < longLengthFrom ? 2 : 3;
    if (at + headBytes > octets.length) return undefined;
    const length = id < longLengthFrom ? octets[at + 1]! : octets[at + 1]! * 256 + octets[at + 2]!;
    const value = octets.subarray(at + headBytes, at + headBytes + length);
    if (value.length < length) return undefined;
    fields.push(byId.get(id)?.(value) ?? { name: 'unknown', id, value: Uint8Array.from(value) });
    at += padded(headBytes + length);
  }
  return fields;
}

export function writeField(field: FloorField): Uint8Array {
  const [id, value] = field.name === 'unknown' ? [field.id, field.value] : codedOf(field);
  const head =
    id < longLengthFrom ? [id, value.length] : [id, Math.floor(value.length / 256) & 0xff, value.length & 0xff];
  const octets = new Uint8Array(padded(head.length + value.length));
  octets.set(head);
  octets.set(value, head.length);
  return octets;
}

/** A field's id and value; text that its length cannot say is cut. */
function codedOf(field: Exclude<FloorField, { name: 'unknown' }>): readonly [id: number, value: Uint8Array] {
  const shape = shapes[field.name] as Shape<typeof field.name>;
  const write = shape.write as (field: FloorField) => Uint8Array;
  return [shape.id, write(field).subarray(0, 255)];
}

// ── Shapes ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field of 16 bits. */
function word<N extends FieldName>(
  id: number,
  read: (value: number) => FieldOf<N>,
  write: (field: FieldOf<N>) => number,
): Shape<N> {
  return {
    id,
    read: (value) => withOctets(value, 2, () => read(value[0]! * 256 + value[1]!)),
    write: (field) => word16(write(field)),
  };
}

function withOctets<T>(value: Uint8Array, length: number, read: () => T): T | undefined {
  return value.length === length ? read() : undefined;
}

function named<N extends FieldName, T>(
  _: N,
  reading: T | undefined,
  make: (value: T) => FieldOf<N>,
): FieldOf<N> | undefined {
  return reading === undefined ? undefined : make(reading);
}

/** The phrase is bare UTF-8, or, from old senders, an SDES item: type 1, length, text. */
function readCause(value: Uint8Array): FieldOf<'rejectCause'> | undefined {
  if (value.length < 2) return undefined;
  const cause = value[0]! * 256 + value[1]!;
  const rest = value.subarray(2);
  const isItem = rest.length >= 2 && rest[0] === 1 && rest[1] === rest.length - 2;
  const phrase = textOf(isItem ? rest.subarray(2) : rest);
  return { name: 'rejectCause', cause, ...(phrase !== '' && { phrase }) };
}

/** Queueing capability 8, length 8, type text padded to 32 bits, then a reference of 32 bits a hop. */
function readTrack(value: Uint8Array): FieldOf<'trackInfo'> | undefined {
  if (value.length < 2) return undefined;
  const typeLength = value[1]!;
  const referencesAt = 2 + padded(typeLength);
  if (value.length < referencesAt || (value.length - referencesAt) % 4 !== 0) return undefined;
  const references: number[] = [];
  for (let at = referencesAt; at < value.length; at += 4) references.push(read32(value, at));
  return {
    name: 'trackInfo',
    queueing: value[0]!,
    participantType: textOf(value.subarray(2, 2 + typeLength)),
    references,
  };
}

function writeTrack({ queueing, participantType, references }: FieldOf<'trackInfo'>): Uint8Array {
  const type = utf8(participantType);
  const padding = new Uint8Array(padded(type.length) - type.length);
  return join(Uint8Array.of(queueing, type.length), type, padding, ...references.map(word32));
}

/** One octet is spare after the count; some send two, which the length tells. */
function readSsrcs(value: Uint8Array): FieldOf<'ssrcs'> | undefined {
  if (value.length < 2) return undefined;
  const from = 1 + ((value.length - 1) % 4);
  if (value[0]! * 4 !== value.length - from) return undefined;
  const ssrcs: number[] = [];
  for (let at = from; at < value.length; at += 4) ssrcs.push(read32(value, at));
  return { name: 'ssrcs', ssrcs };
}

/** Count 8, then so many of length 8 and text. */
function readTexts(value: Uint8Array): readonly string[] | undefined {
  const texts: string[] = [];
  let at = 1;
  for (let left = value[0] ?? 0; left > 0; left--) {
    const length = value[at];
    if (length === undefined || at + 1 + length > value.length) return undefined;
    texts.push(textOf(value.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return value.length === 0 ? undefined : texts;
}

function writeTexts(texts: readonly string[]): Uint8Array {
  return join(
    Uint8Array.of(texts.length),
    ...texts.map((text) => {
      const octets = utf8(text);
      return join(Uint8Array.of(octets.length), octets);
    }),
  );
}

function readLocations(value: Uint8Array): readonly Location[] | undefined {
  const locations: Location[] = [];
  let at = 1;
  for (let left = value[0] ?? 0; left > 0; left--) {
    const reading = readLocation(value.subarray(at));
    if (reading === undefined) return undefined;
    locations.push(reading.location);
    at += reading.octets;
  }
  return value.length === 0 ? undefined : locations;
}

// ── Octets ───────────────────────────────────────────────────────────────────────────────────────────────────────

const decoder = new TextDecoder();

function textOf(octets: Uint8Array): string {
  return decoder.decode(octets);
}

/** At most 255 octets, and whole characters of them. */
function utf8(text: string): Uint8Array {
  const octets = new Uint8Array(Math.min(255, 3 * text.length));
  return octets.subarray(0, new TextEncoder().encodeInto(text, octets).written);
}

function word16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

function word32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function read32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function padded(octets: number): number {
  return (octets + 3) & ~3;
}
