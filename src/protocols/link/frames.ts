/**
 * The link's messages (proto/link.proto) to the gateway's own types and back. Nothing that arrives can throw out of here:
 * a frame is one of ours, one of a later version, or malformed. Texts are cut to their bounds.
 */
import { escaut } from '../generated/link.js';

const wire = escaut.link.v1;
type Wire = escaut.link.v1.Frame.$Properties;

export const linkVersion = 1;
export const voiceMode = wire.VoiceMode;
export const linkCodec = wire.Codec;
export const capability = wire.Capability;
export const refusedReason = wire.Refused.Reason;
export const talkResult = wire.TalkAnswer.Result;
export const receiptResult = wire.Receipt.Result;

/** What a frame carries, as it is written. */
export type OutBody = Omit<Wire, 'seq' | 'ack' | 'credit' | '$unknowns'>;

export interface Talker {
  readonly address: string;
  readonly display: string;
}

export interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly radiusM?: number;
  readonly speedKmh?: number;
  readonly courseDeg?: number;
  readonly takenUtcMs?: number;
}

export interface Hello {
  readonly name: 'hello';
  readonly versionMin: number;
  readonly versionMax: number;
  readonly agent: string;
  readonly token: string;
  readonly software: string;
  readonly capabilities: readonly number[];
  readonly voice: readonly number[];
  readonly codecs: readonly number[];
  readonly resumeToken: string;
  readonly lastTaken: number;
  readonly eventsDropped: number;
}

export interface Welcome {
  readonly name: 'welcome';
  readonly version: number;
  readonly resumeToken: string;
  readonly resumed: boolean;
  readonly lastTaken: number;
  readonly voice: number;
  readonly codec: number;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
}

interface OfTalk {
  readonly talkgroup: string;
  readonly talk: number;
}

interface Join {
  readonly name: 'join';
  readonly talkgroup: string;
  readonly display: string;
  readonly rtpPort: number;
  readonly path: readonly string[];
}

export interface Affiliation {
  readonly name: 'affiliation';
  readonly talkgroup: string;
  readonly carried: boolean;
  readonly reason: string;
  readonly rtpPort: number;
  readonly path: readonly string[];
}

export type TalkRequest = OfTalk & {
  readonly name: 'talkRequest';
  readonly priority?: number;
  readonly emergency: boolean;
  readonly talker: Talker;
};

export type TalkAnswer = OfTalk & {
  readonly name: 'talkAnswer';
  readonly result: number;
  readonly cause: string;
  readonly remainingMs: number;
};

/** What a unit said beside voice. */
export type LinkData = {
  readonly talkgroup: string;
  readonly from: string;
  /** From the gateway. */
  readonly origin?: { readonly network: string; readonly address: string };
  /** From the gateway: number of the receipt that it waits for; 0: for none. */
  readonly receipt: number;
} & (
  | { readonly name: 'status'; readonly code: number }
  | { readonly name: 'text'; readonly text: string }
  | { readonly name: 'position'; readonly place: Place }
  | { readonly name: 'alarm'; readonly raised: boolean; readonly place?: Place }
);

/** What became of an event of the gateway. */
export interface LinkReceipt {
  readonly name: 'receipt';
  readonly receipt: number;
  readonly result: number;
  readonly detail: string;
}

/** Numbered, and not lost over a reconnect. */
export type LinkEvent = LinkData | LinkReceipt;

export type LinkBody =
  | Hello
  | Welcome
  | { readonly name: 'refused'; readonly reason: number; readonly detail: string }
  | { readonly name: 'goodbye'; readonly reason: string }
  | { readonly name: 'ping'; readonly sentUtcUs: number }
  | { readonly name: 'pong'; readonly sentUtcUs: number; readonly receivedUtcUs: number; readonly repliedUtcUs: number }
  | { readonly name: 'fault'; readonly detail: string }
  | Join
  | { readonly name: 'leave'; readonly talkgroup: string }
  | Affiliation
  | TalkRequest
  | TalkAnswer
  | (OfTalk & { readonly name: 'talkRelease' })
  | { readonly name: 'talkerUpdate'; readonly talkgroup: string; readonly talker: Talker }
  | {
      readonly name: 'voice';
      readonly talkgroup: string;
      readonly timestamp: number;
      readonly sequence: number;
      readonly samples: Uint8Array;
    }
  | LinkEvent
  /** Of a later version, or a value out of its range: skipped. */
  | { readonly name: 'unknown' };

export interface Frame {
  readonly seq: number;
  readonly ack: number;
  readonly credit: number;
  /** Absent: nothing but the numbers. */
  readonly body?: LinkBody;
}

