/**
 * The console link's bytes (proto/console.proto) to the gateway's own types and back. Nothing that arrives can throw
 * out of here: a message is one of ours, one of a later version, or malformed.
 *
 * A Delta is written once for all consoles; its number, which every console counts for itself, is put before it:
 * a protobuf message may be cut between any two of its fields.
 */
import type { RtcAnswer, RtcNotice, RtcRequest } from '../base/rtc-port.ts';
import type { CapacityPreview } from '../base/status-report.ts';
import { type Details, planDetails } from '../operations/alert-plan.ts';
import type { Callee } from '../operations/intercom.ts';
import { escaut } from '../protocols/generated/console.js';
import type { GroupId } from '../talkgroups/terms.ts';
import { type RecordingsWish, readRecordingsWish } from './recordings-wire.ts';

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

export type Operation =
  | GroupOperation
  | EmergencyOperation
  | BorderOperation
  | PlanOperation
  | HitOperation
  | ShiftOperation
  | RemovalOperation
  | TextOperation;

/** What a person does at the intercom of his console, which no group is told of. */
export type IntercomOperation = { readonly line: 'intercom' } & (
  | { readonly name: 'callStation'; readonly to: Callee; readonly hot: boolean }
  | { readonly name: 'answerCall'; readonly call: number }
  | { readonly name: 'hangUp'; readonly call: number; readonly keyUp: boolean }
  | { readonly name: 'seeMissedCalls' }
);

/** What a person does with an alert plan. */
export type PlanOperation = { readonly plan: string } & (
  | {
      readonly name: 'activatePlan';
      readonly level: number;
      readonly talkgroups: readonly string[];
      readonly details: Details;
      readonly authority: Readonly<Record<string, string>>;
      readonly exercise?: true;
    }
  | { readonly name: 'setPlanLevel'; readonly level: number; readonly authority: Readonly<Record<string, string>> }
  | { readonly name: 'renewPlan' }
  | { readonly name: 'endPlan'; readonly authority: Readonly<Record<string, string>> }
  | { readonly name: 'markPost'; readonly place: string; readonly manned: boolean; readonly unit: string }
);

/** A person says what a hit is, or makes one up to train. */
export type HitOperation =
  | {
      readonly name: 'validateHit';
      readonly hit: number;
      readonly confirmed: boolean;
      /** What was compared; one line. */
      readonly checked: string;
    }
  | ({ readonly name: 'enterExerciseHit' } & ExerciseHit);

/** One line each; the heading may be empty. */
export interface ExerciseHit {
  readonly camera: string;
  readonly heading: string;
  readonly vehicle: string;
  readonly reason: string;
}

/** A person writes to all sides of a group; one line. */
export interface TextOperation {
  readonly name: 'sendText';
  readonly group: GroupId;
  readonly text: string;
}

/** A person takes whoever talks off the floor; one line. */
export interface RemovalOperation {
  readonly name: 'removeTalker';
  readonly group: GroupId;
  /** The over that is meant. */
  readonly over: number;
  readonly reason: string;
}

/** A person says how many days something is kept; a second one has to say the same. */
export interface RetentionOperation {
  readonly name: 'setRetention';
  readonly rule: string;
  readonly days: number;
  readonly reason: string;
}

/** A person hands his shift over, or answers a colleague who does. */
export type ShiftOperation =
  | { readonly name: 'offerShift'; readonly to: string; readonly note: string }
  | { readonly name: 'confirmShift'; readonly shift: number }
  | { readonly name: 'refuseShift'; readonly shift: number; readonly reason: string }
  | { readonly name: 'withdrawShift'; readonly shift: number };

/** What a person writes into the border record. Texts are one line. */
export type BorderOperation = { readonly group: GroupId } & (
  | (Notice & { readonly name: 'openRecord'; readonly place: string })
  | (Notice & {
      readonly name: 'markCrossing';
      /** Empty: there is none yet. */
      readonly record: string;
      readonly unit: string;
      readonly place: string;
      readonly from: string;
      readonly to: string;
    })
  | { readonly name: 'acceptPursuit'; readonly record: string; readonly condition: string }
  | { readonly name: 'orderStop'; readonly record: string; readonly authority: string }
);

interface Notice {
  readonly origin: string;
  readonly host: string;
  readonly category: string;
  readonly basis: 'pursuit' | 'joint-patrol';
}

/** What a person does about an emergency. `proof`: on behalf of its home control room. */
export type EmergencyOperation = { readonly emergency: number } & (
  | { readonly name: 'acknowledgeEmergency'; readonly proof?: string }
  | { readonly name: 'clearEmergency'; readonly cause: string }
  | { readonly name: 'confirmClear' }
  | { readonly name: 'withdrawClear' }
);

