/**
 * Session descriptions: read, held as values, written. What of them is agreed on: sdp-audio.ts.
 *
 * Total: any octets give a description or a reason. Strict is only what decides how many media there are and where they
 * are to be sent (m=, c=, o=); a broken attribute is passed over, an attribute without a meaning here is kept as it is.
 *
 * Standards: RFC 8866; 3605 (rtcp), 4568 (crypto), 5761 (rtcp-mux).
 */
import { readDecimal } from './scan.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface SdpAddress {
  readonly family: 'IP4' | 'IP6';
  /** A literal in good descriptions; a name is kept, and refused by who would have to send there. */
  readonly address: string;
}

export interface SdpOrigin extends SdpAddress {
  readonly username: string;
  /** Decimal, up to 64 bits and more. */
  readonly sessionId: string;
  /** Grows by one with every changed description (RFC 3264 §8). */
  readonly version: string;
}

export interface SdpAttribute {
  readonly name: string;
  readonly value?: string;
}

export interface SdpBandwidth {
  /** AS, TIAS, CT, RR, RS… */
  readonly type: string;
  /** kbit/s for AS and CT, bit/s for the others. */
  readonly value: number;
}

export interface RtpMap {
  /** As written; names are compared without regard to case. */
  readonly encoding: string;
  readonly rateHz: number;
  readonly channels: number;
}

export interface MediaDescription {
  /** audio, video, application… */
  readonly type: string;
  /** 0: refused or not used. */
  readonly port: number;
  /** RTP/AVP, RTP/SAVP, udp… */
  readonly protocol: string;
  /** Payload types for RTP, in order of preference. */
  readonly formats: readonly string[];
  /** Title of the stream (i=). */
  readonly title?: string;
  readonly connection?: SdpAddress;
  readonly bandwidths: readonly SdpBandwidth[];
  readonly direction?: Direction;
  readonly ptimeMs?: number;
  readonly maxptimeMs?: number;
  /** By format; payload types fixed by RFC 3551 need none. */
  readonly rtpmaps: ReadonlyMap<string, RtpMap>;
  readonly fmtps: ReadonlyMap<string, string>;
  /** Where RTCP goes if not to the next port (RFC 3605). */
  readonly rtcp?: { readonly port: number; readonly connection?: SdpAddress };
  readonly rtcpMux: boolean;
  /** Values of a=crypto, as written. */
  readonly cryptos: readonly string[];
  /** All other attributes, in order. */
  readonly attributes: readonly SdpAttribute[];
}

export interface SessionDescription {
  readonly origin: SdpOrigin;
  readonly name: string;
  readonly connection?: SdpAddress;
  readonly bandwidths: readonly SdpBandwidth[];
  /** Value of t=; an answer repeats that of its offer (RFC 3264 §6). */
  readonly timing: string;
  /** Session-level default for all media. */
  readonly direction?: Direction;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly MediaDescription[];
}

export type SdpFault = 'not-sdp' | 'too-large' | 'origin' | 'connection' | 'media';

export type SdpReading =
  | { readonly ok: true; readonly description: SessionDescription }
  /** `line` counts from 1. */
  | { readonly ok: false; readonly malformed: SdpFault; readonly line: number };

const linesMax = 1000;
const mediaMax = 32;
const formatsMax = 64;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OpenMedia = Mutable<MediaDescription> & {
  bandwidths: SdpBandwidth[];
  rtpmaps: Map<string, RtpMap>;
  fmtps: Map<string, string>;
  cryptos: string[];
  attributes: SdpAttribute[];
};
type OpenSession = Mutable<Omit<SessionDescription, 'origin' | 'media'>> & {
  origin?: SdpOrigin;
  bandwidths: SdpBandwidth[];
  attributes: SdpAttribute[];
  media: OpenMedia[];
};

export function parseSdp(octets: Uint8Array): SdpReading {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8');
  const lines = text.split(/\r\n|\n|\r/, linesMax + 1);
  if (lines.length > linesMax) return { ok: false, malformed: 'too-large', line: linesMax };
  if (!/^v=0[ \t]*$/.test(lines[0] ?? '')) return { ok: false, malformed: 'not-sdp', line: 1 };
  const session: OpenSession = { name: '-', bandwidths: [], timing: '0 0', attributes: [], media: [] };
  for (const [index, line] of lines.entries()) {
    const fault = readLine(session, line);
    if (fault !== undefined) return { ok: false, malformed: fault, line: index + 1 };
  }
  const { origin } = session;
  if (origin === undefined) return { ok: false, malformed: 'origin', line: lines.length };
  return { ok: true, description: { ...session, origin } };
}

