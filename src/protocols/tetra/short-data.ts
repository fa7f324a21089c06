/**
 * Short data of type 4: up to 2047 bits that begin with what they are.
 *
 *   | protocol 8 | content |                                                                    protocol < 128: as it is
 *   | protocol 8 | 0: transfer 4 | report 2 | selection 1 | storage 1 | reference 8 | [storage] | content |
 *   | protocol 8 | 1: report 4   | acknowledge 1 | 0 0 | storage 1 | status 8 | reference 8 | [storage] |
 *   | protocol 8 | 2: ack 4      | 0 0 0 0 | status 8 | reference 8 |
 *   content of a text: | time stamp follows 1 | coding 7 | [stamp 24] | [header] | text |
 *   header, of protocol 138: | octets 8 | elements: | name 8 | octets 8 | value | | one of a text in parts: | reference | total 8 | number 8 |
 *
 * Standard: ETSI EN 300 392-2 §29.4, §29.5. What is beyond the worked examples is unverified (docs/standards.md).
 */
import { BitReader, BitWriter } from './bits.ts';
import { type LocationMessage, readLocation, writeLocation } from './location-report.ts';
import { readText, type WrittenCoding, writeText } from './text-coding.ts';

export const protocolId = {
  text: 0x02,
  immediateText: 0x09,
  location: 0x0a,
  textTransfer: 0x82,
  headed: 0x8a,
} as const;
/** Protocols from here on have the header of a transfer layer. */
const transferFrom = 0x80;
const immediateTextTransfer = 0x89;
/** 2047 bits. */
export const shortDataOctetsMax = 255;

/** What the sender wants to be told, and where the message may be kept. */
export interface Transfer {
  readonly report: ReportWish;
  /** To individuals only, or to a group as well. */
  readonly selection: number;
  readonly reference: number;
  readonly storage?: Storage;
}

const reportWishes = ['none', 'received', 'consumed', 'both'] as const;
type ReportWish = (typeof reportWishes)[number];

interface Storage {
  /** 0 to 31, by the table of §29.4.3.14. */
  readonly validity: number;
  /** 0: 8 bits, 1: SSI of 24, 2: TSI of 48 (SSI, then network), 7: none. */
  readonly addressType: number;
  readonly address: number;
}
const addressBits: ReadonlyMap<number, number> = new Map([
  [0, 8],
  [1, 24],
  [2, 48],
  [7, 0],
]);

/** One of several short messages that are one text; `sequence` counts from 1. */
export interface TextPart {
  readonly reference: number;
  readonly total: number;
  readonly sequence: number;
}

/** Elements of a header that say so, with a reference of one octet or two. */
const partElements = { short: 0x00, long: 0x08 } as const;