const textCharsMax = 1000;
const nameCharsMax = 64;
const detailCharsMax = 200;
const listMax = 32;

/** Reads one message; undefined when it is no Frame. */
export function readFrame(octets: Uint8Array): Frame | undefined {
  let frame: escaut.link.v1.Frame;
  try {
    frame = wire.Frame.decode(octets);
  } catch (error) {
    // The generated reader says "malformed" by throwing.
    if (error instanceof Error) return undefined;
    throw error;
  }
  const { seq, ack, credit } = frame;
  const body = readBody(frame) ?? (hasUnknown(octets) ? ({ name: 'unknown' } as const) : undefined);
  return { seq, ack, credit, ...(body && { body }) };
}

export function writeFrame(numbers: Omit<Frame, 'body'>, body: OutBody): Uint8Array {
  const { seq, ack, credit } = numbers;
  return wire.Frame.encode({
    ...(seq > 0 && { seq }),
    ...(ack > 0 && { ack }),
    ...(credit > 0 && { credit }),
    ...body,
  }).finish();
}

/** Whether a frame has fields beyond its three numbers: a body of a later version. */
function hasUnknown(octets: Uint8Array): boolean {
  let at = 0;
  while (at < octets.length) {
    const tag = octets[at]!;
    if (tag !== 0x08 && tag !== 0x10 && tag !== 0x18) return true;
    at += 1;
    while (at < octets.length && octets[at]! > 0x7f) at += 1;
    at += 1;
  }
  return false;
}

function readBody(frame: Wire): LinkBody | undefined {
  if (frame.voice) {
    const { talkgroup, timestamp, sequence, samples } = frame.voice;
    return {
      name: 'voice',
      talkgroup: name(talkgroup),
      timestamp: timestamp ?? 0,
      sequence: sequence ?? 0,
      samples: samples ?? new Uint8Array(0),
    };
  }
  return readSession(frame) ?? readTalk(frame) ?? readData(frame);
}

function readSession({ hello, welcome, refused, goodbye, ping, pong, fault }: Wire): LinkBody | undefined {
  if (hello) {
    return {
      name: 'hello',
      versionMin: hello.versionMin ?? 0,
      versionMax: hello.versionMax ?? 0,
      agent: name(hello.agent),
      token: text(hello.token, textCharsMax),
      software: text(hello.software, detailCharsMax),
      capabilities: (hello.capabilities ?? []).slice(0, listMax),
      voice: (hello.voice ?? []).slice(0, listMax),
      codecs: (hello.codecs ?? []).slice(0, listMax),
      resumeToken: name(hello.resumeToken),
      lastTaken: hello.lastTaken ?? 0,
      eventsDropped: hello.eventsDropped ?? 0,
    };
  }
  if (welcome) {
    return {
      name: 'welcome',
      version: welcome.version ?? 0,
      resumeToken: name(welcome.resumeToken),
      resumed: welcome.resumed ?? false,
      lastTaken: welcome.lastTaken ?? 0,
      voice: welcome.voice ?? 0,
      codec: welcome.codec ?? 0,
      pingIntervalMs: welcome.pingIntervalMs ?? 0,
      deadAfterMs: welcome.deadAfterMs ?? 0,
    };
  }
  if (refused) return { name: 'refused', reason: refused.reason ?? 0, detail: text(refused.detail, detailCharsMax) };
  if (goodbye) return { name: 'goodbye', reason: text(goodbye.reason, detailCharsMax) };
  if (ping) return { name: 'ping', sentUtcUs: plainNumber(ping.sentUtcUs) };
  if (pong) {
    const { sentUtcUs, receivedUtcUs, repliedUtcUs } = pong;
    return {
      name: 'pong',
      sentUtcUs: plainNumber(sentUtcUs),
      receivedUtcUs: plainNumber(receivedUtcUs),
      repliedUtcUs: plainNumber(repliedUtcUs),
    };
  }
  return fault ? { name: 'fault', detail: text(fault.detail, detailCharsMax) } : undefined;
}