/** Takes one line in; a fault if the whole description cannot be relied on without it. */
function readLine(session: OpenSession, line: string): SdpFault | undefined {
  const value = line.slice(2);
  if (line[1] !== '=') return undefined;
  const media = session.media.at(-1);
  switch (line[0]) {
    case 'o': {
      const origin = readOrigin(value);
      if (origin === undefined) return 'origin';
      session.origin ??= origin;
      return undefined;
    }
    case 's':
      session.name = value;
      return undefined;
    case 'i':
      if (media !== undefined) media.title ??= value.trimEnd();
      return undefined;
    case 't':
      // Only the first of several; what is no pair of numbers would break the answer that repeats it.
      if (media === undefined && /^[0-9]{1,20} [0-9]{1,20}$/.test(value)) session.timing = value;
      return undefined;
    case 'c': {
      const connection = readConnection(value);
      if (connection === undefined) return 'connection';
      (media ?? session).connection ??= connection;
      return undefined;
    }
    case 'b': {
      const bandwidth = readBandwidth(value);
      if (bandwidth !== undefined) (media ?? session).bandwidths.push(bandwidth);
      return undefined;
    }
    case 'm': {
      const opened = session.media.length < mediaMax ? readMedia(value) : undefined;
      if (opened === undefined) return 'media';
      session.media.push(opened);
      return undefined;
    }
    case 'a':
      if (media === undefined) readSessionAttribute(session, value);
      else readMediaAttribute(media, value);
      return undefined;
    default:
      return undefined;
  }
}

function readOrigin(value: string): SdpOrigin | undefined {
  const match = /^(\S+) ([0-9]+) ([0-9]+) IN (IP4|IP6) (\S+)$/.exec(value.trimEnd());
  if (match === null) return undefined;
  const [, username = '', sessionId = '', version = '', family, address = ''] = match;
  return { username, sessionId, version, family: family === 'IP6' ? 'IP6' : 'IP4', address };
}

/** `IN IP4 192.0.2.1`; a TTL behind a slash is that of multicast and passed over. */
function readConnection(value: string): SdpAddress | undefined {
  const match = /^IN (IP4|IP6) ([^\s/]+)(?:\/[0-9/]+)?$/.exec(value.trimEnd());
  return match === null ? undefined : { family: match[1] === 'IP6' ? 'IP6' : 'IP4', address: match[2] ?? '' };
}

function readBandwidth(value: string): SdpBandwidth | undefined {
  const match = /^([A-Za-z0-9-]+):([0-9]+)$/.exec(value.trimEnd());
  const amount = readDecimal(match?.[2] ?? '', Number.MAX_SAFE_INTEGER);
  return match === null || amount === undefined ? undefined : { type: match[1] ?? '', value: amount };
}

/** `audio 49170[/2] RTP/AVP 0 8`. */
function readMedia(value: string): OpenMedia | undefined {
  const [type = '', ports = '', protocol = '', ...formats] = value.trimEnd().split(/ +/, formatsMax + 4);
  const port = readDecimal(ports.replace(/\/[0-9]{1,5}$/, ''), 65535);
  if (!/^[A-Za-z0-9-]+$/.test(type) || port === undefined || protocol === '') return undefined;
  if (formats.length === 0 || formats.length > formatsMax) return undefined;
  return {
    type,
    port,
    protocol,
    formats,
    bandwidths: [],
    rtpmaps: new Map(),
    fmtps: new Map(),
    rtcpMux: false,
    cryptos: [],
    attributes: [],
  };
}

function readAttribute(text: string): SdpAttribute {
  const colon = text.indexOf(':');
  return colon < 0 ? { name: text.trimEnd() } : { name: text.slice(0, colon), value: text.slice(colon + 1).trimEnd() };
}

function readSessionAttribute(session: OpenSession, text: string): void {
  const attribute = readAttribute(text);
  if (isDirection(attribute.name)) session.direction = attribute.name;
  else session.attributes.push(attribute);
}

