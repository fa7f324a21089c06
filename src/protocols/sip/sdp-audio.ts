/**
 * Offer and answer for one audio stream in G.711, G.722 or Opus, with telephone-event and comfort noise beside it. Pure.
 *
 * Encrypted voice (SDES) is offered as RTP/SAVP where it is required. Where it is only wished for it is RTP/AVP with
 * a=crypto beside it, as most programs do it: whoever does not know the attribute answers without. Both are answered in
 * kind, and of several streams the first encrypted one is taken before one in the clear.
 *
 * Of several audio streams offered the first that we can serve is taken; every other stream is answered with port 0, so
 * that the answer has as many as the offer (RFC 3264 §6), but for a companion: a stream of another kind that the caller
 * of this file knows how to offer and to answer. Hold is a direction (§8.4), and the address 0.0.0.0 of old.
 *
 * Standards: RFC 3264, 3551 (static payload types, the 8 kHz clock of G722), 7587 §7 (Opus), 3605, 4733 (telephone-event), 3389 (comfort noise), 5761, 4568 §5, §7
 * (a=crypto).
 */
import { chooseCrypto, readCrypto, writeCrypto } from '../srtp/sdes.ts';
import type { SrtpKey } from '../srtp/srtp.ts';
import { canonicalIpv6, isIpv4 } from './ip-literal.ts';
import type {
  Direction,
  MediaDescription,
  RtpMap,
  SdpAddress,
  SdpAttribute,
  SdpOrigin,
  SessionDescription,
} from './sdp.ts';

export type AudioCodec = 'PCMA' | 'PCMU' | 'G722' | 'opus';

/** What this side offers or can answer with. */
export interface AudioAbilities {
  readonly origin: Pick<SdpOrigin, 'username' | 'sessionId' | 'version'>;
  /** IP literal, without brackets, at which we receive. */
  readonly address: string;
  /** RTP port; RTCP is the next one unless multiplexed. */
  readonly port: number;
  /** In order of preference, at least one. */
  readonly codecs: readonly AudioCodec[];
  readonly telephoneEvent: boolean;
  readonly comfortNoise: boolean;
  /** Packet time that we ask for, and send if the far end asks for none: 10, 20, 30, 40 or 60. */
  readonly ptimeMs: number;
  readonly rtcpMux: boolean;
  /** What we want now: `sendonly` to hold, `inactive` to answer a hold in kind. */
  readonly direction: Direction;
  /** Absent: voice goes in the clear. */
  readonly srtp?: SrtpAbilities;
  /** Title of the audio stream (i=), where the far end looks for one. */
  readonly title?: string;
  readonly companion?: CompanionStream;
  readonly supplement?: AudioSupplement;
}

export interface SrtpAbilities {
  /** Voice in the clear is refused. */
  readonly required: boolean;
  /** Our keys of this call, one a suite, the preferred first. */
  readonly keys: readonly SrtpKey[];
}

/** Keys as both sides have said them: ours for what we send, theirs for what they send. */
export interface AgreedKeys {
  readonly send: SrtpKey;
  readonly receive: SrtpKey;
}

/** A stream beside the audio, such as floor control. */
export interface CompanionStream {
  readonly offer: MediaDescription;
  /** Our answer to a stream that is not audio; undefined when it is not of this kind, or not wanted. */
  answer(offered: MediaDescription): MediaDescription | undefined;
}

/** What a kind of far end has in the audio stream beside the codec: a payload type without voice, and attributes. */
export interface AudioSupplement {
  readonly format: Format;
  /** Of our offers. */
  readonly attributes: readonly SdpAttribute[];
  /** Of our answer to a stream; or why there is none. */
  answer(session: SessionDescription, media: MediaDescription): SupplementAnswer;
}

export type SupplementAnswer =
  | { readonly ok: true; readonly attributes: readonly SdpAttribute[] }
  | { readonly ok: false; readonly reason: string };

export interface AudioEndpoint {
  readonly address: string;
  readonly port: number;
}