/** The sender's clock. */
export interface Stamp {
  /** 0: as the network has it, 1: local time, others reserved. */
  readonly frame: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export type ShortData =
  | {
      readonly name: 'text';
      readonly protocol: number;
      readonly transfer?: Transfer;
      readonly coding: number;
      readonly stamp?: Stamp;
      /** Of protocol 138 only. */
      readonly part?: TextPart;
      readonly text: string;
    }
  | { readonly name: 'location'; readonly message: LocationMessage }
  /** What became of a transfer. `status` under 32: it succeeded in some way; see §29.4.3.3. */
  | {
      readonly name: 'report';
      readonly protocol: number;
      readonly acknowledge: boolean;
      readonly status: number;
      readonly reference: number;
    }
  | { readonly name: 'ack'; readonly protocol: number; readonly status: number; readonly reference: number }
  | { readonly name: 'other'; readonly protocol: number };

/** Reads what came; undefined when it is cut. */
export function readShortData(octets: Uint8Array): ShortData | undefined {
  const reader = new BitReader(octets.subarray(0, shortDataOctetsMax + 1));
  const protocol = reader.unsigned(8);
  if (protocol === protocolId.location) {
    const message = readLocation(octets.subarray(1));
    return message && { name: 'location', message };
  }
  const data = protocol < transferFrom ? readContent(reader, protocol) : readTransferLayer(reader, protocol);
  return reader.cut ? undefined : data;
}

function readTransferLayer(reader: BitReader, protocol: number): ShortData {
  const type = reader.unsigned(4);
  if (type === 0) return readTransfer(reader, protocol);
  if (type === 1) {
    const acknowledge = reader.unsigned(1) === 1;
    reader.unsigned(3);
    return { name: 'report', protocol, acknowledge, status: reader.unsigned(8), reference: reader.unsigned(8) };
  }
  if (type !== 2) return { name: 'other', protocol };
  reader.unsigned(4);
  return { name: 'ack', protocol, status: reader.unsigned(8), reference: reader.unsigned(8) };
}

function readTransfer(reader: BitReader, protocol: number): ShortData {
  const report = reportWishes[reader.unsigned(2)]!;
  const selection = reader.unsigned(1);
  const stored = reader.unsigned(1) === 1;
  const reference = reader.unsigned(8);
  if (!stored) return readContent(reader, protocol, { report, selection, reference });
  const validity = reader.unsigned(5);
  const addressType = reader.unsigned(3);
  const bits = addressBits.get(addressType);
  if (bits === undefined) return { name: 'other', protocol };
  const address = bits > 24 ? reader.unsigned(24) * 2 ** 24 + reader.unsigned(24) : reader.unsigned(bits);
  return readContent(reader, protocol, { report, selection, reference, storage: { validity, addressType, address } });
}

function readContent(reader: BitReader, protocol: number, transfer?: Transfer): ShortData {
  if (!isText(protocol)) return { name: 'other', protocol };
  const stamped = reader.unsigned(1) === 1;
  const coding = reader.unsigned(7);
  const stamp = stamped ? readStamp(reader) : undefined;
  const content = reader.octets();
  const header = protocol === protocolId.headed ? readHeader(content) : { octets: 0, part: undefined };
  if (header === undefined) return { name: 'other', protocol };
  const { octets, part } = header;
  const text = readText(content.subarray(octets), coding);
  return {
    name: 'text',
    protocol,
    ...(transfer && { transfer }),
    coding,
    ...(stamp && { stamp }),
    ...(part && { part }),
    text,
  };
}

/** Elements that are not known are passed over; undefined when one goes past the end. */
function readHeader(content: Uint8Array): { readonly octets: number; readonly part?: TextPart } | undefined {
  const end = 1 + (content[0] ?? 0);
  if (content.length < end) return undefined;
  let part: TextPart | undefined;
  for (let at = 1; at < end; ) {
    const length = content[at + 1];
    const next = at + 2 + (length ?? 0);
    if (length === undefined || next > end) return undefined;
    part ??= readPart(content[at]!, content.subarray(at + 2, next));
    at = next;
  }
  return { octets: end, ...(part && { part }) };
}

function readPart(element: number, value: Uint8Array): TextPart | undefined {
  const referenceOctets = element === partElements.short ? 1 : element === partElements.long ? 2 : undefined;
  if (referenceOctets === undefined || value.length !== referenceOctets + 2) return undefined;
  const [total, sequence] = value.subarray(referenceOctets);
  const reference = referenceOctets === 1 ? value[0]! : value[0]! * 256 + value[1]!;
  return { reference, total: total!, sequence: sequence! };
}

function readStamp(reader: BitReader): Stamp {
  const frame = reader.unsigned(2);
  reader.unsigned(2);
  const [month, day, hour] = [reader.unsigned(4), reader.unsigned(5), reader.unsigned(5)];
  return { frame, month, day, hour, minute: reader.unsigned(6) };
}

function isText(protocol: number): boolean {
  return (
    protocol === protocolId.text ||
    protocol === protocolId.immediateText ||
    protocol === protocolId.textTransfer ||
    protocol === protocolId.headed ||
    protocol === immediateTextTransfer
  );
}

/** What can be written: texts in one of the codings that are written, places, and answers to transfers. */
export type WrittenData =
  | (Extract<ShortData, { name: 'text' }> & { readonly coding: WrittenCoding })
  | Extract<ShortData, { name: 'location' | 'report' | 'ack' }>;

export function writeShortData(data: WrittenData): Uint8Array {
  const writer = new BitWriter();
  switch (data.name) {
    case 'text':
      writer.put(8, data.protocol);
      if (data.transfer !== undefined) writeTransfer(writer, data.transfer);
      writer.put(1, data.stamp === undefined ? 0 : 1).put(7, data.coding);
      if (data.stamp !== undefined) writeStamp(writer, data.stamp);
      if (data.protocol === protocolId.headed) writeHeader(writer, data.part);
      writer.putOctets(writeText(data.text, data.coding));
      break;
    case 'location':
      writer.put(8, protocolId.location).putOctets(writeLocation(data.message));
      break;
    case 'report':
      writer.put(8, data.protocol).put(4, 1).put(1, Number(data.acknowledge)).put(3, 0);
      writer.put(8, data.status).put(8, data.reference);
      break;
    case 'ack':
      writer.put(8, data.protocol).put(4, 2).put(4, 0).put(8, data.status).put(8, data.reference);
      break;
  }
  return writer.done();
}

function writeTransfer(writer: BitWriter, { report, selection, reference, storage }: Transfer): void {
  writer.put(4, 0).put(2, reportWishes.indexOf(report)).put(1, selection);
  writer.put(1, storage === undefined ? 0 : 1).put(8, reference);
  if (storage === undefined) return;
  writer.put(5, storage.validity).put(3, storage.addressType);
  const bits = addressBits.get(storage.addressType) ?? 0;
  if (bits > 24) writer.put(24, Math.floor(storage.address / 2 ** 24)).put(24, storage.address % 2 ** 24);
  else writer.put(bits, storage.address);
}

function writeHeader(writer: BitWriter, part: TextPart | undefined): void {
  if (part === undefined) {
    writer.put(8, 0);
    return;
  }
  const { reference, total, sequence } = part;
  const isShort = reference < 256;
  writer.put(8, isShort ? 5 : 6).put(8, isShort ? partElements.short : partElements.long);
  writer
    .put(8, isShort ? 3 : 4)
    .put(isShort ? 8 : 16, reference)
    .put(8, total)
    .put(8, sequence);
}

function writeStamp(writer: BitWriter, { frame, month, day, hour, minute }: Stamp): void {
  writer.put(2, frame).put(2, 0).put(4, month).put(5, day).put(5, hour).put(6, minute);
}
