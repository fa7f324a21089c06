/**
 * The console link's bytes (proto/console.proto) to the gateway's own types and back. Nothing that arrives can throw
 * out of here: a message is one of ours, one of a later version, or malformed.
 *
 * A Delta is written once for all consoles; its number, which every console counts for itself, is put before it:
 * a protobuf message may be cut between any two of its fields.
 */
import type { RtcRequest } from '../base/rtc-port.ts';
import type { CapacityPreview } from '../base/status-report.ts';
import { escaut } from '../protocols/generated/console.js';
import type { GroupId } from '../talkgroups/terms.ts';
import type { IntercomOperation, Operation, RetentionOperation } from './operation.ts';
import { readOperate } from './operation-wire.ts';
import { type RecordingsWish, readRecordingsWish } from './recordings-wire.ts';
import { readRtcRequest } from './rtc-wire.ts';
import { readReason, talkgroupsMax, text, textMax, wordsMax } from './wire-text.ts';

const wire = escaut.console.v1;

export type ServerBody = escaut.console.v1.ServerMessage.$Properties;
export type Delta = escaut.console.v1.Delta.$Properties;
export type Snapshot = escaut.console.v1.Snapshot.$Properties;
export type WireTimeline = escaut.console.v1.Timeline.$Properties;
export type Receipt = escaut.console.v1.Receipt.$Properties;
export type HandOver = escaut.console.v1.HandOver.$Properties;
export type Colleague = escaut.console.v1.Colleague.$Properties;
export type WireTimelineEntry = escaut.console.v1.TimelineEntry.$Properties;
export type Intercom = escaut.console.v1.Intercom.$Properties;
export type DirectLine = escaut.console.v1.DirectLine.$Properties;
export type WireClock = escaut.console.v1.ClockQuality.$Properties;
export type Station = escaut.console.v1.Station.$Properties;
export type WireOver = escaut.console.v1.Over.$Properties;
export type WireFloorAnswer = escaut.console.v1.FloorAnswer.$Properties;
export const floorResult = wire.FloorAnswer.Result;
export const refusal = wire.Refused.Reason;

/** What a page says. Numbers are unsigned 32 bit, texts bounded. */
export type ClientMessage =
  | Hello
  | { readonly name: 'ping'; readonly nonce: number }
  | { readonly name: 'floorRequest'; readonly group: GroupId; readonly requestId: number }
  | { readonly name: 'floorRelease'; readonly group: GroupId; readonly requestId: number }
  | { readonly name: 'monitor'; readonly group: GroupId; readonly listen: boolean }
  | { readonly name: 'rtc'; readonly requestId: number; readonly request: RtcRequest }
  | { readonly name: 'listenerReport'; readonly report: ListenerReport }
  | { readonly name: 'watchStatus'; readonly on: boolean }
  | {
      readonly name: 'operate';
      readonly requestId: number;
      readonly operation: Operation | RetentionOperation | IntercomOperation;
    }
  | { readonly name: 'shareRoom'; readonly room: string }
  | { readonly name: 'recall'; readonly requestId: number; readonly wish: RecallWish }
  | { readonly name: 'capacity'; readonly requestId: number; readonly groups: readonly WishedGroup[] }
  | { readonly name: 'timeline'; readonly requestId: number; readonly asked: TimelineAsked }
  | { readonly name: 'sheet'; readonly requestId: number; readonly shift: number }
  | { readonly name: 'recordings'; readonly requestId: number; readonly wish: RecordingsWish }
  | { readonly name: 'goodbye'; readonly reason: string }
  /** Of a later version of the protocol: to be skipped. */
  | { readonly name: 'unknown'; readonly requestId: number };

/** A group that would be open, and what would be joined to it. */
export interface WishedGroup {
  readonly group: GroupId;
  readonly talkgroups: readonly string[];
  readonly exercise: boolean;
}

/** What a person wants to hear again: the next octets of an over, or which overs there are of the last `lastMs`. */
export type RecallWish = { readonly group: GroupId } & (
  | { readonly name: 'over'; readonly over: number; readonly offset: number }
  | { readonly name: 'list'; readonly lastMs: number }
);

/** `refusal`: a word of proto/console.proto. `part`: of an Ogg Opus file of `total` octets. */
export type RecallAnswer =
  | { readonly refusal: string }
  | { readonly part: { readonly ogg: Uint8Array; readonly total: number } }
  | { readonly overs: readonly WireOver[] };