/** The stream as both sides have agreed on it; names as in voice/contract.ts. */
export interface AgreedAudio {
  /** Index of the stream in both descriptions. */
  readonly mediaIndex: number;
  readonly remote: AudioEndpoint;
  /** Absent when RTCP shares the RTP port, or has no port to go to. */
  readonly remoteRtcp?: AudioEndpoint;
  readonly rtcpMux: boolean;
  readonly codec: AudioCodec;
  /** Payload types as the far end numbers them: those to send with. */
  readonly payloadType: number;
  readonly telephoneEventPayloadType?: number;
  readonly comfortNoisePayloadType?: number;
  /** Packet time to send, 10–60 ms. */
  readonly ptimeMs: number;
  readonly send: boolean;
  readonly receive: boolean;
  /** Absent: in the clear. */
  readonly srtp?: AgreedKeys;
}

/** Why there is no audio; `warning` is a code of RFC 3261 §20.43 for a Warning header. */
export interface AudioRefusal {
  readonly ok: false;
  readonly status: 488;
  readonly warning: 300 | 301 | 302 | 304 | 305 | 330 | 399;
  readonly reason: string;
}

export type AudioAnswer =
  | { readonly ok: true; readonly answer: SessionDescription; readonly audio: AgreedAudio }
  | AudioRefusal;

const staticPayloads: ReadonlyMap<string, RtpMap> = new Map([
  ['0', { encoding: 'PCMU', rateHz: 8000, channels: 1 }],
  ['8', { encoding: 'PCMA', rateHz: 8000, channels: 1 }],
  ['9', { encoding: 'G722', rateHz: 8000, channels: 1 }],
  ['13', { encoding: 'CN', rateHz: 8000, channels: 1 }],
]);
const audioCodecs: readonly AudioCodec[] = ['PCMA', 'PCMU', 'G722', 'opus'];
/** What each is offered as. Opus is always said to have two channels (RFC 7587 §7); what we send has one. */
const offeredAs: Readonly<Record<AudioCodec, Format>> = {
  PCMU: staticFormat('0'),
  PCMA: staticFormat('8'),
  G722: staticFormat('9'),
  opus: { format: '111', map: { encoding: 'opus', rateHz: 48_000, channels: 2 } },
};
/** Voice of 16 kHz, mono; FEC is of no use to us on the way in. */
const opusParameters = 'maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0';
/** Events are timed by the clock of the voice beside them (RFC 4733 §2.4). */
const telephoneEventPayloads: ReadonlyMap<number, string> = new Map([
  [8000, '101'],
  [48_000, '102'],
]);
/** Comfort noise of RFC 3389 has a clock of 8 kHz only. */
const comfortNoiseRateHz = 8000;
/** Digits, star, hash, A–D and flash (RFC 4733 §3.2). */
const telephoneEvents = '0-16';
const ptimesMs = [60, 40, 30, 20, 10];

/** Answers an offer, first or later. */
export function negotiateAudio(offer: SessionDescription, ours: AudioAbilities): AudioAnswer {
  let refusal = refuse(304, 'no audio stream offered');
  const streams = [...offer.media.entries()].filter(([, { type, port }]) => type === 'audio' && port !== 0);
  const isEncrypted = (media: MediaDescription) => keysFor(media, ours.srtp) !== undefined;
  for (const [mediaIndex, media] of streams.sort(([, a], [, b]) => Number(isEncrypted(b)) - Number(isEncrypted(a)))) {
    const choice = chooseStream(offer, media, ours);
    if (!choice.ok) {
      refusal = choice;
      continue;
    }
    const { formats, remote } = choice;
    const { supplement } = ours;
    const added = supplement?.answer(offer, media) ?? { ok: true, attributes: [] };
    if (!added.ok) {
      refusal = refuse(399, added.reason);
      continue;
    }
    const beside = supplement === undefined ? [] : offeredLike(media, supplement.format);
    const theirs = wishesOf(offer, media);
    const wanted = wishes(ours.direction);
    const send = wanted.send && theirs.receive;
    const receive = wanted.receive && theirs.send;
    const rtcpMux = ours.rtcpMux && media.rtcpMux;
    const ptimeMs = choosePtimeMs(media, ours.ptimeMs);
    const { keys } = choice;
    const srtp = keys && { srtp: { send: keys.send, receive: keys.receive } };
    const audio = { mediaIndex, ...agreed(media, formats, remote, rtcpMux), ptimeMs, send, receive, ...srtp };
    const answered = { ...ours, rtcpMux, ptimeMs, direction: directionOf(send, receive) };
    const cryptos = keys === undefined ? [] : [writeCrypto({ ...keys.send, tag: keys.tag })];
    const { attributes } = added;
    const stream = { ...ourMedia(answered, [...formats, ...beside], attributes), protocol: media.protocol, cryptos };
    const companionAt = offer.media.findIndex((line) => answerBeside(ours, line) !== undefined);
    const lines = offer.media.map((line, index) => {
      if (index === mediaIndex) return stream;
      return (index === companionAt ? answerBeside(ours, line) : undefined) ?? declined(line);
    });
    return { ok: true, answer: { ...ourSession(ours), timing: offer.timing, media: lines }, audio };
  }
  return refusal;
}

