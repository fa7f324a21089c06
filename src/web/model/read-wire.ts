/**
 * Wire messages to the page's model: absent fields get their protobuf default, text is cleaned, lists are bounded,
 * instants move to the page's monotonic clock. Total: whatever decodes can be shown.
 */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type {
  BridgingModel,
  ControlRoomModel,
  CutModel,
  DataModel,
  FloorModel,
  GroupModel,
  LegModel,
  LegState,
  LegTransmission,
  NetworkModel,
  OverModel,
  PresenceModel,
  SaidModel,
  ScheduleModel,
  TalkgroupModel,
} from './console-model.ts';
import type { PlaceModel } from './incident-model.ts';
import type { TalkerModel } from './terms.ts';

/** A uint64 is a number in a browser and a Long where the `long` package is installed. */
type Wide = escaut.console.v1.Pong.$Properties['gatewayUtcMs'];

/** When a message arrived, on both clocks. */
export interface Arrival {
  readonly nowMs: number;
  readonly gatewayUtcMs: number;
}

export const lastOversMax = 20;
export const dataMax = 50;
const textCharsMax = 1000;
const groupsMax = 200;
const legsMax = 50;
const queueMax = 64;
const consolesMax = 200;
/** What the page shows of a group that says nothing of its limits. */
const talkLimitMsDefault = 30_000;
const talkWarnMsDefault = 20_000;
const autoCloseMinDefault = 90;
const talkgroupsMax = 10_000;
const openingsMax = 50;
const controlRoomsMax = 1000;

const legStates: readonly LegState[] = ['unknown', 'down', 'connecting', 'up', 'closed'];
const legTransmissions: readonly LegTransmission[] = ['idle', 'requested', 'granted', 'flowing', 'refused', 'carried'];

export function readWide(value: Wide): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}

function readFraction(value: number | null | undefined): number {
  return Number.isFinite(value) ? (value as number) : 0;
}

export function readNetwork(wire: escaut.console.v1.Network.$Properties): NetworkModel {
  return {
    id: wire.id ?? '',
    name: cleanText(wire.name),
    technology: cleanText(wire.technology),
    country: readCountry(wire.country),
  };
}

/** ISO 3166-1 alpha-2, or empty. */
export function readCountry(country: string | null | undefined): string {
  return /^[A-Z]{2}$/.test(country ?? '') ? (country ?? '') : '';
}

export function readLanguage(language: string | null | undefined): string {
  return /^[a-z]{2,3}$/.test(language ?? '') ? (language ?? '') : '';
}

export function readName(wire: escaut.console.v1.LocalisedName.$Properties | null | undefined, missing: string) {
  const [fr, nl, en, de] = [cleanText(wire?.fr), cleanText(wire?.nl), cleanText(wire?.en), cleanText(wire?.de)];
  return { fr: fr || missing, nl: nl || missing, en: en || missing, ...(de !== '' && { de }) };
}

/** A zone that this browser knows, else UTC. */
export function readTimezone(zone: string | null | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone || 'UTC' }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return 'UTC';
    throw error;
  }
}

export function readGroup(wire: escaut.console.v1.Group.$Properties, arrival: Arrival): GroupModel {
  const shortName = cleanText(wire.shortName) || cleanText(wire.id);
  return {
    id: wire.id ?? '',
    shortName,
    name: readName(wire.name, shortName),
    use: wire.use ?? '',
    priority: wire.priority ?? 0,
    talkLimitMs: wire.talkLimitMs || talkLimitMsDefault,
    talkWarnMs: wire.talkWarnMs || talkWarnMsDefault,
    legs: (wire.legs ?? []).slice(0, legsMax).map(readLeg),
    floor: readFloor(wire.floor, undefined, arrival),
    lastOvers: (wire.lastOvers ?? []).slice(0, lastOversMax).map(readOver),
    cut: undefined,
    mayTalk: wire.mayTalk ?? false,
    monitored: wire.monitored ?? false,
    onDemand: wire.onDemand ?? false,
    bridging: wire.bridging ? readBridging(wire.bridging) : undefined,
    schedule: wire.schedule ? readSchedule(wire.schedule) : undefined,
    autoCloseMin: wire.autoCloseMin || autoCloseMinDefault,
    mayExercise: wire.mayExercise ?? false,
    consoles: readConsoles(wire.consoles),
  };
}