/** What there was to hand over. `refusal`: a word of proto/console.proto. */
export type SheetAnswer = { readonly refusal: string } | { readonly sheet: Snapshot };

/** What a person wants to see of what happened: `beforeId` 0 the newest, `group` empty of all, no `kinds` of all kinds. */
export interface TimelineAsked {
  readonly beforeId: number;
  readonly group: GroupId;
  readonly kinds: readonly string[];
  /** 0: as many as may be. */
  readonly limit: number;
}

export interface Hello {
  readonly name: 'hello';
  readonly versionMin: number;
  readonly versionMax: number;
  readonly token: string;
  readonly resumeToken: string;
  readonly lastSeq: number;
}

/** What a page measures of its own reception. */
export interface ListenerReport {
  readonly jitterBufferMs: number;
  /** 0–1. */
  readonly concealedRatio: number;
  readonly roundTripMs: number;
}

const roomMax = 64;

/** Reads one binary WebSocket message; undefined when it is no ClientMessage or says nothing sensible. */
export function readClientMessage(bytes: Uint8Array): ClientMessage | undefined {
  let message: escaut.console.v1.ClientMessage;
  try {
    message = wire.ClientMessage.decode(bytes);
  } catch (error) {
    // The generated reader says "malformed" by throwing.
    if (error instanceof Error) return undefined;
    throw error;
  }
  const { hello, ping, floorRequest, floorRelease, monitor, rtcRequest, goodbye } = message;
  const { listenerReport, watchStatus, operate } = message;
  if (hello) return readHello(hello);
  if (ping) return { name: 'ping', nonce: ping.nonce ?? 0 };
  if (floorRequest) return withGroup('floorRequest', floorRequest);
  if (floorRelease) return withGroup('floorRelease', floorRelease);
  if (monitor) {
    const group = text(monitor.groupId);
    return group === undefined ? undefined : { name: 'monitor', group, listen: monitor.listen ?? false };
  }
  if (rtcRequest) return readRtcRequest(rtcRequest);
  if (goodbye) return { name: 'goodbye', reason: (goodbye.reason ?? '').slice(0, textMax) };
  if (listenerReport) return readListenerReport(listenerReport);
  if (watchStatus) return { name: 'watchStatus', on: watchStatus.on ?? false };
  if (operate) {
    const operation = readOperate(operate);
    return operation && { name: 'operate', requestId: operate.requestId ?? 0, operation };
  }
  if (message.shareRoom) return { name: 'shareRoom', room: readReason(message.shareRoom.name).slice(0, roomMax) };
  if (message.recallRequest) return readRecall(message.recallRequest);
  if (message.capacityRequest) return readCapacity(message.capacityRequest);
  if (message.sheetRequest) {
    const { requestId, handOverId } = message.sheetRequest;
    return { name: 'sheet', requestId: requestId ?? 0, shift: handOverId ?? 0 };
  }
  if (message.timelineRequest) return readTimelineRequest(message.timelineRequest);
  if (message.recordingsRequest) {
    const { requestId } = message.recordingsRequest;
    const wish = readRecordingsWish(message.recordingsRequest);
    return wish === undefined
      ? { name: 'unknown', requestId: 0 }
      : { name: 'recordings', requestId: requestId ?? 0, wish };
  }
  return { name: 'unknown', requestId: 0 };
}

/** Bytes of a message that carries no number. */
export function writeMessage(body: ServerBody): Uint8Array {
  return wire.ServerMessage.encode(body).finish();
}

/** Bytes of a Delta without its number, the same for every console. */
export function writeDelta(delta: Delta): Uint8Array {
  return wire.ServerMessage.encode({ delta }).finish();
}

/** Bytes of a Snapshot without its number. */
export function writeSnapshot(snapshot: Snapshot): Uint8Array {
  return wire.ServerMessage.encode({ snapshot }).finish();
}

/** Tag of ServerMessage.seq: field 1, varint. */
const seqTag = 0x08;