/**
 * Offers our stream. In a call that goes on, `previous` is our last description: its streams keep their places, those
 * that were refused stay so (RFC 3264 §8).
 */
export function buildOffer(ours: AudioAbilities, previous?: SessionDescription): SessionDescription {
  const formats: Format[] = ours.codecs.map((codec) => offeredAs[codec]);
  const rates = new Set(formats.map(({ map }) => map.rateHz));
  if (ours.comfortNoise && rates.has(comfortNoiseRateHz)) formats.push(staticFormat('13'));
  for (const [rateHz, format] of ours.telephoneEvent ? telephoneEventPayloads : []) {
    if (rates.has(rateHz)) formats.push({ format, map: { encoding: 'telephone-event', rateHz, channels: 1 } });
  }
  const { srtp, supplement } = ours;
  if (supplement !== undefined) formats.push(supplement.format);
  const stream = {
    ...ourMedia(ours, formats, supplement?.attributes ?? []),
    protocol: srtp?.required === true ? secureProfile : plainProfile,
    cryptos: (srtp?.keys ?? []).map((key, index) => writeCrypto({ ...key, tag: index + 1 })),
  };
  const place = Math.max(0, previous?.media.findIndex((media) => media.type === 'audio' && media.port !== 0) ?? 0);
  const companion = ours.companion?.offer;
  const fresh = companion === undefined ? [stream] : [stream, companion];
  const media = (previous?.media ?? fresh).map((line, index) => {
    if (index === place) return stream;
    return companion !== undefined && line.port !== 0 && line.type === companion.type ? companion : declined(line);
  });
  return { ...ourSession(ours), media };
}

function answerBeside({ companion }: AudioAbilities, offered: MediaDescription): MediaDescription | undefined {
  return offered.type === 'audio' || offered.port === 0 ? undefined : companion?.answer(offered);
}

/** Reads the answer to an offer of ours. */
export function acceptAnswer(
  offer: SessionDescription,
  answer: SessionDescription,
): { readonly ok: true; readonly audio: AgreedAudio } | AudioRefusal {
  if (answer.media.length !== offer.media.length) return refuse(399, 'answer has not the streams of the offer');
  const mediaIndex = offer.media.findIndex((media) => media.type === 'audio' && media.port !== 0);
  const offered = offer.media[mediaIndex];
  const media = answer.media[mediaIndex];
  if (offered === undefined || media === undefined || media.type !== 'audio' || media.port === 0) {
    return refuse(304, 'audio refused');
  }
  if (media.protocol !== offered.protocol) return refuse(302, `transport ${media.protocol} not offered`);
  const offeredEncodings = offered.formats.map((format) => encodingOf(offered, format)).filter(isNamed);
  const formats = usable(media, (encoding) => offeredEncodings.includes(encoding));
  const ourAddress = (offered.connection ?? offer.connection)?.family ?? 'IP4';
  const remote = remoteOf(answer, media, ourAddress);
  if (!('port' in remote)) return remote;
  if (formats === undefined) return refuse(305, 'no codec of the offer in the answer');
  const srtp = answeredKeys(offered, media);
  if (srtp === 'refused') return refuse(399, 'answer has no crypto line of the offer');
  const theirs = wishesOf(answer, media);
  const wanted = wishesOf(offer, offered);
  const rtcpMux = offered.rtcpMux && media.rtcpMux;
  return {
    ok: true,
    audio: {
      mediaIndex,
      ...agreed(media, formats, remote, rtcpMux),
      ptimeMs: choosePtimeMs(media, offered.ptimeMs ?? 20),
      send: wanted.send && theirs.receive,
      receive: wanted.receive && theirs.send,
      ...(srtp !== undefined && { srtp }),
    },
  };
}