/** What a person does with a group. Times in ms; a duration of 0 is the configuration's. */
export type GroupOperation = { readonly group: GroupId } & (
  | {
      readonly name: 'open';
      readonly reason: string;
      readonly talkgroups: readonly string[];
      readonly durationMs: number;
      readonly exercise?: boolean;
    }
  | { readonly name: 'add'; readonly talkgroup: string; readonly reason: string; readonly durationMs: number }
  | { readonly name: 'remove'; readonly talkgroup: string }
  | { readonly name: 'extend'; readonly durationMs: number }
  | { readonly name: 'close'; readonly afterMs: number }
  | { readonly name: 'keep' }
  | { readonly name: 'suspendExercise' }
  | { readonly name: 'resumeExercise' }
  | { readonly name: 'consent'; readonly talkgroup: string; readonly given: boolean }
);

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

/** Group and leg ids are at most 64 characters each and a slash; tokens and mediasoup's ids are shorter. */
const textMax = 256;

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
  if (operate) return readOperate(operate);
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
    const wish = readRecordingsWish(message.recordingsRequest, readReason);
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

export function rtcResponse(requestId: number, answer: RtcAnswer): ServerBody {
  switch (answer.result) {
    case 'failed':
      return { rtcResponse: { requestId, error: answer.error } };
    case 'done':
      return { rtcResponse: { requestId } };
    case 'opened': {
      const { sendTransportJson, receiveTransportJson } = answer;
      return { rtcResponse: { requestId, opened: { sendTransportJson, receiveTransportJson } } };
    }
    case 'produced':
      return { rtcResponse: { requestId, producerId: answer.producerId } };
    case 'iceRestarted':
      return { rtcResponse: { requestId, iceParametersJson: answer.iceParametersJson } };
  }
}

export function rtcNotice(notice: Exclude<RtcNotice, { name: 'microphone' }>): ServerBody {
  switch (notice.name) {
    case 'consume': {
      const { consumerId, producerId, rtpParametersJson, group, party } = notice;
      return {
        rtcNotice: { consume: { consumerId, producerId, rtpParametersJson, groupId: group, partyId: party } },
      };
    }
    case 'consumerClosed':
      return { rtcNotice: { consumerClosed: notice.consumerId } };
    case 'reset':
      return { rtcNotice: { reset: { reason: notice.reason } } };
  }
}

function text(value: string | null | undefined): string | undefined {
  return value && value.length <= textMax ? value : undefined;
}

const reasonMax = 200;
const roomMax = 64;
const noteMax = 1000;
const wordsMax = 16;
const talkgroupsMax = 64;
const wishedGroupsMax = 100;

function readOperate(operate: escaut.console.v1.Operate.$Properties): ClientMessage | undefined {
  const group = text(operate.groupId);
  const ofGroup =
    group === undefined
      ? undefined
      : (readTextOperation(group, operate) ??
        readRemoval(group, operate) ??
        readBorderOperation(group, operate) ??
        readOperation(group, operate));
  const operation =
    readEmergencyOperation(operate) ??
    readPlanOperation(operate) ??
    readHitOperation(operate) ??
    readIntercomOperation(operate) ??
    readShiftOperation(operate) ??
    readRetention(operate) ??
    ofGroup;
  return operation && { name: 'operate', requestId: operate.requestId ?? 0, operation };
}

function readOperation(group: GroupId, operate: escaut.console.v1.Operate.$Properties): GroupOperation | undefined {
  const { open, add, remove, extend, close, keep, consent, suspendExercise, resumeExercise } = operate;
  if (open) {
    const talkgroups = (open.talkgroupIds ?? []).map(text);
    if (talkgroups.length > talkgroupsMax || talkgroups.includes(undefined)) return undefined;
    const durationMs = 1000 * (open.durationS ?? 0);
    const asked = { reason: readReason(open.reason), talkgroups: talkgroups as string[], durationMs };
    return { name: 'open', group, ...asked, ...(open.exercise ? { exercise: true } : {}) };
  }
  if (suspendExercise) return { name: 'suspendExercise', group };
  if (resumeExercise) return { name: 'resumeExercise', group };
  if (extend) return { name: 'extend', group, durationMs: 1000 * (extend.durationS ?? 0) };
  if (close) return { name: 'close', group, afterMs: 1000 * (close.afterS ?? 0) };
  if (keep) return { name: 'keep', group };
  const talkgroup = text((add ?? remove ?? consent)?.talkgroupId);
  if (talkgroup === undefined) return undefined;
  if (add) {
    return { name: 'add', group, talkgroup, reason: readReason(add.reason), durationMs: 1000 * (add.durationS ?? 0) };
  }
  if (consent) return { name: 'consent', group, talkgroup, given: consent.given ?? false };
  return { name: 'remove', group, talkgroup };
}