/** Puts a state message's number (32 bit, not 0) before its body. */
export function numbered(seq: number, body: Uint8Array): Uint8Array {
  let rest = seq >>> 0;
  let length = 1;
  for (let value = rest; value > 0x7f; value >>>= 7) length++;
  const bytes = new Uint8Array(1 + length + body.length);
  bytes[0] = seqTag;
  for (let index = 1; index < length; index++) {
    bytes[index] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[length] = rest;
  bytes.set(body, 1 + length);
  return bytes;
}

export function recallAnswer(requestId: number, answer: RecallAnswer): ServerBody {
  if ('refusal' in answer) return { recallAnswer: { requestId, refusal: answer.refusal } };
  if ('part' in answer) return { recallAnswer: { requestId, part: answer.part } };
  return { recallAnswer: { requestId, overs: { overs: [...answer.overs] } } };
}

export function capacityAnswer(requestId: number, { networks, short, displaced }: CapacityPreview): ServerBody {
  return {
    capacityAnswer: {
      requestId,
      networks: networks.map(({ network, needed, free, channels }) => ({ networkId: network, needed, free, channels })),
      shortLegIds: [...short],
      displacedLegIds: [...displaced],
    },
  };
}

/** What is kept of a sheet, and back; undefined where it is none. */
export function writeSheet(sheet: Snapshot): string {
  return Buffer.from(wire.Snapshot.encode(sheet).finish()).toString('base64');
}

export function readSheet(kept: string): Snapshot | undefined {
  try {
    return wire.Snapshot.decode(Buffer.from(kept, 'base64'));
  } catch (error) {
    // The generated reader says "malformed" by throwing.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const wishedGroupsMax = 100;

function readCapacity(request: escaut.console.v1.CapacityRequest.$Properties): ClientMessage | undefined {
  const groups = request.groups ?? [];
  if (groups.length > wishedGroupsMax) return undefined;
  const wished = groups.map(({ groupId, talkgroupIds, exercise }): WishedGroup | undefined => {
    const group = text(groupId);
    const talkgroups = (talkgroupIds ?? []).map(text);
    if (group === undefined || talkgroups.length > talkgroupsMax || talkgroups.includes(undefined)) return undefined;
    return { group, talkgroups: talkgroups.filter((id) => id !== undefined), exercise: exercise ?? false };
  });
  if (wished.includes(undefined)) return undefined;
  return {
    name: 'capacity',
    requestId: request.requestId ?? 0,
    groups: wished.filter((group) => group !== undefined),
  };
}

function readRecall(request: escaut.console.v1.RecallRequest.$Properties): ClientMessage | undefined {
  const { partOf, list } = request;
  const requestId = request.requestId ?? 0;
  const group = text(request.groupId);
  if (group === undefined) return undefined;
  if (list) return { name: 'recall', requestId, wish: { name: 'list', group, lastMs: 1000 * (list.lastS ?? 0) } };
  if (!partOf) return { name: 'unknown', requestId: 0 };
  const { over, offset } = partOf;
  return { name: 'recall', requestId, wish: { name: 'over', group, over: over ?? 0, offset: offset ?? 0 } };
}

function readTimelineRequest(request: escaut.console.v1.TimelineRequest.$Properties): ClientMessage {
  const { requestId, beforeId, groupId, kinds, limit } = request;
  const asked = {
    beforeId: beforeId ?? 0,
    group: (groupId ?? '').slice(0, textMax),
    kinds: (kinds ?? []).slice(0, wordsMax),
    limit: limit ?? 0,
  };
  return { name: 'timeline', requestId: requestId ?? 0, asked };
}

function readHello(hello: escaut.console.v1.Hello.$Properties): ClientMessage | undefined {
  const token = hello.token ?? '';
  const resumeToken = hello.resumeToken ?? '';
  if (token.length > textMax || resumeToken.length > textMax) return undefined;
  const { versionMin, versionMax, lastSeq } = hello;
  return {
    name: 'hello',
    versionMin: versionMin ?? 0,
    versionMax: versionMax ?? 0,
    token,
    resumeToken,
    lastSeq: lastSeq ?? 0,
  };
}

function withGroup(
  name: 'floorRequest' | 'floorRelease',
  message: escaut.console.v1.FloorRequest.$Properties,
): ClientMessage | undefined {
  const group = text(message.groupId);
  return group === undefined ? undefined : { name, group, requestId: message.requestId ?? 0 };
}

function readListenerReport(wireReport: escaut.console.v1.ListenerReport.$Properties): ClientMessage {
  return {
    name: 'listenerReport',
    report: {
      jitterBufferMs: within(wireReport.jitterBufferMs, 60_000),
      concealedRatio: within(wireReport.concealedRatio, 1),
      roundTripMs: within(wireReport.roundTripMs, 60_000),
    },
  };
}

function within(value: number | null | undefined, max: number): number {
  return value !== null && value !== undefined && value >= 0 ? Math.min(value, max) : 0;
}