function readBridging(wire: escaut.console.v1.Bridging.$Properties): BridgingModel {
  const state = wire.state === 'opening' || wire.state === 'closing' ? wire.state : 'open';
  return {
    state,
    by: cleanText(wire.by),
    controlRoom: cleanText(wire.controlRoom),
    reason: cleanText(wire.reason, textCharsMax),
    endsUtcMs: readWide(wire.endsUtcMs) || undefined,
    ending: wire.ending ?? false,
    quiet: wire.quiet ?? false,
    scheduled: wire.scheduled ?? false,
    lacking: (wire.lacking ?? []).slice(0, legsMax).map(({ talkgroupId, groupId }) => {
      return { talkgroupId: talkgroupId ?? '', groupId: groupId ?? '' };
    }),
    exercise: wire.exercise === 'under-way' || wire.exercise === 'suspended' ? wire.exercise : undefined,
    members: (wire.members ?? []).slice(0, legsMax).map((member) => ({
      talkgroupId: member.talkgroupId ?? '',
      legId: member.legId ?? '',
      own: member.own ?? false,
      by: cleanText(member.by),
      reason: cleanText(member.reason, textCharsMax),
      endsUtcMs: readWide(member.endsUtcMs) || undefined,
      consentAwaited: member.consentAwaited ?? false,
    })),
  };
}

function readSchedule(wire: escaut.console.v1.Schedule.$Properties): ScheduleModel {
  const openings = (wire.openings ?? []).slice(0, openingsMax).map(({ fromUtcMs, toUtcMs }) => {
    return { fromUtcMs: readWide(fromUtcMs), toUtcMs: readWide(toUtcMs) };
  });
  return { openings, closedBy: cleanText(wire.closedBy) };
}

export function readTalkgroups(
  wire: readonly escaut.console.v1.Talkgroup.$Properties[] | null | undefined,
): TalkgroupModel[] {
  return (wire ?? []).slice(0, talkgroupsMax).map((talkgroup) => ({
    id: talkgroup.id ?? '',
    shortName: cleanText(talkgroup.shortName),
    networkId: talkgroup.networkId ?? '',
    endToEndEncrypted: talkgroup.endToEndEncrypted ?? false,
    consentOf: talkgroup.consentOf ?? '',
  }));
}

export function readControlRooms(
  wire: readonly escaut.console.v1.ControlRoom.$Properties[] | null | undefined,
): ControlRoomModel[] {
  return (wire ?? []).slice(0, controlRoomsMax).map(({ id, callSign, country }) => ({
    id: id ?? '',
    callSign: cleanText(callSign),
    country: readCountry(country),
  }));
}

export function readGroups(
  wire: readonly escaut.console.v1.Group.$Properties[] | null | undefined,
  arrival: Arrival,
): GroupModel[] {
  return (wire ?? []).slice(0, groupsMax).map((group) => readGroup(group, arrival));
}

export function readConsoles(
  wire: readonly escaut.console.v1.ConsolePresence.$Properties[] | null | undefined,
): PresenceModel[] {
  return (wire ?? []).slice(0, consolesMax).map((presence) => ({
    consoleId: presence.consoleId ?? '',
    personId: presence.personId ?? '',
    sharedRoom: cleanText(presence.sharedRoom),
    display: cleanText(presence.display),
    controlRoom: cleanText(presence.controlRoom),
    country: readCountry(presence.country),
  }));
}

export function readLeg(wire: escaut.console.v1.Leg.$Properties): LegModel {
  return {
    id: wire.id ?? '',
    talkgroup: cleanText(wire.talkgroup),
    networkId: wire.networkId ?? '',
    state: legStates[wire.state ?? 0] ?? 'unknown',
    fault: wire.fault ?? '',
    faultAnswer: wire.faultAnswer ?? 0,
    attachment: cleanText(wire.attachment),
    transmission: legTransmissions[wire.transmission ?? 0] ?? 'idle',
    receiving: wire.receiving ?? false,
    blocked: wire.blocked ?? false,
    isolated: wire.isolated ?? false,
    sinceUtcMs: readWide(wire.sinceUtcMs),
    packetLoss: Math.min(1, Math.max(0, readFraction(wire.packetLoss))),
    jitterMs: Math.max(0, readFraction(wire.jitterMs)),
  };
}