function readEmergencyOperation({
  acknowledgeEmergency,
  clearEmergency,
  confirmClear,
  withdrawClear,
}: escaut.console.v1.Operate.$Properties): EmergencyOperation | undefined {
  if (acknowledgeEmergency) {
    const emergency = acknowledgeEmergency.emergencyId ?? 0;
    const proof = readReason(acknowledgeEmergency.proof);
    return { name: 'acknowledgeEmergency', emergency, ...(proof === '' ? {} : { proof }) };
  }
  if (clearEmergency) {
    const { emergencyId, cause } = clearEmergency;
    return { name: 'clearEmergency', emergency: emergencyId ?? 0, cause: readReason(cause) };
  }
  if (confirmClear) return { name: 'confirmClear', emergency: confirmClear.emergencyId ?? 0 };
  return withdrawClear ? { name: 'withdrawClear', emergency: withdrawClear.emergencyId ?? 0 } : undefined;
}

function readPlanOperation({
  activatePlan,
  setPlanLevel,
  renewPlan,
  endPlan,
  markPost,
}: escaut.console.v1.Operate.$Properties): PlanOperation | undefined {
  const plan = readReason((activatePlan ?? setPlanLevel ?? renewPlan ?? endPlan ?? markPost)?.planId);
  if (activatePlan) {
    const { level, talkgroupIds } = activatePlan;
    const talkgroups = (talkgroupIds ?? []).slice(0, talkgroupsMax).map(readReason);
    const said = readWords(activatePlan.details);
    const details = Object.fromEntries(
      planDetails.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
    );
    return {
      name: 'activatePlan',
      plan,
      level: level ?? 0,
      talkgroups,
      details,
      authority: readWords(activatePlan.authority),
      ...(activatePlan.exercise ? { exercise: true } : {}),
    };
  }
  if (setPlanLevel) {
    return { name: 'setPlanLevel', plan, level: setPlanLevel.level ?? 0, authority: readWords(setPlanLevel.authority) };
  }
  if (renewPlan) return { name: 'renewPlan', plan };
  if (endPlan) return { name: 'endPlan', plan, authority: readWords(endPlan.authority) };
  if (!markPost) return undefined;
  const { place, manned, unit } = markPost;
  return { name: 'markPost', plan, place: readReason(place), manned: manned ?? false, unit: readReason(unit) };
}

/** Words by name; a name is a word of this protocol or a country. */
function readWords(words: { readonly [name: string]: string } | null | undefined): Record<string, string> {
  const named = Object.entries(words ?? {}).filter(([name]) => /^[A-Za-z]{2,16}$/.test(name));
  return Object.fromEntries(named.slice(0, wordsMax).map(([name, said]) => [name, readReason(said)]));
}

/** As long as a text of a camera's system. */
const hitTextMax = 80;

function readHitOperation({
  validateHit,
  enterExerciseHit,
}: escaut.console.v1.Operate.$Properties): HitOperation | undefined {
  if (enterExerciseHit) {
    const { camera, heading, vehicle, reason } = enterExerciseHit;
    return {
      name: 'enterExerciseHit',
      camera: readLine(camera, hitTextMax),
      heading: readLine(heading, hitTextMax),
      vehicle: readLine(vehicle, hitTextMax),
      reason: readLine(reason, hitTextMax),
    };
  }
  if (!validateHit) return undefined;
  const { hitId, confirmed, checked } = validateHit;
  return { name: 'validateHit', hit: hitId ?? 0, confirmed: confirmed ?? false, checked: readReason(checked) };
}

function readIntercomOperation({
  callStation,
  answerCall,
  hangUp,
  seeMissedCalls,
}: escaut.console.v1.Operate.$Properties): IntercomOperation | undefined {
  const line = 'intercom';
  if (callStation) {
    const console = text(callStation.consoleId);
    const to = console === undefined ? { person: text(callStation.personId) ?? '' } : { console };
    return { line, name: 'callStation', to, hot: callStation.hotLine ?? false };
  }
  if (answerCall) return { line, name: 'answerCall', call: answerCall.callId ?? 0 };
  if (hangUp) return { line, name: 'hangUp', call: hangUp.callId ?? 0, keyUp: hangUp.keyUp ?? false };
  return seeMissedCalls ? { line, name: 'seeMissedCalls' } : undefined;
}

function readTextOperation(
  group: GroupId,
  { sendText }: escaut.console.v1.Operate.$Properties,
): TextOperation | undefined {
  return sendText ? { name: 'sendText', group, text: readReason(sendText.text) } : undefined;
}