const plainProfile = 'RTP/AVP';
const secureProfile = 'RTP/SAVP';

type OfferedKeys = AgreedKeys & { readonly tag: number };

/** Their first crypto line that we serve, and our key for it; undefined where voice would go in the clear. */
function keysFor(media: MediaDescription, srtp: SrtpAbilities | undefined): OfferedKeys | undefined {
  const suites = srtp?.keys.map(({ suite }) => suite) ?? [];
  const theirs = chooseCrypto(media.cryptos, suites);
  const send = srtp?.keys.find(({ suite }) => suite === theirs?.suite);
  if (theirs === undefined || send === undefined) return undefined;
  const { tag, ...receive } = theirs;
  return { tag, send, receive };
}

/**
 * Keys of an answer: its one line has the tag and the suite of one of ours (RFC 4568 §7.1.3). None is an answer in the
 * clear, which only an offer in the profile of plain RTP allows.
 */
function answeredKeys(offered: MediaDescription, answer: MediaDescription): AgreedKeys | undefined | 'refused' {
  if (offered.protocol === plainProfile && (offered.cryptos.length === 0 || answer.cryptos.length === 0))
    return undefined;
  const theirs = answer.cryptos.length === 1 ? readCrypto(answer.cryptos[0] ?? '') : undefined;
  const ours = offered.cryptos.map(readCrypto).find((line) => line?.tag === theirs?.tag);
  if (theirs === undefined || ours === undefined || ours.suite !== theirs.suite) return 'refused';
  const keyOf = ({ tag: _, ...key }: OfferedLine): SrtpKey => key;
  return { send: keyOf(ours), receive: keyOf(theirs) };
}

type OfferedLine = SrtpKey & { readonly tag: number };

interface Format {
  readonly format: string;
  readonly map: RtpMap;
}

type Choice =
  | {
      readonly ok: true;
      readonly formats: readonly Format[];
      readonly remote: AudioEndpoint;
      readonly keys: OfferedKeys | undefined;
    }
  | AudioRefusal;

function chooseStream(offer: SessionDescription, media: MediaDescription, ours: AudioAbilities): Choice {
  const keys = keysFor(media, ours.srtp);
  const isServed = media.protocol === plainProfile || (media.protocol === secureProfile && ours.srtp !== undefined);
  if (!isServed) return refuse(302, `transport ${media.protocol} not served`);
  if (keys === undefined && media.protocol === secureProfile) return refuse(399, 'no common crypto suite');
  if (keys === undefined && ours.srtp?.required === true) return refuse(302, 'voice must be encrypted (RTP/SAVP)');
  const remote = remoteOf(offer, media, familyOf(ours.address));
  if (!('port' in remote)) return remote;
  const named = (name: string) =>
    ours.codecs.some((codec) => nameOf(offeredAs[codec].map) === name) ||
    (ours.telephoneEvent && name.startsWith('TELEPHONE-EVENT/')) ||
    (ours.comfortNoise && name.startsWith('CN/'));
  const formats = usable(media, named);
  return formats === undefined ? refuse(305, noCodecOf(media)) : { ok: true, formats, remote, keys };
}

/** Native speech of TETRA is named, because nothing on our side can be set so that it is served (docs/codecs.md). */
function noCodecOf(media: MediaDescription): string {
  const native = media.formats
    .map((format) => mapOf(media, format)?.encoding.toUpperCase())
    .find((encoding) => encoding !== undefined && /^TETRA(_ACELP(_BB)?)?$/.test(encoding));
  if (native !== undefined) return `no codec for native TETRA speech (audio/${native}): offer G.711`;
  const mistaken = media.formats.find((format) => readsAsRtcp(format) && media.rtpmaps.has(format));
  return mistaken === undefined
    ? noCommonCodec(media)
    : `payload type ${mistaken} reads as RTCP (RFC 5761 §4): offer one of 96–127`;
}

/**
 * The voice codec that the far end likes best, then its telephone-event and comfort noise; undefined without a codec.
 * One codec only, so that nobody changes over within a call.
 */
