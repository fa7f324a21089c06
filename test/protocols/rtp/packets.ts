/** Packets for the tests of this folder: vectors by independent tools, and plain streams. */
import { readFileSync } from 'node:fs';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';

/** Bytes of `test/vectors/<name>.hex`. */
export function vector(name: string): Uint8Array {
  const hex = readFileSync(new URL(`../../vectors/${name}.hex`, import.meta.url), 'utf8').replace(/#.*$|\s/gm, '');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export interface PacketFields {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc?: number;
  readonly marker?: boolean;
  readonly payloadType?: number;
  readonly payload?: Uint8Array;
}

/** A datagram laid out by hand, not by the writer under test. */
function datagram(fields: PacketFields): Uint8Array {
  const payload = fields.payload ?? new Uint8Array(160).fill(0xd5);
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (fields.marker === true ? 0x80 : 0) + (fields.payloadType ?? 8));
  view.setUint16(2, fields.sequenceNumber & 0xffff);
  view.setUint32(4, fields.timestamp >>> 0);
  view.setUint32(8, fields.ssrc ?? 0x20600001);
  bytes.set(payload, 12);
  return bytes;
}

/** The same as read packet. */
export function packet(fields: PacketFields): RtpPacket {
  const read = new RtpPacket();
  const malformed = read.read(datagram(fields));
  if (malformed !== undefined) throw new Error(malformed);
  return read;
}