function readRemoval(
  group: GroupId,
  { removeTalker }: escaut.console.v1.Operate.$Properties,
): RemovalOperation | undefined {
  if (!removeTalker) return undefined;
  return { name: 'removeTalker', group, over: removeTalker.over ?? 0, reason: readReason(removeTalker.reason) };
}

function readRetention({ setRetention }: escaut.console.v1.Operate.$Properties): RetentionOperation | undefined {
  if (!setRetention) return undefined;
  const { rule, days, reason } = setRetention;
  return { name: 'setRetention', rule: readReason(rule), days: days ?? 0, reason: readReason(reason) };
}

function readShiftOperation({
  offerShift,
  confirmShift,
  refuseShift,
  withdrawShift,
}: escaut.console.v1.Operate.$Properties): ShiftOperation | undefined {
  if (offerShift) {
    const note = readLine(offerShift.note, noteMax);
    return { name: 'offerShift', to: (offerShift.personId ?? '').slice(0, textMax), note };
  }
  if (confirmShift) return { name: 'confirmShift', shift: confirmShift.handOverId ?? 0 };
  if (refuseShift) {
    return { name: 'refuseShift', shift: refuseShift.handOverId ?? 0, reason: readReason(refuseShift.reason) };
  }
  return withdrawShift ? { name: 'withdrawShift', shift: withdrawShift.handOverId ?? 0 } : undefined;
}

function readBorderOperation(
  group: GroupId,
  { openRecord, markCrossing, acceptPursuit, orderStop }: escaut.console.v1.Operate.$Properties,
): BorderOperation | undefined {
  if (openRecord) return { name: 'openRecord', group, ...readNotice(openRecord), place: readReason(openRecord.place) };
  if (markCrossing) {
    const [record, unit, place] = [markCrossing.recordId, markCrossing.unit, markCrossing.place].map(readReason);
    const [from, to] = [readReason(markCrossing.from), readReason(markCrossing.to)];
    const mark = { record: record ?? '', unit: unit ?? '', place: place ?? '', from, to };
    return { name: 'markCrossing', group, ...readNotice(markCrossing), ...mark };
  }
  if (acceptPursuit) {
    const { recordId, condition } = acceptPursuit;
    return { name: 'acceptPursuit', group, record: readReason(recordId), condition: readReason(condition) };
  }
  if (!orderStop) return undefined;
  const { recordId, authority } = orderStop;
  return { name: 'orderStop', group, record: readReason(recordId), authority: readReason(authority) };
}

function readNotice({ origin, host, category, basis }: escaut.console.v1.OpenRecord.$Properties): Notice {
  return {
    origin: readReason(origin),
    host: readReason(host),
    category: readReason(category),
    basis: basis === 'joint-patrol' ? basis : 'pursuit',
  };
}

/** One line of a person's own words. */
function readReason(reason: string | null | undefined): string {
  return readLine(reason, reasonMax);
}

function readLine(words: string | null | undefined, charsMax: number): string {
  return (words ?? '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, charsMax)
    .replace(/[\ud800-\udbff]$/, ''); // the first half of a character whose second was cut off
}

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

function readRtcRequest(message: escaut.console.v1.RtcRequest.$Properties): ClientMessage | undefined {
  const requestId = message.requestId ?? 0;
  const request = readRtc(message);
  if (request !== undefined) return { name: 'rtc', requestId, request };
  return isKnownRtc(message) ? undefined : { name: 'unknown', requestId };
}

/** Undefined when an id is missing or too long, and for requests of a later version. */
function readRtc(message: escaut.console.v1.RtcRequest.$Properties): RtcRequest | undefined {
  const { open, connect, produce, ready, consumerState, restartIce, producerClosed } = message;
  if (open) return { name: 'open', rtpCapabilitiesJson: open.rtpCapabilitiesJson ?? '' };
  if (ready) return { name: 'ready' };
  if (producerClosed) return { name: 'closeProducer' };
  const transportId = text((connect ?? produce ?? restartIce)?.transportId);
  if (transportId !== undefined) {
    if (connect) return { name: 'connect', transportId, dtlsParametersJson: connect.dtlsParametersJson ?? '' };
    if (produce) {
      const { rtpParametersJson, intercom } = produce;
      const request = { name: 'produce', transportId, rtpParametersJson: rtpParametersJson ?? '' } as const;
      return intercom ? { ...request, intercom } : request;
    }
    return { name: 'restartIce', transportId };
  }
  const consumerId = text(consumerState?.consumerId);
  if (consumerId === undefined) return undefined;
  return { name: 'pauseConsumer', consumerId, paused: consumerState?.paused ?? false };
}

function isKnownRtc({
  connect,
  produce,
  restartIce,
  consumerState,
}: escaut.console.v1.RtcRequest.$Properties): boolean {
  return Boolean(connect ?? produce ?? restartIce ?? consumerState);
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
