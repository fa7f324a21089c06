/**
 * Statuses, texts, positions and alarms as SIP messages: plain text, or short data of TETRA in a body of its own.
 *
 *   MESSAGE ─▶ readDataMessage ─▶ reports, or what to answer        order ─▶ writeDataMessage ─▶ bodies, one a MESSAGE
 *
 * Pure. Standard: RFC 3428; the media type of short data is a proposal (docs/standards.md).
 */
import { type Alphabet, partsOf, spell } from '../../base/alias.ts';
import type { DataSettings } from '../../config/data-schema.ts';
import { readContentType } from '../../protocols/sip/headers.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import {
  type LocationMessage,
  type LocationTime,
  reportReason,
  shortReport,
  whereaboutsOf,
} from '../../protocols/tetra/location-report.ts';
import {
  protocolId,
  readShortData,
  type ShortData,
  type TextPart,
  writeShortData,
} from '../../protocols/tetra/short-data.ts';
import { codeOf, statusOf } from '../../protocols/tetra/status.ts';
import { fitsCoding, textCoding, type WrittenCoding } from '../../protocols/tetra/text-coding.ts';
import type { DataOrder, DataWord, Position } from '../ports.ts';

/** RFC 3428 §8: a MESSAGE of more may not go over UDP; a body of so much is none that we take. */
const bodyBytesMax = 1300;
export const textCharsMax = 1000;

export interface DataMessage {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly urgent: boolean;
  /** "Name: value": one more header. */
  readonly header?: string;
}

export type DataReading =
  /**
   * `receipt` is owed to the sender. With `part` the only word is a text, and one of several that are one. `reserved` is
   * the number of a status that means nothing.
   */
  | {
      readonly ok: true;
      readonly words: readonly DataWord[];
      readonly reserved?: number;
      readonly receipt?: DataMessage;
      readonly part?: TextPart;
    }
  | { readonly ok: false; readonly why: 'too-long' | 'unreadable' | 'not-carried'; readonly answer: Answer };

/** What a message says; `utcMs` is now. A text that its sender calls an emergency raises an alarm as well. */
export function readDataMessage(request: SipRequest, settings: DataSettings, utcMs: number): DataReading {
  const { body, headers } = request;
  const { contentType, alarmOverHeader } = settings;
  if (body.length > bodyBytesMax) return { ok: false, why: 'too-long', answer: { status: 413 } };
  const type = readContentType(headers);
  const accept = [['Accept', `text/plain, ${contentType}`]] as const;
  const unknown: DataReading = { ok: false, why: 'not-carried', answer: { status: 415, headers: accept } };
  if (type === undefined) return unknown;
  const { value, params } = type;
  if (value === 'text/plain') {
    const charset = params.get('charset')?.toLowerCase() ?? 'utf-8';
    const text = textOf(body, charset);
    if (text === undefined) return unknown;
    const isUrgent = headers.get('Priority')?.trim().toLowerCase() === 'emergency';
    const said = text === '' ? [] : [{ name: 'text', text } as const];
    const isOver = !isUrgent && alarmOverHeader !== undefined && hasHeader(request, alarmOverHeader);
    return { ok: true, words: isUrgent || isOver ? [{ name: 'alarm', raised: isUrgent }, ...said] : said };
  }
  if (value !== contentType) return unknown;
  if (params.get('type')?.toLowerCase() === 'status') return readStatus(body);
  const data = readShortData(body);
  if (data === undefined) return unreadable;
  return readData(data, contentType, utcMs) ?? unknown;
}

function hasHeader({ headers }: SipRequest, header: string): boolean {
  const { name, value } = headerOf(header);
  return headers.get(name)?.trim().toLowerCase() === value.toLowerCase();
}

/** "Name: value". */
export function headerOf(header: string): { readonly name: string; readonly value: string } {
  const at = header.indexOf(': ');
  return { name: header.slice(0, at), value: header.slice(at + 2) };
}

