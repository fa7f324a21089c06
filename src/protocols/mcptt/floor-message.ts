/**
 * MCPTT floor control messages: RTCP APP packets named "MCPT", on a port of their own.
 *
 *    0                   1                   2                   3
 *   |V=2|P| subtype |   PT = 204    |            length             |
 *   |                     SSRC of the sender                        |
 *   |   'M'         |   'C'         |   'P'         |   'T'         |
 *   |  fields …                                                     |
 *
 * Subtype is `A nnnn`: A asks for a Floor Ack. Several messages may share a datagram, one after the other; no other RTCP
 * stands before them. Any input gives a value: what cannot be used is a fault by name.
 *
 * Standard: 3GPP TS 24.380 §8.1, §8.2.2.
 */
import { type FieldName, type FieldOf, type FloorField, readFields, writeField } from './floor-fields.ts';

interface MessageRule {
  readonly subtype: number;
  /** Whether the message may ask for an acknowledgement. */
  readonly ack: boolean;
  /** One field of each group must be there. */
  readonly needs: readonly (readonly FieldName[])[];
}

/** Table 8.2.2.1-1. */
// biome-ignore format: a table
const rules = {
  request:              { subtype: 0,  ack: false, needs: [] },
  granted:              { subtype: 1,  ack: true,  needs: [['duration']] },
  taken:                { subtype: 2,  ack: true,  needs: [['grantedParty', 'grantedUsers']] },
  deny:                 { subtype: 3,  ack: true,  needs: [['rejectCause']] },
  release:              { subtype: 4,  ack: true,  needs: [] },
  idle:                 { subtype: 5,  ack: true,  needs: [] },
  revoke:               { subtype: 6,  ack: false, needs: [['rejectCause']] },
  revokeRequest:        { subtype: 7,  ack: false, needs: [] },
  queuePositionRequest: { subtype: 8,  ack: false, needs: [] },
  queuePositionInfo:    { subtype: 9,  ack: true,  needs: [['queueInfo']] },
  ack:                  { subtype: 10, ack: false, needs: [['messageType']] },
  mediaFlowControl:     { subtype: 11, ack: true,  needs: [['mediaFlow']] },
  queuedFloorRequests:  { subtype: 14, ack: true,  needs: [] },
  releaseMultiTalker:   { subtype: 15, ack: false, needs: [] },
} as const satisfies Record<string, MessageRule>;

export type FloorMessageName = keyof typeof rules;

export interface FloorMessage {
  readonly name: FloorMessageName;
  /** The sender asks for a Floor Ack. */
  readonly ackWanted: boolean;
  /** A participant's own; in all that the floor control server sends, the server's. */
  readonly ssrc: number;
  /** In the order of the wire, which means nothing. */
  readonly fields: readonly FloorField[];
}

export type FloorFault =
  | 'short' // not even a header, or less than its length says
  | 'not-floor' // another RTCP packet or another name
  | 'unknown-subtype' // §8.1.4: ignored
  | 'ack-not-allowed' // §8.1.4: an acknowledgement bit where none may be
  | 'field' // a field goes beyond the message
  | 'missing-field'; // without which the message means nothing

export interface FloorDatagram {
  readonly messages: readonly FloorMessage[];
  readonly faults: readonly FloorFault[];
}

const rtcpApp = 204;
const headerBytes = 12;
const ackBit = 0x10;
/** More than a datagram of real life holds. */
const messagesMax = 32;
const appName = 'MCPT';

/** Reads all messages of a datagram. Total: never throws; time grows with the octets. */
export function readFloorDatagram(octets: Uint8Array): FloorDatagram {
  const messages: FloorMessage[] = [];
  const faults: FloorFault[] = [];
  if (octets.length === 0) return { messages, faults: ['short'] };
  for (let at = 0, count = 0; at < octets.length && count < messagesMax; count++) {
    const view = new DataView(octets.buffer, octets.byteOffset + at, octets.byteLength - at);
    const bytes = view.byteLength < 4 ? Infinity : 4 * (view.getUint16(2) + 1);
    if (bytes > view.byteLength || view.getUint8(0) >> 6 !== 2) {
      faults.push('short');
      break;
    }
    const reading = readMessage(octets.subarray(at, at + bytes));
    if (typeof reading === 'string') faults.push(reading);
    else messages.push(reading);
    at += bytes;
  }
  return { messages, faults };
}

function readMessage(octets: Uint8Array): FloorMessage | FloorFault {
  if (octets.length < headerBytes || octets[1] !== rtcpApp) return 'not-floor';
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  for (const [index, letter] of [...appName].entries()) {
    if (octets[8 + index] !== letter.charCodeAt(0)) return 'not-floor';
  }
  if ((octets[0]! & 0x20) !== 0) return 'not-floor'; // padding is never used (§8.1.2)
  const name = nameOf(octets[0]! & 0x0f);
  if (name === undefined) return 'unknown-subtype';
  const ackWanted = (octets[0]! & ackBit) !== 0;
  const rule: MessageRule = rules[name];
  if (ackWanted && !rule.ack) return 'ack-not-allowed';
  const fields = readFields(octets.subarray(headerBytes));
  if (fields === undefined) return 'field';
  const has = (wanted: readonly FieldName[]) => fields.some((field) => wanted.includes(field.name));
  if (!rule.needs.every(has)) return 'missing-field';
  return { name, ackWanted, ssrc: view.getUint32(4), fields };
}

const names: ReadonlyMap<number, FloorMessageName> = new Map(
  Object.entries(rules).map(([name, { subtype }]) => [subtype, name as FloorMessageName]),
);

/** Name of a message by its subtype, the acknowledgement bit left out. */
function nameOf(subtype: number): FloorMessageName | undefined {
  return names.get(subtype);
}

export function writeFloorMessage({ name, ackWanted, ssrc, fields }: FloorMessage): Uint8Array {
  const rule: MessageRule = rules[name];
  const parts = fields.map(writeField);
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, headerBytes));
  const view = new DataView(octets.buffer);
  view.setUint8(0, 0x80 | rule.subtype | (ackWanted && rule.ack ? ackBit : 0));
  view.setUint8(1, rtcpApp);
  view.setUint16(2, octets.length / 4 - 1);
  view.setUint32(4, ssrc);
  for (const [index, letter] of [...appName].entries()) octets[8 + index] = letter.charCodeAt(0);
  let at = headerBytes;
  for (const part of parts) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

/** The first field of that name. */
export function fieldOf<N extends FieldName>(message: FloorMessage, name: N): FieldOf<N> | undefined {
  return message.fields.find((field): field is FieldOf<N> => field.name === name);
}

/** Whether a bit of the Floor Indicator is set. */
export function indicates(message: FloorMessage, bit: number): boolean {
  return ((fieldOf(message, 'floorIndicator')?.mask ?? 0) & bit) !== 0;
}

/** The acknowledgement of a message, sent by `source`: 0 participant, 2 controlling function; its Track Info goes back. */
export function ackOf(message: FloorMessage, ssrc: number, source: 0 | 2): FloorMessage {
  return {
    name: 'ack',
    ackWanted: false,
    ssrc,
    fields: [
      { name: 'source', source },
      { name: 'messageType', subtype: rules[message.name].subtype },
      ...message.fields.filter(({ name }) => name === 'trackInfo'),
    ],
  };
}