function readMediaAttribute(media: OpenMedia, text: string): void {
  const attribute = readAttribute(text);
  const { name, value = '' } = attribute;
  if (isDirection(name)) media.direction = name;
  else if (name === 'rtcp-mux') media.rtcpMux = true;
  else if (name === 'crypto') media.cryptos.push(value);
  else if (name === 'ptime' || name === 'maxptime') {
    const ms = Math.round(Number(value));
    if (value !== '' && ms >= 1 && ms <= 10_000) media[name === 'ptime' ? 'ptimeMs' : 'maxptimeMs'] = ms;
  } else if (name === 'rtpmap') {
    const match = /^(\S+) +([A-Za-z0-9._-]+)\/([0-9]{1,9})(?:\/([0-9]{1,2}))?$/.exec(value);
    const [, format = '', encoding = '', rate, channels = '1'] = match ?? [];
    if (match !== null) media.rtpmaps.set(format, { encoding, rateHz: Number(rate), channels: Number(channels) });
  } else if (name === 'fmtp') {
    const space = value.indexOf(' ');
    if (space > 0) media.fmtps.set(value.slice(0, space), value.slice(space + 1).trim());
  } else if (name === 'rtcp') {
    const match = /^([0-9]{1,5})(?: (.+))?$/.exec(value);
    const port = readDecimal(match?.[1] ?? '', 65535);
    const connection = match?.[2] === undefined ? undefined : readConnection(match[2]);
    if (port !== undefined) media.rtcp = { port, ...(connection !== undefined && { connection }) };
  } else media.attributes.push(attribute);
}

function isDirection(name: string): name is Direction {
  return name === 'sendrecv' || name === 'sendonly' || name === 'recvonly' || name === 'inactive';
}

/** The octets of a description. A line end within a value becomes a space: no value can write a line of its own. */
export function writeSdp(description: SessionDescription): Uint8Array {
  const { origin, media } = description;
  const lines = [
    'v=0',
    `o=${origin.username} ${origin.sessionId} ${origin.version} IN ${origin.family} ${origin.address}`,
    `s=${description.name}`,
    ...connectionLine(description.connection),
    ...description.bandwidths.map(({ type, value }) => `b=${type}:${value}`),
    `t=${description.timing}`,
    ...description.attributes.map(attributeLine),
    ...(description.direction === undefined ? [] : [`a=${description.direction}`]),
    ...media.flatMap(mediaLines),
  ];
  return Buffer.from(lines.map((line) => `${line.replace(/[\r\n]/g, ' ')}\r\n`).join(''), 'utf8');
}

function mediaLines(media: MediaDescription): string[] {
  const { rtcp } = media;
  return [
    `m=${media.type} ${media.port} ${media.protocol} ${media.formats.join(' ')}`,
    ...(media.title === undefined ? [] : [`i=${media.title}`]),
    ...connectionLine(media.connection),
    ...media.bandwidths.map(({ type, value }) => `b=${type}:${value}`),
    ...[...media.rtpmaps].map(
      ([format, { encoding, rateHz, channels }]) =>
        `a=rtpmap:${format} ${encoding}/${rateHz}${channels === 1 ? '' : `/${channels}`}`,
    ),
    ...[...media.fmtps].map(([format, value]) => `a=fmtp:${format} ${value}`),
    ...(media.ptimeMs === undefined ? [] : [`a=ptime:${media.ptimeMs}`]),
    ...(media.maxptimeMs === undefined ? [] : [`a=maxptime:${media.maxptimeMs}`]),
    ...(rtcp === undefined ? [] : [`a=rtcp:${rtcp.port}${rtcp.connection ? ` ${addressText(rtcp.connection)}` : ''}`]),
    ...(media.rtcpMux ? ['a=rtcp-mux'] : []),
    ...media.cryptos.map((crypto) => `a=crypto:${crypto}`),
    ...media.attributes.map(attributeLine),
    ...(media.direction === undefined ? [] : [`a=${media.direction}`]),
  ];
}

function connectionLine(connection: SdpAddress | undefined): string[] {
  return connection === undefined ? [] : [`c=${addressText(connection)}`];
}

function addressText({ family, address }: SdpAddress): string {
  return `IN ${family} ${address}`;
}

function attributeLine({ name, value }: SdpAttribute): string {
  return value === undefined ? `a=${name}` : `a=${name}:${value}`;
}
