/** How networks fare, as the page shows it: the gateway's StatusChanged, cleaned. Pure; total like read-wire.ts. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import { readWide } from './read-wire.ts';

type WireAttachment = escaut.console.v1.AttachmentStatus.$Properties;
type WireLeg = escaut.console.v1.LegStatus.$Properties;

export type StatusState = 'up' | 'standby' | 'coming-up' | 'down' | 'off' | 'shed' | 'closed' | 'unknown';

/** Instants are the gateway's UTC, ms since 1970; 0 and empty texts: not known. */
export interface AttachmentModel {
  readonly id: string;
  readonly networkId: string;
  readonly kind: string;
  readonly state: StatusState;
  readonly sinceUtcMs: number;
  readonly fault: string;
  /** Number of the far end's answer; 0: it gave none. */
  readonly faultAnswer: number;
  readonly peer: string;
  readonly address: string;
  readonly transport: string;
  readonly encryption: string;
  readonly registration: string;
  readonly registrar: string;
  readonly registrationExpiresUtcMs: number;
  readonly roundTripMs: number | undefined;
  readonly place: number;
  readonly places: number;
  readonly rank: number;
  readonly carried: number;
  readonly onTrial: number;
  readonly channels: number;
  readonly returnsUtcMs: number;
  readonly certificateExpiresUtcMs: number;
  readonly certificateExpiring: boolean;
}

export interface LegStatusModel {
  readonly id: string;
  readonly networkId: string;
  readonly groupName: string;
  readonly talkgroup: string;
  readonly state: StatusState;
  readonly sinceUtcMs: number;
  readonly fault: string;
  /** Number of the far end's answer; 0: it gave none. */
  readonly faultAnswer: number;
  readonly lastFault: string;
  readonly lastFaultAnswer: number;
  readonly lastFaultUtcMs: number;
  readonly attachment: string;
  readonly trialOn: string;
  readonly codec: string;
  readonly srtp: string;
  readonly remote: string;
  readonly received: number;
  readonly receivedPerS: number;
  readonly ssrc: string;
  readonly signal: string;
  readonly sent: number;
  readonly lost: number;
  readonly strangers: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | undefined;
  readonly levelDbov: number | undefined;
  readonly farLoss: number | undefined;
  readonly heardUtcMs: number;
  readonly keyUtcMs: number;
  readonly floorUtcMs: number;
  readonly grantUtcMs: number;
  readonly receiving: boolean;
}

export interface StatusModel {
  readonly attachments: readonly AttachmentModel[];
  readonly legs: readonly LegStatusModel[];
}

const itemsMax = 4000;
const states: readonly string[] = ['up', 'standby', 'coming-up', 'down', 'off', 'shed', 'closed'];

/** A whole picture replaces, what has changed replaces by id; before the first whole one nothing is shown. */
export function applyStatus(
  before: StatusModel | undefined,
  news: escaut.console.v1.StatusChanged.$Properties,
): StatusModel | undefined {
  const attachments = (news.attachments ?? []).slice(0, itemsMax).map(readAttachment);
  const legs = (news.legs ?? []).slice(0, itemsMax).map(readLegStatus);
  if (news.whole) return { attachments, legs };
  if (before === undefined) return undefined;
  return { attachments: replaced(before.attachments, attachments), legs: replaced(before.legs, legs) };
}

function replaced<Item extends { readonly id: string }>(items: readonly Item[], news: readonly Item[]): Item[] {
  const byId = new Map(news.map((item) => [item.id, item]));
  return items.map((item) => byId.get(item.id) ?? item);
}

function readState(state: string | null | undefined): StatusState {
  return states.includes(state ?? '') ? (state as StatusState) : 'unknown';
}

function readOptional(value: number | null | undefined): number | undefined {
  return Number.isFinite(value) ? (value as number) : undefined;
}

function readAttachment(wire: WireAttachment): AttachmentModel {
  return {
    id: cleanText(wire.id),
    networkId: wire.networkId ?? '',
    kind: cleanText(wire.kind),
    state: readState(wire.state),
    sinceUtcMs: readWide(wire.sinceUtcMs),
    fault: wire.fault ?? '',
    faultAnswer: wire.faultAnswer ?? 0,
    peer: cleanText(wire.peer),
    address: cleanText(wire.address),
    transport: cleanText(wire.transport),
    encryption: wire.encryption ?? '',
    registration: wire.registration ?? '',
    registrar: cleanText(wire.registrar),
    registrationExpiresUtcMs: readWide(wire.registrationExpiresUtcMs),
    roundTripMs: readOptional(wire.roundTripMs),
    place: wire.place ?? 0,
    places: wire.places ?? 0,
    rank: wire.rank ?? 0,
    carried: wire.carried ?? 0,
    onTrial: wire.onTrial ?? 0,
    channels: wire.channels ?? 0,
    returnsUtcMs: readWide(wire.returnsUtcMs),
    certificateExpiresUtcMs: readWide(wire.certificateExpiresUtcMs),
    certificateExpiring: wire.certificateExpiring ?? false,
  };
}

function readLegStatus(wire: WireLeg): LegStatusModel {
  return {
    id: wire.id ?? '',
    networkId: wire.networkId ?? '',
    groupName: cleanText(wire.groupName),
    talkgroup: cleanText(wire.talkgroup),
    state: readState(wire.state),
    sinceUtcMs: readWide(wire.sinceUtcMs),
    fault: wire.fault ?? '',
    faultAnswer: wire.faultAnswer ?? 0,
    lastFault: wire.lastFault ?? '',
    lastFaultAnswer: wire.lastFaultAnswer ?? 0,
    lastFaultUtcMs: readWide(wire.lastFaultUtcMs),
    attachment: cleanText(wire.attachment),
    trialOn: cleanText(wire.trialOn),
    codec: cleanText(wire.codec),
    srtp: cleanText(wire.srtp),
    remote: cleanText(wire.remote),
    received: wire.received ?? 0,
    receivedPerS: wire.receivedPerS ?? 0,
    ssrc: cleanText(wire.ssrc),
    signal: cleanText(wire.signal),
    sent: wire.sent ?? 0,
    lost: wire.lost ?? 0,
    strangers: wire.strangers ?? 0,
    jitterMs: wire.jitterMs ?? 0,
    roundTripMs: readOptional(wire.roundTripMs),
    levelDbov: readOptional(wire.levelDbov),
    farLoss: readOptional(wire.farLoss),
    heardUtcMs: readWide(wire.heardUtcMs),
    keyUtcMs: readWide(wire.keyUtcMs),
    floorUtcMs: readWide(wire.floorUtcMs),
    grantUtcMs: readWide(wire.grantUtcMs),
    receiving: wire.receiving ?? false,
  };
}