export function readTalker(wire: escaut.console.v1.Talker.$Properties | null | undefined): TalkerModel {
  return {
    partyId: wire?.partyId ?? '',
    isConsole: wire?.isConsole ?? false,
    callSign: cleanText(wire?.callSign),
    address: cleanText(wire?.address),
    organisation: cleanText(wire?.organisation),
    country: readCountry(wire?.country),
    networkId: wire?.networkId ?? '',
    language: readLanguage(wire?.language),
    verified: wire?.verified ?? false,
  };
}

/**
 * `before` is what was shown: while the same over goes on, its start stays where it was put first, so that neither a
 * step of the gateway's wall clock nor a late message makes the elapsed time jump.
 */
export function readFloor(
  wire: escaut.console.v1.Floor.$Properties | null | undefined,
  before: FloorModel | undefined,
  arrival: Arrival,
): FloorModel {
  const holder = wire?.holder ? readTalker(wire.holder) : undefined;
  const over = wire?.over ?? 0;
  const same = holder !== undefined && before?.holder?.partyId === holder.partyId && before.over === over;
  const ageMs = Math.max(0, arrival.gatewayUtcMs - readWide(wire?.sinceUtcMs));
  return {
    holder,
    priority: wire?.priority ?? 0,
    emergency: (wire?.emergency ?? false) && holder !== undefined,
    sinceMs: same ? before.sinceMs : arrival.nowMs - (readWide(wire?.sinceUtcMs) > 0 ? ageMs : 0),
    over,
    overriding: wire?.overriding ? readTalker(wire.overriding) : undefined,
    queue: (wire?.queue ?? []).slice(0, queueMax).map((queued) => ({
      talker: readTalker(queued.talker),
      priority: queued.priority ?? 0,
    })),
  };
}

export function readOver(wire: escaut.console.v1.Over.$Properties): OverModel {
  return {
    over: wire.over ?? 0,
    talker: readTalker(wire.talker),
    startUtcMs: readWide(wire.startUtcMs),
    durationMs: wire.durationMs ?? 0,
    end: wire.end ?? '',
    lostMs: { ...wire.lostMs },
    emergency: wire.emergency ?? false,
    exercise: wire.exercise ?? false,
  };
}

export function readCut(wire: escaut.console.v1.OverCut.$Properties, { nowMs }: Arrival): CutModel {
  return { over: wire.over ?? 0, talker: readTalker(wire.talker), end: wire.end ?? '', atMs: nowMs };
}

/** Undefined for what a later gateway says in a way that this page does not know. */
export function readData(wire: escaut.console.v1.DataSaid.$Properties): DataModel | undefined {
  const said = readSaid(wire);
  if (said === undefined) return undefined;
  return {
    id: wire.id ?? 0,
    groupId: wire.groupId ?? '',
    sender: readTalker(wire.sender),
    atUtcMs: readWide(wire.atUtcMs),
    said,
    undelivered: (wire.undelivered ?? []).slice(0, legsMax),
    receipts: (wire.receipts ?? []).slice(0, legsMax).map(({ legId, state, cause }) => ({
      legId: legId ?? '',
      state: state === 'delivered' || state === 'failed' ? state : 'sent',
      cause: cause ?? '',
    })),
  };
}

function readSaid({ text, status, position, alarm }: escaut.console.v1.DataSaid.$Properties): SaidModel | undefined {
  if (alarm) {
    const { raised, place, clearedAtUtcMs, repeats } = alarm;
    const isCleared = clearedAtUtcMs !== undefined && clearedAtUtcMs !== null;
    return {
      kind: 'alarm',
      raised: raised ?? false,
      place: readPlace(place),
      clearedAtUtcMs: isCleared ? readWide(clearedAtUtcMs) : undefined,
      repeats: repeats ?? 0,
    };
  }
  if (status) {
    const code = status.code ?? 0;
    return { kind: 'status', code, meaning: status.meaning ? readName(status.meaning, String(code)) : undefined };
  }
  const place = readPlace(position);
  if (place !== undefined) return { kind: 'position', place };
  return text === null || text === undefined ? undefined : { kind: 'text', text: cleanText(text, textCharsMax) };
}

export function readPlace(wire: escaut.console.v1.Place.$Properties | null | undefined): PlaceModel | undefined {
  if (!wire) return undefined;
  return {
    latitudeDeg: readFraction(wire.latitudeDeg),
    longitudeDeg: readFraction(wire.longitudeDeg),
    radiusM: Number.isFinite(wire.radiusM) ? (wire.radiusM as number) : undefined,
  };
}