const unreadable: DataReading = {
  ok: false,
  why: 'unreadable',
  answer: { status: 400, reason: 'Malformed short data' },
};

function textOf(body: Uint8Array, charset: string): string | undefined {
  const known = charset === 'utf-8' || charset === 'us-ascii' || charset === 'iso-8859-1';
  if (!known) return undefined;
  const text = Buffer.from(body).toString(charset === 'utf-8' ? 'utf8' : 'latin1');
  return text.trim().slice(0, textCharsMax);
}

function readStatus(body: Uint8Array): DataReading {
  if (body.length !== 2) return unreadable;
  const status = statusOf(body[0]! * 256 + body[1]!);
  switch (status.name) {
    case 'emergency':
      return { ok: true, words: [{ name: 'alarm', raised: true }] };
    case 'user':
      return { ok: true, words: [{ name: 'status', code: status.code }] };
    case 'reserved':
      return { ok: true, words: [], reserved: status.code };
    case 'answer':
      // What became of a text: nobody need be told.
      return { ok: true, words: [] };
  }
}

function readData(data: ShortData, contentType: string, utcMs: number): DataReading | undefined {
  if (data.name === 'report' || data.name === 'ack') return { ok: true, words: [] };
  if (data.name === 'other') return undefined;
  if (data.name === 'location') return { ok: true, words: wordsOfLocation(data.message, utcMs) };
  const words = [{ name: 'text', text: data.text.slice(0, textCharsMax) } as const];
  const { transfer, protocol, part } = data;
  const said = { ok: true, words, ...(part && { part }) } as const;
  if (transfer?.report !== 'received' && transfer?.report !== 'both') return said;
  const { reference } = transfer;
  const body = writeShortData({ name: 'report', protocol, acknowledge: false, status: receiptStatus, reference });
  return { ...said, receipt: { contentType, body, urgent: false } };
}

/** It has come to its destination (EN 300 392-2 §29.4.3.3); that it was read nobody can say for a group. */
const receiptStatus = 0;

function wordsOfLocation(message: LocationMessage, utcMs: number): readonly DataWord[] {
  const where = whereaboutsOf(message);
  const isReport = message.name === 'short' || message.name === 'long';
  const isAlarm = isReport && 'reason' in message.additional && message.additional.reason === reportReason.emergency;
  if (where === undefined) return isAlarm ? [{ name: 'alarm', raised: true }] : [];
  const { altitudeM: _, ...rest } = where;
  const time: LocationTime =
    message.name === 'short'
      ? { name: 'elapsed', elapsed: message.elapsed }
      : message.name === 'long'
        ? message.time
        : { name: 'none' };
  const takenUtcMs = takenOf(time, utcMs);
  const position: Position = { ...rest, ...(takenUtcMs !== undefined && { takenUtcMs }) };
  return isAlarm ? [{ name: 'alarm', raised: true, position }] : [{ name: 'position', position }];
}

/** Longest ago that each step of elapsed time stands for; the fourth is unknown. */
const elapsedMs = [5000, 300_000, 1_800_000];
const dayMs = 86_400_000;

function takenOf(time: LocationTime, utcMs: number): number | undefined {
  if (time.name === 'none') return undefined;
  if (time.name === 'elapsed') return time.elapsed === 0 ? utcMs : undefined;
  const now = new Date(utcMs);
  const inMonth = (month: number): number =>
    Date.UTC(now.getUTCFullYear(), month, time.day, time.hour, time.minute, time.second);
  const thisMonth = inMonth(now.getUTCMonth());
  return thisMonth > utcMs + dayMs ? inMonth(now.getUTCMonth() - 1) : thisMonth;
}