function readTalk(frame: Wire): LinkBody | undefined {
  const { join, leave, affiliation, talkRequest, talkAnswer, talkRelease, talkerUpdate } = frame;
  if (join) {
    const { talkgroup, name: display, rtpPort } = join;
    const path = marks(join.path);
    return { name: 'join', talkgroup: name(talkgroup), display: name(display), rtpPort: port(rtpPort), path };
  }
  if (leave) return { name: 'leave', talkgroup: name(leave.talkgroup) };
  if (affiliation) {
    return {
      name: 'affiliation',
      talkgroup: name(affiliation.talkgroup),
      carried: affiliation.carried ?? false,
      reason: text(affiliation.reason, detailCharsMax),
      rtpPort: port(affiliation.rtpPort),
      path: marks(affiliation.path),
    };
  }
  if (talkRequest) {
    const { priority } = talkRequest;
    return {
      name: 'talkRequest',
      ...ofTalk(talkRequest),
      ...(typeof priority === 'number' && { priority: Math.min(priority, 15) }),
      emergency: talkRequest.emergency ?? false,
      talker: talker(talkRequest.talker),
    };
  }
  if (talkAnswer) {
    return {
      name: 'talkAnswer',
      ...ofTalk(talkAnswer),
      result: talkAnswer.result ?? 0,
      cause: name(talkAnswer.cause),
      remainingMs: talkAnswer.remainingMs ?? 0,
    };
  }
  if (talkRelease) return { name: 'talkRelease', ...ofTalk(talkRelease) };
  if (talkerUpdate) {
    return { name: 'talkerUpdate', talkgroup: name(talkerUpdate.talkgroup), talker: talker(talkerUpdate.talker) };
  }
  return undefined;
}

function readData({ status, text: words, position, alarm, receipt: told }: Wire): LinkBody | undefined {
  if (status) {
    const code = status.code ?? 0;
    return code > 0xffff ? { name: 'unknown' } : { name: 'status', ...sentBy(status), code };
  }
  if (words) return { name: 'text', ...sentBy(words), text: text(words.text, textCharsMax) };
  if (position) {
    const place = readPlace(position.place);
    return place === undefined ? { name: 'unknown' } : { name: 'position', ...sentBy(position), place };
  }
  if (alarm) {
    // An alarm counts, wherever it says it is.
    const place = readPlace(alarm.place);
    return { name: 'alarm', ...sentBy(alarm), raised: alarm.raised ?? false, ...(place && { place }) };
  }
  if (told) {
    const { receipt, result, detail } = told;
    return { name: 'receipt', receipt: receipt ?? 0, result: result ?? 0, detail: text(detail, detailCharsMax) };
  }
  return undefined;
}

function readPlace(place: escaut.link.v1.Place.$Properties | null | undefined): Place | undefined {
  if (!place) return undefined;
  const { latitudeDeg = 0, longitudeDeg = 0, radiusM, speedKmh, courseDeg } = place;
  const takenUtcMs = place.takenUtcMs ? plainNumber(place.takenUtcMs) : undefined;
  if (!within(latitudeDeg, -90, 90) || !within(longitudeDeg, -180, 180)) return undefined;
  return {
    latitudeDeg,
    longitudeDeg,
    ...(within(radiusM, 0, 1e7) && { radiusM }),
    ...(within(speedKmh, 0, 1e4) && { speedKmh }),
    ...(within(courseDeg, 0, 360) && { courseDeg }),
    ...(within(takenUtcMs, 0, 2 ** 53) && { takenUtcMs }),
  };
}

/** The reader gives 64-bit fields as objects where the library for them is installed; both turn into a number. */
function plainNumber(value: number | null | undefined): number {
  return Number(value ?? 0);
}

/** False for NaN too. */
function within(value: number | null | undefined, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

function ofTalk(message: { talkgroup?: string | null; talk?: number | null }): OfTalk {
  return { talkgroup: name(message.talkgroup), talk: message.talk ?? 0 };
}

function sentBy(message: {
  talkgroup?: string | null;
  from?: string | null;
  origin?: escaut.link.v1.Origin.$Properties | null;
  receipt?: number | null;
}) {
  const { talkgroup, from, origin, receipt } = message;
  return {
    talkgroup: name(talkgroup),
    from: name(from),
    ...(origin && { origin: { network: name(origin.network), address: name(origin.address) } }),
    receipt: receipt ?? 0,
  };
}

function talker(message: escaut.link.v1.Talker.$Properties | null | undefined): Talker {
  return { address: name(message?.address), display: name(message?.display) };
}

function port(value: number | null | undefined): number {
  return value && value <= 0xffff ? value : 0;
}

function name(value: string | null | undefined): string {
  return text(value, nameCharsMax);
}

/** Of a path; what is too long to be a mark is none. */
function marks(path: readonly string[] | null | undefined): readonly string[] {
  return (path ?? []).slice(0, listMax).filter((mark) => mark.length <= nameCharsMax);
}

function text(value: string | null | undefined, charsMax: number): string {
  return (value ?? '').slice(0, charsMax);
}