function usable(media: MediaDescription, known: (name: string) => boolean): readonly Format[] | undefined {
  const first = (wanted: (name: string) => boolean): Format[] => {
    const format = media.formats.find((each) => {
      const name = encodingOf(media, each);
      return name !== undefined && wanted(name) && known(name);
    });
    const map = format === undefined ? undefined : mapOf(media, format);
    return format === undefined || map === undefined ? [] : [{ format, map }];
  };
  const [codec] = first((name) => audioCodecs.some((each) => nameOf(offeredAs[each].map) === name));
  if (codec === undefined) return undefined;
  const { rateHz } = codec.map;
  const noise = rateHz === comfortNoiseRateHz ? first((name) => name === `CN/${rateHz}/1`) : [];
  return [codec, ...noise, ...first((name) => name === `TELEPHONE-EVENT/${rateHz}/1`)];
}

/** Names what was offered, so that whoever set the far end up sees what to change. */
function noCommonCodec(media: MediaDescription): string {
  const maps = media.formats.map((format) => mapOf(media, format)).filter((map) => map !== undefined);
  const voices = maps.filter(({ encoding }) => !/^(?:telephone-event|CN)$/i.test(encoding));
  const offered = voices.map(({ encoding, rateHz }) => `${encoding}/${rateHz}`);
  return `no common codec${offered.length === 0 ? '' : ` (offered ${offered.join(', ').slice(0, 80)})`}`;
}

function mapOf(media: MediaDescription, format: string): RtpMap | undefined {
  return media.rtpmaps.get(format) ?? staticPayloads.get(format);
}

/** With the marker bit set, a packet of payload type 64–95 has the second octet of RTCP, and is taken for that. */
function readsAsRtcp(format: string): boolean {
  return /^(?:6[4-9]|[78][0-9]|9[0-5])$/.test(format);
}

/** Name in upper case with rate and channels of a format that has a payload type of RTP; undefined for any other. */
function encodingOf(media: MediaDescription, format: string): string | undefined {
  const map = mapOf(media, format);
  if (map === undefined || readsAsRtcp(format) || !/^(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])$/.test(format))
    return undefined;
  return nameOf(map);
}

function nameOf({ encoding, rateHz, channels }: RtpMap): string {
  return `${encoding.toUpperCase()}/${rateHz}/${channels}`;
}

/** The same format as the far end numbers it. */
function offeredLike(media: MediaDescription, { map }: Format): readonly Format[] {
  const format = media.formats.find((each) => encodingOf(media, each) === nameOf(map));
  return format === undefined ? [] : [{ format, map }];
}

function isNamed(encoding: string | undefined): encoding is string {
  return encoding !== undefined;
}

function remoteOf(
  session: SessionDescription,
  media: MediaDescription,
  family: 'IP4' | 'IP6',
): AudioEndpoint | AudioRefusal {
  const connection = media.connection ?? session.connection;
  if (connection === undefined) return refuse(399, 'no connection address');
  if (!isLiteral(connection)) return refuse(301, 'connection address is no IP address');
  // Whoever holds the old way gives an address of no meaning, so its family means nothing either.
  if (connection.family !== family && !isUnspecified(connection)) return refuse(300, `no ${connection.family} here`);
  if (!isUnspecified(connection) && !isUnicast(connection)) return refuse(330, 'connection address is not of one host');
  return { address: connection.address, port: media.port };
}

function isLiteral({ family, address }: SdpAddress): boolean {
  return family === 'IP4' ? isIpv4(address) : canonicalIpv6(address) !== undefined;
}

/** Neither a group's nor everybody's (RFC 1122 §3.2.1.3, RFC 4291 §2.7): voice for one far end goes to one host. */
function isUnicast({ family, address }: SdpAddress): boolean {
  if (family === 'IP6') return !/^ff[0-9a-f]{2}:/.test(canonicalIpv6(address) ?? '');
  const first = Number.parseInt(address, 10);
  return first > 0 && first < 224;
}

function isUnspecified({ address }: SdpAddress): boolean {
  return address === '0.0.0.0' || canonicalIpv6(address) === '::';
}

function familyOf(address: string): 'IP4' | 'IP6' {
  return address.includes(':') ? 'IP6' : 'IP4';
}