// ── To the far end ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The messages that say it, in order; undefined when it is too long for nine. `reference` numbers short texts. */
export function writeDataMessage(
  order: DataOrder,
  settings: DataSettings,
  utcMs: number,
  reference: number,
): readonly DataMessage[] | undefined {
  const { send, contentType, alphabet } = settings;
  const urgent = order.name === 'alarm' && order.raised;
  const { alarmOverHeader: header } = settings;
  const over = order.name === 'alarm' && !order.raised && header !== undefined ? { header } : {};
  const inWords = (): readonly DataMessage[] | undefined =>
    partsOf(spell(sentence(order, settings), alphabet), settings.charactersMax)?.map((part) =>
      send === 'text'
        ? { contentType: 'text/plain;charset=utf-8', body: Uint8Array.from(Buffer.from(part)), urgent, ...over }
        : { contentType, body: shortText(part, alphabet, reference), urgent },
    );
  if (send === 'text') return inWords();
  switch (order.name) {
    case 'text':
      return inWords();
    case 'status':
      return [statusMessage(order.code, contentType, false)];
    case 'position':
      return [locationMessage(order.position, contentType, reportReason.application, utcMs)];
    case 'alarm': {
      const { position, raised, alarmCode } = order;
      const code = alarmCode ?? (raised ? codeOf({ name: 'emergency' }) : undefined);
      const signs = code === undefined ? [] : [statusMessage(code, contentType, raised)];
      const where = position ? [locationMessage(position, contentType, reportReason.emergency, utcMs)] : [];
      const said = inWords();
      return said && [...signs, ...(raised ? where : []), ...said];
    }
  }
}

function statusMessage(code: number, contentType: string, urgent: boolean): DataMessage {
  return { contentType: `${contentType};type=status`, body: Uint8Array.of(code >> 8, code & 0xff), urgent };
}

function locationMessage(position: Position, contentType: string, reason: number, utcMs: number): DataMessage {
  const { takenUtcMs } = position;
  const ageMs = takenUtcMs === undefined ? Infinity : Math.max(0, utcMs - takenUtcMs);
  const step = elapsedMs.findIndex((mostMs) => ageMs < mostMs);
  const message = shortReport(position, step < 0 ? elapsedMs.length : step, reason);
  const body = writeShortData({ name: 'location', message });
  return { contentType, body, urgent: reason === reportReason.emergency };
}

/** With a header: it asks for no report, since nobody waits for one. */
function shortText(text: string, alphabet: Alphabet, reference: number): Uint8Array {
  const coding = codingOf(text, alphabet);
  const transfer = { report: 'none', selection: 0, reference } as const;
  return writeShortData({ name: 'text', protocol: protocolId.textTransfer, transfer, coding, text });
}

function codingOf(text: string, alphabet: Alphabet): WrittenCoding {
  if (alphabet === 'gsm') return textCoding.gsm;
  return fitsCoding(text, textCoding.latin1) ? textCoding.latin1 : textCoding.ucs2;
}

/** What a reader is to see: who, then what. */
function sentence(order: DataOrder, { language }: DataSettings): string {
  const who = order.from;
  switch (order.name) {
    case 'text':
      return `${who}: ${order.meaning?.[language] ?? order.text}`;
    case 'status':
      return `${who}: ${order.meaning?.[language] ?? `${statusWord} ${order.code}`}`;
    case 'position':
      return `${who}: ${placeText(order.position)}`;
    case 'alarm': {
      const { position } = order;
      const place = position === undefined ? '' : ` ${placeText(position)}`;
      return `${alarmWords[order.raised ? 'raised' : 'over'][language]} ${who}${place}`;
    }
  }
}

const statusWord = 'Status'; // the same in all three languages
const alarmWords = {
  raised: { fr: 'URGENCE', nl: 'NOODOPROEP', en: 'EMERGENCY' },
  over: { fr: "Fin d'urgence", nl: 'Einde noodoproep', en: 'Emergency over' },
} as const;

/** Five decimals: a metre. */
function placeText({ latitudeDeg, longitudeDeg }: Position): string {
  const side = (degrees: number, positive: string, negative: string): string =>
    `${Math.abs(degrees).toFixed(5)} ${degrees < 0 ? negative : positive}`;
  return `${side(latitudeDeg, 'N', 'S')} ${side(longitudeDeg, 'E', 'W')}`;
}