/** What the author of a description will do: the stream's direction, else the session's, else both ways. */
function wishesOf(
  session: SessionDescription,
  media: MediaDescription,
): { readonly send: boolean; readonly receive: boolean } {
  const { send, receive } = wishes(media.direction ?? session.direction ?? 'sendrecv');
  const connection = media.connection ?? session.connection;
  return { send, receive: receive && !(connection !== undefined && isUnspecified(connection)) };
}

function wishes(direction: Direction): { readonly send: boolean; readonly receive: boolean } {
  return {
    send: direction === 'sendrecv' || direction === 'sendonly',
    receive: direction === 'sendrecv' || direction === 'recvonly',
  };
}

function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

function agreed(media: MediaDescription, formats: readonly Format[], remote: AudioEndpoint, rtcpMux: boolean) {
  const payloadOfEncoding = (name: string) => formats.find(({ map }) => map.encoding.toUpperCase() === name)?.format;
  const codec = audioCodecs.find((each) => payloadOfEncoding(each.toUpperCase()) !== undefined) ?? 'PCMA';
  const event = payloadOfEncoding('TELEPHONE-EVENT');
  const noise = payloadOfEncoding('CN');
  const rtcpPort = media.rtcp?.port ?? (remote.port === 65535 ? 0 : remote.port + 1);
  const rtcpConnection = media.rtcp?.connection;
  const rtcpAddress =
    rtcpConnection !== undefined && isLiteral(rtcpConnection) ? rtcpConnection.address : remote.address;
  return {
    remote,
    ...(!rtcpMux && rtcpPort !== 0 && { remoteRtcp: { address: rtcpAddress, port: rtcpPort } }),
    rtcpMux,
    codec,
    payloadType: Number(payloadOfEncoding(codec.toUpperCase())),
    ...(event !== undefined && { telephoneEventPayloadType: Number(event) }),
    ...(noise !== undefined && { comfortNoisePayloadType: Number(noise) }),
  };
}

/** What the far end asks for, or we would; the largest of ours that is no longer than that and its maximum. */
function choosePtimeMs({ ptimeMs, maxptimeMs }: MediaDescription, preferredMs: number): number {
  const limitMs = Math.min(ptimeMs ?? preferredMs, maxptimeMs ?? 60);
  return ptimesMs.find((each) => each <= limitMs) ?? 10;
}

function staticFormat(format: string): Format {
  return { format, map: staticPayloads.get(format) ?? { encoding: 'PCMA', rateHz: 8000, channels: 1 } };
}

function ourSession({ origin, address }: AudioAbilities): Omit<SessionDescription, 'media'> {
  const at = { family: familyOf(address), address } as const;
  return { origin: { ...origin, ...at }, name: '-', connection: at, bandwidths: [], timing: '0 0', attributes: [] };
}

function ourMedia(
  ours: AudioAbilities,
  formats: readonly Format[],
  attributes: readonly SdpAttribute[],
): MediaDescription {
  const parameters = ({ encoding }: RtpMap): string | undefined => {
    if (encoding.toLowerCase() === 'telephone-event') return telephoneEvents;
    return encoding.toLowerCase() === 'opus' ? opusParameters : undefined;
  };
  const fmtps = formats.flatMap(({ format, map }) => {
    const value = parameters(map);
    return value === undefined ? [] : [[format, value] as const];
  });
  return {
    type: 'audio',
    port: ours.port,
    protocol: plainProfile,
    formats: formats.map(({ format }) => format),
    ...(ours.title !== undefined && { title: ours.title }),
    bandwidths: [],
    direction: ours.direction,
    ptimeMs: ours.ptimeMs,
    rtpmaps: new Map(formats.map(({ format, map }) => [format, map])),
    fmtps: new Map(fmtps),
    rtcpMux: ours.rtcpMux,
    cryptos: [],
    attributes,
  };
}

/** A stream that is not wanted: port 0, one format as the grammar asks for, and nothing else (RFC 3264 §6). */
function declined({ type, protocol, formats }: MediaDescription): MediaDescription {
  return {
    type,
    port: 0,
    protocol,
    formats: formats.slice(0, 1),
    bandwidths: [],
    rtpmaps: new Map(),
    fmtps: new Map(),
    rtcpMux: false,
    cryptos: [],
    attributes: [],
  };
}

function refuse(warning: AudioRefusal['warning'], reason: string): AudioRefusal {
  return { ok: false, status: 488, warning, reason };
}
